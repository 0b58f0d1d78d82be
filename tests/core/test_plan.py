"""A handover in full: everything a rule asks for, once, in one outcome."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stepaside.core.conversation import (
    Control,
    Conversation,
    IllegalMove,
    Status,
    broken_laws,
)
from stepaside.core.effects import (
    CreateTask,
    MessageKind,
    NotificationEvent,
    NotifyStaff,
    OpenEpisode,
    Say,
    TagContact,
)
from stepaside.core.events import API, BOT, EventType
from stepaside.core.outcome import Outcome
from stepaside.core.plan import CAUSE_WORDS, FALLBACK_RULE, hand_over, summarise, tried
from stepaside.core.policy import Cause
from stepaside.core.roster import Role, Roster
from stepaside.core.rules import HandoverRule, Scenario, check_rule
from stepaside.core.turn import Author
from tests.core.builders import (
    ANN,
    BO,
    CY,
    DAY,
    EPISODE,
    HOUR,
    MINUTE,
    NOON,
    a_conversation,
    a_decision,
    a_handover,
    a_rule,
    a_situation,
    effects_of,
    for_ann,
    held_by_ann,
    in_the_queue,
    kinds,
    only,
    resolved,
    said,
    snoozed,
)

CONVERSED = (
    *said(Author.CONTACT, "My card is lost"),
    *said(Author.BOT, "You can block it in the app."),
    *said(Author.CONTACT, "I want a human"),
)
CY_OF_BO = replace(CY, owner_id=BO.id)
NAMELESS = replace(CY, name="")


def started(rule: HandoverRule | None = None, **changes: Any) -> Outcome:
    """A handover of a fresh conversation by that rule, at noon."""
    return hand_over(a_situation(**changes), a_handover(rule, lines=CONVERSED))


def told(outcome: Outcome) -> dict[NotificationEvent, NotifyStaff]:
    """Who is told, by what about."""
    return {n.event: n for n in effects_of(NotifyStaff, outcome)}


class TestAfterAFailure:
    """A bot that is broken gets it back by itself once, and not a second time (S22)."""

    def broke(self, times_before: int) -> Conversation:
        handover = a_handover(decision=a_decision(None, cause=Cause.BOT_ERROR))
        before = a_conversation(bot_errors=times_before)
        return hand_over(a_situation(before), handover).conversation

    def test_the_first_time_the_pause_ends(self) -> None:
        c = self.broke(0)
        assert (c.bot_errors, c.resume_at) == (1, NOON + DAY)

    def test_the_second_time_people_hand_it_back(self) -> None:
        c = self.broke(1)
        assert (c.bot_errors, c.resume_at) == (2, None)


class TestControl:
    """Who has it then."""

    def test_without_an_assignee_it_waits_in_the_queue(self) -> None:
        c = started(a_rule()).conversation
        assert (c.control, c.assignee_id) == (Control.QUEUE, None)
        assert (c.lease, c.control_since) == (1, NOON)

    def test_with_an_assignee_that_person_has_it(self) -> None:
        c = started(for_ann()).conversation
        assert (c.control, c.assignee_id) == (Control.HUMAN, ANN.id)

    def test_the_contacts_owner_is_kept_where_the_rule_says_so(self) -> None:
        keeps = for_ann(skip_if_contact_has_owner=True)
        outcome = started(keeps, contact=CY_OF_BO)
        assert outcome.conversation.assignee_id == BO.id
        assert only(CreateTask, outcome).assignee_id == BO.id

    def test_the_pause_is_absolute_time(self) -> None:
        assert started(a_rule(pause=HOUR)).conversation.resume_at == NOON + HOUR

    def test_without_a_pause_it_stays_with_people_until_handed_back(self) -> None:
        assert started(a_rule(pause=None)).conversation.resume_at is None

    @pytest.mark.parametrize(
        "conversation", [in_the_queue(), held_by_ann(), resolved(held_by_ann())]
    )
    def test_what_people_have_is_not_handed_over_again_s21(
        self, conversation: Conversation
    ) -> None:
        with pytest.raises(IllegalMove):
            hand_over(a_situation(conversation), a_handover(a_rule()))

    @pytest.mark.parametrize("rule", [a_rule(), for_ann()], ids=["queue", "Ann"])
    def test_what_is_resolved_is_not_handed_over_s21(self, rule: HandoverRule) -> None:
        done = a_situation(resolved(a_conversation()))
        with pytest.raises(IllegalMove, match="reopen it"):
            hand_over(done, a_handover(rule))

    @pytest.mark.parametrize("rule", [a_rule(), for_ann()], ids=["queue", "Ann"])
    def test_what_is_put_aside_is_open_again_once_it_is_handed_over(
        self, rule: HandoverRule
    ) -> None:
        aside = snoozed(a_conversation(), NOON + HOUR)
        handed = hand_over(a_situation(aside), a_handover(rule))
        c = handed.conversation
        assert (c.status, c.snoozed_until) == (Status.OPEN, None)
        assert EventType.WOKEN not in kinds(handed)
        assert broken_laws(c) == []

    def test_the_wait_began_with_the_contacts_words_not_with_the_handover_s65(
        self,
    ) -> None:
        waiting = a_conversation(waiting_since=NOON - MINUTE)
        c = hand_over(a_situation(waiting), a_handover(a_rule())).conversation
        assert c.waiting_since == NOON - MINUTE

    def test_a_contact_the_bot_has_answered_waits_from_the_handover_on_s65(
        self,
    ) -> None:
        assert started(a_rule()).conversation.waiting_since == NOON


class TestFinalMessage:
    """The bot's last words."""

    def test_it_is_said_once_under_the_new_lease(self) -> None:
        outcome = started(a_rule())
        final = only(Say, outcome)
        assert final.text == "Thank you! Someone from the team will get back to you."
        assert final.kind is MessageKind.FINAL
        assert final.lease == outcome.conversation.lease
        assert final.item_ids == ()

    @pytest.mark.parametrize("text", ["", "   ", "{{staff.name}}"])
    def test_an_empty_one_is_not_said_s13(self, text: str) -> None:
        outcome = started(a_rule(final_message=text))
        assert effects_of(Say, outcome) == []
        assert outcome.conversation.control is Control.QUEUE

    def test_it_names_contact_bot_and_assignee(self) -> None:
        text = (
            "{{contact.name}} {{contact.first_name}} {{bot.name}} "
            "{{staff.name}} {{staff.first_name}}"
        )
        final = only(Say, started(for_ann(final_message=text)))
        assert final.text == "Cy Chen Cy Bella Ann Abara Ann"

    def test_it_leaves_out_whoever_is_not_known(self) -> None:
        text = "Hi {{contact.first_name}}, {{bot.name}}{{staff.first_name}} waits"
        final = only(
            Say, started(a_rule(final_message=text), contact=NAMELESS, bot=None)
        )
        assert final.text == "Hi, waits"


