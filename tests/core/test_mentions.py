"""Whom a note means by an `@`."""

import pytest

from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.events import OUTSIDE, EventType
from stepaside.core.ids import StaffId
from stepaside.core.mentions import add_note, find_mentions
from stepaside.core.roster import Roster, StaffMember
from tests.core.builders import (
    ANN,
    BO,
    BY_ANN,
    a_situation,
    effects_of,
    held_by_ann,
    kinds,
)

NAMES = {"a": "Ann Ash", "b": "Bo Berg", "o": "Bo Olsen", "j": "Jo", "n": ""}
ROSTER = Roster(
    staff={
        StaffId(key): StaffMember(id=StaffId(key), name=name)
        for key, name in NAMES.items()
    }
    | {
        StaffId("g"): StaffMember(id=StaffId("g"), name="Gus Gone", active=False),
    }
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Do you know this, @Bo Berg?", "b"),
        ("@bo olsen and @ANN ASH, and @Bo Olsen again", "oa"),
        ("@Ann, please", "a"),
        ("@Bo may be either", ""),
        ("@Jo", "j"),
        ("@Jonas is nobody here", ""),
        ("mail ann@Ann Ash.example", ""),
        ("@Gus Gone left", ""),
        ("nobody", ""),
    ],
)
def test_a_note_means_who_is_named_behind_an_at(text: str, meant: str) -> None:
    assert find_mentions(text, ROSTER) == tuple(meant)


def test_without_staff_nobody_is_meant() -> None:
    assert find_mentions("@Ann", Roster(staff={})) == ()


def test_whoever_a_note_mentions_is_told_but_not_its_writer() -> None:
    text = "@Bo Berg knows more than @Ann"
    outcome = add_note(a_situation(held_by_ann()), BY_ANN, "msg_1", text)
    (told,) = effects_of(NotifyStaff, outcome)
    assert (told.event, told.staff_ids) == (NotificationEvent.MENTIONED, (BO.id,))
    assert told.title == f"{ANN.name} mentioned you about Cy Chen"
    assert kinds(outcome) == [EventType.NOTE_ADDED]


def test_a_note_that_names_nobody_tells_nobody() -> None:
    outcome = add_note(a_situation(held_by_ann()), BY_ANN, "msg_1", "Just a note")
    assert effects_of(NotifyStaff, outcome) == []


def test_a_note_from_outside_the_desk_is_told_without_a_name() -> None:
    outcome = add_note(a_situation(held_by_ann()), OUTSIDE, "msg_1", "@Bo")
    (told,) = effects_of(NotifyStaff, outcome)
    assert told.title == "Somebody mentioned you about Cy Chen"
