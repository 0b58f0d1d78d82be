"""How one is reached outside the desk: browsers, chats, and when not to be."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.effects import NotificationEvent
from stepaside.core.errors import InvalidField
from stepaside.core.ids import StaffId
from stepaside.core.reach import NotificationChannel, Quiet
from stepaside.desk.forms import Form
from stepaside.desk.frame import go_on, may_configure, only_admins, open_frame
from stepaside.desk.notifications import EVENT
from stepaside.desk.pages import page
from stepaside.desk.visit import Visit, Visited, reader_zone
from stepaside.desk.words import _, again, sentence
from stepaside.pipeline import targets
from stepaside.store.notification_lists import list_failed
from stepaside.store.notification_settings import mute, quiet_of, save_quiet
from stepaside.store.notification_targets import (
    list_targets,
    remove_address,
    remove_target,
)

MUTES: Final = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "off": None}
TEAM_DEFAULT: Final = (
    NotificationEvent.HANDOVER_WAITING,
    NotificationEvent.CONTACT_WAITING,
    NotificationEvent.DEADLINE_MISSED,
)
"""What a chat of the whole team is told unless somebody says otherwise."""


class ChatForm(Form, kw_only=True):
    """A chat to be told in."""

    name: str = ""
    address: str = ""


class BrowserForm(Form, kw_only=True):
    """What a browser gives when it subscribes."""

    endpoint: str = ""
    p256dh: str = ""
    auth: str = ""
    name: str = ""


class QuietForm(Form, kw_only=True):
    """Quiet hours; both times empty: none."""

    start: str = ""
    end: str = ""
    zone: str = "UTC"


@get("/notifications/reach")
async def show_reach(visit: Visited) -> Response[str]:
    """Browsers, chats, quiet hours."""
    return await _page(visit)


@post("/notifications/browsers", status_code=204)
async def add_browser(visit: Visited, data: URLEncodedBody[BrowserForm]) -> None:
    """Tell the reader in this browser from now on."""
    await targets.add_browser(
        visit.desk.rt,
        visit.account_id,
        visit.me.staff_id,
        name=data.name,
        endpoint=data.endpoint,
        p256dh=data.p256dh,
        auth=data.auth,
    )


@post("/notifications/browsers/forget", status_code=204)
async def forget_browser(visit: Visited, data: URLEncodedBody[BrowserForm]) -> None:
    """Tell the reader nothing in this browser any more."""
    async with visit.transaction() as tx:
        await remove_address(tx, visit.me.staff_id, data.endpoint)


@post("/notifications/chats/{whose:str}", status_code=HTTP_200_OK)
async def add_chat(
    visit: Visited,
    whose: FromPath[Literal["mine", "team"]],
    data: URLEncodedBody[ChatForm],
) -> Response[Any]:
    """Add a chat, one's own or the team's."""
    staff_id = await _owner(visit, whose)
    form = await visit.request.form()
    try:
        chosen = _events(form.getall("events", []))
        await targets.add_chat(
            visit.desk.rt,
            visit.account_id,
            staff_id,
            name=data.name.strip(),
            address=data.address.strip(),
            events=() if staff_id else chosen or TEAM_DEFAULT,
        )
    except InvalidField as wrong:
        return await _page(visit, chat=data, wrong=again(wrong.rule), whose=whose)
    return go_on("/notifications/reach", _("Chat added. Send a test to try it."))


@post("/notifications/targets/{target_id:str}/remove", status_code=HTTP_200_OK)
async def remove(
    visit: Visited, target_id: FromPath[str], data: URLEncodedBody[Form]
) -> Response[Any]:
    """Tell nobody there any more: one's own, or the team's for who configures."""
    del data
    async with visit.transaction() as tx:
        mine = {t.id for t in await list_targets(tx, visit.me.staff_id)}
        if target_id in mine:
            await remove_target(tx, target_id, visit.me.staff_id)
        else:
            await only_admins(tx, visit)
            await remove_target(tx, target_id, None)
    return go_on("/notifications/reach", _("Removed."))


@post("/notifications/quiet", status_code=HTTP_200_OK)
async def set_quiet(visit: Visited, data: URLEncodedBody[QuietForm]) -> Response[Any]:
    """Say when not to be reached."""
    wrong_zone, wrong_time = "", ""
    start = end = None
    if data.zone not in available_timezones():
        wrong_zone = _("There is no such time zone.")
    try:
        start, end = _time(data.start), _time(data.end)
    except InvalidField as wrong:
        wrong_time = sentence(wrong.rule)
    if wrong_zone or wrong_time:
        return await _page(
            visit, typed=data, wrong_zone=wrong_zone, wrong_time=wrong_time
        )
    form = await visit.request.form()
    async with visit.transaction() as tx:
        before = await quiet_of(tx, visit.me.staff_id)
        quiet = Quiet(
            start=start,
            end=end,
            zone=ZoneInfo(data.zone),
            urgent=frozenset(_events(form.getall("urgent", []))),
            muted_until=before.muted_until,
        )
        await save_quiet(tx, visit.me.staff_id, quiet)
    return go_on("/notifications/reach", _("Saved."))


@post("/notifications/mute/{length:str}", status_code=HTTP_200_OK)
async def set_mute(
    visit: Visited,
    length: FromPath[Literal["1h", "4h", "off"]],
    data: URLEncodedBody[Form],
) -> Response[Any]:
    """Be left alone for a while, or not any more."""
    del data
    span = MUTES[length]
    async with visit.transaction() as tx:
        await mute(tx, visit.me.staff_id, visit.now() + span if span else None)
    said = (
        _("Nothing outside the desk until then.") if span else _("You are told again.")
    )
    return go_on("/notifications/reach", said)


async def _owner(visit: Visit, whose: str) -> StaffId | None:
    if whose == "mine":
        return visit.me.staff_id
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
    return None


async def _page(
    visit: Visit,
    *,
    chat: ChatForm | None = None,
    wrong: str = "",
    whose: str = "",
    typed: QuietForm | None = None,
    wrong_zone: str = "",
    wrong_time: str = "",
) -> Response[str]:
    me = visit.me.staff_id
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "notifications")
        mine = await list_targets(tx, me)
        quiet = await quiet_of(tx, me)
        admin = may_configure(frame["myself"])
        team = await list_targets(tx, None) if admin else ()
        failed = await list_failed(tx, staff_id=None if admin else me)
    return page(
        "notifications_reach.html",
        status=422 if wrong or typed else 200,
        **frame,
        browsers=[t for t in mine if t.channel is NotificationChannel.PUSH],
        chats=[t for t in mine if t.channel is NotificationChannel.CHAT],
        team=team,
        quiet=quiet,
        typed=typed or _as_it_is(visit, quiet),
        is_muted=_is_muted(quiet, visit.now()),
        zones=[(zone, zone) for zone in sorted(available_timezones())],
        events=[(event, _(kind)) for event, (_sign, kind) in EVENT.items()],
        team_default=TEAM_DEFAULT,
        chat=chat or ChatForm(),
        wrong=wrong,
        whose=whose,
        wrong_zone=wrong_zone,
        wrong_time=wrong_time,
        failed=len(failed),
        push_key=visit.desk.rt.push_key,
    )


def _as_it_is(visit: Visit, quiet: Quiet) -> QuietForm:
    start, end = (f"{at:%H:%M}" if at else "" for at in (quiet.start, quiet.end))
    return QuietForm(start=start, end=end, zone=_zone(visit, quiet))


def _is_muted(quiet: Quiet, now: datetime) -> bool:
    return quiet.muted_until is not None and quiet.muted_until > now


def _zone(visit: Visit, quiet: Quiet) -> str:
    """The zone to offer: the one that was chosen, else the reader's own."""
    if quiet.start is not None:
        return quiet.zone.key
    own = reader_zone(visit.request)
    return own.key if isinstance(own, ZoneInfo) else quiet.zone.key


def _events(sent: Iterable[object]) -> list[NotificationEvent]:
    known = {str(event): event for event in NotificationEvent}
    try:
        return [known[str(name)] for name in sent]
    except KeyError:
        rule = _("must be one of the events on this page")
        raise InvalidField("events", rule) from None


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidField("time", _("must be like 22:00")) from None


REACH_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_reach,
    add_browser,
    forget_browser,
    add_chat,
    remove,
    set_quiet,
    set_mute,
)