class TestTask:
    """A follow-up on the contact."""

    def test_it_is_due_a_day_after_the_trigger_and_tells_the_story(self) -> None:
        task = only(CreateTask, started(for_ann()))
        assert task.due_at == NOON + DAY
        assert task.assignee_id == ANN.id
        assert task.title == "Cy Chen asked for a person"
        assert "“My card is lost”" in task.description

    def test_the_rule_may_set_due_time_title_and_description(self) -> None:
        rule = a_rule(
            task_due_in=timedelta(minutes=90), task_title="Call", task_description="Now"
        )
        task = only(CreateTask, started(rule))
        assert (task.due_at, task.title) == (NOON + 90 * MINUTE, "Call")
        assert (task.description, task.assignee_id) == ("Now", None)

    def test_a_contact_without_a_name_is_a_contact(self) -> None:
        task = only(CreateTask, started(a_rule(), contact=NAMELESS))
        assert task.title == "A contact asked for a person"

    def test_a_rule_without_a_task_creates_none_and_tells_nobody_of_one(self) -> None:
        outcome = started(for_ann(task_enabled=False))
        assert effects_of(CreateTask, outcome) == []
        assert set(told(outcome)) == {NotificationEvent.CONVERSATION_ASSIGNED}


class TestTags:
    """On the contact."""

    def test_the_contact_is_tagged(self) -> None:
        assert only(TagContact, started(a_rule())).tags == ("human_handover",)

    def test_several_tags_are_one_effect(self) -> None:
        assert only(TagContact, started(a_rule(tags=("a", "b")))).tags == ("a", "b")

    def test_no_tags_are_no_effect(self) -> None:
        assert effects_of(TagContact, started(a_rule(tags=()))) == []


