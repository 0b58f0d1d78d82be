"""Who changed which part of the configuration, when, from what to what.

The database writes these rows itself, in the commit of each change (`audit_change` in
the migrations); only what changes no row, such as signing in, is written from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.store.database import Tx

KEPT: Final = timedelta(days=730)
"""How long it is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change.

    actor: `staff:stf_…`, `key:key_…`, or empty for the installation itself; with the
        name they have now.
    action: `webhook.created`, `staff.disabled`, `login.failed`.
    before, after: the fields that changed. What may be a secret is dots in both.
    """

    id: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject_kind: str
    subject_id: str
    subject_name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which entries; an empty field leaves the list wide.

    actor: a staff member's or a key's id.
    kind: of what was changed: `staff`, `webhook`, `login`.
    """

    actor: str = ""
    kind: str = ""
    subject_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def list_entries(
    tx: Tx, sought: Sought, *, before: int | None = None, limit: int = 50
) -> list[Entry]:
    """What happened, the newest first, before the entry `before`."""
    rows = await tx.all(
        """SELECT a.id, a.at, a.actor,
            coalesce(s.name, k.name, '') AS actor_name, a.action, a.subject_kind,
            a.subject_id, a.subject_name, a.before, a.after, a.address
        FROM audit a
        LEFT JOIN staff s ON a.actor = 'staff:' || s.id
        LEFT JOIN api_keys k ON a.actor = 'key:' || k.id
        WHERE a.account_id = %s AND (%s::bigint IS NULL OR a.id < %s)
            AND (%s = '' OR a.actor IN ('staff:' || %s, 'key:' || %s))
            AND (%s = '' OR a.subject_kind = %s) AND (%s = '' OR a.subject_id = %s)
            AND (%s::timestamptz IS NULL OR a.at >= %s)
            AND (%s::timestamptz IS NULL OR a.at < %s)
        ORDER BY a.id DESC LIMIT %s""",
        *(tx.account_id, before, before),
        *(sought.actor, sought.actor, sought.actor),
        *(sought.kind, sought.kind, sought.subject_id, sought.subject_id),
        *(sought.since, sought.since, sought.until, sought.until, limit),
    )
    return [Entry(**row) for row in rows]


async def record(
    tx: Tx,
    action: str,
    *,
    at: datetime,
    actor: str = "",
    subject_id: str = "",
    subject_name: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    address: str = "",
) -> None:
    """Write an entry about something that changes no row of the configuration.

    action: its kind and what happened, as `login.failed`.
    """
    await tx.run(
        "INSERT INTO audit (account_id, at, actor, action, subject_kind, subject_id, "
        "subject_name, before, after, address) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        *(tx.account_id, at, actor, action, action.partition(".")[0], subject_id),
        *(subject_name, Jsonb(before or {}), Jsonb(after or {}), address),
    )
