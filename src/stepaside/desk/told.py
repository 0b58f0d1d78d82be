"""What the clock did about a contact who waited, as lines of a transcript."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from stepaside.core.bot_settings import Step
from stepaside.core.events import ActorKind, Event, EventType
from stepaside.core.ids import StaffId
from stepaside.core.roster import Roster
from stepaside.desk.control import name_of
from stepaside.desk.times import Clockwork, due, span
from stepaside.desk.words import _, listed, mark

_NAMED: Final = 3
"""Of many who were told, so many are named."""

Notified = Mapping[datetime, tuple[StaffId, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a line needs besides its event.

    notified: who was told about what happened at an instant.
    """

    roster: Roster
    notified: Notified
    times: Clockwork


def who_was_notified(events: Iterable[Event]) -> Notified:
    """Whom each commit told: events and the notes about them have one instant."""
    found: dict[datetime, tuple[StaffId, ...]] = {}
    for event in events:
        if event.type is EventType.NOTIFIED:
            staff = tuple(StaffId(one) for one in event.data.get("staff") or ())
            found[event.at] = found.get(event.at, ()) + staff
    return found


def chased(event: Event, telling: Telling) -> str:
    """One step of the watchdog: who was reminded of what, or why nothing was done."""
    step = str(event.data.get("step") or "")
    if step in _FRUITLESS:
        return _(_FRUITLESS[step])
    who = _names(event, telling)
    since = _instant(event.data.get("waiting_since"))
    if step == "left":
        return _("%(who)s: what the contact wrote was never answered", who=who)
    if since is None:
        return _("%(who)s: people still have this conversation", who=who)
    waited = span(event.at - since)
    said = _REMINDED.get(step, mark("%(who)s: the contact has waited %(span)s"))
    return _(said, who=who, span=waited)


_REMINDED: Final[Mapping[str, str]] = {
    Step.TEAM: mark("Now the whole team. %(who)s: the contact has waited %(span)s"),
    Step.OWNERS: mark("Now the owners. %(who)s: the contact has waited %(span)s"),
    "again": mark("Once more. %(who)s: the contact has waited %(span)s"),
}
_FRUITLESS: Final[Mapping[str, str]] = {
    Step.CONTACT: mark("The contact could not be told that it takes longer"),
    Step.REASSIGN: mark("Nobody else is free, so it stays in the queue"),
    Step.BOT: mark("The bot may not come back here, so people keep it"),
}


def deadline(event: Event, telling: Telling) -> str:
    """A deadline or the channel's window is near, or has passed."""
    said = _DEADLINES.get((event.type, str(event.data.get("deadline"))))
    at = _instant(event.data.get("due_at"))
    if said is None or at is None:
        return ""
    times = telling.times
    when = due(at, times.now, times.zone)
    return f"{_(said, when=when)}. {_names(event, telling)}"


_SOON: Final = EventType.DEADLINE_DUE_SOON
_MISSED: Final = EventType.DEADLINE_MISSED
_DEADLINES: Final[Mapping[tuple[EventType, str], str]] = {
    (_SOON, "first_reply"): mark("The first reply is due soon, %(when)s"),
    (_SOON, "next_reply"): mark("A reply is due soon, %(when)s"),
    (_SOON, "resolution"): mark("The resolution is due soon, %(when)s"),
    (_MISSED, "first_reply"): mark("The first reply was due %(when)s"),
    (_MISSED, "next_reply"): mark("A reply was due %(when)s"),
    (_MISSED, "resolution"): mark("The resolution was due %(when)s"),
    (EventType.WINDOW_CLOSING, "reply_window"): mark(
        "The channel takes our words only until %(when)s"
    ),
}


def promise_broken(event: Event, telling: Telling) -> str:
    """The time the contact was told has passed."""
    at = _instant(event.data.get("due_at"))
    times = telling.times
    when = due(at, times.now, times.zone) if at else ""
    return _("The contact was promised an answer by %(when)s; none came", when=when)


def resumed(event: Event, telling: Telling) -> str:
    """Why the bot is back by itself."""
    del telling
    if event.actor.kind is not ActorKind.TIMER:
        return _("It is settled, so the bot has it again")
    return _("The pause ended; the bot is back")


def _names(event: Event, telling: Telling) -> str:
    """Who was told, at the start or the end of a line."""
    staff = dict.fromkeys(telling.notified.get(event.at, ()))
    names = [name for one in staff if (name := name_of(one, telling.roster))]
    if not names:
        return _("Nobody could be told")
    if len(names) > _NAMED:
        shown, more = ", ".join(names[:_NAMED]), len(names) - _NAMED
        return _("Told %(names)s and %(n)s more", names=shown, n=more)
    return _("Told %(names)s", names=listed(names))


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
