"""Notifications: `/v1/notifications`, and where and when somebody is told."""

from datetime import datetime, time
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct, field

from stepaside.api.auth import ADMIN, READ, WRITE
from stepaside.api.call import Call, Called
from stepaside.api.paging import Items, Paged
from stepaside.api.staff import NotificationView, show_notification
from stepaside.api.wire import Instant, MaybeName, Request
from stepaside.core.effects import NotificationEvent
from stepaside.core.errors import InvalidField
from stepaside.core.ids import StaffId
from stepaside.core.reach import URGENT, NotificationChannel, Quiet
from stepaside.pipeline import targets
from stepaside.pipeline.reach import resend
from stepaside.pipeline.trying_out import send_test
from stepaside.store.errors import NotFound
from stepaside.store.notification_lists import list_failed, read_all, set_read
from stepaside.store.notification_settings import Need, quiet_of, save_quiet
from stepaside.store.notification_targets import Target, list_targets, remove_target
from stepaside.store.notifications import find_notification
from stepaside.store.staff import get_staff

Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$(?!\n)")]
Address = Annotated[str, Meta(min_length=3, max_length=1000)]


class QuietHours(Request):
    """When a staff member does not want to be reached outside the desk.

    start, end: local times such as `22:00`, past midnight where the end is the earlier;
        null: there are no such hours. urgent: what is told all the same.
    muted_until: nothing is told before, urgent or not.
    """

    start: Clock | None = None
    end: Clock | None = None
    time_zone: Annotated[str, Meta(max_length=64)] = "UTC"
    urgent: list[NotificationEvent] = field(default_factory=lambda: sorted(URGENT))
    muted_until: Instant | None = None


class NewChat(Request):
    """A chat to be told in, by the address that apprise or the tool itself gives it."""

    address: Address
    name: MaybeName = ""


class NewTeamChat(NewChat, kw_only=True):
    """A chat of the whole account. events: what it is told."""

    events: Annotated[list[NotificationEvent], Meta(min_length=1)]


class TargetView(Struct, kw_only=True):
    """A browser or a chat that is told. Its address is a secret, and never shown."""

    id: str
    channel: NotificationChannel
    name: str
    events: list[NotificationEvent]
    created_at: datetime


class TrialView(Struct, kw_only=True):
    """How a test went.

    needs: what is missing before the channel could reach anybody.
    problems: what those places said that did not take it.
    """

    ok: bool
    needs: Need | None
    problems: list[str]


@get("/notifications/failed", scopes=READ)
async def list_undelivered(call: Called, page: Paged) -> Items[NotificationView]:
    """List what was given up and can be sent again, the newest first."""
    async with call.transaction() as tx:
        rows = await list_failed(tx, before=page.after, limit=page.one_more)
    return page.of(rows, show_notification, lambda row: row.id)


@get("/notifications/{notification_id:str}", scopes=READ)
async def get_notification(
    call: Called, notification_id: FromPath[str]
) -> NotificationView:
    """Read one notification."""
    return await _one(call, notification_id)


@post("/notifications/{notification_id:str}/resend", scopes=WRITE, status_code=202)
async def send_again(call: Called, notification_id: FromPath[str]) -> NotificationView:
    """Send a notification again that was given up, with the same idempotency key."""
    await resend(call.rt, call.account_id, notification_id)
    return await _one(call, notification_id)


@put("/notifications/{notification_id:str}/read", scopes=WRITE)
async def mark_read(call: Called, notification_id: FromPath[str]) -> NotificationView:
    """Mark a notification in the desk as read."""
    return await _mark(call, notification_id, call.now())


@delete("/notifications/{notification_id:str}/read", scopes=WRITE, status_code=200)
async def mark_unread(call: Called, notification_id: FromPath[str]) -> NotificationView:
    """Mark a notification in the desk as unread."""
    return await _mark(call, notification_id, None)


@put("/staff/{staff_id:str}/notifications/read", scopes=WRITE, status_code=204)
async def mark_all_read(call: Called, staff_id: FromPath[str]) -> None:
    """Mark everything a staff member was told in the desk as read."""
    async with call.transaction() as tx:
        await get_staff(tx, StaffId(staff_id))
        await read_all(tx, StaffId(staff_id), call.now())


@get("/staff/{staff_id:str}/quiet-hours", scopes=READ)
async def get_quiet(call: Called, staff_id: FromPath[str]) -> QuietHours:
    """Read when a staff member does not want to be reached outside the desk."""
    async with call.transaction() as tx:
        await get_staff(tx, StaffId(staff_id))
        return _quiet_view(await quiet_of(tx, StaffId(staff_id)))


