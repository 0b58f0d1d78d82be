"""Reading events in the order in which they may be seen."""

from typing import Any, Final

import structlog

from stepaside.live.cursor import Cursor
from stepaside.store.database import Connection, Database
from stepaside.store.events import StoredEvent, event_from_row

log = structlog.get_logger(__name__)

PAGE: Final = 500
"""Events read at a time."""

Read = tuple[Cursor, StoredEvent | None]
"""None stands for an event this version cannot read, which is passed over."""


async def settled_position(conn: Connection) -> Cursor:
    """Return the place after everything that has committed and cannot be overtaken.

    Every event committed from now on comes after it, and so may a few of just before.
    """
    cursor = await conn.execute(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest_open"
    )
    row = await cursor.fetchone() or {"oldest_open": "1"}
    return Cursor.behind(int(row["oldest_open"]) - 1)


async def is_of_this_database(conn: Connection, position: Cursor) -> bool:
    """Whether a place can have been reached in this database.

    False for places remembered from before it was restored from a backup: it counts
    its transactions anew.
    """
    cursor = await conn.execute(
        "SELECT %s::text::xid8 < pg_snapshot_xmax(pg_current_snapshot()) AS is_ours",
        (str(position.xid),),
    )
    row = await cursor.fetchone()
    return bool(row and row["is_ours"])


async def read_all_accounts(conn: Connection, after: Cursor) -> list[Read]:
    """Return up to `PAGE` events of all accounts, for the hub alone."""
    cursor = await conn.execute(
        "SELECT * FROM events_after(%s::text::xid8, %s, %s)",
        (str(after.xid), after.id, PAGE),
    )
    return [_read(row) for row in await cursor.fetchall()]


async def replay(
    db: Database,
    account_id: str,
    *,
    after: Cursor,
    until: Cursor,
    conversation_id: str | None,
) -> list[Read]:
    """Return up to `PAGE` events of one account, or of one conversation of it."""
    async with db.transaction(account_id) as tx:
        rows = await tx.all(
            """SELECT * FROM events WHERE account_id = %s
                AND (xid, id) > (%s::text::xid8, %s)
                AND (xid, id) <= (%s::text::xid8, %s)
                AND (%s::text IS NULL OR conversation_id = %s)
            ORDER BY xid, id LIMIT %s""",
            account_id,
            *(str(after.xid), after.id),
            *(str(until.xid), until.id),
            *(conversation_id, conversation_id),
            PAGE,
        )
    return [_read(row) for row in rows]


def _read(row: Any) -> Read:
    cursor = Cursor(int(row["xid"]), row["id"])
    try:
        return cursor, event_from_row(row)
    except (KeyError, TypeError, ValueError) as error:
        # A newer version beside us writes what we do not know yet.
        log.warning("event_skipped", cursor=str(cursor), error=str(error))
        return cursor, None
