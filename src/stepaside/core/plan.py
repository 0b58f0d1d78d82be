"""A handover in full: control, assignment, final message, task, tags, people told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, assert_never

from stepaside.core import clock
from stepaside.core.assignment import Assignment, choose_assignee
from stepaside.core.brief import Brief, make_brief
from stepaside.core.conversation import Conversation, IllegalMove, Move, Status
from stepaside.core.effects import (
    CreateTask,
    Effect,
    GivePromise,
    MessageKind,
    NotificationEvent,
    NotifyStaff,
    OpenEpisode,
    RememberTurn,
    Say,
    TagContact,
)
from stepaside.core.events import BOT, Actor, EventType
from stepaside.core.ids import HandoverId, RuleId, StaffId
from stepaside.core.openings import openings
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.pauses import rule_pause_begins
from stepaside.core.policy import Cause, Decision
from stepaside.core.promises import ETA, Eta, estimate, tells_time
from stepaside.core.roster import Roster
from stepaside.core.rules import HandoverRule, Scenario, render_message
from stepaside.core.schedule import (
    PATIENCE,
    pause_end,
    pause_until_opening,
    within_window,
)
from stepaside.core.turn import Author, Line

FALLBACK_RULE: Final = HandoverRule(
    id=RuleId(""), scenario=Scenario.CUSTOM, enabled=True, name="Default actions"
)
"""The actions of a handover that no rule asked for: the defaults of every field."""

CAUSE_WORDS: Final[Mapping[Cause, str]] = {
    Cause.HUMAN_REQUESTED: "asked for a person",
    Cause.LACK_OF_INFORMATION: "asked something the knowledge does not answer",
    Cause.FAILED_TO_RESOLVE: "was not helped by the bot's answers",
    Cause.CUSTOM: "met a custom rule",
    Cause.BOT_ERROR: "could not be answered because the bot failed",
    Cause.BOT_UNAVAILABLE: "wrote while the bot was off",
    Cause.MESSAGE_LIMIT: "reached the bot's limit of messages",
    Cause.PROMISED: "was promised a person",
    Cause.MANUAL: "was handed over by hand",
    Cause.TAKEOVER: "was taken over",
    Cause.PAUSE: "is with people while the bot is paused",
    Cause.RETURNED: "came back",
    Cause.STOPPED: "told the bot to stop",
}
"""How a sentence about the contact goes on, by cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One handover about to start.

    lines: the public messages up to and with the one that triggered it.
    trigger_message_id: that message; None when nobody's message triggered it.
    """

    id: HandoverId
    decision: Decision
    actor: Actor
    lines: tuple[Line, ...] = ()
    trigger_message_id: str | None = None

    @property
    def rule(self) -> HandoverRule:
        """The rule that fired, or the default actions."""
        return self.decision.rule or FALLBACK_RULE

    @property
    def cause(self) -> Cause:
        """Why. A handover without a stated cause was started by hand."""
        return self.decision.cause or Cause.MANUAL

    @property
    def words(self) -> str:
        """How a sentence about the contact goes on: a custom rule says its name."""
        if self.cause is Cause.CUSTOM:
            return f"met the rule “{_short(self.rule.title, 60)}”"
        return CAUSE_WORDS[self.cause]


def hand_over(situation: Situation, handover: Handover) -> Outcome:
    """Give control to people, with every action of the rule, in one outcome.

    Raises:
        IllegalMove: people already have control, or the conversation is resolved.
    """
    chosen = choose_assignee(handover.rule, situation.contact, situation.there)
    staffed = chosen.staff_id is not None
    move = Move.HAND_OVER_TO_STAFF if staffed else Move.HAND_OVER_TO_QUEUE
    c, now = situation.conversation, situation.now
    if c.status is Status.RESOLVED:
        # "Someone will get back to you" about work that counts as done: nobody would.
        raise IllegalMove(c.status, move)
    changes = {
        **c.moved(move, now),
        "assignee_id": chosen.staff_id,
        "team_id": chosen.team_id,
        "handover_id": handover.id,
        **clock.only_changed(c, _pause(situation, handover.rule, chosen)),
        "waiting_since": c.waiting_since or now,
        **clock.episode_begins(waits=True, at=now, terms=situation.terms),
        **_after_a_failure(c, handover),
    }
    last = _last_words(situation, handover, chosen)
    started = nothing(c).then(
        EventType.HANDOVER_STARTED,
        now,
        handover.actor,
        changes,
        handover_id=handover.id,
        cause=str(handover.cause),
        rule_id=handover.rule.id or None,
        rule=handover.rule.title,
        reason=handover.decision.reason,
        evidence=handover.decision.evidence,
        assignment=chosen.reason,
    )
    said = _said(last, started)
    brief = _brief(situation, handover, last)
    episode = replace(_episode(situation, handover, chosen), brief=brief)
    effects = _effects(situation, handover, chosen, said)
    handed = started.also(episode, *effects)
    return _promised(handed, last, handover, now)


def _after_a_failure(c: Conversation, handover: Handover) -> dict[str, Any]:
    """A bot that fails again at once does not come back by itself: no to and fro."""
    if handover.cause is not Cause.BOT_ERROR:
        return {}
    again = {"resume_at": None, "inactive_minutes": None} if c.bot_errors else {}
    return {"bot_errors": c.bot_errors + 1, **again}


def _promised(
    handed: Outcome, last: "_LastWords", handover: Handover, now: datetime
) -> Outcome:
    """Keep account of the time that the final message tells."""
    due = last.eta.due_at if last.eta and last.text else None
    if last.eta is None or due is None:
        return handed
    return handed.then(
        EventType.PROMISE_GIVEN,
        now,
        BOT,
        {"promised_at": due},
        GivePromise(handover_id=handover.id, due_at=due, words=last.eta.words),
        handover_id=handover.id,
        due_at=due.isoformat(),
        words=last.eta.words,
    )


def _pause(s: Situation, rule: HandoverRule, chosen: Assignment) -> clock.Changes:
    until = _pause_end(s, rule, chosen)
    return rule_pause_begins(rule.resume, until, rule.pause, s.bot)


def _pause_end(s: Situation, rule: HandoverRule, chosen: Assignment) -> datetime | None:
    if rule.pause_until_opening:
        return pause_until_opening(s.now, s.hours_of(chosen.team_id))
    return pause_end(s.now, rule.pause)


def _effects(
    situation: Situation,
    handover: Handover,
    chosen: Assignment,
    said: tuple[Say, ...],
) -> Iterable[Effect]:
    yield from said
    if handover.rule.task_enabled:
        yield _task(situation, handover, chosen)
    if handover.rule.tags:
        yield TagContact(tags=handover.rule.tags)
    yield from _notifications(situation, handover, chosen)
    yield from turn_taken(chosen)


def turn_taken(chosen: Assignment) -> Iterable[RememberTurn]:
    """What a team remembers of a choice that was made in turn."""
    if chosen.turn_of and chosen.staff_id:
        yield RememberTurn(team_id=chosen.turn_of, staff_id=chosen.staff_id)


def _episode(
    situation: Situation, handover: Handover, chosen: Assignment
) -> OpenEpisode:
    return OpenEpisode(
        handover_id=handover.id,
        cause=handover.cause,
        rule_id=handover.rule.id or None,
        evidence=handover.decision.evidence,
        reason=handover.decision.reason,
        summary=summarise(situation.contact.name, handover),
        tried=tried(handover.lines),
        assignee_id=chosen.staff_id,
        trigger_message_id=handover.trigger_message_id,
        language=situation.language,
    )


def _brief(s: Situation, handover: Handover, last: "_LastWords") -> Brief:
    return make_brief(
        handover.lines,
        name=s.contact.first_name,
        tried=len(tried(handover.lines)),
        failed_attempts=handover.decision.failed_attempts,
        language=s.language,
        promise=last.eta.words if last.eta and last.eta.due_at and last.text else "",
        asks_for_person=handover.cause is Cause.HUMAN_REQUESTED,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _LastWords:
    """What the bot says last; the time that it tells, None where it tells none."""

    key: str
    text: str
    eta: Eta | None


def _last_words(
    situation: Situation, handover: Handover, chosen: Assignment
) -> _LastWords:
    staff = situation.roster.active(chosen.staff_id)
    hours = situation.hours_of(chosen.team_id)
    words = handover.rule.last_words(
        situation.language, is_open=hours.is_open(situation.now)
    )
    language = tells_time(words)
    told = _etas(situation, chosen) if language else {}
    eta = told.get(language)
    values = {
        **openings(hours, situation.now),
        **{f"{ETA}.{name}": each.words for name, each in told.items()},
        ETA: eta.words if eta else "",
        "contact.name": situation.contact.name,
        "contact.first_name": situation.contact.first_name,
        "bot.name": situation.bot.name if situation.bot else "",
        "staff.name": staff.name if staff else "",
        "staff.first_name": staff.first_name if staff else "",
    }
    text = render_message(words, values).strip()
    return _LastWords(key=f"final:{handover.id}", text=text, eta=eta)


def _etas(s: Situation, chosen: Assignment) -> dict[str, Eta]:
    """When one of those whom it concerns will answer, by language."""
    whom = (chosen.staff_id,) if chosen.staff_id else s.who_may_claim(chosen.team_id)
    told = estimate(
        s.now,
        Roster(staff={i: s.roster.staff[i] for i in whom}),
        s.hours_of(chosen.team_id),
        pace=s.pace,
        usual=s.terms.deadlines.first_reply or PATIENCE,
    )
    return {
        language: replace(
            eta, due_at=eta.due_at and within_window(s.conversation, eta.due_at, s.now)
        )
        for language, eta in told.items()
    }


def _said(last: _LastWords, started: Outcome) -> tuple[Say, ...]:
    if not last.text:
        return ()
    lease = started.conversation.lease
    return (Say(key=last.key, text=last.text, kind=MessageKind.FINAL, lease=lease),)


def _task(situation: Situation, handover: Handover, chosen: Assignment) -> CreateTask:
    who = situation.contact.name or "A contact"
    return CreateTask(
        key=f"task:{handover.id}",
        title=handover.rule.task_title or f"{who} {handover.words}",
        description=handover.rule.task_description
        or summarise(situation.contact.name, handover),
        due_at=_task_due(situation, handover),
        assignee_id=chosen.staff_id,
    )


def _task_due(situation: Situation, handover: Handover) -> datetime:
    due = situation.now + handover.rule.task_due_in
    return within_window(situation.conversation, due, situation.now)


def _notifications(
    situation: Situation, handover: Handover, chosen: Assignment
) -> Iterable[NotifyStaff]:
    who = situation.contact.name or "A contact"
    title = f"{who} {handover.words}"
    body = summarise(situation.contact.name, handover)
    key = f"notify:{handover.id}"
    if chosen.staff_id:
        yield _notify(
            key,
            NotificationEvent.CONVERSATION_ASSIGNED,
            (chosen.staff_id,),
            title,
            body,
        )
        if handover.rule.task_enabled:
            yield _notify(
                key,
                NotificationEvent.TASK_ASSIGNED,
                (chosen.staff_id,),
                handover.rule.task_title or title,
                body,
            )
    else:
        everyone = situation.who_may_claim(chosen.team_id)
        event = NotificationEvent.HANDOVER_WAITING
        yield _notify(key, event, everyone, title, body)
    if chosen.warning:
        yield _notify(
            key,
            NotificationEvent.WARNING,
            situation.roster.admins(),
            "A handover rule needs attention",
            chosen.warning,
        )


def _notify(
    key: str,
    event: NotificationEvent,
    staff_ids: tuple[StaffId, ...],
    title: str,
    body: str,
) -> NotifyStaff:
    return NotifyStaff(
        key=f"{key}:{event}",
        event=event,
        staff_ids=staff_ids,
        title=title,
        body=body,
    )


def summarise(name: str, handover: Handover) -> str:
    """A few plain sentences for whoever takes over, taken from the transcript alone."""
    asked = [x.text for x in handover.lines if x.author is Author.CONTACT]
    who = name or "The contact"
    parts = [f"{who} {handover.words}."]
    if asked:
        parts.append(f"First message: “{_short(asked[0])}”")
    if len(asked) > 1:
        parts.append(f"Last message: “{_short(asked[-1])}”")
    answers = len(tried(handover.lines))
    if answers:
        parts.append(f"The bot answered {answers} time{'s' * (answers > 1)} before.")
    return " ".join(parts)


def tried(lines: Iterable[Line]) -> tuple[str, ...]:
    """What the bot has said since a person last spoke, shortened, oldest first."""
    said: list[str] = []
    for line in lines:
        match line.author:
            case Author.STAFF:
                said.clear()
            case Author.BOT:
                said.append(_short(line.text))
            case Author.CONTACT:
                pass
            case _:
                assert_never(line.author)
    return tuple(said)


def _short(text: str, length: int = 160) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"