@put("/staff/{staff_id:str}/quiet-hours", scopes=ADMIN)
async def put_quiet(
    call: Called, staff_id: FromPath[str], data: JSONBody[QuietHours]
) -> QuietHours:
    """Say when; what is left out takes its default."""
    if data.time_zone not in available_timezones():
        raise InvalidField("time_zone", "not a time zone such as Europe/Berlin")
    if (data.start is None) != (data.end is None):
        raise InvalidField("end", "give both start and end, or neither")
    quiet = Quiet(
        start=_time(data.start),
        end=_time(data.end),
        zone=ZoneInfo(data.time_zone),
        urgent=frozenset(data.urgent),
        muted_until=data.muted_until,
    )
    async with call.transaction() as tx:
        await get_staff(tx, StaffId(staff_id), lock=True)
        await save_quiet(tx, StaffId(staff_id), quiet)
        return _quiet_view(await quiet_of(tx, StaffId(staff_id)))


@get("/staff/{staff_id:str}/notification-targets", scopes=READ)
async def list_places(
    call: Called, page: Paged, staff_id: FromPath[str]
) -> Items[TargetView]:
    """List the browsers and chats a staff member is told in."""
    async with call.transaction() as tx:
        await get_staff(tx, StaffId(staff_id))
        found = await list_targets(tx, StaffId(staff_id))
    return page.part(found, _target, lambda one: one.id)


@post("/staff/{staff_id:str}/notification-targets", scopes=ADMIN)
async def add_place(
    call: Called, staff_id: FromPath[str], data: JSONBody[NewChat]
) -> TargetView:
    """Add a chat. Browsers subscribe themselves, in the desk."""
    async with call.transaction() as tx:
        await get_staff(tx, StaffId(staff_id))
    return _target(
        await targets.add_chat(
            call.rt,
            call.account_id,
            StaffId(staff_id),
            name=data.name,
            address=data.address,
        )
    )


@delete("/staff/{staff_id:str}/notification-targets/{target_id:str}", scopes=ADMIN)
async def remove_place(
    call: Called, staff_id: FromPath[str], target_id: FromPath[str]
) -> None:
    """Tell a staff member nothing there any more."""
    async with call.transaction() as tx:
        await remove_target(tx, target_id, StaffId(staff_id))


@post("/staff/{staff_id:str}/notification-tests/{channel:str}", scopes=ADMIN)
async def try_out(
    call: Called, staff_id: FromPath[str], channel: FromPath[NotificationChannel]
) -> TrialView:
    """Send a staff member a test on a channel, now, and say how it went."""
    result = await send_test(call.rt, call.account_id, staff_id, channel)
    return TrialView(ok=result.ok, needs=result.need, problems=list(result.problems))


@get("/notification-targets", scopes=READ)
async def list_team_chats(call: Called, page: Paged) -> Items[TargetView]:
    """List the account's own chats."""
    async with call.transaction() as tx:
        found = await list_targets(tx, None)
    return page.part(found, _target, lambda one: one.id)


@post("/notification-targets", scopes=ADMIN)
async def add_team_chat(call: Called, data: JSONBody[NewTeamChat]) -> TargetView:
    """Add a chat that is told once, not once for each person."""
    return _target(
        await targets.add_chat(
            call.rt,
            call.account_id,
            None,
            name=data.name,
            address=data.address,
            events=data.events,
        )
    )


@delete("/notification-targets/{target_id:str}", scopes=ADMIN)
async def remove_team_chat(call: Called, target_id: FromPath[str]) -> None:
    """Tell nothing there any more."""
    async with call.transaction() as tx:
        await remove_target(tx, target_id, None)


ROUTES: Final = (
    list_undelivered,
    get_notification,
    send_again,
    mark_read,
    mark_unread,
    mark_all_read,
    get_quiet,
    put_quiet,
    list_places,
    add_place,
    remove_place,
    try_out,
    list_team_chats,
    add_team_chat,
    remove_team_chat,
)


async def _one(call: Call, notification_id: str) -> NotificationView:
    async with call.transaction() as tx:
        found = await find_notification(tx, notification_id)
    if found is None:
        raise NotFound("notification", notification_id)
    return show_notification(found)


async def _mark(
    call: Call, notification_id: str, at: datetime | None
) -> NotificationView:
    async with call.transaction() as tx:
        found = await find_notification(tx, notification_id)
        marked = found is not None and found.staff_id is not None
        if not marked or not await set_read(tx, found.staff_id, found.id, at):  # type: ignore[union-attr,arg-type]
            raise NotFound("notification", notification_id)
    return await _one(call, notification_id)


def _quiet_view(quiet: Quiet) -> QuietHours:
    return QuietHours(
        start=quiet.start.strftime("%H:%M") if quiet.start else None,
        end=quiet.end.strftime("%H:%M") if quiet.end else None,
        time_zone=quiet.zone.key,
        urgent=sorted(quiet.urgent),
        muted_until=quiet.muted_until,
    )


def _time(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _target(target: Target) -> TargetView:
    shown: dict[str, Any] = {
        name: getattr(target, name) for name in TargetView.__struct_fields__
    }
    return TargetView(**{**shown, "events": list(target.events)})
