"""Events: who did it can be written down and read again."""

from dataclasses import FrozenInstanceError

import pytest

from stepaside.core.events import (
    API,
    BOT,
    CONTACT,
    OUTSIDE,
    TIMER,
    Actor,
    Event,
    EventType,
    staff_actor,
)
from tests.core.builders import ANN, NOON

EVERYBODY = [CONTACT, BOT, API, TIMER, OUTSIDE, staff_actor(ANN.id)]


@pytest.mark.parametrize("actor", EVERYBODY, ids=str)
def test_an_actor_written_down_reads_as_the_same_actor(actor: Actor) -> None:
    assert Actor.parse(str(actor)) == actor


def test_only_staff_carry_whose_deed_it_was() -> None:
    assert str(staff_actor(ANN.id)) == "staff:stf_ann"
    assert [a.staff_id for a in EVERYBODY] == [None] * 5 + [ANN.id]


def test_an_unknown_kind_of_actor_is_not_read() -> None:
    with pytest.raises(ValueError, match="ghost"):
        Actor.parse("ghost:stf_ann")


def test_an_event_cannot_be_rewritten() -> None:
    event = Event(type=EventType.CLAIMED, at=NOON, actor=API)
    with pytest.raises(FrozenInstanceError):
        event.type = EventType.RELEASED  # type: ignore[misc]


def test_an_event_changes_nothing_and_says_nothing_unless_told() -> None:
    event = Event(type=EventType.CLAIMED, at=NOON, actor=API)
    assert (event.changes, event.data) == ({}, {})


def test_no_two_kinds_of_event_share_a_name() -> None:
    assert len({str(t) for t in EventType}) == len(EventType.__members__)
