"""Never both silent: step by step, each once, until a person answers."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from stepaside.core.alarms import broken
from stepaside.core.assignment import Circumstances
from stepaside.core.bot_settings import (
    DEFAULT_HOLDING,
    Step,
    Watchdog,
    check_watchdog,
    past,
)
from stepaside.core.conversation import Control, Conversation
from stepaside.core.effects import (
    CloseEpisode,
    MessageKind,
    NotifyStaff,
    PromiseState,
    RememberTurn,
    Say,
    SettlePromise,
)
from stepaside.core.errors import InvalidField
from stepaside.core.events import EventType
from stepaside.core.hours import Span, WorkingHours
from stepaside.core.ids import TeamId
from stepaside.core.moves import claim, contact_writes, hand_back, staff_replies
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.plan import hand_over
from stepaside.core.roster import BotMode, Roster
from stepaside.core.steps import may_reassign
from stepaside.core.teams import Routing, Team
from stepaside.core.terms import Terms
from stepaside.core.timers import resume, wake
from stepaside.core.watchdog import take_step
from tests.core.builders import (
    ANN,
    BO,
    BOT_BELLA,
    BY_ANN,
    DAY,
    EVERYONE,
    HOUR,
    MINUTE,
    NEXT_EPISODE,
    NOON,
    a_conversation,
    a_handover,
    a_rule,
    a_situation,
    effects_of,
    for_ann,
    held_by_ann,
    in_the_queue,
    kinds,
    only,
)

EVERYTHING = replace(BOT_BELLA, watchdog=Watchdog(reassign=True, resume=True))
SALES = Team(id=TeamId("tea_sales"), name="Sales", member_ids=(ANN.id, BO.id))
ROUTED = Routing(teams={SALES.id: SALES})
NINE_TO_SIX = WorkingHours(
    week=((Span(opens=time(9), closes=time(18)),),) * 5 + ((), ())
)
FRIDAY = datetime(2026, 3, 6, 17, 55, tzinfo=UTC)


def a_handed_over(to_ann: bool = True) -> Conversation:
    """Handed over at noon."""
    rule = for_ann(pause=None) if to_ann else a_rule(pause=None)
    s = a_situation(a_conversation(waiting_since=NOON))
    return hand_over(s, a_handover(rule)).conversation


def minute_by_minute(
    c: Conversation, minutes: int, since: datetime = NOON, **around: object
) -> tuple[Conversation, list[tuple[int, str]], list[Outcome]]:
    """Look every minute; what was done when, as (minute, step or event)."""
    done: list[tuple[int, str]] = []
    outcomes: list[Outcome] = []
    for minute in range(minutes + 1):
        for _ in range(9):
            outcome = wake(a_situation(c, since + minute * MINUTE, **around))
            if not outcome.events:
                break
            event = outcome.events[0]
            done.append((minute, str(event.data.get("step") or event.type)))
            outcomes.append(outcome)
            c = outcome.conversation
    return c, done, outcomes


class TestTheSteps:
    """From whoever has it to the owners, and honest words to the contact."""

    def test_each_comes_ten_minutes_after_the_one_before(self) -> None:
        _, done, _ = minute_by_minute(a_handed_over(), 45)
        assert done == [
            (8, "deadline.due_soon"),
            (10, "deadline.missed"),
            (20, "team"),
            (20, "contact"),
            (30, "owners"),
        ]

    def test_in_the_queue_the_whole_team_is_told_at_once(self) -> None:
        _, done, outcomes = minute_by_minute(a_handed_over(to_ann=False), 25)
        assert done[1:] == [
            (10, "deadline.missed"),
            (10, "contact"),
            (20, "owners"),
        ]
        assert only(NotifyStaff, outcomes[1]).staff_ids == (ANN.id, BO.id)
        assert only(NotifyStaff, outcomes[3]).staff_ids == (ANN.id,)

    def test_the_contact_is_told_once_and_honestly(self) -> None:
        _, _, outcomes = minute_by_minute(a_handed_over(), 60)
        (said,) = [say for o in outcomes for say in effects_of(Say, o)]
        assert (said.text, said.kind) == (DEFAULT_HOLDING, MessageKind.FINAL)
        settled = [x for o in outcomes for x in effects_of(SettlePromise, o)]
        assert [x.told for x in settled] == [True]

    @pytest.mark.parametrize("text", ["", "  "])
    def test_nothing_is_said_where_the_text_is_empty(self, text: str) -> None:
        mute = replace(BOT_BELLA, watchdog=Watchdog(holding_message=text))
        _, done, _ = minute_by_minute(a_handed_over(), 45, bot=mute)
        assert "contact" not in dict.fromkeys(step for _, step in done)

    def test_nothing_is_said_where_the_channel_takes_nothing(self) -> None:
        c = replace(a_handed_over(), window_closes_at=NOON + 5 * MINUTE)
        c = replace(c, steps=past(Step.TEAM), step_at=NOON + 20 * MINUTE)
        outcome = take_step(a_situation(c, NOON + 20 * MINUTE))
        assert effects_of(Say, outcome) == []
        assert outcome.conversation.steps == past(Step.CONTACT)

    def test_afterwards_reminders_come_further_and_further_apart(self) -> None:
        c, done, _ = minute_by_minute(a_handed_over(), 24 * 60)
        again = [minute for minute, step in done if step == "again"]
        gaps = [b - a for a, b in pairwise(again)]
        assert len(again) >= 3
        assert gaps == sorted(gaps)
        assert c.step_at is not None

    def test_nobody_is_reminded_again_while_nobody_works(self) -> None:
        terms = Terms(hours=NINE_TO_SIX)
        s = a_situation(a_conversation(waiting_since=FRIDAY), FRIDAY, terms=terms)
        c = hand_over(s, a_handover(for_ann(pause=None))).conversation
        _, done, _ = minute_by_minute(c, 6 * 24 * 60, FRIDAY, terms=terms)
        again = [FRIDAY + minute * MINUTE for minute, step in done if step == "again"]
        assert len(again) >= 3
        assert all(NINE_TO_SIX.is_open(at) for at in again)

    def test_the_time_between_steps_is_working_time(self) -> None:
        s = a_situation(
            a_conversation(waiting_since=FRIDAY),
            FRIDAY,
            terms=Terms(hours=NINE_TO_SIX),
        )
        c = hand_over(s, a_handover(for_ann(pause=None))).conversation
        _, done, _ = minute_by_minute(
            c, 3 * 24 * 60, FRIDAY, terms=Terms(hours=NINE_TO_SIX)
        )
        monday = 63 * 60 + 5  # nine o'clock
        assert done[1] == (monday + 5, "deadline.missed")
        assert done[2] == (monday + 15, "team")

    def test_after_the_server_was_down_steps_keep_their_time_between_them(self) -> None:
        c = a_handed_over()
        _, done, _ = minute_by_minute(c, 25, NOON + DAY)
        assert done == [
            (0, "deadline.missed"),
            (10, "team"),
            (10, "contact"),
            (20, "owners"),
        ]

    def test_without_a_bot_the_usual_steps_are_taken(self) -> None:
        _, done, _ = minute_by_minute(a_handed_over(), 45, bot=None)
        assert (30, "owners") in done


class TestAPersonStopsThem:
    """And each is taken once in an episode, however often the contact waits."""

    def test_a_reply_stops_them(self) -> None:
        c, _, _ = minute_by_minute(a_handed_over(), 15)
        s = a_situation(c, NOON + 16 * MINUTE)
        c = staff_replies(s, BY_ANN, "msg_1", NEXT_EPISODE).conversation
        assert c.step_at is None
        _, done, _ = minute_by_minute(c, 240)
        assert done == []

    def test_the_next_wait_goes_on_where_the_last_one_stopped(self) -> None:
        c, _, _ = minute_by_minute(a_handed_over(), 25)
        s = a_situation(c, NOON + 26 * MINUTE)
        c = staff_replies(s, BY_ANN, "msg_1", NEXT_EPISODE).conversation
        c = contact_writes(c, NOON + HOUR, "msg_2").conversation
        _, done, outcomes = minute_by_minute(c, 50, NOON + HOUR)
        assert done[:3] == [
            (23, "deadline.due_soon"),
            (30, "deadline.missed"),
            (40, "owners"),
        ]
        assert [say for o in outcomes for say in effects_of(Say, o)] == []

    def test_handed_back_and_over_again_they_begin_anew(self) -> None:
        c, _, _ = minute_by_minute(a_handed_over(), 60)
        back = hand_back(a_situation(c, NOON + HOUR), BY_ANN).conversation
        assert (back.steps, back.step_at) == (0, NOON + HOUR + DAY)

    def test_whoever_claims_it_gets_time(self) -> None:
        c, _, _ = minute_by_minute(a_handed_over(to_ann=False), 15)
        s = a_situation(c, NOON + 16 * MINUTE)
        c = claim(s, BO.id, BY_ANN, NEXT_EPISODE).conversation
        assert c.step_at == NOON + 26 * MINUTE


class TestReassigning:
    """By policy only; to whoever is free, else to everybody."""

    C = replace(
        a_handed_over(),
        reply_missed=True,
        steps=past(Step.OWNERS),
        step_at=NOON + 40 * MINUTE,
    )

    def _situation(self, c: Conversation, **around: object) -> Situation:
        return a_situation(c, NOON + 40 * MINUTE, bot=EVERYTHING, **around)

    def test_it_goes_to_the_queue_where_it_has_no_team(self) -> None:
        outcome = wake(self._situation(self.C))
        assert kinds(outcome) == [EventType.RELEASED]
        c = outcome.conversation
        assert (c.control, c.assignee_id) == (Control.QUEUE, None)
        assert c.step_at == NOON + 50 * MINUTE
        assert only(NotifyStaff, outcome).staff_ids == (ANN.id, BO.id)
        assert outcome.events[0].data["step"] == "reassign"

    def test_it_goes_to_whoever_is_free_in_its_team(self) -> None:
        c = replace(self.C, team_id=SALES.id)
        outcome = wake(self._situation(c, routing=ROUTED))
        assert outcome.conversation.assignee_id == BO.id
        assert only(RememberTurn, outcome).staff_id == BO.id

    def test_it_never_goes_to_the_one_who_left_the_contact_waiting(self) -> None:
        alone = replace(SALES, member_ids=(ANN.id,))
        c = replace(self.C, team_id=alone.id)
        outcome = wake(self._situation(c, routing=Routing(teams={alone.id: alone})))
        assert kinds(outcome) == [EventType.RELEASED]

    def test_bo_gets_what_ann_did_not_answer(self) -> None:
        team = replace(SALES, member_ids=(BO.id,))
        c = replace(self.C, team_id=team.id)
        outcome = wake(self._situation(c, routing=Routing(teams={team.id: team})))
        assert kinds(outcome) == [EventType.ASSIGNED]
        assert outcome.conversation.assignee_id == BO.id
        assert only(NotifyStaff, outcome).staff_ids == (BO.id,)

    def test_in_the_queue_it_stays_there(self) -> None:
        c = in_the_queue(
            waiting_since=NOON, steps=past(Step.OWNERS), step_at=NOON + 40 * MINUTE
        )
        outcome = wake(self._situation(c))
        assert kinds(outcome) == [EventType.CHASED]
        assert outcome.conversation.control is Control.QUEUE

    def test_only_then_the_team_has_to_be_read(self) -> None:
        c = replace(self.C, team_id=SALES.id)
        assert may_reassign(self._situation(c))
        assert not may_reassign(self._situation(self.C))
        assert not may_reassign(self._situation(replace(c, steps=0)))
        assert not may_reassign(self._situation(replace(c, step_at=None)))
        assert isinstance(self._situation(c).there, Circumstances)


class TestTheBotComesBack:
    """In the end, if so set, and it says so."""

    C = replace(
        a_handed_over(),
        reply_missed=True,
        steps=past(Step.REASSIGN),
        step_at=NOON + 50 * MINUTE,
    )

    def test_it_says_so_and_staff_are_told(self) -> None:
        outcome = wake(a_situation(self.C, NOON + 50 * MINUTE, bot=EVERYTHING))
        c, said = outcome.conversation, only(Say, outcome)
        assert kinds(outcome) == [EventType.RESUMED]
        assert only(CloseEpisode, outcome).how == "watchdog"
        assert (c.control, c.waiting_since) == (Control.BOT, NOON)
        assert (said.kind, said.lease) == (MessageKind.REPLY, c.lease)
        assert "back" in said.text
        assert only(NotifyStaff, outcome).title == "Cy Chen was never answered"

    def test_a_bot_that_is_off_does_not(self) -> None:
        off = replace(EVERYTHING, mode=BotMode.OFF)
        outcome = wake(a_situation(self.C, NOON + 50 * MINUTE, bot=off))
        assert kinds(outcome) == [EventType.CHASED]
        assert outcome.conversation.control is Control.HUMAN

    def test_a_bot_that_somebody_silenced_here_does_not(self) -> None:
        silenced = replace(self.C, paused_by_hand=True)
        outcome = wake(a_situation(silenced, NOON + 50 * MINUTE, bot=EVERYTHING))
        assert kinds(outcome) == [EventType.CHASED]
        assert effects_of(Say, outcome) == []


class TestLeftWithoutAnAnswer:
    """The bot has it back, but what was written to people nobody answered."""

    def test_staff_are_told_again_every_day_until_somebody_answers(self) -> None:
        c = held_by_ann(resume_at=NOON + HOUR, waiting_since=NOON, reply_missed=True)
        c = wake(a_situation(c, NOON + HOUR)).conversation
        assert c.control is Control.BOT
        for day in (1, 2, 3):
            now = NOON + HOUR + day * DAY
            outcome = wake(a_situation(c, now))
            assert only(NotifyStaff, outcome).staff_ids == (ANN.id, BO.id)
            assert outcome.events[0].data["step"] == "left"
            c = outcome.conversation
            assert wake(a_situation(c, now)).events == ()

    @pytest.mark.parametrize("bot", [None, replace(BOT_BELLA, mode=BotMode.OFF)])
    def test_a_bot_that_cannot_answer_gets_nothing_back(self, bot: object) -> None:
        c = held_by_ann(resume_at=NOON + HOUR, waiting_since=NOON)
        outcome = resume(a_situation(c, NOON + HOUR, bot=bot))
        after = outcome.conversation
        assert kinds(outcome) == [EventType.PAUSE_EXTENDED]
        assert (after.control, after.resume_at) == (Control.HUMAN, None)
        assert only(NotifyStaff, outcome).staff_ids == (ANN.id,)
        assert outcome.events[0].data["reason"] == "bot_off"


class TestPromises:
    """Kept, broken, withdrawn; and told."""

    PROMISED = replace(a_handed_over(), promised_at=NOON + 5 * MINUTE)

    @pytest.mark.parametrize(
        ("minutes", "kind", "state"),
        [
            (5, EventType.PROMISE_KEPT, PromiseState.KEPT),
            (6, EventType.PROMISE_BROKEN, PromiseState.BROKEN),
        ],
    )
    def test_a_reply_in_time_keeps_it(
        self, minutes: int, kind: EventType, state: PromiseState
    ) -> None:
        s = a_situation(self.PROMISED, NOON + minutes * MINUTE)
        outcome = staff_replies(s, BY_ANN, "msg_1", NEXT_EPISODE)
        assert kind in kinds(outcome)
        assert only(SettlePromise, outcome).state is state
        assert outcome.conversation.promised_at is None

    def test_broken_before_the_deadline_the_holder_is_reminded(self) -> None:
        outcome = wake(a_situation(self.PROMISED, NOON + 5 * MINUTE))
        assert kinds(outcome) == [EventType.CHASED, EventType.PROMISE_BROKEN]
        assert only(NotifyStaff, outcome).title.endswith("promised an answer by now")
        c = outcome.conversation
        assert (c.steps, c.step_at) == (past(Step.ASSIGNEE), NOON + 15 * MINUTE)

    def test_broken_with_the_deadline_it_is_told_in_one_breath(self) -> None:
        c = replace(self.PROMISED, promised_at=NOON + 10 * MINUTE)
        outcome = wake(a_situation(c, NOON + 10 * MINUTE))
        assert kinds(outcome) == [EventType.DEADLINE_MISSED, EventType.PROMISE_BROKEN]
        assert len(effects_of(NotifyStaff, outcome)) == 1

    def test_what_was_never_promised_is_not_broken(self) -> None:
        s = a_situation(a_handed_over())
        assert broken(nothing(s.conversation), s) == nothing(s.conversation)

    def test_given_back_before_its_time_it_is_withdrawn(self) -> None:
        outcome = hand_back(a_situation(self.PROMISED, NOON), BY_ANN)
        assert only(SettlePromise, outcome).state is PromiseState.WITHDRAWN


class TestLimits:
    """Told by field."""

    def test_what_is_within_them_is_taken(self) -> None:
        check_watchdog(Watchdog(every=timedelta(days=7), holding_message=""))

    @pytest.mark.parametrize(
        ("watchdog", "field"),
        [
            (Watchdog(every=timedelta(0)), "watchdog.every_minutes"),
            (Watchdog(holding_message="x" * 2001), "watchdog.holding_message"),
            (Watchdog(resume_message="x" * 2001), "watchdog.resume_message"),
            (Watchdog(resume=True, resume_message=" "), "watchdog.resume_message"),
        ],
    )
    def test_what_is_not_is_refused(self, watchdog: Watchdog, field: str) -> None:
        with pytest.raises(InvalidField) as refused:
            check_watchdog(watchdog)
        assert refused.value.field == field

    def test_everybody_is_told_when_the_holder_left(self) -> None:
        gone = Roster(staff={**EVERYONE.staff, ANN.id: replace(ANN, active=False)})
        _, done, _ = minute_by_minute(a_handed_over(), 12, roster=gone)
        assert done[1:] == [(10, "deadline.missed"), (10, "contact")]
