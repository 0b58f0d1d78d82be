"""Staff: `/v1/staff`, what they want to be told, and what they were told."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import ADMIN, READ, WRITE_OR_ADMIN
from stepaside.api.call import Call, Called
from stepaside.api.paging import Items, Paged
from stepaside.api.problems import ScopeMissing
from stepaside.api.wire import Email, Languages, Name, Phone, Request, named
from stepaside.core.effects import NotificationEvent
from stepaside.core.ids import StaffId
from stepaside.core.roster import Availability, Role, StaffMember
from stepaside.pipeline import dispatch, leaving
from stepaside.pipeline.dispatch import drain_soon
from stepaside.store import audit, staff
from stepaside.store.api_keys import Scope
from stepaside.store.ids import new_id
from stepaside.store.notification_settings import save_matrix, settings_of
from stepaside.store.notifications import (
    Notification,
    NotificationChannel,
    list_notifications,
)
from stepaside.store.staff import StoredStaff

Matrix = dict[NotificationEvent, dict[NotificationChannel, bool]]


class StaffChange(Request):
    """What to change of a staff member; the rest stays.

    capacity: open conversations at a time that are assigned by themselves; null
        without limit. A person may take more by hand.
    languages: those they answer in, as `de`; empty: nobody has said.
    active: false disables them: they cannot sign in and are assigned nothing.
    """

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    availability: Availability | UnsetType = UNSET
    capacity: Annotated[int, Meta(ge=1, le=1000)] | UnsetType | None = UNSET
    languages: Languages | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Presence(Request):
    """Whether somebody is at work."""

    availability: Availability


class NewStaff(StaffChange):
    """A staff member to add."""

    name: Name
    email: Email


class StaffView(Struct, kw_only=True):
    """A staff member."""

    id: str
    name: str
    email: str
    phone: str
    role: Role
    availability: Availability
    capacity: int | None
    languages: list[str]
    active: bool
    created_at: datetime
    updated_at: datetime


class NotificationView(Struct, kw_only=True):
    """One thing a staff member was told on one channel.

    state: `queued`, `sent`, `failed`, or `skipped` when nobody needed to be told any
    more; `detail` says why it failed. `held_until`: it waits for quiet hours or a flood
    to end, and then goes out with others, in the one `summary_id` names.
    """

    id: str
    event: NotificationEvent
    channel: NotificationChannel
    title: str
    body: str
    conversation_id: str | None
    task_id: str | None
    state: str
    attempts: int
    detail: str
    held_until: datetime | None
    summary_id: str | None
    read_at: datetime | None
    created_at: datetime


@get("/staff", scopes=READ)
async def list_staff(call: Called, page: Paged) -> Items[StaffView]:
    """List the staff, in the order they joined."""
    async with call.transaction() as tx:
        rows = await staff.list_staff(tx, after=page.after, limit=page.one_more)
    return page.of(rows, view, lambda row: row.member.id)


@post("/staff", scopes=ADMIN)
async def create_staff(call: Called, data: JSONBody[NewStaff]) -> StaffView:
    """Add a staff member."""
    now = call.now()
    member = StaffMember(id=StaffId(new_id("staff")), name=data.name)
    blank = StoredStaff(member=member, created_at=now, updated_at=now)
    added = _changed(blank, data)
    async with call.transaction() as tx:
        await staff.create_staff(tx, added)
    return view(added)


@get("/staff/{staff_id:str}", scopes=READ)
async def get_staff(call: Called, staff_id: FromPath[str]) -> StaffView:
    """Read one staff member."""
    async with call.transaction() as tx:
        return view(await staff.get_staff(tx, StaffId(staff_id)))


@patch("/staff/{staff_id:str}", scopes=ADMIN)
async def change_staff(
    call: Called, staff_id: FromPath[str], data: JSONBody[StaffChange]
) -> StaffView:
    """Change the fields that are named. The last owner stays an owner.

    What somebody holds who is disabled returns to the queue; `active: false` once more
    returns what is left.
    """
    async with call.transaction() as tx:
        stored = await staff.get_staff(tx, StaffId(staff_id), lock=True)
        changed = replace(_changed(stored, data), updated_at=call.now())
        await staff.save_staff(tx, changed)
    if changed.member.active:
        drain_soon(call.rt, call.account_id)
    else:
        await _release_everything(call, staff_id)
    return view(changed)


@put("/staff/{staff_id:str}/availability", scopes=WRITE_OR_ADMIN)
async def set_availability(
    call: Called, staff_id: FromPath[str], data: JSONBody[Presence]
) -> StaffView:
    """Say whether somebody is at work: oneself, or anybody with the scope admin.

    What waits in the queues of their teams comes to them at once.
    """
    if staff_id != call.caller.staff_id and Scope.ADMIN not in call.caller.scopes:
        raise ScopeMissing("Only an administrator can say this for somebody else.")
    await dispatch.change_availability(
        call.rt, call.account_id, staff_id, data.availability, actor=call.actor
    )
    async with call.transaction() as tx:
        return view(await staff.get_staff(tx, StaffId(staff_id)))


@delete("/staff/{staff_id:str}", scopes=ADMIN)
async def delete_staff(call: Called, staff_id: FromPath[str]) -> None:
    """Delete a staff member, with their sessions and API keys.

    What they hold returns to the queue, and their open tasks are nobody's.
    """
    async with call.transaction() as tx:
        await staff.delete_staff(tx, StaffId(staff_id), call.now())
    await _release_everything(call, staff_id)


@get("/staff/{staff_id:str}/notification-settings", scopes=READ)
async def get_settings(call: Called, staff_id: FromPath[str]) -> Matrix:
    """Read what a staff member is told about, by event and channel."""
    async with call.transaction() as tx:
        await staff.get_staff(tx, StaffId(staff_id))
        return await _matrix(tx, staff_id)


@put("/staff/{staff_id:str}/notification-settings", scopes=ADMIN)
async def replace_settings(
    call: Called, staff_id: FromPath[str], data: JSONBody[Matrix]
) -> Matrix:
    """Say what a staff member is told about; what is left out takes its default."""
    async with call.transaction() as tx:
        await staff.get_staff(tx, StaffId(staff_id), lock=True)
        before = await _matrix(tx, staff_id)
        await save_matrix(tx, StaffId(staff_id), data)
        after = await _matrix(tx, staff_id)
        await _note_change(call, tx, staff_id, before, after)
        return after


@get("/staff/{staff_id:str}/notifications", scopes=READ)
async def get_notifications(
    call: Called, page: Paged, staff_id: FromPath[str]
) -> Items[NotificationView]:
    """List what a staff member was told, the newest first."""
    async with call.transaction() as tx:
        await staff.get_staff(tx, StaffId(staff_id))
        rows = await list_notifications(
            tx, staff_id, limit=page.one_more, before=page.after or None
        )
    return page.of(rows, show_notification, lambda row: row.id)


ROUTES: Final = (
    list_staff,
    create_staff,
    get_staff,
    change_staff,
    set_availability,
    delete_staff,
    get_settings,
    replace_settings,
    get_notifications,
)


def view(stored: StoredStaff) -> StaffView:
    """A staff member as they are shown."""
    member = stored.member
    return StaffView(
        id=member.id,
        name=member.name,
        email=member.email,
        phone=stored.phone,
        role=member.role,
        availability=member.availability,
        capacity=member.capacity,
        languages=list(member.languages),
        active=member.active,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def show_notification(row: Notification) -> NotificationView:
    """A notification as it is shown."""
    shown = {name: getattr(row, name) for name in NotificationView.__struct_fields__}
    return NotificationView(**shown)


def _changed(stored: StoredStaff, change: StaffChange) -> StoredStaff:
    fields: dict[str, Any] = named(change)
    own = {"phone": fields.pop("phone")} if "phone" in fields else {}
    if "languages" in fields:
        fields["languages"] = tuple(dict.fromkeys(fields["languages"]))
    return replace(stored, **own, member=replace(stored.member, **fields))


async def _release_everything(call: Call, staff_id: str) -> None:
    await leaving.release_everything(
        call.rt, call.account_id, StaffId(staff_id), actor=call.actor
    )


async def _note_change(
    call: Call, tx: Any, staff_id: str, before: Matrix, after: Matrix
) -> None:
    """Put it into the audit log, cell by cell: as `task_due:email`."""
    was, now = (
        {
            f"{event}:{c}": on
            for event, cells in matrix.items()
            for c, on in cells.items()
        }
        for matrix in (before, after)
    )
    changed = [cell for cell in now if now[cell] != was.get(cell)]
    if changed:
        member = (await staff.get_staff(tx, StaffId(staff_id))).member
        await audit.record(
            tx,
            "notification_settings.changed",
            at=call.now(),
            actor=call.doer.actor,
            subject_id=member.id,
            subject_name=member.name,
            before={cell: was.get(cell) for cell in changed},
            after={cell: now[cell] for cell in changed},
            address=call.address,
        )


async def _matrix(tx: Any, staff_id: str) -> Matrix:
    found = await settings_of(tx, StaffId(staff_id))
    return {event: dict(cells) for event, cells in found.items()}
