"""Outcomes: state, events and effects that grow together."""

from stepaside.core.effects import TagContact
from stepaside.core.events import API, EventType
from stepaside.core.outcome import nothing
from tests.core.builders import NOON, a_conversation, kinds

TAGGED, TAGGED_AGAIN = TagContact(tags=("one",)), TagContact(tags=("two",))


def test_nothing_leaves_the_conversation_alone() -> None:
    outcome = nothing(a_conversation())
    assert outcome.conversation == a_conversation()
    assert (outcome.events, outcome.effects) == ((), ())


def test_what_happens_next_is_added_behind_what_happened() -> None:
    first = nothing(a_conversation()).then(
        EventType.CLAIMED, NOON, API, {"lease": 1}, TAGGED
    )
    both = first.then(EventType.RELEASED, NOON, API, {"lease": 2}, TAGGED_AGAIN, why=7)
    assert kinds(both) == [EventType.CLAIMED, EventType.RELEASED]
    assert both.conversation.lease == 2
    assert both.effects == (TAGGED, TAGGED_AGAIN)
    assert both.events[1].data == {"why": 7}


def test_an_outcome_is_not_changed_by_what_follows_it() -> None:
    first = nothing(a_conversation()).then(EventType.CLAIMED, NOON, API, {"lease": 1})
    first.then(EventType.RELEASED, NOON, API, {"lease": 2}, TAGGED)
    assert (first.conversation.lease, len(first.events), first.effects) == (1, 1, ())


def test_an_event_keeps_its_own_copy_of_the_changes() -> None:
    changes = {"lease": 1}
    outcome = nothing(a_conversation()).then(EventType.CLAIMED, NOON, API, changes)
    changes["lease"] = 9
    assert outcome.events[0].changes == {"lease": 1}


def test_an_outcome_goes_on_where_another_one_led_to() -> None:
    first = nothing(a_conversation()).then(
        EventType.CLAIMED, NOON, API, {"lease": 1}, TAGGED
    )
    later = nothing(first.conversation).then(
        EventType.RELEASED, NOON, API, {"lease": 2}, TAGGED_AGAIN
    )
    both = first.followed_by(later)
    assert both.conversation == later.conversation
    assert both.events == (*first.events, *later.events)
    assert both.effects == (TAGGED, TAGGED_AGAIN)


def test_more_effects_come_without_an_event() -> None:
    outcome = nothing(a_conversation()).also(TAGGED).also(TAGGED_AGAIN)
    assert outcome.effects == (TAGGED, TAGGED_AGAIN)
    assert outcome.events == ()
    assert outcome.conversation == a_conversation()
