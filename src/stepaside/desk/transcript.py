"""What happened in a conversation, in order, as the desk tells it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar, Final

from stepaside.core.effects import MessageKind
from stepaside.core.events import ActorKind, Event, EventType
from stepaside.core.ids import StaffId, TeamId
from stepaside.core.policy import DecisionKind
from stepaside.core.returning import Hindrance
from stepaside.core.roster import Roster
from stepaside.core.turn import Author
from stepaside.desk.card import BY_HAND, Card, Surroundings, draw_card
from stepaside.desk.control import name_of
from stepaside.desk.times import Clockwork, span
from stepaside.desk.told import (
    Telling,
    chased,
    deadline,
    promise_broken,
    resumed,
    who_was_notified,
)
from stepaside.desk.words import _, again, mark
from stepaside.store.desk_conversation import Said
from stepaside.store.events import StoredEvent
from stepaside.store.handovers import StoredHandover
from stepaside.store.messages import MessageState

SAME_BREATH: Final = timedelta(minutes=5)
"""Messages of one speaker closer than this stand together under one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """A message or a note.

    speaker: `contact`, `bot`, `staff` or `note`.
    starts: whether the speaker's name stands above it.
    sender_id: the id the sender's browser gave it; empty for all others.
    """

    kind: ClassVar[str] = "bubble"

    id: str
    at: datetime
    speaker: str
    name: str
    is_mine: bool
    text: str
    state: MessageState
    detail: str
    articles: tuple[str, ...]
    sender_id: str
    starts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened besides words, as one line.

    is_ai: what the bot did by itself; shown to whoever wants to know.
    """

    kind: ClassVar[str] = "happening"

    id: str
    at: datetime
    icon: str
    text: str
    is_problem: bool = False
    is_ai: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The line between two days."""

    kind: ClassVar[str] = "day"

    id: str
    at: datetime


