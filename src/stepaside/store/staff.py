"""Staff members as rows of `staff`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg.errors import UniqueViolation

from stepaside.core.errors import InvalidField, Refusal
from stepaside.core.ids import StaffId
from stepaside.core.roster import Availability, Role, Roster, StaffMember
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound

MEMBER: Final = """id, name, email, role, availability, capacity, languages,
    disabled_at IS NULL AND deleted_at IS NULL AS active"""
"""The columns that `member_from_row` reads."""
_READ: Final = f"""
SELECT {MEMBER}, phone, created_at, updated_at FROM staff
WHERE deleted_at IS NULL
"""  # noqa: S608 - the columns are the constant above


class LastOwner(Refusal):
    """An account keeps at least one active owner."""

    def __init__(self) -> None:
        super().__init__(
            "This is the account's last owner. Make somebody else an owner first."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStaff:
    """A staff member and what only the store knows of them."""

    member: StaffMember
    phone: str = ""
    created_at: datetime
    updated_at: datetime


async def load_roster(tx: Tx) -> Roster:
    """Everybody who is or ever was on the account's staff."""
    rows = await tx.all(f"SELECT {MEMBER} FROM staff")  # noqa: S608
    return Roster(staff={StaffId(row["id"]): member_from_row(row) for row in rows})


async def get_staff(tx: Tx, staff_id: StaffId, *, lock: bool = False) -> StoredStaff:
    """The staff member, disabled ones included. Raises: NotFound.

    lock: hold them until the end of the transaction, to change them.
    """
    if lock:
        await _lock_account(tx)
    row = await tx.one(f"{_READ} AND id = %s", staff_id)
    if row is None:
        raise NotFound("staff member", staff_id)
    return _stored(row)


async def list_staff(tx: Tx, *, after: str = "", limit: int = 50) -> list[StoredStaff]:
    """Staff in the order they joined, those with an id after `after`."""
    rows = await tx.all(f"{_READ} AND id > %s ORDER BY id LIMIT %s", after, limit)
    return [_stored(row) for row in rows]


async def create_staff(tx: Tx, staff: StoredStaff) -> None:
    """Store a new staff member. Raises: InvalidField: the e-mail address is taken."""
    member = staff.member
    try:
        await tx.run(
            "INSERT INTO staff (id, account_id, name, email, phone, role, "
            "availability, capacity, languages, disabled_at, created_at, updated_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            member.id,
            tx.account_id,
            member.name,
            member.email,
            staff.phone,
            member.role,
            member.availability,
            member.capacity,
            list(member.languages),
            None if member.active else staff.created_at,
            staff.created_at,
            staff.updated_at,
        )
    except UniqueViolation:
        raise _email_taken() from None


async def save_staff(tx: Tx, staff: StoredStaff) -> None:
    """Store a changed staff member.

    Raises:
        NotFound: there is none.
        InvalidField: the e-mail address is taken.
        LastOwner: the account would have no active owner left.
    """
    member = staff.member
    await _lock_account(tx)
    try:
        touched = await tx.run(
            "UPDATE staff SET name = %s, email = %s, phone = %s, role = %s, "
            "availability = %s, capacity = %s, languages = %s, updated_at = %s, "
            "disabled_at = CASE WHEN %s THEN NULL ELSE coalesce(disabled_at, %s) END "
            "WHERE id = %s AND deleted_at IS NULL",
            member.name,
            member.email,
            staff.phone,
            member.role,
            member.availability,
            member.capacity,
            list(member.languages),
            staff.updated_at,
            member.active,
            staff.updated_at,
            member.id,
        )
    except UniqueViolation:
        raise _email_taken() from None
    await _check_left(tx, member.id, touched)


async def set_availability(
    tx: Tx, staff_id: StaffId, availability: Availability, now: datetime
) -> None:
    """Store whether somebody is at work."""
    await tx.run(
        "UPDATE staff SET availability = %s, updated_at = %s WHERE id = %s",
        *(availability, now, staff_id),
    )


async def delete_staff(tx: Tx, staff_id: StaffId, now: datetime) -> None:
    """Delete them, with their sessions, API keys, and the places they are told in.

    Raises:
        NotFound: there is none.
        LastOwner: the account would have no active owner left.
    """
    await _lock_account(tx)
    touched = await tx.run(
        "UPDATE staff SET deleted_at = %s, password_hash = NULL "
        "WHERE id = %s AND deleted_at IS NULL",
        now,
        staff_id,
    )
    await _check_left(tx, staff_id, touched)
    await tx.run("DELETE FROM sessions WHERE staff_id = %s", staff_id)
    await tx.run("DELETE FROM notification_targets WHERE staff_id = %s", staff_id)
    await tx.run(
        "UPDATE api_keys SET revoked_at = %s "
        "WHERE staff_id = %s AND revoked_at IS NULL",
        now,
        staff_id,
    )


async def what_they_hold(tx: Tx, staff_id: StaffId) -> tuple[int, int]:
    """How many conversations and open tasks are theirs."""
    row = await tx.one(
        "SELECT (SELECT count(*) FROM conversations WHERE assignee_id = %s "
        "AND status <> 'resolved') AS held, (SELECT count(*) FROM tasks "
        "WHERE assignee_id = %s AND status = 'open') AS tasks",
        *(staff_id, staff_id),
    )
    return (row["held"], row["tasks"]) if row else (0, 0)


async def who_is_invited(tx: Tx, now: datetime) -> frozenset[str]:
    """Those with an invitation that they may still take up."""
    rows = await tx.all(
        "SELECT staff_id FROM login_links "
        "WHERE invites AND used_at IS NULL AND expires_at > %s",
        now,
    )
    return frozenset(row["staff_id"] for row in rows)


async def set_password_hash(tx: Tx, staff_id: StaffId, password_hash: str) -> None:
    """Store the hash to check the next sign-in against; ends every open session."""
    await tx.run(
        "UPDATE staff SET password_hash = %s WHERE id = %s AND deleted_at IS NULL",
        password_hash,
        staff_id,
    )
    await tx.run("DELETE FROM sessions WHERE staff_id = %s", staff_id)


async def _lock_account(tx: Tx) -> None:
    # One at a time: two owners must not remove each other at the same instant.
    await tx.run(
        "SELECT 1 FROM accounts WHERE id = %s FOR NO KEY UPDATE", tx.account_id
    )


async def _check_left(tx: Tx, staff_id: StaffId, touched: int) -> None:
    if not touched:
        raise NotFound("staff member", staff_id)
    owner = await tx.one(
        "SELECT 1 FROM staff WHERE role = 'owner' AND disabled_at IS NULL "
        "AND deleted_at IS NULL LIMIT 1"
    )
    if owner is None:
        raise LastOwner


def _email_taken() -> InvalidField:
    return InvalidField("email", "another staff member has this address")


def _stored(row: dict[str, Any]) -> StoredStaff:
    return StoredStaff(
        member=member_from_row(row),
        phone=row["phone"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def member_from_row(row: dict[str, Any]) -> StaffMember:
    """A staff member from the columns of `MEMBER`."""
    return StaffMember(
        id=StaffId(row["id"]),
        name=row["name"],
        email=row["email"],
        role=Role(row["role"]),
        availability=Availability(row["availability"]),
        active=row["active"],
        capacity=row["capacity"],
        languages=tuple(row["languages"]),
    )
