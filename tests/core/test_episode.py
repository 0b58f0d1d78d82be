"""Episodes: opened with people's first move, closed with the bot's return, once."""

import pytest

from stepaside.core.conversation import Conversation
from stepaside.core.effects import CloseEpisode, OpenEpisode
from stepaside.core.events import API, BOT
from stepaside.core.moves import assign, claim, hand_back, pause, release, staff_replies
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.plan import hand_over
from tests.core.builders import (
    ANN,
    BO,
    BY_ANN,
    HOUR,
    NEXT_EPISODE,
    NOON,
    PEOPLE,
    a_handover,
    a_rule,
    a_situation,
    effects_of,
    held_by_ann,
    only,
)


def every_way_in(s: Situation) -> list[Outcome]:
    """Each deed that leaves people in control, done to that situation."""
    return [
        staff_replies(s, BY_ANN, "msg_1", NEXT_EPISODE),
        claim(s, ANN.id, BY_ANN, NEXT_EPISODE),
        assign(s, BO.id, BY_ANN, NEXT_EPISODE),
        pause(s, NOON + HOUR, API, NEXT_EPISODE),
    ]


def test_every_way_to_people_opens_one_episode() -> None:
    for outcome in every_way_in(a_situation()):
        assert only(OpenEpisode, outcome).handover_id == NEXT_EPISODE
        assert outcome.conversation.handover_id == NEXT_EPISODE
        assert outcome.events[0].data["handover_id"] == NEXT_EPISODE


@pytest.mark.parametrize("conversation", PEOPLE)
def test_with_people_the_open_episode_goes_on(conversation: Conversation) -> None:
    for outcome in every_way_in(a_situation(conversation)):
        assert effects_of(OpenEpisode, outcome) == []
        assert outcome.conversation.handover_id == conversation.handover_id


def test_an_episode_opened_by_a_deed_has_no_rule_and_nothing_tried() -> None:
    opened = only(OpenEpisode, every_way_in(a_situation())[0])
    assert (opened.rule_id, opened.trigger_message_id) == (None, None)
    assert (opened.tried, opened.summary, opened.evidence) == ((), "", "")


def test_releasing_keeps_the_episode_open() -> None:
    outcome = release(a_situation(held_by_ann()), BY_ANN)
    assert effects_of(CloseEpisode, outcome) == []


def test_a_second_handover_is_a_second_episode_s23() -> None:
    first = hand_over(a_situation(), a_handover(a_rule())).conversation
    back = hand_back(a_situation(first), BY_ANN)
    again = hand_over(
        a_situation(back.conversation), a_handover(a_rule(), id=NEXT_EPISODE, actor=BOT)
    )
    assert only(CloseEpisode, back).handover_id == first.handover_id
    assert only(OpenEpisode, again).handover_id == NEXT_EPISODE
    assert again.conversation.lease == 3
