"""The history of a bot's configuration: who changed what, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.core.events import Actor
from stepaside.core.ids import BotId
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id

Fields = Mapping[str, Any]
"""Some fields by name; values that JSON can hold, and lengths of time."""


class Subject(StrEnum):
    """What of a bot was changed."""

    BOT = "bot"
    RULE = "handover_rule"
    KNOWLEDGE = "knowledge"
    """All of it at once; the fields count the articles."""
    ITEM = "knowledge_item"
    WORKFLOW = "workflow"
    INBOX = "inbox"


class Deed(StrEnum):
    """What was done to it."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes something, and when."""

    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing about to be written into the history.

    before, after: the fields; empty before it was made and after it was deleted.
    """

    bot_id: BotId
    subject: Subject
    id: str
    name: str
    deed: Deed
    before: Fields
    after: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """One entry of the history.

    fields: by name, what was and what is; only what differs. Lengths of time are
        seconds. None where there was or is nothing.
    """

    id: str
    bot_id: BotId
    actor: Actor
    at: datetime
    subject: Subject
    subject_id: str
    subject_name: str
    deed: Deed
    fields: Mapping[str, tuple[Any, Any]]


async def record(tx: Tx, change: Change, by: By) -> str | None:
    """Write a change into the history of its bot; its id.

    None when nothing differs: nothing was changed then.
    """
    fields = differences(change.before, change.after)
    if not fields and change.deed is Deed.CHANGED:
        return None
    change_id = new_id("change")
    await tx.run(
        "INSERT INTO configuration_changes (id, account_id, bot_id, actor, at, "
        "subject, subject_id, subject_name, deed, fields) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        *(change_id, tx.account_id, change.bot_id, str(by.actor), by.at),
        *(change.subject, change.id, change.name, change.deed, Jsonb(fields)),
    )
    return change_id


def differences(before: Fields, after: Fields) -> dict[str, tuple[Any, Any]]:
    """By field what was and what is, where that is not the same."""
    names = [*before, *(name for name in after if name not in before)]
    pairs = {n: (_plain(before.get(n)), _plain(after.get(n))) for n in names}
    return {name: (was, now) for name, (was, now) in pairs.items() if was != now}


async def list_changes(
    tx: Tx, bot_id: BotId, *, before: str = "", limit: int = 50
) -> list[StoredChange]:
    """The history of a bot, the newest first, entries older than `before`."""
    older = "AND id < %s" if before else "AND %s = ''"
    rows = await tx.all(
        f"{_READ} WHERE bot_id = %s {older} ORDER BY id DESC LIMIT %s",
        *(bot_id, before, limit),
    )
    return [_change(row) for row in rows]


async def get_change(tx: Tx, change_id: str) -> StoredChange:
    """One entry. Raises: NotFound."""
    row = await tx.one(f"{_READ} WHERE id = %s", change_id)
    if row is None:
        raise NotFound("configuration change", change_id)
    return _change(row)


async def latest_changes(tx: Tx, bot_ids: list[BotId]) -> dict[BotId, StoredChange]:
    """The newest entry of each of these bots that has one."""
    rows = await tx.all(
        "SELECT DISTINCT ON (bot_id) * FROM configuration_changes "
        "WHERE bot_id = ANY(%s) ORDER BY bot_id, id DESC",
        list(bot_ids),
    )
    return {BotId(row["bot_id"]): _change(row) for row in rows}


_READ: Final = "SELECT * FROM configuration_changes"


def _plain(value: Any) -> Any:
    match value:
        case timedelta():
            return value.total_seconds()
        case tuple() | list():
            return [_plain(x) for x in value]
        case StrEnum():
            return str(value)
        case _:
            return value


def _change(row: Mapping[str, Any]) -> StoredChange:
    return StoredChange(
        id=row["id"],
        bot_id=BotId(row["bot_id"]),
        actor=Actor.parse(row["actor"]),
        at=row["at"],
        subject=Subject(row["subject"]),
        subject_id=row["subject_id"],
        subject_name=row["subject_name"],
        deed=Deed(row["deed"]),
        fields={name: (was, now) for name, (was, now) in row["fields"].items()},
    )