class TestNotifications:
    """Who is told, and who is not."""

    def test_the_assignee_is_told_of_conversation_and_task(self) -> None:
        notes = told(started(for_ann()))
        assigned = notes.pop(NotificationEvent.CONVERSATION_ASSIGNED)
        task = notes.pop(NotificationEvent.TASK_ASSIGNED)
        assert notes == {}
        assert assigned.staff_ids == task.staff_ids == (ANN.id,)
        assert assigned.title == task.title == "Cy Chen asked for a person"
        assert "“I want a human”" in assigned.body
        assert task.body == assigned.body  # when it is due, the task says

    def test_the_tasks_own_title_is_told(self) -> None:
        notes = told(started(for_ann(task_title="Call Cy")))
        assert notes[NotificationEvent.TASK_ASSIGNED].title == "Call Cy"

    def test_without_an_assignee_everybody_who_may_claim_is_told_s48(self) -> None:
        notes = told(started(a_rule()))
        assert set(notes) == {NotificationEvent.HANDOVER_WAITING}
        assert notes[NotificationEvent.HANDOVER_WAITING].staff_ids == (ANN.id, BO.id)

    def test_a_first_message_without_a_history_is_told_too_s49(self) -> None:
        first = a_handover(a_rule(), lines=said(Author.CONTACT, "human"))
        body = told(hand_over(a_situation(), first))
        summary = "Cy Chen asked for a person. First message: “human”"
        assert body[NotificationEvent.HANDOVER_WAITING].body == summary

    def test_an_assignee_who_left_falls_to_the_queue_and_warns_the_admins_s51(
        self,
    ) -> None:
        gone = replace(BO, active=False)
        admin = replace(ANN, role=Role.ADMIN)
        rule = for_ann(staff_id=BO.id)
        outcome = started(rule, roster=Roster(staff={ANN.id: admin, BO.id: gone}))
        assert outcome.conversation.control is Control.QUEUE
        notes = told(outcome)
        assert notes[NotificationEvent.HANDOVER_WAITING].staff_ids == (ANN.id,)
        assert notes[NotificationEvent.WARNING].staff_ids == (ANN.id,)
        assert "Human requested" in notes[NotificationEvent.WARNING].body
        assert len(notes) == 2


