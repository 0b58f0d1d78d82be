"""Deadlines: when they start, stop and warn, and what caps them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from stepaside.core.clock import episode_begins, window_opens
from stepaside.core.conversation import Control, Conversation
from stepaside.core.effects import CreateTask, NotificationEvent, NotifyStaff
from stepaside.core.errors import InvalidField
from stepaside.core.events import EventType
from stepaside.core.hours import Span, WorkingHours
from stepaside.core.moves import (
    claim,
    contact_writes,
    hand_back,
    reopen,
    resolve,
    staff_replies,
)
from stepaside.core.plan import hand_over
from stepaside.core.schedule import reply_by, resolve_by, window_closed
from stepaside.core.terms import (
    USUAL,
    Deadlines,
    Terms,
    check_deadlines,
    reply_window,
)
from stepaside.core.timers import wake
from tests.core.builders import (
    ANN,
    BO,
    BY_ANN,
    DAY,
    HOUR,
    MINUTE,
    NEXT_EPISODE,
    NOON,
    a_conversation,
    a_handover,
    a_rule,
    a_situation,
    for_ann,
    held_by_ann,
    in_the_queue,
    kinds,
    only,
    resolved,
)

DUE_SOON, MISSED = EventType.DEADLINE_DUE_SOON, EventType.DEADLINE_MISSED
NINE_TO_SIX = WorkingHours(
    week=((Span(opens=time(9), closes=time(18)),),) * 5 + ((), ())
)
FRIDAY_EVENING = datetime(2026, 3, 6, 17, 55, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
WINDOWED = Terms(window=DAY)
NOTHING_SET = Terms(
    deadlines=Deadlines(first_reply=None, next_reply=None, resolution=None)
)


def handed_over(terms: Terms = USUAL) -> Conversation:
    """A conversation that was handed over at noon under these terms."""
    s = a_situation(a_conversation(waiting_since=NOON), terms=terms)
    return hand_over(s, a_handover(for_ann())).conversation


class TestAHandoverStartsTheClock:
    """People owe a first reply, and an end."""

    def test_the_first_reply_is_due_after_ten_minutes_and_the_end_after_days(
        self,
    ) -> None:
        c = handed_over()
        assert reply_by(c) == NOON + 10 * MINUTE
        assert c.reply_warn_at == NOON + 7.5 * MINUTE
        assert resolve_by(c) == NOON + 3 * DAY
        assert not c.answered

    def test_only_working_time_counts_where_there_are_hours(self) -> None:
        terms = Terms(hours=NINE_TO_SIX)
        begun = episode_begins(waits=True, at=FRIDAY_EVENING, terms=terms)
        assert begun["reply_due_at"] == MONDAY + 9 * HOUR + 5 * MINUTE
        assert begun["reply_warn_at"] == MONDAY + 9 * HOUR + 2.5 * MINUTE

    def test_round_the_clock_where_it_is_set_so(self) -> None:
        terms = Terms(hours=NINE_TO_SIX, deadlines=Deadlines(in_working_hours=False))
        begun = episode_begins(waits=True, at=FRIDAY_EVENING, terms=terms)
        assert begun["reply_due_at"] == FRIDAY_EVENING + 10 * MINUTE

    def test_without_deadlines_nothing_is_due_and_staff_are_still_reminded(
        self,
    ) -> None:
        c = handed_over(NOTHING_SET)
        assert (c.reply_due_at, c.resolve_due_at) == (None, None)
        assert kinds(wake(a_situation(c, NOON + 10 * MINUTE))) == [EventType.CHASED]

    def test_a_claim_of_a_waiting_contact_starts_it_too(self) -> None:
        c = a_conversation(waiting_since=NOON - HOUR)
        c = claim(a_situation(c), ANN.id, BY_ANN, NEXT_EPISODE).conversation
        assert reply_by(c) == NOON + 10 * MINUTE

    def test_a_claim_of_one_nobody_waits_in_starts_only_the_end(self) -> None:
        c = claim(a_situation(), ANN.id, BY_ANN, NEXT_EPISODE).conversation
        assert (c.reply_due_at, c.resolve_due_at) == (None, NOON + 3 * DAY)

    def test_what_is_resolved_owes_nothing_even_when_it_is_taken_over(self) -> None:
        c = claim(
            a_situation(resolved(a_conversation())), ANN.id, BY_ANN, NEXT_EPISODE
        ).conversation
        assert (c.reply_due_at, c.resolve_due_at) == (None, None)


class TestAReplyStopsIt:
    """The next message of the contact starts it again, with more time."""

    def test_a_persons_reply_settles_what_was_owed(self) -> None:
        s = a_situation(handed_over(), NOON + 5 * MINUTE)
        c = staff_replies(s, BY_ANN, "msg_1", NEXT_EPISODE).conversation
        assert (c.reply_due_at, c.reply_warn_at, c.answered) == (None, None, True)
        assert resolve_by(c) == NOON + 3 * DAY

    def test_the_next_answer_is_due_from_when_the_contact_writes(self) -> None:
        s = a_situation(handed_over(), NOON + 5 * MINUTE)
        c = staff_replies(s, BY_ANN, "msg_1", NEXT_EPISODE).conversation
        c = contact_writes(c, NOON + HOUR, "msg_2").conversation
        assert reply_by(c) == NOON + HOUR + 30 * MINUTE
        again = contact_writes(c, NOON + HOUR + MINUTE, "msg_3").conversation
        assert reply_by(again) == NOON + HOUR + 30 * MINUTE

    def test_with_the_bot_in_control_people_owe_nothing(self) -> None:
        c = contact_writes(a_conversation(), NOON, "msg_1").conversation
        assert c.reply_due_at is None

    def test_handing_back_and_resolving_settle_everything(self) -> None:
        for done in (
            hand_back(a_situation(handed_over(), NOON), BY_ANN),
            resolve(a_situation(handed_over(), NOON), BY_ANN),
        ):
            c = done.conversation
            assert (c.reply_due_at, c.resolve_due_at, c.reply_warn_at) == (None,) * 3

    @pytest.mark.parametrize("by_contact", [True, False])
    def test_reopened_it_is_to_be_settled_anew(self, by_contact: bool) -> None:
        done = resolve(a_situation(handed_over(), NOON), BY_ANN).conversation
        if by_contact:
            c = contact_writes(done, NOON + 5 * DAY, "msg_1").conversation
        else:
            c = reopen(a_situation(done, NOON + 5 * DAY), BY_ANN).conversation
        assert resolve_by(c) == NOON + 8 * DAY


class TestTheClockTells:
    """Due soon and missed: each once, to whoever has it."""

    def test_due_soon_then_missed_and_then_only_reminders(self) -> None:
        c, told = handed_over(), []
        for minute in range(30):
            outcome = wake(a_situation(c, NOON + minute * MINUTE))
            told += [(minute, kind) for kind in kinds(outcome)]
            c = outcome.conversation
        assert told[:2] == [(8, DUE_SOON), (10, MISSED)]
        later = [kind for _, kind in told[2:]]
        assert later == [EventType.CHASED, EventType.CONTACT_TOLD]

    def test_the_holder_is_told_by_when(self) -> None:
        outcome = wake(a_situation(handed_over(), NOON + 8 * MINUTE))
        note = only(NotifyStaff, outcome)
        assert note.event is NotificationEvent.DEADLINE_DUE_SOON
        assert note.staff_ids == (ANN.id,)
        assert note.title == "Cy Chen: the first reply is due in 2 min"
        assert outcome.events[0].data["deadline"] == "first_reply"

    def test_nobody_holds_it_so_everybody_is_told(self) -> None:
        c = in_the_queue(waiting_since=NOON, reply_due_at=NOON, answered=True)
        outcome = wake(a_situation(c, NOON + 3 * HOUR))
        note = only(NotifyStaff, outcome)
        assert note.staff_ids == (ANN.id, BO.id)
        assert note.event is NotificationEvent.DEADLINE_MISSED
        assert note.title == "Cy Chen: a reply was due 3 h ago"
        assert outcome.conversation.reply_missed

    def test_missed_while_nothing_ran_it_is_not_due_soon_as_well(self) -> None:
        c = handed_over()
        missed = wake(a_situation(c, NOON + 2 * HOUR))
        assert kinds(missed) == [MISSED]
        assert kinds(wake(a_situation(missed.conversation, NOON + 2 * HOUR))) == []

    def test_the_resolution_has_its_own(self) -> None:
        c = held_by_ann(
            resolve_due_at=NOON + 3 * DAY, resolve_warn_at=NOON + 2 * DAY, chases=9
        )
        soon = wake(a_situation(c, NOON + 2 * DAY))
        assert only(NotifyStaff, soon).title.endswith("the resolution is due in 24 h")
        late = wake(a_situation(soon.conversation, NOON + 6 * DAY))
        assert only(NotifyStaff, late).title.endswith("was due 3 days ago")
        assert late.conversation.resolve_missed

    def test_missed_on_the_minute_says_no_more_than_that(self) -> None:
        note = only(NotifyStaff, wake(a_situation(handed_over(), NOON + 10 * MINUTE)))
        assert note.title == "Cy Chen: the first reply was due"

    def test_every_wait_has_alarms_of_its_own(self) -> None:
        first = wake(a_situation(handed_over(), NOON + HOUR))
        spoke = staff_replies(
            a_situation(first.conversation, NOON + HOUR), BY_ANN, "msg", NEXT_EPISODE
        )
        c = contact_writes(spoke.conversation, NOON + 2 * HOUR, "msg_2").conversation
        assert not c.reply_missed
        second = wake(a_situation(c, NOON + 4 * HOUR))
        assert kinds(second) == [MISSED]
        assert only(NotifyStaff, first).key != only(NotifyStaff, second).key


class TestReplyWindows:
    """Nothing is due when nothing can be said any more."""

    def test_kinds_have_them_and_a_webhook_may(self) -> None:
        assert reply_window("whatsapp") == reply_window("messenger") == DAY
        assert reply_window("widget") is None
        assert reply_window("webhook", 48) == 2 * DAY

    def test_the_contacts_last_message_opens_it(self) -> None:
        c = contact_writes(a_conversation(), NOON, "msg_1", WINDOWED).conversation
        assert c.window_closes_at == NOON + DAY
        assert c.window_warn_at == NOON + 22 * HOUR
        assert not window_closed(c, NOON + DAY - MINUTE)
        assert window_closed(c, NOON + DAY)
        assert window_opens(NOON, Terms()) == {}

    def test_deadlines_and_tasks_never_fall_after_it(self) -> None:
        c = contact_writes(a_conversation(), NOON, "msg_1", WINDOWED).conversation
        slow = Deadlines(first_reply=2 * DAY, resolution=9 * DAY)
        s = a_situation(c, NOON + HOUR, terms=replace(WINDOWED, deadlines=slow))
        outcome = hand_over(s, a_handover(a_rule(task_due_in=5 * DAY)))
        assert reply_by(outcome.conversation) == NOON + DAY
        assert resolve_by(outcome.conversation) == NOON + DAY
        assert only(CreateTask, outcome).due_at == NOON + DAY

    def test_the_contacts_next_message_gives_time_back(self) -> None:
        c = contact_writes(a_conversation(), NOON, "msg_1", WINDOWED).conversation
        s = a_situation(c, NOON + HOUR, terms=WINDOWED)
        c = hand_over(s, a_handover(a_rule())).conversation
        c = contact_writes(c, NOON + 9 * HOUR, "msg_2", WINDOWED).conversation
        assert resolve_by(c) == NOON + 33 * HOUR

    def test_one_that_closed_long_ago_caps_nothing(self) -> None:
        c = a_conversation(window_closes_at=NOON - DAY)
        outcome = hand_over(a_situation(c), a_handover(a_rule()))
        assert only(CreateTask, outcome).due_at == NOON + DAY
        assert reply_by(outcome.conversation) == NOON + 10 * MINUTE

    def test_staff_are_warned_once_before_it_closes(self) -> None:
        c = in_the_queue(
            waiting_since=NOON,
            window_closes_at=NOON + DAY,
            window_warn_at=NOON + 22 * HOUR,
            chases=99,
        )
        warned = wake(a_situation(c, NOON + 22 * HOUR))
        note = only(NotifyStaff, warned)
        assert kinds(warned) == [EventType.WINDOW_CLOSING]
        assert note.event is NotificationEvent.WINDOW_CLOSING
        assert note.title == "Cy Chen: 2 h left to write on this channel"
        assert kinds(wake(a_situation(warned.conversation, NOON + 23 * HOUR))) == []

    def test_nobody_is_warned_when_nobody_waits(self) -> None:
        c = in_the_queue(window_closes_at=NOON + HOUR, window_warn_at=NOON)
        assert kinds(wake(a_situation(c, NOON + HOUR))) == []


class TestLimits:
    """Every deadline within a minute and a year."""

    @pytest.mark.parametrize("length", [timedelta(0), timedelta(days=366)])
    def test_a_deadline_out_of_range_is_refused_by_name(
        self, length: timedelta
    ) -> None:
        with pytest.raises(InvalidField) as refused:
            check_deadlines(Deadlines(next_reply=length))
        assert refused.value.field == "deadlines.next_reply_minutes"

    def test_what_is_within_them_stays(self) -> None:
        assert check_deadlines(Deadlines(resolution=None)) == Deadlines(resolution=None)
        assert handed_over().control is Control.HUMAN
