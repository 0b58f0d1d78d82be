"""Bots as rows of `bots`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.core.bot_settings import FollowUp, Transfer
from stepaside.core.ids import BotId
from stepaside.core.roster import Bot, BotMode
from stepaside.core.terms import Returning
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.terms import (
    deadlines_from_json,
    deadlines_to_json,
    watchdog_from_json,
    watchdog_to_json,
)

FIELDS: Final = (
    "name",
    "mode",
    "personality",
    "goal",
    "additional_information",
    "wait_seconds",
    "max_messages",
    "takeover_pause",
    "quiet",
    "deadlines",
    "stop_phrases",
    "stop_message",
    "transfers",
    "offers_person",
    "offer_message",
    "reassign_after",
    "watchdog",
    "follow_ups",
    "close_after",
    "extension_cap",
    "on_return",
)
_READ: Final = f"""
SELECT id, {", ".join(FIELDS)}, knowledge_version, created_at, updated_at FROM bots
"""  # noqa: S608 - the columns are the constant above


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBot:
    """A bot and what only the store knows of it.

    knowledge_version: grows with every change of the bot's knowledge.
    """

    bot: Bot
    knowledge_version: int
    created_at: datetime
    updated_at: datetime


async def find_bot(
    tx: Tx, bot_id: BotId | None, *, include_deleted: bool = False
) -> Bot | None:
    """The bot, or None when there is none or it was deleted."""
    found = await find_stored_bot(tx, bot_id, include_deleted=include_deleted)
    return found.bot if found else None


async def find_stored_bot(
    tx: Tx, bot_id: BotId | None, *, include_deleted: bool = False
) -> StoredBot | None:
    """The bot with its dates, or None when there is none or it was deleted."""
    gone = "" if include_deleted else "AND deleted_at IS NULL"
    row = await tx.one(f"{_READ} WHERE id = %s {gone}", bot_id)
    return _stored(row) if row else None


async def get_bot(tx: Tx, bot_id: BotId, *, lock: bool = False) -> StoredBot:
    """The bot. Raises: NotFound.

    lock: hold it until the end of the transaction, to change it.
    """
    held = "FOR NO KEY UPDATE" if lock else ""
    row = await tx.one(f"{_READ} WHERE id = %s AND deleted_at IS NULL {held}", bot_id)
    if row is None:
        raise NotFound("bot", bot_id)
    return _stored(row)


async def lock_bot(tx: Tx, bot_id: BotId) -> None:
    """Hold the bot until the end of the transaction. Raises: NotFound.

    What counts things of a bot before adding one takes this first.
    """
    locked = "SELECT 1 FROM bots WHERE id = %s AND deleted_at IS NULL FOR NO KEY UPDATE"
    if await tx.one(locked, bot_id) is None:
        raise NotFound("bot", bot_id)


async def list_bots(tx: Tx, *, after: str = "", limit: int = 50) -> list[StoredBot]:
    """Bots in the order they were made, those with an id after `after`."""
    rows = await tx.all(
        f"{_READ} WHERE id > %s AND deleted_at IS NULL ORDER BY id LIMIT %s",
        after,
        limit,
    )
    return [_stored(row) for row in rows]


async def create_bot(tx: Tx, bot: Bot, now: datetime) -> None:
    """Store a new bot."""
    await tx.run(
        f"INSERT INTO bots (account_id, created_at, updated_at, id, "  # noqa: S608
        f"{', '.join(FIELDS)}) VALUES (%s, %s, %s, %s{', %s' * len(FIELDS)})",
        tx.account_id,
        now,
        now,
        bot.id,
        *_values(bot),
    )


async def save_bot(tx: Tx, bot: Bot, now: datetime) -> None:
    """Store a changed bot. Raises: NotFound."""
    touched = await tx.run(
        f"UPDATE bots SET updated_at = %s, "  # noqa: S608
        f"{', '.join(f'{field} = %s' for field in FIELDS)} "
        "WHERE id = %s AND deleted_at IS NULL",
        now,
        *_values(bot),
        bot.id,
    )
    if not touched:
        raise NotFound("bot", bot.id)


async def delete_bot(tx: Tx, bot_id: BotId, now: datetime) -> None:
    """Delete it; its conversations keep its name. Raises: NotFound."""
    touched = await tx.run(
        "UPDATE bots SET deleted_at = %s WHERE id = %s AND deleted_at IS NULL",
        now,
        bot_id,
    )
    if not touched:
        raise NotFound("bot", bot_id)


async def restore_bot(tx: Tx, bot_id: BotId) -> None:
    """Take back that it was deleted. Raises: NotFound: it was not."""
    touched = await tx.run(
        "UPDATE bots SET deleted_at = NULL WHERE id = %s AND deleted_at IS NOT NULL",
        bot_id,
    )
    if not touched:
        raise NotFound("deleted bot", bot_id)


def _stored(row: dict[str, Any]) -> StoredBot:
    return StoredBot(
        bot=_bot(row),
        knowledge_version=row["knowledge_version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _values(bot: Bot) -> list[Any]:
    return [_TO_ROW.get(field, _same)(getattr(bot, field)) for field in FIELDS]


def _bot(row: dict[str, Any]) -> Bot:
    fields = {field: _FROM_ROW.get(field, _same)(row[field]) for field in FIELDS}
    return Bot(id=BotId(row["id"]), **fields)


def _same(value: Any) -> Any:
    return value


def _transfers_to_json(transfers: Sequence[Transfer]) -> Jsonb:
    return Jsonb([asdict(transfer) for transfer in transfers])


def _transfers_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Transfer, ...]:
    return tuple(Transfer(**{**t, "phrases": tuple(t["phrases"])}) for t in stored)


def _follow_ups_to_json(steps: Sequence[FollowUp]) -> Jsonb:
    return Jsonb([{"delay": s.delay.total_seconds(), "text": s.text} for s in steps])


def _follow_ups_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[FollowUp, ...]:
    return tuple(
        FollowUp(delay=timedelta(seconds=step["delay"]), text=step["text"])
        for step in stored
    )


_TO_ROW: Final[Mapping[str, Callable[[Any], Any]]] = {
    "deadlines": deadlines_to_json,
    "stop_phrases": list,
    "transfers": _transfers_to_json,
    "watchdog": watchdog_to_json,
    "follow_ups": _follow_ups_to_json,
}
_FROM_ROW: Final[Mapping[str, Callable[[Any], Any]]] = {
    "mode": BotMode,
    "deadlines": deadlines_from_json,
    "stop_phrases": tuple,
    "transfers": _transfers_from_json,
    "watchdog": watchdog_from_json,
    "follow_ups": _follow_ups_from_json,
    "on_return": Returning,
}
