"""What the pages about bots list and count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from stepaside.core.ids import BotId, KnowledgeItemId
from stepaside.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """An inbox where a bot answers.

    workflow: the name of the workflow that picks the bot there; empty where the inbox
        names the bot itself.
    """

    id: str
    kind: str
    name: str
    workflow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision of a bot, as a list shows it."""

    id: str
    conversation_id: str
    contact_name: str
    decision: str
    cause: str | None
    rule_name: str | None
    reason: str
    evidence: str
    at: datetime


async def bot_channels(tx: Tx) -> Mapping[BotId, list[Channel]]:
    """The inboxes where each bot answers, the oldest first."""
    rows = await tx.all(
        """SELECT coalesce(w.bot_id, i.bot_id) AS bot_id, i.id, i.kind, i.name,
            coalesce(w.name, '') AS workflow
        FROM inboxes i
        LEFT JOIN workflows w ON w.id = i.workflow_id AND w.deleted_at IS NULL
        WHERE i.deleted_at IS NULL AND coalesce(w.bot_id, i.bot_id) IS NOT NULL
        ORDER BY i.id"""
    )
    found: dict[BotId, list[Channel]] = {}
    for row in rows:
        bot_id = BotId(row.pop("bot_id"))
        found.setdefault(bot_id, []).append(Channel(**row))
    return found


async def times_quoted(
    tx: Tx, bot_id: BotId, since: datetime
) -> Mapping[KnowledgeItemId, int]:
    """How often each article answered a contact since an instant."""
    rows = await tx.all(
        """SELECT item, count(*) AS n
        FROM messages m JOIN conversations c ON c.id = m.conversation_id,
            unnest(m.item_ids) AS item
        WHERE m.item_ids <> '{}' AND m.at >= %s AND c.bot_id = %s
            AND m.kind = 'reply' AND m.state <> 'dropped'
        GROUP BY item""",
        *(since, bot_id),
    )
    return {KnowledgeItemId(row["item"]): row["n"] for row in rows}


async def recent_decisions(
    tx: Tx, bot_id: BotId, *, before: str = "", limit: int = 50
) -> list[DecisionRow]:
    """What a bot decided, the newest first; those older than `before`.

    Turns that people had are left out: the bot was not asked.
    """
    older = "AND d.id < %s" if before else "AND %s = ''"
    rows = await tx.all(
        f"""SELECT d.id, d.conversation_id, d.decision, d.cause, r.name AS rule_name,
            d.reason, d.evidence, d.at, p.name AS contact_name
        FROM decisions d
        JOIN conversations c ON c.id = d.conversation_id
        JOIN contacts p ON p.id = c.contact_id
        LEFT JOIN handover_rules r ON r.id = d.rule_id
        WHERE c.bot_id = %s AND d.decision <> 'silent' {older}
        ORDER BY d.id DESC LIMIT %s""",  # noqa: S608 - one of the two texts above
        *(bot_id, before, limit),
    )
    return [DecisionRow(**row) for row in rows]
