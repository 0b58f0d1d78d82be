"""Arbitrary things that can be: lawful conversations and what may happen to them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.hours import Holiday, Span, WorkingHours
from stepaside.core.ids import TeamId
from stepaside.core.pauses import Resume
from stepaside.core.policy import Reading
from stepaside.core.rules import AssignTo, HandoverRule, Scenario
from stepaside.core.signal import SignalName
from tests.core.builders import (
    ANN,
    BO,
    DAY,
    EPISODE,
    HOUR,
    MINUTE,
    NOON,
    a_conversation,
    a_reading,
    a_rule,
)

TEAM: Final = TeamId("tea_1")
SPANS = st.one_of(
    st.sampled_from([timedelta(0), MINUTE, 10 * MINUTE, HOUR, DAY, 40 * DAY]),
    st.timedeltas(timedelta(0), 3 * DAY),
)
"""How long something takes: nothing, some minutes, or weeks in which nothing ran."""
FUTURE = st.one_of(st.sampled_from([MINUTE, HOUR, DAY]), st.timedeltas(MINUTE, 9 * DAY))
PAUSES = st.none() | FUTURE
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Havana",
        "Asia/Kathmandu",
    ]
)
"""With half-hour changes, changes at midnight and odd offsets among them."""
TIMES = st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30))
OPEN_SPANS = st.builds(Span, opens=TIMES, closes=TIMES)
HOLIDAYS = st.builds(
    lambda first, days, yearly: Holiday(
        first=first, last=first + timedelta(days=days), yearly=yearly
    ),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(0, 5),
    st.booleans(),
)
HOURS = st.builds(
    WorkingHours,
    time_zone=ZONES,
    week=st.tuples(*[st.lists(OPEN_SPANS, max_size=2).map(tuple)] * 7),
    holidays=st.lists(HOLIDAYS, max_size=3).map(tuple),
)
CHANGES = [
    datetime(2026, 3, 8, 6, tzinfo=UTC),
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 4, 4, 14, tzinfo=UTC),
    datetime(2026, 10, 3, 15, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
]
INSTANTS = st.one_of(
    st.timedeltas(timedelta(0), 500 * DAY).map(
        datetime(2026, 1, 1, tzinfo=UTC).__add__
    ),
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes),
        st.sampled_from(CHANGES),
        st.integers(-600, 1800),
    ),
)
"""Anywhere in a year and a half, and often near a change of the clock."""


def past() -> st.SearchStrategy[datetime]:
    """An instant at noon or before."""
    return SPANS.map(lambda span: NOON - span)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """A state that breaks no law, as it may stand at noon."""
    control, status = draw(st.sampled_from(Control)), draw(st.sampled_from(Status))
    people = control is not Control.BOT
    moved = people or draw(st.booleans())
    state: dict[str, Any] = {
        "control": control,
        "status": status,
        "control_since": draw(past()) if moved else None,
        "lease": draw(st.integers(1, 9)) if moved else 0,
        "failed_attempts": draw(st.integers(0, 3)),
        "bot_messages": draw(st.integers(0, 75)),
        "last_contact_at": draw(st.none() | past()),
        "last_staff_at": draw(st.none() | past()),
    }
    if people:
        state["handover_id"] = EPISODE
        state["chases"] = draw(st.integers(0, 60))
        state["resume_at"] = draw(st.none() | past() | FUTURE.map(NOON.__add__))
    if control is Control.HUMAN:
        state["assignee_id"] = draw(st.sampled_from([None, ANN.id, BO.id]))
    if status is Status.SNOOZED:
        state["snoozed_until"] = draw(past() | FUTURE.map(NOON.__add__))
    if status is not Status.RESOLVED and not people:
        state["clarifying"] = draw(st.booleans())
    if status is not Status.RESOLVED:
        state["waiting_since"] = draw(st.none() | past())
    return a_conversation(**state)


@st.composite
def rules(draw: st.DrawFn) -> HandoverRule:
    """A rule that is on, for Ann, for a team or for nobody."""
    to_team = {"assign_to": AssignTo.TEAM, "team_id": TEAM}
    to_ann = {"assign_to": AssignTo.STAFF, "staff_id": ANN.id}
    to = draw(st.sampled_from([to_ann, to_team, {}]))
    rule = a_rule(draw(st.sampled_from(Scenario)), **to)
    return replace(
        rule,
        pause=draw(PAUSES),
        pause_until_opening=draw(st.booleans()),
        resume=draw(st.sampled_from(Resume)),
        max_retries=draw(st.integers(0, 2)),
        skip_if_contact_has_owner=draw(st.booleans()),
        final_message=draw(
            st.sampled_from(["", "Wait, {{contact.first_name}}.", "We answer {{eta}}."])
        ),
        task_enabled=draw(st.booleans()),
        tags=draw(st.sampled_from([(), ("human_handover",)])),
        clarifying_questions=draw(st.integers(0, 1)),
    )


def readings() -> st.SearchStrategy[Reading]:
    """What detectors may find: several things at once, or that they are broken."""
    names = [name for name in SignalName if name is not SignalName.CUSTOM]
    found = st.lists(st.sampled_from(names), max_size=3, unique=True)
    return st.builds(
        lambda names, failure: a_reading(*names, failure=failure),
        found,
        st.sampled_from(["", "", "", "The model timed out."]),
    )
