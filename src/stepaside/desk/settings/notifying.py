"""Notification settings: what a staff member is told about, and where, with a test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.effects import NotificationEvent
from stepaside.core.errors import InvalidField
from stepaside.core.ids import StaffId
from stepaside.core.reach import NotificationChannel
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.pages import page
from stepaside.desk.settings.frame import Sent, open_settings, settings_page
from stepaside.desk.settings.names import NEED, channel_name, event_name
from stepaside.desk.visit import Visit, Visited, is_partial
from stepaside.desk.words import _
from stepaside.notify.chat.send import parse_chat
from stepaside.pipeline.trying_out import TestResult, send_test
from stepaside.store import audit
from stepaside.store.database import Tx
from stepaside.store.notification_settings import (
    Need,
    set_wanted,
    settings_of,
    what_channel_needs,
)
from stepaside.store.notification_targets import (
    Target,
    add_target,
    list_targets,
    remove_target,
)
from stepaside.store.staff import StoredStaff, get_staff

OWN: Final = "me"
"""In place of an id: the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One channel, for one staff member. need: what is missing; None: it reaches."""

    channel: NotificationChannel
    name: str
    need: Need | None

    @property
    def lacks(self) -> str:
        """What is missing, in words; empty for nothing."""
        return _(NEED[self.need]) if self.need else ""


@get(["/settings/notifications", "/settings/staff/{staff_id:str}/notifications"])
async def show_matrix(visit: Visited, staff_id: FromPath[str] = OWN) -> Response[str]:
    """Everything somebody can be told about, by where."""
    return await _matrix_page(visit, staff_id)


@post(
    ["/settings/notifications", "/settings/staff/{staff_id:str}/notifications"],
    status_code=HTTP_200_OK,
)
async def save_matrix(visit: Visited, staff_id: FromPath[str] = OWN) -> Response[Any]:
    """Store which boxes are ticked."""
    ticked = set((await Sent.by(visit)).many("wanted"))
    async with visit.transaction() as tx:
        person = await _whose(visit, tx, staff_id)
        await _save(visit, tx, person, ticked)
    return go_on(_path(staff_id), _("Saved."))


@post(
    [
        "/settings/notifications/test/{channel:str}",
        "/settings/staff/{staff_id:str}/notifications/test/{channel:str}",
    ],
    status_code=HTTP_200_OK,
)
async def try_channel(
    visit: Visited,
    channel: FromPath[NotificationChannel],
    staff_id: FromPath[str] = OWN,
) -> Response[str]:
    """Send a test now, and say how it went."""
    async with visit.transaction() as tx:
        person = await _whose(visit, tx, staff_id)
    result = await send_test(visit.desk.rt, visit.account_id, person.member.id, channel)
    if is_partial(visit.request):
        return page("settings/test_result.html", result=result)
    return await _matrix_page(visit, staff_id, {channel: result})


@post(
    [
        "/settings/notifications/chats",
        "/settings/staff/{staff_id:str}/notifications/chats",
    ],
    status_code=HTTP_200_OK,
)
async def add_chat(visit: Visited, staff_id: FromPath[str] = OWN) -> Response[Any]:
    """Add a chat to be told in."""
    sent = await Sent.by(visit)
    name = sent.text("name", most=100, required=True)
    address = sent.text("address", most=2000, required=True)
    try:
        if not sent.problems:
            parse_chat(address)
            async with visit.transaction() as tx:
                person = await _whose(visit, tx, staff_id)
                await add_target(
                    tx,
                    staff_id=person.member.id,
                    channel=NotificationChannel.CHAT,
                    name=name,
                    address=address,
                    now=visit.now(),
                )
            return go_on(_path(staff_id), _("The chat was added. Send it a test."))
    except InvalidField as error:
        sent.refuse(error)
    return await _matrix_page(visit, staff_id, sent=sent)


@post(
    [
        "/settings/notifications/targets/{target_id:str}/remove",
        "/settings/staff/{staff_id:str}/notifications/targets/{target_id:str}/remove",
    ],
    status_code=HTTP_200_OK,
)
async def remove_place(
    visit: Visited, target_id: FromPath[str], staff_id: FromPath[str] = OWN
) -> Response[Any]:
    """Tell nobody there any more."""
    async with visit.transaction() as tx:
        person = await _whose(visit, tx, staff_id)
        await remove_target(tx, target_id, person.member.id)
    return go_on(_path(staff_id), _("It is removed."))


async def _whose(visit: Visit, tx: Tx, staff_id: str) -> StoredStaff:
    """Whose settings they are: one's own, or anybody's for who may configure."""
    own = staff_id in (OWN, visit.me.staff_id)
    if not own:
        await only_admins(tx, visit)
    return await get_staff(tx, visit.me.staff_id if own else StaffId(staff_id))


async def _save(visit: Visit, tx: Tx, person: StoredStaff, ticked: set[str]) -> None:
    who = person.member
    before, after = {}, {}
    for event, cells in (await settings_of(tx, who.id)).items():
        for channel, was in cells.items():
            wanted = f"{event}:{channel}" in ticked
            # What cannot be had here shows no box, and so is left as it is.
            if wanted is not was and channel in tx.reaches:
                await set_wanted(tx, who.id, event, channel, wanted=wanted)
                before[f"{event}:{channel}"] = was
                after[f"{event}:{channel}"] = wanted
    if after:
        await audit.record(
            tx,
            "notification_settings.changed",
            at=visit.now(),
            actor=str(visit.actor),
            subject_id=who.id,
            subject_name=who.name,
            before=before,
            after=after,
            address=visit.doer.address,
        )


async def _matrix_page(
    visit: Visit,
    staff_id: str,
    results: Mapping[NotificationChannel, TestResult] | None = None,
    sent: Sent | None = None,
) -> Response[str]:
    own = staff_id in (OWN, visit.me.staff_id)
    async with visit.transaction() as tx:
        section = "notifications" if own else "staff"
        frame = await open_settings(tx, visit, section)
        person = await _whose(visit, tx, staff_id)
        matrix = await settings_of(tx, person.member.id)
        ways = [await _way(tx, person, channel) for channel in NotificationChannel]
        targets = await list_targets(tx, person.member.id)
    return settings_page(
        "notifications",
        frame,
        sent.problems if sent else None,
        person=person.member,
        own=own,
        base=f"/desk{_path(staff_id)}",
        matrix=matrix,
        ways=ways,
        targets=_shown(targets),
        results=results or {},
        sent=sent or Sent.empty(),
        event_name=lambda event: _(event_name(NotificationEvent(event))),
    )


async def _way(tx: Tx, person: StoredStaff, channel: NotificationChannel) -> Way:
    need = await what_channel_needs(tx, person.member.id, channel)
    return Way(channel=channel, name=_(channel_name(channel)), need=need)


def _shown(targets: Sequence[Target]) -> list[tuple[Target, str]]:
    return [(target, _(channel_name(target.channel))) for target in targets]


def _path(staff_id: str) -> str:
    if staff_id == OWN:
        return "/settings/notifications"
    return f"/settings/staff/{staff_id}/notifications"


NOTIFYING_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_matrix,
    save_matrix,
    try_channel,
    add_chat,
    remove_place,
)
