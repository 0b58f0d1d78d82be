"""Who has it and whether it is done: what people do besides speaking."""

from dataclasses import replace
from datetime import datetime

import pytest

from stepaside.core.conversation import Control, Conversation, IllegalMove, Status
from stepaside.core.effects import (
    CloseEpisode,
    NotificationEvent,
    NotifyStaff,
    OpenEpisode,
)
from stepaside.core.errors import InvalidField
from stepaside.core.events import API, EventType
from stepaside.core.ids import StaffId
from stepaside.core.moves import (
    AlreadyClaimed,
    NotOnStaff,
    assign,
    claim,
    hand_back,
    pause,
    release,
    reopen,
    resolve,
    snooze,
    unsnooze,
)
from stepaside.core.outcome import nothing
from stepaside.core.roster import Roster
from stepaside.core.schedule import due_at
from tests.core.builders import (
    ANN,
    BO,
    BY_ANN,
    BY_BO,
    CY,
    DAY,
    DEE,
    EPISODE,
    HOUR,
    LATER,
    MINUTE,
    NEXT_EPISODE,
    NOON,
    PEOPLE,
    a_conversation,
    a_situation,
    changed,
    effects_of,
    held_by_ann,
    held_outside,
    in_the_queue,
    kinds,
    later,
    only,
    resolved,
    snoozed,
)

BO_GONE = Roster(staff={ANN.id: ANN, BO.id: replace(BO, active=False)})


class TestClaiming:
    """First come, first served."""

    def test_ann_takes_it_from_the_queue(self) -> None:
        outcome = claim(later(in_the_queue()), ANN.id, BY_ANN, NEXT_EPISODE)
        c = outcome.conversation
        assert kinds(outcome) == [EventType.CLAIMED]
        assert (c.control, c.assignee_id) == (Control.HUMAN, ANN.id)
        assert c.handover_id == EPISODE

    def test_ann_takes_it_from_the_bot(self) -> None:
        outcome = claim(later(a_conversation()), ANN.id, BY_ANN, NEXT_EPISODE)
        assert outcome.conversation.resume_at == LATER + DAY
        episode = only(OpenEpisode, outcome)
        assert (episode.cause, episode.handover_id) == ("takeover", NEXT_EPISODE)
        assert episode.reason == "A person took it over."

    def test_ann_takes_over_from_a_person_outside(self) -> None:
        outcome = claim(later(held_outside()), ANN.id, BY_ANN, NEXT_EPISODE)
        assert outcome.conversation.assignee_id == ANN.id
        assert outcome.conversation.lease == 2

    def test_claiming_twice_is_claiming_once(self) -> None:
        outcome = claim(later(held_by_ann()), ANN.id, BY_ANN, NEXT_EPISODE)
        assert outcome == nothing(held_by_ann())

    def test_bo_comes_second_and_is_told_who_was_first_s53(self) -> None:
        with pytest.raises(AlreadyClaimed, match="Ann Abara already has") as refused:
            claim(later(held_by_ann()), BO.id, BY_BO, NEXT_EPISODE)
        assert refused.value.holder_id == ANN.id

    def test_a_holder_who_was_deleted_still_holds_it(self) -> None:
        roster = Roster(staff={BO.id: BO})
        with pytest.raises(AlreadyClaimed, match="Somebody else"):
            claim(later(held_by_ann(), roster=roster), BO.id, BY_BO, NEXT_EPISODE)

    def test_the_contact_goes_on_waiting(self) -> None:
        waiting = in_the_queue(waiting_since=NOON, chases=2)
        c = claim(later(waiting), ANN.id, BY_ANN, NEXT_EPISODE).conversation
        assert c.waiting_since == NOON
        assert due_at(c) == LATER + 10 * MINUTE


