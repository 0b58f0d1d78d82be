"""The notification centre: what one was told, and what could not be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.effects import NotificationEvent
from stepaside.core.roster import Roster
from stepaside.desk import words
from stepaside.desk.control import name_of
from stepaside.desk.forms import Form
from stepaside.desk.frame import go_on, may_configure, open_frame
from stepaside.desk.pages import ROOT, page
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, again
from stepaside.pipeline.reach import resend
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.notification_lists import (
    list_failed,
    list_in_app,
    read_all,
    set_read,
)
from stepaside.store.notifications import Notification, find_notification
from stepaside.store.staff import load_roster
from stepaside.store.tasks import due_times

PAGE: Final = 30
"""Notifications at a time."""

EVENT: Final[Mapping[NotificationEvent, tuple[str, str]]] = {
    NotificationEvent.CONVERSATION_ASSIGNED: ("assign", words.mark("Assigned to you")),
    NotificationEvent.TASK_ASSIGNED: ("tasks", words.mark("Task for you")),
    NotificationEvent.HANDOVER_WAITING: ("queue", words.mark("Waits for a person")),
    NotificationEvent.CONTACT_REPLIED: ("human", words.mark("Your contact wrote")),
    NotificationEvent.CONTACT_WAITING: ("clock", words.mark("Still waiting")),
    NotificationEvent.DEADLINE_DUE_SOON: ("clock", words.mark("Due soon")),
    NotificationEvent.DEADLINE_MISSED: ("problem", words.mark("Deadline missed")),
    NotificationEvent.WINDOW_CLOSING: ("clock", words.mark("Last chance to write")),
    NotificationEvent.TASK_DUE: ("tasks", words.mark("Task due")),
    NotificationEvent.MENTIONED: ("mention", words.mark("Mentioned you in a note")),
    NotificationEvent.WARNING: ("problem", words.mark("Needs attention")),
}
"""The sign of each event and what it is called in a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One notification in a list. `sign` is an icon, `kind` its event in a word.

    title, body: in the reader's language, but what somebody wrote stays as it is.
    due_at: when its task is due; None where it has none, or none any more.
    to, way: whom it did not reach, and how; of what was not delivered.
    """

    row: Notification
    sign: str
    kind: str
    title: str
    body: str
    is_unread: bool
    due_at: datetime | None = None
    to: str = ""
    way: str = ""


@get("/notifications")
async def show_notifications(
    visit: Visited,
    show: FromQuery[Literal["all", "unread"]] = "all",
    after: FromQuery[str | None] = None,
) -> Response[str]:
    """What the reader was told, the newest first."""
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "notifications")
        found = await list_in_app(
            tx,
            visit.me.staff_id,
            unread=show == "unread",
            before=after,
            limit=PAGE + 1,
        )
        failed = await _failed(tx, visit, frame["myself"])
        due = await due_times(tx, [row.task_id for row in found if row.task_id])
    rows = [_shown(row) for row in found[:PAGE]]
    return page(
        "notifications.html",
        **frame,
        rows=[replace(one, due_at=due.get(one.row.task_id or "")) for one in rows],
        older=found[PAGE - 1].id if len(found) > PAGE else "",
        show=show,
        after=after,
        failed=len(failed),
        push_key=visit.desk.rt.push_key,
    )


@get("/notifications/failed")
async def show_failed(visit: Visited) -> Response[str]:
    """What could not be delivered: one's own, and everybody's for who configures."""
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "notifications")
        found = await _failed(tx, visit, frame["myself"])
        roster = await load_roster(tx)
    rows = [_shown(row, roster) for row in found]
    return page("notifications_failed.html", **frame, rows=rows, failed=len(rows))


@get("/notifications/{notification_id:str}")
async def open_notification(visit: Visited, notification_id: FromPath[str]) -> Redirect:
    """Go to what it is about; it counts as read."""
    async with visit.transaction() as tx:
        found = await find_notification(tx, notification_id)
        if found is None or found.staff_id != visit.me.staff_id:
            raise NotFound("notification", notification_id)
        await set_read(tx, visit.me.staff_id, notification_id, visit.now())
    if found.conversation_id:
        return Redirect(f"{ROOT}/conversations/{found.conversation_id}")
    return Redirect(f"{ROOT}/tasks" if found.task_id else f"{ROOT}/notifications")


@post("/notifications/read", status_code=HTTP_200_OK)
async def read_everything(visit: Visited) -> Response[Any]:
    """Mark all as read."""
    async with visit.transaction() as tx:
        await read_all(tx, visit.me.staff_id, visit.now())
    return go_on("/notifications", _("All marked as read."))


@post("/notifications/{notification_id:str}/{deed:str}", status_code=HTTP_200_OK)
async def change_notification(
    visit: Visited,
    notification_id: FromPath[str],
    deed: FromPath[Literal["read", "unread", "resend"]],
    data: URLEncodedBody[Form],
) -> Response[Any]:
    """Mark one as read or unread, or send it again."""
    del data
    if deed == "resend":
        await _may_resend(visit, notification_id)
        await resend(visit.desk.rt, visit.account_id, notification_id)
        return go_on("/notifications/failed", _("It is being sent again."))
    at = visit.now() if deed == "read" else None
    async with visit.transaction() as tx:
        if not await set_read(tx, visit.me.staff_id, notification_id, at):
            raise NotFound("notification", notification_id)
    return go_on("/notifications")


async def _failed(tx: Tx, visit: Visit, myself: Any) -> Sequence[Notification]:
    whose = None if may_configure(myself) else visit.me.staff_id
    return await list_failed(tx, staff_id=whose)


async def _may_resend(visit: Visit, notification_id: str) -> None:
    async with visit.transaction() as tx:
        myself = (await load_roster(tx)).staff[visit.me.staff_id]
        found = await find_notification(tx, notification_id)
    mine = found is not None and found.staff_id == myself.id
    if not mine and not may_configure(myself):
        raise NotFound("notification", notification_id)


def _shown(row: Notification, roster: Roster | None = None) -> Shown:
    sign, kind = EVENT[row.event]
    return Shown(
        row=row,
        sign=sign,
        kind=_(kind),
        title=again(row.title),
        body=row.body if row.event.quotes else again(row.body),
        is_unread=row.read_at is None,
        to=(name_of(row.staff_id, roster) or _("The team's chat")) if roster else "",
        way=_(words.CHANNEL[row.channel]),
    )


NOTIFICATION_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_notifications,
    show_failed,
    open_notification,
    read_everything,
    change_notification,
)
