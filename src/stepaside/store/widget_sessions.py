"""Visitors of a widget: one token, one contact, one conversation."""

from dataclasses import dataclass
from datetime import datetime

from stepaside.core.ids import AccountId, ContactId, ConversationId, InboxId
from stepaside.store.database import Database, Tx
from stepaside.store.tokens import digest, new_token


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetSession:
    """What a visitor's token opens, and nothing else."""

    account_id: AccountId
    inbox_id: InboxId
    contact_id: ContactId
    conversation_id: ConversationId


async def create_widget_session(
    tx: Tx,
    *,
    inbox_id: InboxId,
    contact_id: ContactId,
    conversation_id: ConversationId,
    now: datetime,
    expires_at: datetime,
) -> str:
    """Make a visitor's token."""
    token = new_token()
    await tx.run(
        "INSERT INTO widget_sessions (hash, account_id, inbox_id, contact_id, "
        "conversation_id, created_at, expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        *(digest(token), tx.account_id, inbox_id, contact_id),
        *(conversation_id, now, expires_at),
    )
    return token


async def find_widget_session(
    db: Database, token: str, now: datetime
) -> WidgetSession | None:
    """What the token opens; None when it is unknown, expired, or its inbox gone."""
    async with db.connection() as conn:
        cursor = await conn.execute(
            "SELECT * FROM find_widget_session(%s, %s)", (digest(token), now)
        )
        row = await cursor.fetchone()
    return WidgetSession(**row) if row else None
