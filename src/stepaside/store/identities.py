"""One contact, one conversation in an inbox, whoever comes first."""

from datetime import datetime

from stepaside.core.ids import ConversationId
from stepaside.store.conversations import (
    StoredConversation,
    insert_conversation,
    latest_conversation,
)
from stepaside.store.database import Tx


async def recipient(tx: Tx, conversation: StoredConversation) -> str:
    """How a channel calls the contact; the contact's own id where it has no name.

    By the name under which they wrote last: who was merged has several.
    """
    if conversation.handle is not None:
        return conversation.handle
    inbox_id, contact_id = conversation.inbox_id, conversation.contact_id
    row = await tx.one(
        """SELECT external_id FROM contact_identities
        WHERE inbox_id = %s AND contact_id = %s ORDER BY external_id LIMIT 1""",
        inbox_id,
        contact_id,
    )
    return str(row["external_id"]) if row else contact_id


async def keep_handle(
    tx: Tx, conversation: StoredConversation, handle: str | None
) -> None:
    """Remember by what name the contact wrote here, for channels that send."""
    if handle is None or conversation.local or handle == conversation.handle:
        return
    await tx.run(
        "UPDATE conversations SET handle = %s WHERE id = %s", handle, conversation.id
    )


async def conversation_with(
    tx: Tx,
    *,
    inbox_id: str,
    contact_id: str,
    bot_id: str | None,
    workflow_id: str | None,
    now: datetime,
) -> ConversationId:
    """The contact's latest conversation in the inbox, or a new one.

    Holds the contact until the transaction ends, so that two first messages at the
    same instant open one conversation.
    """
    await tx.run("SELECT 1 FROM contacts WHERE id = %s FOR NO KEY UPDATE", contact_id)
    found = await latest_conversation(tx, inbox_id, contact_id)
    return found or await insert_conversation(
        tx,
        inbox_id=inbox_id,
        contact_id=contact_id,
        bot_id=bot_id,
        workflow_id=workflow_id,
        now=now,
    )