class TestAssigning:
    """Giving it to somebody, who is told."""

    @pytest.mark.parametrize("conversation", [a_conversation(), *PEOPLE])
    def test_bo_gets_it_and_is_told_once(self, conversation: Conversation) -> None:
        outcome = assign(later(conversation), BO.id, BY_ANN, NEXT_EPISODE)
        c, note = outcome.conversation, only(NotifyStaff, outcome)
        assert kinds(outcome) == [EventType.ASSIGNED]
        assert (c.control, c.assignee_id) == (Control.HUMAN, BO.id)
        assert note.event is NotificationEvent.CONVERSATION_ASSIGNED
        assert note.staff_ids == (BO.id,)
        assert note.title == "Cy Chen was assigned to you"

    def test_whoever_assigns_it_to_himself_needs_not_be_told(self) -> None:
        outcome = assign(later(in_the_queue()), BO.id, BY_BO, NEXT_EPISODE)
        assert outcome.conversation.assignee_id == BO.id
        assert effects_of(NotifyStaff, outcome) == []

    def test_assigning_to_the_holder_changes_nothing(self) -> None:
        outcome = assign(later(held_by_ann()), ANN.id, API, NEXT_EPISODE)
        assert outcome == nothing(held_by_ann())

    def test_to_and_fro_everybody_is_told_each_time(self) -> None:
        to_bo = assign(later(held_by_ann()), BO.id, API, NEXT_EPISODE)
        to_ann = assign(later(to_bo.conversation), ANN.id, API, NEXT_EPISODE)
        again = assign(later(to_ann.conversation), BO.id, API, NEXT_EPISODE)
        assert only(NotifyStaff, to_bo).key != only(NotifyStaff, again).key

    def test_a_contact_without_a_name_is_a_contact(self) -> None:
        nameless = later(in_the_queue(), contact=replace(CY, name=""))
        note = only(NotifyStaff, assign(nameless, BO.id, API, NEXT_EPISODE))
        assert note.title == "A contact was assigned to you"


@pytest.mark.parametrize("conversation", [a_conversation(), *PEOPLE])
@pytest.mark.parametrize("staff_id", [DEE.id, BO.id], ids=["Dee", "Bo who left"])
def test_nobody_of_another_account_and_nobody_who_left_gets_a_conversation(
    conversation: Conversation, staff_id: StaffId
) -> None:
    situation = later(conversation, roster=BO_GONE)
    for deed in (claim, assign):
        with pytest.raises(NotOnStaff):
            deed(situation, staff_id, API, NEXT_EPISODE)


class TestReleasing:
    """Back to the queue, and everybody is told."""

    @pytest.mark.parametrize("conversation", [held_by_ann(), held_outside()])
    def test_it_waits_for_whoever_comes_first(self, conversation: Conversation) -> None:
        outcome = release(later(conversation), BY_ANN)
        c, note = outcome.conversation, only(NotifyStaff, outcome)
        assert kinds(outcome) == [EventType.RELEASED]
        assert (c.control, c.assignee_id) == (Control.QUEUE, None)
        assert (c.handover_id, c.lease) == (EPISODE, 2)
        assert note.event is NotificationEvent.HANDOVER_WAITING
        assert note.staff_ids == (ANN.id, BO.id)
        assert outcome.events[0].data == {"handover_id": EPISODE}

    @pytest.mark.parametrize("conversation", [a_conversation(), in_the_queue()])
    def test_what_nobody_holds_cannot_be_released(
        self, conversation: Conversation
    ) -> None:
        with pytest.raises(IllegalMove):
            release(later(conversation), BY_ANN)

    @pytest.mark.parametrize("conversation", [held_by_ann(), held_outside()])
    def test_what_was_put_aside_is_seen_in_the_queue_at_once(
        self, conversation: Conversation
    ) -> None:
        outcome = release(later(snoozed(conversation, NOON + DAY)), BY_ANN)
        c = outcome.conversation
        assert (c.status, c.snoozed_until) == (Status.OPEN, None)
        assert kinds(outcome) == [EventType.RELEASED]

    def test_released_twice_it_is_told_twice(self) -> None:
        first = release(later(held_by_ann()), BY_ANN)
        claimed = claim(later(first.conversation), ANN.id, BY_ANN, NEXT_EPISODE)
        second = release(later(claimed.conversation), BY_ANN)
        assert only(NotifyStaff, first).key != only(NotifyStaff, second).key