class TestRecord:
    """What can be read afterwards."""

    def test_one_event_tells_why_and_to_whom(self) -> None:
        rule = for_ann(name="Asks for us")
        decision = a_decision(rule, evidence="a human", reason="Asked.")
        handover = a_handover(decision=decision, actor=BOT)
        (event,) = hand_over(a_situation(), handover).events
        assert (event.type, event.at) == (EventType.HANDOVER_STARTED, NOON)
        assert event.actor == BOT
        assert event.data == {
            "handover_id": EPISODE,
            "cause": "human_requested",
            "rule_id": rule.id,
            "rule": "Asks for us",
            "reason": "Asked.",
            "evidence": "a human",
            "assignment": "the rule names Ann Abara",
        }

    def test_the_episode_is_opened_with_all_that_led_to_it(self) -> None:
        rule = for_ann()
        handover = a_handover(
            decision=a_decision(rule, evidence="a human"),
            lines=CONVERSED,
            trigger_message_id="msg_3",
        )
        episode = only(OpenEpisode, hand_over(a_situation(), handover))
        assert replace(episode, brief=None) == OpenEpisode(
            handover_id=EPISODE,
            cause="human_requested",
            rule_id=rule.id,
            evidence="a human",
            reason="Asked for a person.",
            summary=summarise("Cy Chen", handover),
            tried=("You can block it in the app.",),
            assignee_id=ANN.id,
            trigger_message_id="msg_3",
        )

    def test_a_handover_by_hand_runs_the_default_actions(self) -> None:
        by_hand = a_handover(decision=a_decision(cause=None), actor=API)
        outcome = hand_over(a_situation(), by_hand)
        (event,) = outcome.events
        assert (event.actor, event.data["cause"]) == (API, "manual")
        assert (event.data["rule_id"], event.data["rule"]) == (None, "Default actions")
        assert only(OpenEpisode, outcome).rule_id is None
        assert only(Say, outcome).text == FALLBACK_RULE.final_message
        assert only(CreateTask, outcome).title == "Cy Chen was handed over by hand"
        assert only(TagContact, outcome).tags == ("human_handover",)
        assert outcome.conversation.resume_at == NOON + DAY

    def test_a_handover_by_hand_may_run_a_rules_actions(self) -> None:
        by_hand = a_decision(a_rule(tags=("vip",)), cause=Cause.MANUAL)
        outcome = hand_over(a_situation(), a_handover(decision=by_hand))
        assert only(OpenEpisode, outcome).cause == "manual"
        assert only(TagContact, outcome).tags == ("vip",)

    def test_the_default_actions_keep_the_limits_of_a_rule(self) -> None:
        as_saved = replace(
            FALLBACK_RULE, trigger_condition="Any", example_phrases=("Any",)
        )
        assert check_rule(as_saved).enabled

    def test_it_is_one_event_and_nothing_else_about_control(self) -> None:
        assert kinds(started(for_ann())) == [EventType.HANDOVER_STARTED]

    @pytest.mark.parametrize("scenario", Scenario)
    def test_every_scenario_hands_over(self, scenario: Scenario) -> None:
        assert only(OpenEpisode, started(for_ann(scenario))).cause == scenario

    def test_every_cause_can_be_told_in_a_sentence(self) -> None:
        assert set(CAUSE_WORDS) == set(Cause)

    def test_a_custom_rule_is_told_by_its_name(self) -> None:
        rule = replace(a_rule(Scenario.CUSTOM), name="Wants to cancel")
        outcome = started(rule)
        waiting = told(outcome)[NotificationEvent.HANDOVER_WAITING]
        assert waiting.title == f"{CY.name} met the rule “Wants to cancel”"
        assert only(CreateTask, outcome).title == waiting.title


class TestSummary:
    """Plain sentences from the transcript alone."""

    def test_it_tells_who_what_and_how_often_the_bot_answered(self) -> None:
        told = summarise("Cy", a_handover(a_rule(), lines=CONVERSED))
        assert told == (
            "Cy asked for a person. First message: “My card is lost” "
            "Last message: “I want a human” The bot answered 1 time before."
        )

    def test_several_answers_are_counted(self) -> None:
        lines = said(Author.BOT, "One", "Two")
        told = summarise("", a_handover(a_rule(), lines=lines))
        assert told == (
            "The contact asked for a person. The bot answered 2 times before."
        )

    def test_a_long_message_is_cut_to_one_line(self) -> None:
        lines = said(Author.CONTACT, "word \n" * 100)
        told = summarise("Cy", a_handover(a_rule(), lines=lines))
        message = told.split("“")[1].rstrip("”")
        assert len(message) == 160
        assert message.endswith("…")
        assert "\n" not in message

    @pytest.mark.parametrize(("length", "cut"), [(160, False), (161, True)])
    def test_only_what_is_too_long_is_cut(self, length: int, cut: bool) -> None:
        (line,) = tried(said(Author.BOT, "x" * length))
        assert line.endswith("…") is cut
        assert len(line) == 160

    def test_what_was_tried_starts_after_a_person_last_spoke(self) -> None:
        lines = said(Author.BOT, "Old") + said(Author.STAFF, "Ann here") + CONVERSED
        assert tried(lines) == ("You can block it in the app.",)

    def test_nothing_was_tried_before_the_first_answer(self) -> None:
        assert tried(said(Author.CONTACT, "human")) == ()
