"""Speaking: the contact writes, the bot replies, people reply, and what follows."""

from dataclasses import replace
from typing import Any

import pytest

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.effects import OpenEpisode
from stepaside.core.events import BOT, CONTACT, OUTSIDE, Actor, EventType
from stepaside.core.moves import (
    PeopleHaveControl,
    bot_replies,
    contact_writes,
    record_decision,
    reopen,
    staff_replies,
)
from stepaside.core.outcome import Outcome, nothing
from stepaside.core.policy import Decision, DecisionKind
from tests.core.builders import (
    ANN,
    BOT_BELLA,
    BY_ANN,
    BY_BO,
    DAY,
    EPISODE,
    HOUR,
    LATER,
    MINUTE,
    NEXT_EPISODE,
    NOON,
    PEOPLE,
    a_conversation,
    a_decision,
    a_rule,
    a_situation,
    effects_of,
    held_by_ann,
    in_the_queue,
    kinds,
    later,
    only,
    resolved,
    snoozed,
)


def replied(
    conversation: Conversation, actor: Actor = BY_ANN, **changes: Any
) -> Outcome:
    """A person speaks an hour after noon."""
    situation = later(conversation, **changes)
    return staff_replies(situation, actor, "msg_1", NEXT_EPISODE)


class TestTheContactWrites:
    """It is stored, opens what was closed, and starts a wait."""

    def test_the_contact_waits_from_the_first_unanswered_message(self) -> None:
        first = contact_writes(a_conversation(), NOON, "msg_1").conversation
        second = contact_writes(first, LATER, "msg_2").conversation
        assert first.waiting_since == second.waiting_since == NOON
        assert second.last_contact_at == LATER

    def test_the_event_names_the_message(self) -> None:
        (event,) = contact_writes(a_conversation(), NOON, "msg_1").events
        assert (event.type, event.actor) == (EventType.MESSAGE_RECEIVED, CONTACT)
        assert event.data == {"message_id": "msg_1"}

    def test_a_message_that_arrives_late_does_not_turn_the_clock_back(self) -> None:
        c = a_conversation(last_contact_at=LATER)
        assert contact_writes(c, NOON, "msg_1").conversation.last_contact_at == LATER

    @pytest.mark.parametrize("conversation", [a_conversation(), *PEOPLE])
    def test_control_and_lease_stay_where_they_are(
        self, conversation: Conversation
    ) -> None:
        after = contact_writes(conversation, LATER, "msg_1").conversation
        assert after.control is conversation.control
        assert after.lease == conversation.lease

    @pytest.mark.parametrize(
        "closed",
        [resolved(held_by_ann()), snoozed(held_by_ann(), LATER)],
        ids=["resolved", "snoozed"],
    )
    def test_a_closed_conversation_opens_again_with_whoever_has_it_s25(
        self, closed: Conversation
    ) -> None:
        outcome = contact_writes(closed, NOON, "msg_1")
        assert kinds(outcome) == [EventType.REOPENED, EventType.MESSAGE_RECEIVED]
        c = outcome.conversation
        assert (c.status, c.snoozed_until) == (Status.OPEN, None)
        assert (c.control, c.assignee_id) == (Control.HUMAN, ANN.id)

    def test_replies_count_anew_when_the_contact_comes_back_and_failures_go_on(
        self,
    ) -> None:
        busy = a_conversation(failed_attempts=2, bot_messages=70)
        back = contact_writes(resolved(busy), NOON, "msg_1").conversation
        assert (back.failed_attempts, back.bot_messages) == (2, 0)

    def test_what_was_only_put_aside_or_opened_by_staff_was_not_settled(
        self,
    ) -> None:
        busy = a_conversation(failed_attempts=2, bot_messages=70)
        woken = contact_writes(snoozed(busy, LATER), NOON, "msg_1").conversation
        undone = reopen(a_situation(resolved(busy)), BY_ANN).conversation
        for c in (woken, undone):
            assert (c.failed_attempts, c.bot_messages) == (2, 70)

    def test_reminders_of_the_last_wait_are_not_counted_for_this_one(self) -> None:
        quiet = held_by_ann(chases=3)
        assert contact_writes(quiet, NOON, "msg_1").conversation.chases == 0

    def test_reminders_of_this_wait_go_on_counting(self) -> None:
        waiting = held_by_ann(chases=3, waiting_since=NOON)
        assert contact_writes(waiting, LATER, "msg_1").conversation.chases == 3


class TestADecisionIsRecorded:
    """Also the decision to do nothing."""

    def test_the_event_says_what_was_decided_and_why(self) -> None:
        rule = a_rule()
        decision = a_decision(rule, failed_attempts=1)
        outcome = record_decision(a_conversation(), NOON, BOT, decision)
        (event,) = outcome.events
        assert event.type is EventType.DECIDED
        assert event.data == {
            "decision": "hand_over",
            "cause": "human_requested",
            "rule_id": rule.id,
            "reason": "Asked for a person.",
        }
        assert outcome.conversation.failed_attempts == 1

    def test_a_reply_is_recorded_without_cause_or_rule(self) -> None:
        decision = Decision(kind=DecisionKind.REPLY, reason="Nothing.")
        (event,) = record_decision(a_conversation(), NOON, BOT, decision).events
        assert (event.data["cause"], event.data["rule_id"]) == (None, None)
        assert event.changes == {}

    def test_a_count_that_is_reset_is_a_change(self) -> None:
        decision = Decision(kind=DecisionKind.REPLY, reason="Nothing.")
        c = a_conversation(failed_attempts=2)
        (event,) = record_decision(c, NOON, BOT, decision).events
        assert event.changes == {"failed_attempts": 0}