class TestHandingBack:
    """The bot gets control, and the episode is closed for good."""

    @pytest.mark.parametrize("conversation", PEOPLE)
    def test_the_bot_has_it_and_starts_counting_anew(
        self, conversation: Conversation
    ) -> None:
        worn = replace(conversation, failed_attempts=3, bot_messages=75)
        outcome = hand_back(later(replace(worn, resume_at=NOON + DAY)), BY_ANN)
        c = outcome.conversation
        assert kinds(outcome) == [EventType.HANDED_BACK]
        assert (c.control, c.lease) == (Control.BOT, 2)
        assert (c.assignee_id, c.handover_id, c.resume_at) == (None, None, None)
        assert (c.failed_attempts, c.bot_messages) == (0, 0)
        closed = only(CloseEpisode, outcome)
        assert (closed.handover_id, closed.how) == (EPISODE, "handed_back")
        assert outcome.events[0].data == {"handover_id": EPISODE}

    def test_what_the_bot_has_cannot_be_handed_back(self) -> None:
        with pytest.raises(IllegalMove, match="already has control"):
            hand_back(later(a_conversation()), BY_ANN)

    def test_the_backlog_stays_unanswered_and_visible_s41(self) -> None:
        outcome = hand_back(later(held_by_ann(waiting_since=NOON)), BY_ANN)
        assert outcome.conversation.waiting_since == NOON
        assert EventType.BOT_REPLIED not in kinds(outcome)


class TestPausing:
    """Silence for the bot, before its first word or in the middle (S04)."""

    def test_before_any_turn_the_bot_can_be_silenced_s04(self) -> None:
        outcome = pause(later(a_conversation()), LATER + HOUR, API, NEXT_EPISODE)
        c = outcome.conversation
        assert (c.control, c.resume_at) == (Control.QUEUE, LATER + HOUR)
        episode = only(OpenEpisode, outcome)
        assert (episode.cause, episode.assignee_id) == ("pause", None)
        assert episode.reason == "The bot was paused."
        (event,) = outcome.events
        assert event.type is EventType.PAUSED
        assert event.data["until"] == "2026-03-02T14:00:00+00:00"

    @pytest.mark.parametrize("conversation", [a_conversation(), *PEOPLE])
    def test_a_pause_without_an_end_lasts_until_handed_back(
        self, conversation: Conversation
    ) -> None:
        paused = replace(conversation, resume_at=None)
        outcome = pause(later(paused), None, API, NEXT_EPISODE)
        assert outcome.conversation.resume_at is None
        assert outcome.events[0].data["until"] is None

    @pytest.mark.parametrize("end", [NOON + 2 * HOUR, NOON + 9 * DAY, None])
    def test_a_running_pause_is_moved_to_the_new_end(
        self, end: datetime | None
    ) -> None:
        running = held_by_ann(resume_at=NOON + DAY)
        outcome = pause(later(running), end, API, NEXT_EPISODE)
        c = outcome.conversation
        assert (c.resume_at, c.assignee_id) == (end, ANN.id)
        assert (c.control, c.handover_id) == (Control.HUMAN, EPISODE)
        assert outcome.effects == ()

    @pytest.mark.parametrize("end", [NOON, LATER])
    def test_a_pause_cannot_end_before_it_begins(self, end: datetime) -> None:
        with pytest.raises(InvalidField, match="future") as refused:
            pause(later(a_conversation()), end, API, NEXT_EPISODE)
        assert refused.value.field == "until"


