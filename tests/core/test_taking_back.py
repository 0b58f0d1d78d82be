"""Taking back the last deed: as it was before it, and never over what came since."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.effects import RenewPromise, ReopenEpisode
from stepaside.core.events import BOT, TIMER, Actor, Event, EventType
from stepaside.core.moves import (
    NotOnStaff,
    contact_writes,
    hand_back,
    release,
    resolve,
    snooze,
)
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.roster import Roster
from stepaside.core.taking_back import ChangedSince, can_be_taken_back, take_back
from tests.core.builders import (
    ANN,
    BO,
    BY_ANN,
    BY_BO,
    DAY,
    EPISODE,
    HOUR,
    MINUTE,
    NOON,
    a_conversation,
    a_situation,
    effects_of,
    held_by_ann,
    held_outside,
    in_the_queue,
    kinds,
    later,
    only,
    snoozed,
)

Deed = Callable[[Situation], Outcome]
OWED = {
    "waiting_since": NOON,
    "last_contact_at": NOON,
    "chases": 2,
    "reply_due_at": NOON + 2 * HOUR,
    "reply_warn_at": NOON + HOUR,
    "promised_at": NOON + 3 * HOUR,
    "resolve_due_at": NOON + DAY,
    "step_at": NOON + HOUR,
}
"""A contact who waits for people, with everything they are owed."""


class Told:
    """A conversation whose every event is at hand, and what is done to it."""

    def __init__(self, c: Conversation) -> None:
        self.start = self.c = c
        names = [n for n in c.__slots__ if getattr(c, n) != getattr(_blank(c), n)]
        changes = {name: getattr(c, name) for name in names}
        self.events = [
            Event(
                type=EventType.CONVERSATION_STARTED, at=NOON, actor=BOT, changes=changes
            )
        ]

    def does(self, deed: Deed) -> Outcome:
        outcome = deed(later(self.c))
        self.events += outcome.events
        self.c = outcome.conversation
        return outcome

    def takes_back(self, deed: EventType, by: Actor = BY_ANN) -> Outcome:
        return self.does(lambda s: take_back(s, deed, self.events, by))

    def is_as_before(self, leases: int = 0) -> bool:
        return self.c == replace(self.start, lease=self.start.lease + leases)


def _blank(c: Conversation) -> Conversation:
    return Conversation(id=c.id)


class TestResolving:
    """Resolved by mistake, the contact waits on as if nothing had been."""

    @pytest.mark.parametrize(
        "c",
        [
            held_by_ann(**OWED),
            in_the_queue(**OWED),
            held_outside(**OWED),
            snoozed(held_by_ann(**OWED), NOON + DAY),
            a_conversation(clarifying=True, follow_up_at=NOON + DAY),
            a_conversation(waiting_since=NOON, step_at=NOON + DAY),
        ],
    )
    def test_what_was_owed_is_owed_again(self, c: Conversation) -> None:
        it = Told(c)
        it.does(lambda s: resolve(s, BY_ANN))
        assert kinds(it.takes_back(EventType.RESOLVED)) == [EventType.REOPENED]
        assert it.is_as_before()

    def test_what_was_promised_is_promised_again(self) -> None:
        it = Told(held_by_ann(**OWED))
        it.does(lambda s: resolve(s, BY_ANN))
        back = it.takes_back(EventType.RESOLVED)
        assert only(RenewPromise, back).handover_id == EPISODE
        assert effects_of(ReopenEpisode, back) == []

    @pytest.mark.parametrize("holder", [ANN.id, BO.id])
    def test_who_had_it_has_it_again_where_it_went_to_the_bot(
        self, holder: str
    ) -> None:
        it = Told(held_by_ann(**OWED, assignee_id=holder, resume_on_resolve=True))
        gone = it.does(lambda s: resolve(s, BY_ANN))
        assert gone.conversation.control is Control.BOT
        back = it.takes_back(EventType.RESOLVED)
        assert kinds(back) == [EventType.ASSIGNED, EventType.REOPENED]
        assert only(ReopenEpisode, back).handover_id == EPISODE
        assert it.is_as_before(leases=2)

    def test_it_waits_in_the_queue_again_where_it_went_to_the_bot(self) -> None:
        it = Told(in_the_queue(**OWED, resume_on_resolve=True))
        it.does(lambda s: resolve(s, BY_ANN))
        back = it.takes_back(EventType.RESOLVED)
        assert kinds(back) == [EventType.RELEASED, EventType.REOPENED]
        assert it.is_as_before(leases=2)

    def test_where_the_bot_was_about_to_answer_it_cannot_be(self) -> None:
        it = Told(a_conversation(waiting_since=NOON))
        it.does(lambda s: resolve(s, BY_ANN))
        assert not can_be_taken_back(it.start, it.c)
        with pytest.raises(ChangedSince):
            it.takes_back(EventType.RESOLVED)

    def test_from_the_bot_it_cannot_be_given_to_a_person_outside(self) -> None:
        it = Told(held_outside(**OWED, resume_on_resolve=True))
        it.does(lambda s: resolve(s, BY_ANN))
        with pytest.raises(ChangedSince):
            it.takes_back(EventType.RESOLVED)


class TestGivingAway:
    """Handed back or released, it goes to whoever had it, not to whoever presses."""

    @pytest.mark.parametrize("c", [held_by_ann(**OWED), in_the_queue(**OWED)])
    def test_handed_back_it_is_with_whoever_had_it(self, c: Conversation) -> None:
        it = Told(c)
        it.does(lambda s: hand_back(s, BY_BO))
        back = it.takes_back(EventType.HANDED_BACK, BY_BO)
        assert it.is_as_before(leases=2)
        assert only(ReopenEpisode, back).handover_id == EPISODE
        assert only(RenewPromise, back).handover_id == EPISODE

    def test_released_it_is_with_whoever_had_it(self) -> None:
        it = Told(held_by_ann(**OWED))
        it.does(lambda s: release(s, BY_BO))
        assert kinds(it.takes_back(EventType.RELEASED, BY_BO)) == [EventType.ASSIGNED]
        assert it.is_as_before(leases=2)

    def test_whoever_is_no_longer_there_does_not_get_it(self) -> None:
        it = Told(held_by_ann())
        it.does(lambda s: release(s, BY_BO))
        without_ann = later(it.c, roster=Roster(staff={BO.id: BO}))
        with pytest.raises(NotOnStaff):
            take_back(without_ann, EventType.RELEASED, it.events, BY_BO)


class TestSnoozing:
    """A snooze that stood before stands again; without one it is open."""

    @pytest.mark.parametrize(
        ("c", "what"),
        [
            (held_by_ann(**OWED), EventType.WOKEN),
            (a_conversation(waiting_since=NOON), EventType.WOKEN),
            (snoozed(held_by_ann(**OWED), NOON + DAY), EventType.SNOOZED),
        ],
    )
    def test_it_is_as_it_was(self, c: Conversation, what: EventType) -> None:
        it = Told(c)
        it.does(lambda s: snooze(s, NOON + 9 * DAY, BY_ANN))
        assert it.c.status is Status.SNOOZED
        assert kinds(it.takes_back(EventType.SNOOZED)) == [what]
        assert it.is_as_before()


class TestWhatCameSince:
    """Only the last deed, and only one's own."""

    @pytest.mark.parametrize(
        "since",
        [
            lambda s: contact_writes(s.conversation, s.now + MINUTE, "msg_2"),
            lambda s: hand_back(s, BY_ANN),
            lambda s: snooze(s, NOON + 9 * DAY, BY_BO),
        ],
    )
    def test_it_is_kept(self, since: Deed) -> None:
        it = Told(held_by_ann(**OWED))
        it.does(lambda s: snooze(s, NOON + DAY, BY_ANN))
        it.does(since)
        as_it_is = it.c
        with pytest.raises(ChangedSince):
            it.takes_back(EventType.SNOOZED)
        assert it.c == as_it_is

    @pytest.mark.parametrize("by", [BY_BO, TIMER])
    def test_nobody_takes_back_what_somebody_else_did(self, by: Actor) -> None:
        it = Told(held_by_ann())
        it.does(lambda s: release(s, by))
        with pytest.raises(ChangedSince):
            it.takes_back(EventType.RELEASED)

    def test_what_only_was_told_stands_in_nobodys_way(self) -> None:
        it = Told(held_by_ann(**OWED))
        it.does(lambda s: resolve(s, BY_ANN))
        note = Event(type=EventType.NOTE_ADDED, at=NOON, actor=BY_BO)
        it.events.append(note)
        it.takes_back(EventType.RESOLVED)
        assert it.is_as_before()

    def test_what_was_never_done_cannot_be_taken_back(self) -> None:
        with pytest.raises(ChangedSince):
            take_back(a_situation(held_by_ann()), EventType.RELEASED, [], BY_ANN)