class TestTheBotReplies:
    """Only while it has control."""

    def test_the_wait_is_over_and_the_messages_are_counted(self) -> None:
        c = a_conversation(bot_messages=2, waiting_since=NOON)
        outcome = bot_replies(nothing(c), LATER, BOT, 3)
        assert kinds(outcome) == [EventType.BOT_REPLIED]
        assert outcome.conversation.bot_messages == 5
        assert outcome.conversation.waiting_since is None
        assert outcome.events[0].data == {"messages": 3}

    def test_it_follows_what_was_decided_in_the_same_outcome(self) -> None:
        decided = record_decision(
            a_conversation(), NOON, BOT, Decision(kind=DecisionKind.REPLY, reason="")
        )
        outcome = bot_replies(decided, NOON, BOT, 1)
        assert kinds(outcome) == [EventType.DECIDED, EventType.BOT_REPLIED]

    @pytest.mark.parametrize("conversation", PEOPLE)
    def test_while_people_have_control_it_may_not_speak(
        self, conversation: Conversation
    ) -> None:
        with pytest.raises(PeopleHaveControl):
            bot_replies(nothing(conversation), LATER, BOT, 1)


class TestAPersonReplies:
    """From anywhere: it is a takeover, and the wait is over."""

    def test_a_reply_while_the_bot_had_control_takes_it_over_s02(self) -> None:
        outcome = replied(a_conversation())
        c = outcome.conversation
        assert kinds(outcome) == [EventType.TAKEN_OVER, EventType.STAFF_REPLIED]
        assert (c.control, c.assignee_id, c.lease) == (Control.HUMAN, ANN.id, 1)
        assert c.resume_at == LATER + DAY
        assert c.handover_id == NEXT_EPISODE
        assert only(OpenEpisode, outcome).assignee_id == ANN.id

    def test_a_reply_to_the_queue_takes_it_within_the_same_episode(self) -> None:
        outcome = replied(in_the_queue(resume_at=NOON + DAY))
        c = outcome.conversation
        assert (c.control, c.assignee_id, c.lease) == (Control.HUMAN, ANN.id, 2)
        assert (c.handover_id, c.resume_at) == (EPISODE, NOON + DAY)
        assert effects_of(OpenEpisode, outcome) == []
        assert outcome.events[0].data == {"handover_id": EPISODE, "staff_id": ANN.id}

    @pytest.mark.parametrize("conversation", [a_conversation(), in_the_queue()])
    def test_an_echo_of_words_we_did_not_send_takes_over_for_nobody_in_the_desk_s03(
        self, conversation: Conversation
    ) -> None:
        c = replied(conversation, OUTSIDE).conversation
        assert (c.control, c.assignee_id) == (Control.HUMAN, None)

    def test_bo_may_help_out_without_taking_it_from_ann(self) -> None:
        outcome = replied(held_by_ann(), BY_BO)
        assert kinds(outcome) == [EventType.STAFF_REPLIED]
        assert outcome.conversation.assignee_id == ANN.id
        assert outcome.conversation.lease == 1

    @pytest.mark.parametrize("actor", [BY_ANN, BY_BO, OUTSIDE], ids=str)
    @pytest.mark.parametrize("conversation", [a_conversation(), *PEOPLE])
    def test_whoever_speaks_ends_the_wait(
        self, conversation: Conversation, actor: Actor
    ) -> None:
        waiting = replace(conversation, waiting_since=NOON)
        c = replied(waiting, actor).conversation
        assert (c.waiting_since, c.chases, c.last_staff_at) == (None, 0, LATER)

    def test_the_reply_names_message_and_episode(self) -> None:
        event = replied(held_by_ann()).events[-1]
        assert event.data == {"message_id": "msg_1", "handover_id": EPISODE}

    def test_words_five_minutes_before_the_end_extend_the_pause_s43(self) -> None:
        outcome = replied(held_by_ann(resume_at=LATER + 5 * MINUTE))
        assert kinds(outcome) == [EventType.STAFF_REPLIED, EventType.PAUSE_EXTENDED]
        assert outcome.conversation.resume_at == LATER + 15 * MINUTE
        assert outcome.events[-1].data == {"until": "2026-03-02T13:15:00+00:00"}

    def test_the_extension_follows_the_bots_setting_s43(self) -> None:
        patient = replace(BOT_BELLA, quiet=2 * HOUR)
        ending = held_by_ann(resume_at=LATER + HOUR)
        c = replied(ending, bot=patient).conversation
        assert c.resume_at == LATER + 2 * HOUR

    def test_a_pause_with_time_left_is_not_touched(self) -> None:
        outcome = replied(held_by_ann(resume_at=LATER + DAY))
        assert kinds(outcome) == [EventType.STAFF_REPLIED]
        assert outcome.conversation.resume_at == LATER + DAY

    @pytest.mark.parametrize(
        "bot", [None, replace(BOT_BELLA, quiet=0 * MINUTE)], ids=["no bot", "no quiet"]
    )
    def test_without_a_setting_the_pause_ends_as_planned(self, bot: Any) -> None:
        ending = held_by_ann(resume_at=LATER + MINUTE)
        assert replied(ending, bot=bot).conversation.resume_at == LATER + MINUTE

    def test_a_takeover_lasts_until_handed_back_where_the_bot_says_so(self) -> None:
        patient = replace(BOT_BELLA, takeover_pause=None)
        assert replied(a_conversation(), bot=patient).conversation.resume_at is None
        assert replied(a_conversation(), bot=None).conversation.resume_at is None

    def test_a_reply_to_a_resolved_conversation_leaves_it_resolved(self) -> None:
        assert replied(resolved(held_by_ann())).conversation.status is Status.RESOLVED
