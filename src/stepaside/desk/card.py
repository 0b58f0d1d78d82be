"""The handover card: why people have a conversation, and what was done about it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from textwrap import shorten
from typing import Any, ClassVar, Final

from stepaside.core.brief import Brief
from stepaside.core.effects import PromiseState
from stepaside.core.events import Event, EventType
from stepaside.core.policy import Cause
from stepaside.core.roster import Roster
from stepaside.desk import words
from stepaside.desk.control import name_of
from stepaside.desk.languages import spoken
from stepaside.desk.words import _, again
from stepaside.pipeline.people import guess_language
from stepaside.sayings.again import say_again
from stepaside.sayings.languages import as_language
from stepaside.store.desk_conversation import Said, Told
from stepaside.store.handovers import StoredHandover
from stepaside.store.messages import MessageState
from stepaside.store.tasks import Task, TaskStatus

_QUOTED: Final = 160
"""Characters of a long message that are quoted."""
BY_HAND: Final = (Cause.TAKEOVER, Cause.PAUSE)
"""Episodes nobody handed over: a line in the transcript says enough about them."""


class Mark(StrEnum):
    """How far one thing on the checklist has come."""

    DONE = "done"
    WAITING = "waiting"
    FAILED = "failed"
    NONE = "none"
    BROKEN = "broken"
    """A promise that was not kept: nothing of the handover itself went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the checklist.

    at: when it happened or, for `is_due`, when it is due; None where that is not
        known or says nothing.
    detail: what went wrong, or what staff should know besides.
    """

    mark: Mark
    text: str
    at: datetime | None = None
    is_due: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A handover where it happened in the transcript.

    title: why, in a few words; `quote` is what the contact said that led to it.
    is_open: whether people still have it from this handover.
    brief: the summary in parts; None where there is none.
    verdict: what staff think of it (see `handovers.Verdict`); empty for nothing yet.
    """

    kind: ClassVar[str] = "card"

    id: str
    at: datetime
    title: str
    reason: str
    quote: str
    rule: str
    facts: tuple[Fact, ...]
    summary: str
    brief: Brief | None
    tried: tuple[str, ...]
    is_open: bool
    ended_at: datetime | None
    how_ended: str
    verdict: str

    @property
    def is_incomplete(self) -> bool:
        """Whether something that was to be done could not be done."""
        return any(fact.mark is Mark.FAILED for fact in self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a card is made of besides its handover.

    events: of the conversation, from the start of the handover at the latest.
    """

    said: Sequence[Said]
    events: Sequence[Event]
    tasks: Iterable[Task]
    told: Mapping[str, tuple[Told, ...]]
    roster: Roster


def draw_card(handover: StoredHandover, around: Surroundings) -> Card:
    """The card of one handover."""
    started = _started(handover, around.events)
    rule = again(str(started.data.get("rule") or "")) if started else ""
    return Card(
        id=handover.id,
        at=handover.started_at,
        title=words.cause(handover.cause, rule),
        reason=again(handover.reason),
        quote=_quote(handover, around.said),
        rule=rule if handover.rule_id else "",
        facts=tuple(_facts(handover, started, around)),
        summary=again(handover.summary),
        brief=_brief(handover.brief),
        tried=handover.tried,
        is_open=handover.ended_at is None,
        ended_at=handover.ended_at,
        how_ended=handover.how_ended or "",
        verdict=handover.verdict or "",
    )


def _brief(brief: Brief | None) -> Brief | None:
    """The summary in parts; what a reply may begin with, in the contact's language.

    Where nobody can tell which it is, in the reader's: that is what they would write.
    """
    if brief is None or brief.language:
        return brief
    language = as_language(guess_language(brief.wants)) or spoken()
    return replace(brief, suggested_reply=say_again(brief.suggested_reply, language))


def _quote(handover: StoredHandover, said: Iterable[Said]) -> str:
    """The contact's own words: the decisive ones, or else the whole message."""
    text = next((m.text for m in said if m.id == handover.trigger_message_id), "")
    if handover.evidence and handover.evidence in text:
        return handover.evidence
    return shorten(text, _QUOTED, placeholder=" …")


def _started(handover: StoredHandover, events: Iterable[Event]) -> Event | None:
    starts = (e for e in events if e.type is EventType.HANDOVER_STARTED)
    mine = (e for e in starts if e.data.get("handover_id") == handover.id)
    return next(mine, None)


def _facts(
    handover: StoredHandover, started: Event | None, around: Surroundings
) -> Iterator[Fact]:
    changes = started.changes if started else {}
    yield _assigned(handover, started, changes, around.roster)
    yield _final_message(handover, around.said)
    yield from _promised(handover)
    yield from _told(around.told.get(handover.id, ()), handover, around.roster)
    yield from _tasks(handover, around)
    yield from _tags(handover, around.events)
    yield _paused(handover, changes)


def _assigned(
    handover: StoredHandover,
    started: Event | None,
    changes: Mapping[str, Any],
    roster: Roster,
) -> Fact:
    why = str(started.data.get("assignment") or "") if started else ""
    who = name_of(changes.get("assignee_id"), roster)
    text = _("Assigned to %(name)s", name=who) if who else _("Put in Unassigned")
    return Fact(
        mark=Mark.DONE, text=text, at=handover.started_at, detail=_sentence(again(why))
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


_FINAL: Mapping[MessageState, tuple[Mark, str]] = {
    MessageState.QUEUED: (Mark.WAITING, words.mark("Final message is being sent")),
    MessageState.FAILED: (Mark.FAILED, words.mark("Final message not delivered")),
    MessageState.DROPPED: (Mark.NONE, words.mark("Final message left out")),
    MessageState.DELIVERED: (Mark.DONE, words.mark("Final message delivered")),
    MessageState.READ: (Mark.DONE, words.mark("Final message read")),
}


def _final_message(handover: StoredHandover, said: Iterable[Said]) -> Fact:
    final = next((m for m in said if m.key == f"final:{handover.id}"), None)
    if final is None:
        return Fact(mark=Mark.NONE, text=_("No final message"))
    mark, text = _FINAL.get(final.state, (Mark.DONE, words.mark("Final message sent")))
    return Fact(mark=mark, text=_(text), at=final.at, detail=again(final.state_detail))


_PROMISE: Final[Mapping[PromiseState, tuple[Mark, str]]] = {
    PromiseState.GIVEN: (
        Mark.WAITING,
        words.mark("Contact told: “%(words)s”, so an answer is due"),
    ),
    PromiseState.KEPT: (Mark.DONE, words.mark("Contact told: “%(words)s”. Kept")),
    PromiseState.BROKEN: (
        Mark.BROKEN,
        words.mark("Contact told: “%(words)s”. Broken, it was due"),
    ),
    PromiseState.WITHDRAWN: (
        Mark.NONE,
        words.mark("Contact told: “%(words)s”. No longer needed"),
    ),
}


def _promised(handover: StoredHandover) -> Iterator[Fact]:
    """The time the contact was told, and what became of it."""
    promise = handover.promise
    if promise is None:
        return
    mark, text = _PROMISE[promise.state]
    is_due = promise.state in (PromiseState.GIVEN, PromiseState.BROKEN)
    yield Fact(
        mark=mark,
        text=_(text, words=promise.words),
        at=promise.due_at if is_due else promise.settled_at,
        is_due=is_due,
        detail=_("They were told that it takes longer.") if promise.told_at else "",
    )


def _told(
    told: Sequence[Told], handover: StoredHandover, roster: Roster
) -> Iterator[Fact]:
    """A line for each person, or one for many when all went well."""
    told = [one for one in told if one.state != "skipped"]
    people = list(dict.fromkeys(one.staff_id for one in told))
    facts = [
        _told_one([t for t in told if t.staff_id == who], handover, roster)
        for who in people
    ]
    if len(facts) > 2 and all(fact.mark is Mark.DONE for fact in facts):
        text = words.plural(
            "%(n)s colleague notified", "%(n)s colleagues notified", len(facts)
        )
        names = ", ".join(name_of(who, roster) for who in people)
        yield Fact(mark=Mark.DONE, text=text, at=handover.started_at, detail=names)
        return
    yield from facts


def _told_one(told: Sequence[Told], handover: StoredHandover, roster: Roster) -> Fact:
    name = name_of(told[0].staff_id, roster) or _("The team")
    failed = [t for t in told if t.state == "failed"]
    retried = [t for t in told if t.state == "queued"]
    reached = _ways([t for t in told if t.state == "sent"])
    if failed or retried:
        bad = (failed or retried)[0]
        way = _(words.CHANNEL.get(bad.channel, bad.channel))
        return Fact(
            mark=Mark.FAILED if failed else Mark.WAITING,
            text=_not_told(name, way, failed=bool(failed), tries=bad.attempts),
            at=handover.started_at,
            detail=_also(again(bad.detail), reached),
        )
    text = _("%(name)s notified %(ways)s", name=name, ways=reached)
    return Fact(mark=Mark.DONE, text=text, at=handover.started_at)


def _not_told(name: str, way: str, *, failed: bool, tries: int) -> str:
    if failed:
        return _("%(name)s could not be notified %(way)s", name=name, way=way)
    if tries:
        return _("%(name)s not yet notified %(way)s, trying again", name=name, way=way)
    return _("Notifying %(name)s %(way)s", name=name, way=way)


def _also(detail: str, reached: str) -> str:
    also = _("Notified %(ways)s.", ways=reached) if reached else ""
    return " ".join(part for part in (detail, also) if part)


def _ways(told: Iterable[Told]) -> str:
    channels = dict.fromkeys(t.channel for t in told)
    return words.listed([_(words.CHANNEL.get(c, c)) for c in channels])


def _tasks(handover: StoredHandover, around: Surroundings) -> Iterator[Fact]:
    for task in around.tasks:
        if task.handover_id != handover.id:
            continue
        done = task.status is TaskStatus.COMPLETED
        yield Fact(
            mark=Mark.DONE,
            text=_("Task completed") if done else _("Task due"),
            at=task.completed_at if done else task.due_at,
            is_due=not done,
            detail=again(task.title),
        )


def _tags(handover: StoredHandover, events: Iterable[Event]) -> Iterator[Fact]:
    tags = [
        str(event.data["tag"])
        for event in events
        if event.type is EventType.CONTACT_TAGGED and event.at == handover.started_at
    ]
    if tags:
        text = _("Tagged %(tags)s", tags=", ".join(tags))
        yield Fact(mark=Mark.DONE, text=text, at=handover.started_at)


def _paused(handover: StoredHandover, changes: Mapping[str, Any]) -> Fact:
    until = changes.get("resume_at")
    if changes.get("resume_on_resolve"):
        return Fact(mark=Mark.DONE, text=_("Bot paused until it is resolved"))
    if until is None:
        text = _("Bot paused until people hand back")
        return Fact(mark=Mark.DONE, text=text, at=handover.started_at)
    return Fact(mark=Mark.DONE, text=_("Bot paused until"), at=until, is_due=True)
