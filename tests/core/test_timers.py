"""The clock: pauses end, snoozes end, staff are reminded; each thing once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.effects import CloseEpisode, NotificationEvent, NotifyStaff
from stepaside.core.events import TIMER, EventType
from stepaside.core.moves import contact_writes, reopen, resolve, staff_replies
from stepaside.core.outcome import Outcome, nothing
from stepaside.core.roster import Roster
from stepaside.core.timers import resume, wake
from tests.core.builders import (
    ANN,
    BO,
    BY_ANN,
    CY,
    DAY,
    EPISODE,
    HOUR,
    MINUTE,
    NEXT_EPISODE,
    NOON,
    a_conversation,
    a_situation,
    effects_of,
    held_by_ann,
    held_outside,
    in_the_queue,
    kinds,
    only,
    resolved,
    snoozed,
)

ENDING = NOON + HOUR
PAUSED = held_by_ann(resume_at=ENDING)
ANN_GONE = Roster(staff={ANN.id: replace(ANN, active=False), BO.id: BO})
RESUMED, WOKEN, CHASED = EventType.RESUMED, EventType.WOKEN, EventType.CHASED


def until_nothing_is_due(
    c: Conversation, now: datetime, most: int = 4
) -> list[Outcome]:
    """Wake again and again at one instant, until nothing is left to do."""
    done: list[Outcome] = []
    for _ in range(most):
        outcome = wake(a_situation(c, now))
        if not outcome.events:
            return done
        done.append(outcome)
        c = outcome.conversation
    raise AssertionError(f"still not done after {most} times: {done}")


class TestThePauseEnds:
    """Control returns to the bot, for the next message."""

    @pytest.mark.parametrize("late", [0 * HOUR, MINUTE, 400 * DAY])
    def test_control_returns_once_however_late_the_clock_is_s47(
        self, late: timedelta
    ) -> None:
        done = until_nothing_is_due(PAUSED, ENDING + late)
        (outcome,) = done
        c = outcome.conversation
        assert kinds(outcome) == [RESUMED]
        assert outcome.events[0].actor == TIMER
        assert (c.control, c.lease) == (Control.BOT, 2)
        assert (c.assignee_id, c.handover_id, c.resume_at) == (None, None, None)
        assert only(CloseEpisode, outcome).how == "resumed"
        assert outcome.events[0].data == {"handover_id": EPISODE}

    def test_before_its_end_it_goes_on(self) -> None:
        before = ENDING - MINUTE
        assert wake(a_situation(PAUSED, before)) == nothing(PAUSED)

    @pytest.mark.parametrize(
        "stale", [a_conversation(), held_by_ann(), held_by_ann(resume_at=ENDING + DAY)]
    )
    def test_a_stale_timer_does_nothing(self, stale: Conversation) -> None:
        assert resume(a_situation(stale, ENDING)) == nothing(stale)

    def test_a_resolved_conversation_resumes_too_and_stays_resolved_s42(self) -> None:
        c = wake(a_situation(resolved(PAUSED), ENDING)).conversation
        assert (c.control, c.status) == (Control.BOT, Status.RESOLVED)

    def test_one_put_aside_resumes_too_and_stays_aside(self) -> None:
        aside = snoozed(PAUSED, ENDING + DAY)
        c = wake(a_situation(aside, ENDING)).conversation
        assert (c.control, c.status) == (Control.BOT, Status.SNOOZED)

    def test_words_before_the_end_move_it_so_the_timer_finds_nothing_s43(self) -> None:
        speaks = a_situation(PAUSED, ENDING - 5 * MINUTE)
        c = staff_replies(speaks, BY_ANN, "msg_1", NEXT_EPISODE).conversation
        assert wake(a_situation(c, ENDING)) == nothing(c)
        assert kinds(wake(a_situation(c, ENDING + 10 * MINUTE))) == [RESUMED]

    def test_a_contact_who_was_answered_needs_nobody(self) -> None:
        assert effects_of(NotifyStaff, wake(a_situation(PAUSED, ENDING))) == []


class TestThePauseEndsWithSomebodyWaiting:
    """The bot does not answer the backlog, so people are told (S41)."""

    WAITING = replace(PAUSED, waiting_since=ENDING - MINUTE)

    def test_the_wait_is_not_forgotten_and_the_holder_is_told(self) -> None:
        outcome = wake(a_situation(self.WAITING, ENDING))
        note = only(NotifyStaff, outcome)
        assert outcome.conversation.waiting_since == ENDING - MINUTE
        assert note.event is NotificationEvent.CONTACT_WAITING
        assert note.staff_ids == (ANN.id,)
        assert note.title == "Cy Chen was never answered"
        assert kinds(outcome) == [RESUMED]

    @pytest.mark.parametrize(
        ("conversation", "roster", "told"),
        [
            (WAITING, ANN_GONE, (BO.id,)),
            (
                in_the_queue(resume_at=ENDING, waiting_since=NOON),
                Roster(staff={ANN.id: ANN, BO.id: BO}),
                (ANN.id, BO.id),
            ),
        ],
        ids=["the holder left", "nobody held it"],
    )
    def test_without_a_holder_at_work_everybody_is_told(
        self, conversation: Conversation, roster: Roster, told: tuple[str, ...]
    ) -> None:
        outcome = resume(a_situation(conversation, ENDING, roster=roster))
        assert only(NotifyStaff, outcome).staff_ids == told


class TestTheSnoozeEnds:
    """It is back in the list."""

    @pytest.mark.parametrize("conversation", [a_conversation(), held_by_ann()])
    def test_it_is_open_again(self, conversation: Conversation) -> None:
        aside = snoozed(conversation, ENDING)
        (outcome,) = until_nothing_is_due(aside, ENDING)
        assert kinds(outcome) == [WOKEN]
        assert outcome.events[0].actor == TIMER
        assert outcome.conversation == conversation

    def test_before_its_end_it_stays_aside_even_when_somebody_waits(self) -> None:
        aside = snoozed(held_by_ann(waiting_since=NOON), NOON + DAY)
        now = NOON + DAY - MINUTE
        assert wake(a_situation(aside, now)) == nothing(aside)

    def test_after_it_the_staff_are_reminded_of_who_waited_all_the_time(self) -> None:
        aside = snoozed(held_by_ann(waiting_since=NOON), ENDING)
        woken, chased = until_nothing_is_due(aside, ENDING)
        assert (kinds(woken), kinds(chased)) == ([WOKEN], [CHASED])


class TestTheWaitGoesOn:
    """Never both silent: somebody is reminded."""

    WAITING = held_by_ann(waiting_since=NOON)

    def test_after_ten_minutes_the_holder_is_reminded(self) -> None:
        outcome = wake(a_situation(self.WAITING, NOON + 10 * MINUTE))
        note = only(NotifyStaff, outcome)
        assert kinds(outcome) == [CHASED]
        assert note.event is NotificationEvent.CONTACT_WAITING
        assert note.staff_ids == (ANN.id,)
        assert note.title == "Cy Chen has waited 10 min for a person"
        assert outcome.conversation.chases == 1
        assert outcome.events[0].data == {
            "step": "assignee",
            "waiting_since": NOON.isoformat(),
            "handover_id": EPISODE,
        }

    def test_not_a_minute_sooner(self) -> None:
        early = a_situation(self.WAITING, NOON + 9 * MINUTE)
        assert wake(early) == nothing(self.WAITING)

    def test_a_reminder_changes_neither_control_nor_the_lease(self) -> None:
        c = wake(a_situation(self.WAITING, NOON + HOUR)).conversation
        assert replace(c, chases=0, steps=0, step_at=None) == self.WAITING

    @pytest.mark.parametrize(
        ("conversation", "roster", "told"),
        [
            (WAITING, ANN_GONE, (BO.id,)),
            (in_the_queue(waiting_since=NOON), ANN_GONE, (BO.id,)),
            (held_outside(waiting_since=NOON), ANN_GONE, (BO.id,)),
        ],
        ids=["the holder left", "in the queue", "held outside the desk"],
    )
    def test_without_a_holder_at_work_everybody_is_reminded(
        self, conversation: Conversation, roster: Roster, told: tuple[str, ...]
    ) -> None:
        outcome = wake(a_situation(conversation, NOON + HOUR, roster=roster))
        assert only(NotifyStaff, outcome).staff_ids == told

    @pytest.mark.parametrize("away", [12 * HOUR, 31 * DAY, 2_000 * DAY])
    def test_reminders_missed_while_nothing_ran_count_as_one_s47(
        self, away: timedelta
    ) -> None:
        (outcome,) = until_nothing_is_due(self.WAITING, NOON + away)
        assert len(effects_of(NotifyStaff, outcome)) == 1

    def test_every_reminder_is_a_notification_of_its_own(self) -> None:
        c, keys = self.WAITING, []
        for minute in range(0, 3 * 24 * 60, 5):
            outcome = wake(a_situation(c, NOON + minute * MINUTE))
            keys += [n.key for n in effects_of(NotifyStaff, outcome)]
            c = outcome.conversation
        assert len(keys) == len(set(keys)) == 11

    def test_a_pause_that_has_ended_goes_before_a_reminder(self) -> None:
        waiting = replace(self.WAITING, resume_at=ENDING)
        (outcome,) = until_nothing_is_due(waiting, ENDING)
        assert kinds(outcome) == [RESUMED]

    @pytest.mark.parametrize("conversation", [a_conversation(waiting_since=NOON)])
    def test_while_the_bot_has_it_nobody_is_reminded(
        self, conversation: Conversation
    ) -> None:
        assert wake(a_situation(conversation, NOON + DAY)) == nothing(conversation)


class TestNobodySaysAnything:
    """People have it, nobody waits, nobody writes."""

    def test_it_is_looked_at_after_a_day(self) -> None:
        outcome = wake(a_situation(held_by_ann(), NOON + DAY))
        assert only(NotifyStaff, outcome).title == "Cy Chen is still with people"
        assert outcome.events[0].data["waiting_since"] is None
        assert outcome.events[0].data["step"] == "again"

    def test_a_contact_without_a_name_is_a_contact(self) -> None:
        nameless = replace(CY, name="")
        outcome = wake(a_situation(held_by_ann(), NOON + DAY, contact=nameless))
        assert only(NotifyStaff, outcome).title == "A contact is still with people"

    def test_two_quiet_days_with_a_word_between_are_two_reminders(self) -> None:
        first = wake(a_situation(held_by_ann(), NOON + DAY))
        spoke = staff_replies(
            a_situation(first.conversation, NOON + DAY + HOUR),
            BY_ANN,
            "msg_1",
            NEXT_EPISODE,
        )
        second = wake(a_situation(spoke.conversation, NOON + 3 * DAY))
        assert only(NotifyStaff, first).key != only(NotifyStaff, second).key

    def test_two_quiet_days_with_a_resolve_between_are_two_reminders(self) -> None:
        first = wake(a_situation(held_by_ann(), NOON + DAY)).conversation
        done = resolve(a_situation(first, NOON + DAY + HOUR), BY_ANN).conversation
        again = reopen(a_situation(done, NOON + DAY + 2 * HOUR), BY_ANN).conversation
        assert wake(a_situation(again, NOON + DAY + 3 * HOUR)) == nothing(again)
        second = wake(a_situation(again, NOON + 2 * DAY))
        assert second.conversation.chases == 2

    def test_resolved_it_rests(self) -> None:
        done = resolved(held_by_ann())
        assert wake(a_situation(done, NOON + 9 * DAY)) == nothing(done)

    def test_the_contacts_next_word_starts_a_new_wait(self) -> None:
        chased = wake(a_situation(held_by_ann(), NOON + DAY)).conversation
        c = contact_writes(chased, NOON + 2 * DAY, "msg_1").conversation
        soon = NOON + 2 * DAY + 10 * MINUTE
        assert kinds(wake(a_situation(c, soon))) == [EventType.DEADLINE_MISSED]
        assert c.handover_id == EPISODE
