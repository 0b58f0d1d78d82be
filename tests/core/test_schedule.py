"""Due times: pauses that end, reminders that come further apart, and no silence."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.conversation import Conversation
from stepaside.core.hours import Span, WorkingHours
from stepaside.core.schedule import (
    IDLE,
    LONGEST_PATIENCE,
    PATIENCE,
    due_at,
    extended_pause,
    pause_end,
    pause_until_opening,
    quiet_since,
    reminder_at,
    reminders_by,
)
from tests.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PEOPLE,
    a_conversation,
    held_by_ann,
    in_the_queue,
    resolved,
    snoozed,
)

WAITING = in_the_queue(waiting_since=NOON)
QUIET = held_by_ann()


def reminders(conversation: Conversation, many: int) -> list[datetime]:
    """When so many reminders in a row would come."""
    found = (reminder_at(replace(conversation, chases=n)) for n in range(many))
    return [at for at in found if at]


class TestPauses:
    """A pause is absolute time."""

    def test_a_pause_ends_so_long_after_it_started(self) -> None:
        assert pause_end(NOON, HOUR) == NOON + HOUR

    def test_a_pause_until_people_hand_back_has_no_end(self) -> None:
        assert pause_end(NOON, None) is None
        assert extended_pause(None, NOON, HOUR) is None

    def test_a_pause_until_the_next_opening_ends_with_it(self) -> None:
        office = WorkingHours(week=((Span(opens=time(9), closes=time(17)),),) * 7)
        tomorrow_at_nine = NOON + 21 * HOUR
        assert pause_until_opening(NOON, office) == tomorrow_at_nine

    def test_where_people_never_close_such_a_pause_lasts_a_day(self) -> None:
        assert pause_until_opening(NOON, WorkingHours()) == NOON + DAY

    def test_an_hours_pause_is_extended_by_words_five_minutes_before_its_end_s43(
        self,
    ) -> None:
        end, spoke = NOON + HOUR, NOON + 55 * MINUTE
        assert extended_pause(end, spoke, 15 * MINUTE) == NOON + 70 * MINUTE

    def test_words_early_in_a_pause_do_not_move_its_end(self) -> None:
        assert extended_pause(NOON + DAY, NOON, 15 * MINUTE) == NOON + DAY

    def test_a_pause_is_never_cut_short(self) -> None:
        end, spoke = NOON + HOUR, NOON + 45 * MINUTE
        assert extended_pause(end, spoke, 15 * MINUTE) == end


class TestReminders:
    """Soon at first, a day apart at last, for as long as it takes."""

    def test_a_wait_is_reminded_of_after_10_30_and_70_minutes(self) -> None:
        minutes = [(at - NOON) // MINUTE for at in reminders(WAITING, 5)]
        assert minutes == [10, 30, 70, 150, 310]

    def test_the_wait_between_two_reminders_doubles_up_to_a_day(self) -> None:
        times = [NOON, *reminders(WAITING, 60)]
        gaps = [after - before for before, after in pairwise(times)]
        assert gaps[0] == PATIENCE
        for before, after in pairwise(gaps):
            assert after == min(before * 2, LONGEST_PATIENCE)

    def test_after_years_of_waiting_there_is_still_a_next_reminder(self) -> None:
        for chases in (40, 400, 4_000):
            at = reminder_at(replace(WAITING, chases=chases))
            assert at is not None
            assert at - NOON > (chases - 10) * DAY

    def test_a_quiet_conversation_is_looked_at_every_day(self) -> None:
        assert reminders(QUIET, 3) == [NOON + IDLE, NOON + 2 * IDLE, NOON + 3 * IDLE]

    def test_quiet_counts_from_the_last_word_of_either_side(self) -> None:
        spoke = replace(QUIET, last_staff_at=NOON + HOUR)
        wrote = replace(spoke, last_contact_at=NOON + 2 * HOUR)
        assert quiet_since(spoke) == NOON + HOUR
        assert quiet_since(wrote) == NOON + 2 * HOUR
        assert quiet_since(replace(wrote, control_since=NOON + DAY)) == NOON + DAY

    def test_whoever_gets_a_waiting_contact_gets_time_to_answer(self) -> None:
        claimed = replace(WAITING, control_since=NOON + 3 * HOUR)
        assert reminder_at(claimed) == NOON + 3 * HOUR + PATIENCE

    def test_a_contact_who_writes_later_counts_from_then(self) -> None:
        wrote = replace(WAITING, waiting_since=NOON + 3 * HOUR)
        assert reminder_at(wrote) == NOON + 3 * HOUR + PATIENCE

    def test_where_nothing_ever_happened_there_is_nothing_to_remind_of(self) -> None:
        assert quiet_since(a_conversation()) is None
        assert reminder_at(a_conversation()) is None
        assert reminders_by(a_conversation(), NOON) == 0

    @pytest.mark.parametrize(
        ("minutes", "past"), [(0, 0), (9, 0), (10, 1), (29, 1), (30, 2), (400, 5)]
    )
    def test_reminders_whose_time_has_come_are_counted(
        self, minutes: int, past: int
    ) -> None:
        assert reminders_by(WAITING, NOON + minutes * MINUTE) == past

    def test_reminders_sent_are_never_forgotten(self) -> None:
        assert reminders_by(replace(WAITING, chases=4), NOON) == 4


class TestDue:
    """Whichever comes first; and never nothing while people have it."""

    def test_a_conversation_the_bot_has_is_never_due(self) -> None:
        assert due_at(a_conversation(waiting_since=NOON)) is None

    @pytest.mark.parametrize("conversation", PEOPLE)
    def test_with_people_the_pause_or_the_reminder_is_due(
        self, conversation: Conversation
    ) -> None:
        assert due_at(conversation) == NOON + IDLE
        waiting = replace(conversation, waiting_since=NOON)
        assert due_at(waiting) == NOON + PATIENCE
        for pause in (MINUTE, PATIENCE):
            assert due_at(replace(waiting, resume_at=NOON + pause)) == NOON + pause
        assert due_at(replace(waiting, resume_at=NOON + DAY)) == NOON + PATIENCE

    @pytest.mark.parametrize("conversation", [a_conversation(), *PEOPLE])
    def test_put_aside_it_is_due_when_the_snooze_ends(
        self, conversation: Conversation
    ) -> None:
        aside = snoozed(replace(conversation, waiting_since=NOON), NOON + 2 * DAY)
        assert due_at(aside) == NOON + 2 * DAY

    def test_put_aside_its_pause_still_ends(self) -> None:
        aside = snoozed(held_by_ann(resume_at=NOON + HOUR), NOON + DAY)
        assert due_at(aside) == NOON + HOUR

    def test_resolved_only_the_pause_is_due_s42(self) -> None:
        assert due_at(resolved(held_by_ann())) is None
        paused = resolved(held_by_ann(resume_at=NOON + HOUR))
        assert due_at(paused) == NOON + HOUR

    @given(
        st.integers(0, 2_000),
        st.timedeltas(timedelta(0), timedelta(days=2_000)),
        st.booleans(),
    )
    def test_the_next_reminder_is_at_most_a_day_after_any_look(
        self, chases: int, later: timedelta, waits: bool
    ) -> None:
        c, now = replace(WAITING if waits else QUIET, chases=chases), NOON + later
        reminded = replace(c, chases=reminders_by(c, now))
        following, current = reminder_at(reminded), reminder_at(c)
        assert following is not None
        assert current is not None
        assert following > now
        assert following - max(now, current) <= DAY
