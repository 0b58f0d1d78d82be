"""Keys: decided again, an effect is the same one; decided anew, another."""

from stepaside.core.effects import NotificationEvent, OpenEpisode
from stepaside.core.outcome import Outcome
from stepaside.core.plan import hand_over
from tests.core.builders import (
    ANN,
    NEXT_EPISODE,
    NOON,
    a_handover,
    a_rule,
    a_situation,
    for_ann,
    keys,
    only,
)


def handed_over() -> Outcome:
    """The same handover, decided from the same state."""
    return hand_over(a_situation(), a_handover(for_ann()))


def test_a_turn_decided_twice_asks_for_the_very_same_effects_s11() -> None:
    assert handed_over().effects == handed_over().effects


def test_every_effect_of_a_handover_has_a_key_of_its_own() -> None:
    found = keys(handed_over().effects)
    assert len(found) == len(set(found)) == 4


def test_the_effects_of_two_handovers_share_no_key_s23() -> None:
    again = hand_over(a_situation(), a_handover(for_ann(), id=NEXT_EPISODE))
    assert not set(keys(handed_over().effects)) & set(keys(again.effects))


def test_a_key_does_not_depend_on_who_gets_it_or_when() -> None:
    later = a_situation(now=NOON.replace(hour=13))
    queued = hand_over(later, a_handover(a_rule()))
    assert {"final:hnd_1", "task:hnd_1"} <= set(keys(queued.effects))
    assert {"final:hnd_1", "task:hnd_1"} <= set(keys(handed_over().effects))
    assert only(OpenEpisode, handed_over()).assignee_id == ANN.id


def test_only_what_people_wrote_is_told_in_their_own_words() -> None:
    quoted = {event for event in NotificationEvent if event.quotes}
    assert quoted == {NotificationEvent.MENTIONED, NotificationEvent.CONTACT_REPLIED}
