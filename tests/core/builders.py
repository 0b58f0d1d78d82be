"""The people every test knows, and builders for what the core is asked about.

Ann and Bo are on the staff, Cy is the contact, Dee is of another account: her id is
known, but she is on nobody's roster here.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, TypeVar

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.effects import Effect
from stepaside.core.events import BOT, Event, EventType, staff_actor
from stepaside.core.ids import (
    BotId,
    ContactId,
    ConversationId,
    HandoverId,
    RuleId,
    StaffId,
)
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.plan import Handover
from stepaside.core.policy import Cause, Decision, DecisionKind, Reading
from stepaside.core.roster import Bot, Contact, Role, Roster, StaffMember
from stepaside.core.rules import AssignTo, HandoverRule, Scenario
from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Author, Line

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER: Final = NOON + HOUR

ANN: Final = StaffMember(
    id=StaffId("stf_ann"), name="Ann Abara", email="ann@bank.test", role=Role.OWNER
)
BO: Final = StaffMember(id=StaffId("stf_bo"), name="Bo Berg", email="bo@bank.test")
DEE: Final = StaffMember(id=StaffId("stf_dee"), name="Dee of another account")
CY: Final = Contact(id=ContactId("ctc_cy"), name="Cy Chen", email="cy@mail.test")
BOT_BELLA: Final = Bot(id=BotId("bot_bella"), name="Bella")
BY_ANN, BY_BO = staff_actor(ANN.id), staff_actor(BO.id)
EVERYONE: Final = Roster(staff={ANN.id: ANN, BO.id: BO})

EPISODE, NEXT_EPISODE = HandoverId("hnd_1"), HandoverId("hnd_2")

T = TypeVar("T")


def a_conversation(**changes: Any) -> Conversation:
    """One the bot has had from the start."""
    return replace(Conversation(id=ConversationId("cnv_1")), **changes)


def in_the_queue(**changes: Any) -> Conversation:
    """One that waits for somebody since noon."""
    return a_conversation(
        **{
            "control": Control.QUEUE,
            "control_since": NOON,
            "lease": 1,
            "handover_id": EPISODE,
        }
        | changes
    )


def held_by_ann(**changes: Any) -> Conversation:
    """One that Ann has had since noon."""
    return in_the_queue(**{"control": Control.HUMAN, "assignee_id": ANN.id} | changes)


def held_outside(**changes: Any) -> Conversation:
    """One that a person outside the desk has had since noon."""
    return held_by_ann(**{"assignee_id": None} | changes)


PEOPLE: Final = (in_the_queue(), held_by_ann(), held_outside())
"""The three ways in which people have control."""


def resolved(conversation: Conversation) -> Conversation:
    """The same, with the work done."""
    return replace(conversation, status=Status.RESOLVED, waiting_since=None)


def snoozed(conversation: Conversation, until: datetime) -> Conversation:
    """The same, put aside."""
    return replace(conversation, status=Status.SNOOZED, snoozed_until=until)


def a_situation(
    conversation: Conversation | None = None,
    now: datetime = NOON,
    **changes: Any,
) -> Situation:
    """That conversation with Cy, Bella, Ann and Bo, at noon."""
    plain = Situation(
        conversation=conversation or a_conversation(),
        contact=CY,
        bot=BOT_BELLA,
        roster=EVERYONE,
        now=now,
    )
    return replace(plain, **changes)


def later(conversation: Conversation, **changes: Any) -> Situation:
    """The situation an hour after noon."""
    return a_situation(conversation, now=LATER, **changes)


def a_rule(
    scenario: Scenario = Scenario.HUMAN_REQUESTED, **changes: Any
) -> HandoverRule:
    """A rule that is on, with phrase and condition where its scenario needs them."""
    own: dict[str, Any] = {"id": RuleId(f"rul_{scenario}"), "enabled": True}
    if scenario is Scenario.CUSTOM:
        own |= {"trigger_condition": "Wants a loan", "example_phrases": ("a loan",)}
    return HandoverRule(scenario=scenario, **own | changes)


def for_ann(
    scenario: Scenario = Scenario.HUMAN_REQUESTED, **changes: Any
) -> HandoverRule:
    """A rule that assigns to Ann."""
    to_ann = {"assign_to": AssignTo.STAFF, "staff_id": ANN.id}
    return a_rule(scenario, **to_ann | changes)


def a_signal(name: SignalName, score: float = 1.0, **changes: Any) -> Signal:
    """A signal that acts."""
    said = {"evidence": f"{name} seen", "reason": f"{name} because."}
    return Signal(name=name, score=score, **said | changes)


def a_reading(*names: SignalName, failure: str = "") -> Reading:
    """A reading in which these signals act."""
    return Reading(signals=tuple(a_signal(n) for n in names), failure=failure)


def a_decision(rule: HandoverRule | None = None, **changes: Any) -> Decision:
    """The decision to hand over by that rule; by hand without one."""
    cause = Cause(rule.scenario) if rule else Cause.MANUAL
    plain = Decision(
        kind=DecisionKind.HAND_OVER,
        reason="Asked for a person.",
        cause=cause,
        rule=rule,
    )
    return replace(plain, **changes)


def a_handover(rule: HandoverRule | None = None, **changes: Any) -> Handover:
    """The first handover of a conversation, by that rule."""
    plain = Handover(id=EPISODE, decision=a_decision(rule), actor=BOT)
    return replace(plain, **changes)


def said(author: Author, *texts: str) -> tuple[Line, ...]:
    """Lines by one author."""
    return tuple(Line(author=author, text=text) for text in texts)


def numbered(kind: str) -> Iterator[str]:
    """Ids that nobody has used yet: kind_1, kind_2 and so on."""
    return (f"{kind}_{n}" for n in count(1))


def only(kind: type[T], outcome: Outcome) -> T:
    """The one effect of that kind; fails when there are none or more."""
    (effect,) = effects_of(kind, outcome)
    return effect


def effects_of(kind: type[T], outcome: Outcome) -> list[T]:
    """The effects of that kind, in order."""
    return [e for e in outcome.effects if isinstance(e, kind)]


def kinds(outcome: Outcome) -> list[EventType]:
    """What happened, in order."""
    return [event.type for event in outcome.events]


def keys(effects: tuple[Effect, ...]) -> list[str]:
    """The keys of the effects that have one."""
    return [key for e in effects if (key := getattr(e, "key", None))]


def changed(events: tuple[Event, ...]) -> dict[str, Any]:
    """Every field the events set, the last value of each."""
    return {name: value for e in events for name, value in e.changes.items()}
