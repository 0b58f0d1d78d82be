"""What belongs to one contact: conversations, and who they are on channels."""

from dataclasses import dataclass
from datetime import datetime

from stepaside.core.conversation import Control, Status
from stepaside.core.ids import StaffId
from stepaside.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationLine:
    """A conversation of the contact. `cause`: why people have it, if they do."""

    id: str
    inbox: str
    kind: str
    control: Control
    status: Status
    assignee_id: StaffId | None
    last_message_at: datetime
    cause: str | None
    rule: str | None
    last_text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the contact is on a channel: the channel's own id for them."""

    inbox: str
    kind: str
    external_id: str


async def conversations_of(
    tx: Tx, contact_id: str, most: int = 50
) -> list[ConversationLine]:
    """The contact's conversations, the latest words first."""
    rows = await tx.all(
        """SELECT c.id, i.name AS inbox, i.kind, c.control, c.status, c.assignee_id,
            coalesce(c.last_message_at, c.created_at) AS last_message_at, h.cause,
            r.name AS rule, (SELECT left(m.text, 200) FROM messages m
                WHERE m.conversation_id = c.id AND m.kind = 'reply'
                ORDER BY m.at DESC, m.seq DESC LIMIT 1) AS last_text
        FROM conversations c JOIN inboxes i ON i.id = c.inbox_id
        LEFT JOIN handovers h ON h.id = c.handover_id
        LEFT JOIN handover_rules r ON r.id = h.rule_id
        WHERE c.contact_id = %s
        ORDER BY coalesce(c.last_message_at, c.created_at) DESC, c.id DESC LIMIT %s""",
        contact_id,
        most,
    )
    return [
        ConversationLine(
            **{
                **row,
                "control": Control(row["control"]),
                "status": Status(row["status"]),
            }
        )
        for row in rows
    ]


async def identities_of(tx: Tx, contact_id: str, most: int = 50) -> list[Identity]:
    """Who the contact is on each channel."""
    rows = await tx.all(
        """SELECT i.name AS inbox, i.kind, o.external_id FROM contact_identities o
        JOIN inboxes i ON i.id = o.inbox_id WHERE o.contact_id = %s
        ORDER BY i.name, o.external_id LIMIT %s""",
        contact_id,
        most,
    )
    return [Identity(**row) for row in rows]
