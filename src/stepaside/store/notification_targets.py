"""The browsers and chats that staff, or a whole account, are told in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.core.effects import NotificationEvent
from stepaside.core.errors import InvalidField
from stepaside.core.ids import StaffId
from stepaside.core.reach import NotificationChannel
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id

MOST: Final = 20
"""Targets of one person, or of an account itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One place to be told in.

    staff_id: whose it is; None where it is the account's.
    address, keys: secrets: whoever knows them may write there.
    events: what an account's is told; a staff member's follows their settings.
    """

    id: str
    staff_id: StaffId | None
    channel: NotificationChannel
    name: str
    address: str = field(repr=False)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    events: tuple[NotificationEvent, ...] = ()
    created_at: datetime


async def add_target(
    tx: Tx,
    *,
    staff_id: StaffId | None,
    channel: NotificationChannel,
    name: str,
    address: str,
    keys: Mapping[str, str] | None = None,
    events: Sequence[NotificationEvent] = (),
    now: datetime,
) -> Target:
    """Store a place; the same address again renews what is known of it.

    A browser belongs to whoever registered it last: others, also of other accounts,
    are told there no more.
    Raises: InvalidField: there are too many.
    """
    if channel is NotificationChannel.PUSH:
        await tx.run(
            "SELECT leave_browser(%s, %s, %s)", *(address, tx.account_id, staff_id)
        )
    row = await tx.one(
        """INSERT INTO notification_targets (id, account_id, staff_id, channel, name,
            address, keys, events, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (account_id, staff_id, channel, address) DO UPDATE
            SET name = excluded.name, keys = excluded.keys, events = excluded.events
        RETURNING *""",
        new_id("target"),
        tx.account_id,
        staff_id,
        channel,
        name,
        address,
        Jsonb(dict(keys or {})),
        list(events),
        now,
    )
    assert row is not None  # noqa: S101 - the insert returns what it wrote
    if len(await list_targets(tx, staff_id)) > MOST:
        raise InvalidField("address", f"at most {MOST}; remove one first")
    return _target(row)


async def list_targets(tx: Tx, staff_id: StaffId | None) -> tuple[Target, ...]:
    """A staff member's places, or with None the account's own, the oldest first."""
    rows = await tx.all(
        """SELECT * FROM notification_targets
        WHERE staff_id IS NOT DISTINCT FROM %s ORDER BY id""",
        staff_id,
    )
    return tuple(_target(row) for row in rows)


async def find_target(tx: Tx, target_id: str) -> Target | None:
    """One place, or None once it was removed."""
    row = await tx.one("SELECT * FROM notification_targets WHERE id = %s", target_id)
    return _target(row) if row else None


async def remove_target(tx: Tx, target_id: str, staff_id: StaffId | None) -> None:
    """Tell nobody there any more. Raises: NotFound: they have no such place."""
    touched = await tx.run(
        """DELETE FROM notification_targets
        WHERE id = %s AND staff_id IS NOT DISTINCT FROM %s""",
        *(target_id, staff_id),
    )
    if not touched:
        raise NotFound("notification target", target_id)


async def remove_address(tx: Tx, staff_id: StaffId, address: str) -> None:
    """Tell a staff member nothing there any more; unknown ones are removed already."""
    await tx.run(
        "DELETE FROM notification_targets WHERE staff_id = %s AND address = %s",
        *(staff_id, address),
    )


def _target(row: Mapping[str, Any]) -> Target:
    return Target(
        id=row["id"],
        staff_id=row["staff_id"],
        channel=NotificationChannel(row["channel"]),
        name=row["name"],
        address=row["address"],
        keys=row["keys"],
        events=tuple(NotificationEvent(e) for e in row["events"]),
        created_at=row["created_at"],
    )