class TestResolving:
    """The work is done; who may speak does not change."""

    @pytest.mark.parametrize("conversation", [a_conversation(), *PEOPLE])
    def test_control_lease_and_pause_stay_s42(self, conversation: Conversation) -> None:
        waiting = replace(conversation, waiting_since=NOON)
        outcome = resolve(later(waiting), BY_ANN)
        c = outcome.conversation
        assert kinds(outcome) == [EventType.RESOLVED]
        assert c == replace(waiting, status=Status.RESOLVED, waiting_since=None)

    def test_reminders_of_the_wait_do_not_put_off_the_next_look(self) -> None:
        reminded = held_by_ann(waiting_since=NOON, chases=9)
        done = resolve(later(reminded), BY_ANN).conversation
        due = due_at(reopen(later(done), BY_ANN).conversation)
        assert due is not None
        assert due <= LATER + DAY

    def test_a_snooze_ends_with_it(self) -> None:
        aside = snoozed(held_by_ann(), NOON + DAY)
        assert resolve(later(aside), BY_ANN).conversation.snoozed_until is None

    def test_it_is_resolved_once(self) -> None:
        with pytest.raises(IllegalMove, match="already resolved"):
            resolve(later(resolved(a_conversation())), BY_ANN)

    def test_reopened_it_is_open_with_whoever_had_it(self) -> None:
        outcome = reopen(later(resolved(held_by_ann())), BY_ANN)
        c = outcome.conversation
        assert kinds(outcome) == [EventType.REOPENED]
        assert (c.status, c.control, c.assignee_id) == (
            Status.OPEN,
            Control.HUMAN,
            ANN.id,
        )
        assert c.resolve_due_at == LATER + 3 * DAY

    @pytest.mark.parametrize("days", [0, 1, 9, 400])
    def test_whoever_reopens_it_is_not_reminded_at_once(self, days: int) -> None:
        now = NOON + days * DAY + HOUR
        c = reopen(a_situation(resolved(held_by_ann()), now), BY_ANN).conversation
        due = due_at(c)
        assert due is not None
        assert now < due <= now + DAY

    def test_reopened_the_bot_has_nothing_to_be_reminded_of(self) -> None:
        handed_back = resolved(a_conversation(control_since=NOON - 9 * DAY))
        assert reopen(later(handed_back), BY_ANN).conversation.chases == 0

    @pytest.mark.parametrize(
        "conversation", [a_conversation(), snoozed(a_conversation(), NOON + DAY)]
    )
    def test_what_is_not_resolved_cannot_be_reopened(
        self, conversation: Conversation
    ) -> None:
        with pytest.raises(IllegalMove):
            reopen(later(conversation), BY_ANN)


class TestSnoozing:
    """Aside until an instant, or until the contact writes."""

    @pytest.mark.parametrize("conversation", [a_conversation(), *PEOPLE])
    def test_it_is_aside_with_whoever_has_it(self, conversation: Conversation) -> None:
        outcome = snooze(later(conversation), NOON + DAY, BY_ANN)
        assert kinds(outcome) == [EventType.SNOOZED]
        assert outcome.conversation == snoozed(conversation, NOON + DAY)
        assert outcome.events[0].data == {"until": "2026-03-03T12:00:00+00:00"}

    def test_a_snooze_may_be_moved(self) -> None:
        aside = snoozed(held_by_ann(), NOON + DAY)
        outcome = snooze(later(aside), NOON + 2 * DAY, BY_ANN)
        assert outcome.conversation.snoozed_until == NOON + 2 * DAY
        assert changed(outcome.events) == {"snoozed_until": NOON + 2 * DAY}

    @pytest.mark.parametrize("until", [NOON, LATER])
    def test_a_snooze_cannot_end_before_it_begins(self, until: datetime) -> None:
        with pytest.raises(InvalidField, match="future"):
            snooze(later(held_by_ann()), until, BY_ANN)

    def test_what_is_resolved_cannot_be_put_aside(self) -> None:
        with pytest.raises(IllegalMove, match="reopen it to snooze"):
            snooze(later(resolved(held_by_ann())), NOON + DAY, BY_ANN)

    def test_it_may_be_ended_early(self) -> None:
        outcome = unsnooze(later(snoozed(held_by_ann(), NOON + DAY)), BY_ANN)
        assert kinds(outcome) == [EventType.WOKEN]
        assert outcome.conversation == held_by_ann()

    @pytest.mark.parametrize("conversation", [held_by_ann(), resolved(held_by_ann())])
    def test_what_is_not_aside_cannot_be_woken(
        self, conversation: Conversation
    ) -> None:
        with pytest.raises(IllegalMove):
            unsnooze(later(conversation), BY_ANN)