Entry = Bubble | Happening | Card | Day


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What to call everybody in one conversation.

    teams, bots: the names of all there are or were, by id.
    """

    me: StaffId
    roster: Roster
    contact: str
    bot: str
    teams: Mapping[TeamId, str] = field(default_factory=dict)
    bots: Mapping[str, str] = field(default_factory=dict)


def lay_out(
    *,
    said: Sequence[Said],
    events: Sequence[StoredEvent],
    handovers: Iterable[StoredHandover],
    around: Surroundings,
    names: Names,
    times: Clockwork,
) -> tuple[Entry, ...]:
    """Everything in order, days apart, messages of one breath together.

    What one commit wrote has one instant: then what the contact said comes before
    what it led to, and that before the answer.
    """
    placed: list[tuple[tuple[datetime, int, int], Bubble | Happening | Card]] = []
    for message in said:
        rank = 0 if message.author is Author.CONTACT else 2
        bubble = _bubble(message, names)
        placed.append(((message.at, rank, message.seq), bubble))
    cards = [draw_card(h, around) for h in handovers if h.cause not in BY_HAND]
    placed += [((card.at, 1, -1), card) for card in cards]
    notified = who_was_notified(stored.event for stored in events)
    telling = Telling(roster=names.roster, notified=notified, times=times)
    for number, stored in enumerate(events):
        line = _happening(stored, names, telling)
        if line and not _is_on_card(stored.event, cards):
            placed.append(((line.at, 1, number), line))
    placed.sort(key=lambda one: one[0])
    return tuple(_with_days(_in_breaths([entry for _, entry in placed]), times))


def _is_on_card(event: Event, cards: Iterable[Card]) -> bool:
    """Whether a failure is told where it belongs, so that it need not be told twice."""
    detail = again(str(event.data.get("detail") or ""))
    failures = (fact.detail for card in cards for fact in card.facts)
    return event.type is EventType.DELIVERY_FAILED and any(
        detail and detail in told for told in failures
    )


def _in_breaths(
    entries: list[Bubble | Happening | Card],
) -> list[Bubble | Happening | Card]:
    joined = entries[:1]
    for before, entry in pairwise(entries):
        if (
            isinstance(before, Bubble)
            and isinstance(entry, Bubble)
            and (before.speaker, before.name) == (entry.speaker, entry.name)
            and entry.at - before.at < SAME_BREATH
        ):
            joined.append(replace(entry, starts=False))
        else:
            joined.append(entry)
    return joined


def _with_days(
    entries: Iterable[Bubble | Happening | Card], times: Clockwork
) -> Iterator[Entry]:
    last = None
    for entry in entries:
        local = entry.at.astimezone(times.zone).date()
        if local != last:
            yield Day(id=f"day-{local}", at=entry.at)
        yield _named(entry) if local != last else entry
        last = local


def _named(entry: Bubble | Happening | Card) -> Bubble | Happening | Card:
    return replace(entry, starts=True) if isinstance(entry, Bubble) else entry


def _bubble(message: Said, names: Names) -> Bubble:
    mine = message.staff_id == names.me and message.author is Author.STAFF
    key = message.key or ""
    return Bubble(
        id=message.id,
        at=message.at,
        speaker="note" if message.kind is MessageKind.NOTE else str(message.author),
        name=_speaker(message, names),
        is_mine=mine,
        text=message.text,
        state=message.state,
        detail=message.state_detail,
        articles=message.articles,
        sender_id=key.rpartition(":")[2] if mine and "sender:" in key else "",
    )


def _speaker(message: Said, names: Names) -> str:
    match message.author:
        case Author.CONTACT:
            return names.contact
        case Author.BOT:
            return names.bot
        case Author.STAFF:
            if message.staff_id == names.me:
                return _("You")
            return name_of(message.staff_id, names.roster) or _("Outside the desk")


def _happening(stored: StoredEvent, names: Names, telling: Telling) -> Happening | None:
    event = stored.event
    if by_clock := _BY_CLOCK.get(event.type):
        icon, text = by_clock[0], by_clock[1](event, telling)
    elif told := _TELL.get(event.type):
        icon, text = told[0], told[1](event, names)
    else:
        return None
    if not text:
        return None
    return Happening(
        id=f"event-{stored.cursor}",
        at=event.at,
        icon=icon,
        text=text,
        is_problem=event.type in _PROBLEMS,
        is_ai=stored.event.type is EventType.DECIDED,
    )


def actor_name(event: Event, names: Names) -> str:
    """Who did it, at the start of a sentence."""
    if event.actor.kind is ActorKind.STAFF:
        if event.actor.staff_id == names.me:
            return _("You")
        return name_of(event.actor.staff_id, names.roster) or _("A colleague")
    called = {
        ActorKind.CONTACT: names.contact,
        ActorKind.BOT: names.bot,
        ActorKind.OUTSIDE: _("Somebody outside the desk"),
        ActorKind.API: _("A connected program"),
        ActorKind.TIMER: _("The clock"),
    }
    return called[event.actor.kind]


Tell = Callable[[Event, Names], str]


def _says(message: str) -> Tell:
    """A sentence that begins with who did it."""
    return lambda event, names: _(message, who=actor_name(event, names))


def _assigned(event: Event, names: Names) -> str:
    to = event.changes.get("assignee_id")
    whom = _("you") if to == names.me else name_of(to, names.roster)
    if why := str(event.data.get("reason") or ""):
        why = again(why)
        return _("Assigned to %(whom)s: %(why)s", whom=whom, why=why)
    return _("%(who)s assigned it to %(whom)s", who=actor_name(event, names), whom=whom)


def _released(event: Event, names: Names) -> str:
    if why := str(event.data.get("reason") or ""):
        return _("Back in the queue: %(why)s", why=again(why))
    return _("%(who)s released it to the queue", who=actor_name(event, names))


def _given(event: Event, names: Names) -> str:
    team = names.teams.get(TeamId(str(event.data.get("team_id"))), "")
    return _(
        "%(who)s gave it to the team %(team)s",
        who=actor_name(event, names),
        team=team,
    )


def _returned(event: Event, names: Names) -> str:
    to = event.changes.get("assignee_id")
    whom = _("you") if to == names.me else name_of(to, names.roster)
    return _("%(who)s is back and with %(whom)s again", who=names.contact, whom=whom)


_NOT_RETURNED: Final[Mapping[str, str]] = {
    Hindrance.LEFT: mark(
        "%(who)s is back and with the bot: %(whom)s, who had it last, has left"
    ),
    Hindrance.AWAY: mark(
        "%(who)s is back and with the bot: %(whom)s, who had it last, is away"
    ),
    Hindrance.OFFLINE: mark(
        "%(who)s is back and with the bot: %(whom)s, who had it last, is offline"
    ),
    Hindrance.FULL: mark(
        "%(who)s is back and with the bot: %(whom)s, who had it last, has as many "
        "conversations as they can take"
    ),
}


def _not_returned(event: Event, names: Names) -> str:
    said = _NOT_RETURNED[str(event.data["reason"])]
    last = StaffId(str(event.data["staff_id"]))
    return _(said, who=names.contact, whom=name_of(last, names.roster))


def _stopped(event: Event, names: Names) -> str:
    said = str(event.data.get("words") or "")
    return _("%(who)s told the bot to stop: “%(said)s”", who=names.contact, said=said)


def _transferred(event: Event, names: Names) -> str:
    to = names.bots.get(str(event.data.get("to_bot_id")), "")
    why = again(str(event.data.get("reason") or ""))
    return f"{_('%(bot)s answers from now on', bot=to or _('Bot'))}. {why}".strip()


def _asked_again(event: Event, names: Names) -> str:
    n = str(event.data.get("number") or 1)
    return _("%(bot)s asked again, follow-up %(n)s", bot=names.bot, n=n)


def _reopened(event: Event, names: Names) -> str:
    if event.actor.kind is ActorKind.CONTACT:
        return _("%(who)s wrote again, so it is open", who=names.contact)
    return _("%(who)s reopened it", who=actor_name(event, names))


def _paused(event: Event, names: Names) -> str:
    who = actor_name(event, names)
    if event.changes.get("resume_on_resolve"):
        return _("%(who)s paused the bot until it is resolved", who=who)
    if minutes := event.changes.get("inactive_minutes"):
        silence = span(timedelta(minutes=int(minutes)))
        said = mark("%(who)s paused the bot until %(span)s of silence")
        return _(said, who=who, span=silence)
    return _("%(who)s paused the bot", who=who)


_DECIDED: Final[Mapping[str, str]] = {
    DecisionKind.REPLY: mark("%(bot)s decided to answer."),
    DecisionKind.OFFER: mark("%(bot)s decided to offer a person."),
    DecisionKind.HAND_OVER: mark("%(bot)s decided to hand over."),
    DecisionKind.SILENT: mark("%(bot)s stayed silent."),
}


def _decided(event: Event, names: Names) -> str:
    said = _DECIDED.get(str(event.data.get("decision")))
    reason = again(str(event.data.get("reason") or ""))
    return f"{_(said, bot=names.bot)} {reason}".strip() if said else ""


def _warned(event: Event, names: Names) -> str:
    del names
    return again(str(event.data.get("warning") or ""))


def _failed(event: Event, names: Names) -> str:
    del names
    if event.data.get("message_id"):
        return ""  # said under the message itself
    why = again(str(event.data.get("detail") or ""))
    return _("A notification could not be delivered. %(why)s", why=why).strip()


_TELL: Final[Mapping[EventType, tuple[str, Tell]]] = {
    EventType.DECIDED: ("bot", _decided),
    EventType.TAKEN_OVER: ("human", _says("%(who)s took over")),
    EventType.CLAIMED: ("human", _says("%(who)s claimed it")),
    EventType.ASSIGNED: ("human", _assigned),
    EventType.RELEASED: ("queue", _released),
    EventType.GIVEN_TO_TEAM: ("team", _given),
    EventType.RETURNED: ("human", _returned),
    EventType.NOT_RETURNED: ("bot", _not_returned),
    EventType.BOT_STOPPED: ("pause", _stopped),
    EventType.BOT_CHANGED: ("bot", _transferred),
    EventType.FOLLOWED_UP: ("bot", _asked_again),
    EventType.FOLLOW_UPS_ENDED: (
        "bot",
        lambda *_a: _("The bot cannot ask again here, so it stopped asking"),
    ),
    EventType.CONTACT_TOLD: (
        "waiting",
        lambda *_a: _("The contact was told that it takes longer"),
    ),
    EventType.HANDED_BACK: ("bot", _says("%(who)s handed it back to the bot")),
    EventType.PAUSED: ("pause", _paused),
    EventType.RESOLVED: ("check", _says("%(who)s resolved it")),
    EventType.REOPENED: ("reopen", _reopened),
    EventType.SNOOZED: ("clock", _says("%(who)s snoozed it")),
    EventType.WOKEN: ("clock", lambda *_a: _("The snooze ended")),
    EventType.TASK_COMPLETED: ("check", _says("%(who)s completed a task")),
    EventType.TASK_REOPENED: ("reopen", _says("%(who)s reopened a task")),
    EventType.ADMIN_WARNED: ("problem", _warned),
    EventType.DELIVERY_FAILED: ("problem", _failed),
}
_BY_CLOCK: Final[Mapping[EventType, tuple[str, Callable[[Event, Telling], str]]]] = {
    EventType.CHASED: ("bell", chased),
    EventType.DEADLINE_DUE_SOON: ("flag", deadline),
    EventType.DEADLINE_MISSED: ("problem", deadline),
    EventType.WINDOW_CLOSING: ("lock", deadline),
    EventType.PROMISE_BROKEN: ("problem", promise_broken),
    EventType.RESUMED: ("bot", resumed),
}
_PROBLEMS: Final = (
    EventType.ADMIN_WARNED,
    EventType.DELIVERY_FAILED,
    EventType.DEADLINE_MISSED,
    EventType.PROMISE_BROKEN,
)
SHOWN: Final = (
    *_TELL,
    *_BY_CLOCK,
    # For the names of who was told.
    EventType.NOTIFIED,
    # For the cards.
    EventType.HANDOVER_STARTED,
    EventType.CONTACT_TAGGED,
)
"""The events a transcript is made of."""
