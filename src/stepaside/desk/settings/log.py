"""The audit log as a page: who changed what and when, to be narrowed down."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from stepaside.core.effects import NotificationEvent
from stepaside.core.reach import NotificationChannel
from stepaside.desk.pages import ROOT
from stepaside.desk.settings.frame import open_settings, settings_page
from stepaside.desk.settings.names import channel_name, event_name
from stepaside.desk.times import find_zone
from stepaside.desk.visit import Visited
from stepaside.desk.words import _, mark
from stepaside.store.audit import Entry, Sought, list_entries
from stepaside.store.staff import list_staff

PAGE: Final = 50
MOST: Final = 1000
KIND: Final[Mapping[str, str]] = {
    "account": mark("Account"),
    "api_key": mark("API key"),
    "bot": mark("Bot"),
    "inbox": mark("Inbox"),
    "login": mark("Signing in"),
    "notification_settings": mark("Notification settings"),
    "notification_target": mark("Place to be told in"),
    "rule": mark("Handover rule"),
    "staff": mark("Staff member"),
    "team": mark("Team"),
    "team_member": mark("Team member"),
    "webhook": mark("Webhook"),
    "workflow": mark("Workflow"),
}
DEED: Final[Mapping[str, str]] = {
    "created": mark("created"),
    "changed": mark("changed"),
    "deleted": mark("deleted"),
    "revoked": mark("revoked"),
    "disabled": mark("disabled"),
    "enabled": mark("enabled"),
    "succeeded": mark("succeeded"),
    "failed": mark("failed"),
}
FIELD: Final[Mapping[str, str]] = {
    "name": mark("Name"),
    "email": mark("E-mail"),
    "phone": mark("Phone"),
    "role": mark("Role"),
    "capacity": mark("Capacity"),
    "password_hash": mark("Password"),
    "language": mark("Language"),
    "time_zone": mark("Time zone"),
    "url": mark("Address"),
    "events": mark("Events"),
    "secret": mark("Secret"),
    "enabled": mark("On"),
    "settings": mark("Settings"),
    "bot_id": mark("Bot"),
    "workflow_id": mark("Workflow"),
    "mode": mark("Mode"),
    "scopes": mark("Scopes"),
    "overrides": mark("Overrides"),
    "kind": mark("Kind"),
    "working_hours": mark("Working hours"),
    "holidays": mark("Holidays"),
    "team_id": mark("Team"),
    "staff_id": mark("Staff member"),
    "fallback_team_id": mark("Stands in"),
    "languages": mark("Languages"),
}
_LONG: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry in words. changes: what it is about, what was, what is."""

    entry: Entry
    who: str
    what: str
    changes: tuple[tuple[str, str, str], ...]


@get("/settings/audit")
async def show_audit(
    visit: Visited,
    *,
    who: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    before: FromQuery[str] = "",
) -> Response[str]:
    """Who changed what, the newest first."""
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "audit")
        zone = frame["times"].zone
        sought = Sought(
            actor=who,
            kind=kind,
            since=_day(since, zone),
            until=_day(until, zone, days=1),
        )
        found = await list_entries(tx, sought, before=_number(before), limit=PAGE + 1)
        people = [row.member for row in await list_staff(tx, limit=MOST)]
    chosen = {"who": who, "kind": kind, "since": since, "until": until}
    last = found[PAGE - 1].id if len(found) > PAGE else None
    return settings_page(
        "audit",
        frame,
        lines=[_line(entry) for entry in found[:PAGE]],
        people=people,
        kinds=KIND,
        chosen=chosen,
        older=_older(chosen, last) if last else "",
        is_first=not before,
    )


def _line(entry: Entry) -> Line:
    deed = entry.action.rpartition(".")[2]
    kind = _(KIND.get(entry.subject_kind, entry.subject_kind))
    return Line(
        entry=entry,
        who=entry.actor_name or ("" if entry.actor else _("Stepaside")),
        what=f"{kind} {_(DEED.get(deed, deed))}",
        changes=tuple(_changes(entry)),
    )


def _changes(entry: Entry) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*entry.before, *entry.after}):
        was, is_ = entry.before.get(name), entry.after.get(name)
        if _said(was) or _said(is_):
            yield _field(name), _said(was), _said(is_)


def _field(name: str) -> str:
    event, colon, channel = name.partition(":")
    if colon:
        place = _(channel_name(NotificationChannel(channel)))
        return f"{_(event_name(NotificationEvent(event)))}, {place}"
    return _(FIELD[name]) if name in FIELD else name.replace("_", " ")


def _said(value: Any) -> str:
    match value:
        case None | "" | [] | {}:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case list():
            text = ", ".join(str(one) for one in value)
        case dict():
            text = ", ".join(f"{key}: {_said(one)}" for key, one in value.items())
        case _:
            text = str(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def _day(text: str, zone: Any, days: int = 0) -> datetime | None:
    try:
        day = datetime.fromisoformat(text[:10]) + timedelta(days=days)
        return day.replace(tzinfo=zone or find_zone(None))
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _older(chosen: Mapping[str, str], before: int) -> str:
    query = {name: value for name, value in chosen.items() if value}
    return f"{ROOT}/settings/audit?{urlencode({**query, 'before': before})}"


LOG_ROUTES: Final[Sequence[ControllerRouterHandler]] = (show_audit,)
