"""How far a new account has come: what is there, and which steps were left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stepaside.core.ids import BotId, InboxId
from stepaside.store.changes import By
from stepaside.store.database import Tx


class Step(StrEnum):
    """The steps to a bot that works, in their order."""

    BOT = "bot"
    KNOWLEDGE = "knowledge"
    RULES = "rules"
    COLLEAGUE = "colleague"
    INSTALL = "install"


LATER: Final = (Step.KNOWLEDGE, Step.COLLEAGUE, Step.INSTALL)
"""Steps that may be left out; without the others there is no handover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the account has.

    bot_id: its first bot; None before there is one.
    inbox_id: the first chat for a website that this bot answers; None without.
    done: which steps are done, seen from what there is or said by somebody.
    """

    bot_id: BotId | None
    inbox_id: InboxId | None
    done: frozenset[Step]

    @property
    def left(self) -> tuple[Step, ...]:
        """What is still to do, in order."""
        return tuple(step for step in Step if step not in self.done)


async def read_setup(tx: Tx) -> Setup:
    """How far the account of this transaction has come."""
    row = await tx.one(_READ)
    found: Mapping[str, object] = row or {}
    bot_id, inbox_id = found.get("bot_id"), found.get("inbox_id")
    said = await tx.all("SELECT step FROM setup_steps")
    known = {Step(r["step"]) for r in said if r["step"] in list(Step)}
    done = {step for step in Step if found.get(f"has_{step}")} | known
    return Setup(
        bot_id=BotId(str(bot_id)) if bot_id else None,
        inbox_id=InboxId(str(inbox_id)) if inbox_id else None,
        done=frozenset(done if bot_id else known - {Step.BOT, Step.RULES}),
    )


async def count_left(tx: Tx) -> int:
    """How many steps are still to do."""
    return len((await read_setup(tx)).left)


async def note_step(tx: Tx, step: Step, how: str, by: By) -> None:
    """Remember that somebody left a step out (`left_out`) or called it `done`."""
    await tx.run(
        "INSERT INTO setup_steps (account_id, step, how, actor, at) "
        "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (account_id, step) "
        "DO UPDATE SET how = excluded.how, actor = excluded.actor, at = excluded.at",
        *(tx.account_id, step, how, str(by.actor), by.at),
    )


# `rules` is only done once somebody has looked at them, or the account is no new one.
_READ: Final = """
WITH b AS (
    SELECT id FROM bots WHERE deleted_at IS NULL ORDER BY id LIMIT 1
), i AS (
    SELECT x.id FROM inboxes x JOIN b ON x.bot_id = b.id
    WHERE x.kind = 'widget' AND x.deleted_at IS NULL ORDER BY x.id LIMIT 1
), talk AS (
    SELECT 1 FROM conversations LIMIT 1
)
SELECT (SELECT id FROM b) AS bot_id, (SELECT id FROM i) AS inbox_id,
    EXISTS (SELECT 1 FROM b) AS has_bot,
    EXISTS (SELECT 1 FROM knowledge_items k JOIN b ON k.bot_id = b.id) AS has_knowledge,
    EXISTS (SELECT 1 FROM talk)
        AND EXISTS (SELECT 1 FROM handover_rules WHERE enabled) AS has_rules,
    EXISTS (SELECT 1 FROM staff WHERE deleted_at IS NULL OFFSET 1) AS has_colleague,
    EXISTS (SELECT 1 FROM talk) AS has_install
"""
