"""The functions do what the tables say, from every state that can be."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.conversation import (
    CONTROL_AFTER,
    STATUS_AFTER,
    Control,
    Conversation,
    IllegalMove,
    Move,
    Status,
    StatusMove,
    broken_laws,
    replay,
)
from stepaside.core.dispatch import give_to_team
from stepaside.core.events import API, TIMER
from stepaside.core.ids import BotId, StaffId, TeamId
from stepaside.core.leaving import transfer
from stepaside.core.moves import (
    AlreadyClaimed,
    assign,
    claim,
    contact_writes,
    hand_back,
    pause,
    release,
    reopen,
    resolve,
    snooze,
    staff_replies,
    unsnooze,
)
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.plan import hand_over
from stepaside.core.schedule import due_at
from stepaside.core.timers import resume, wake
from tests.core.builders import (
    ANN,
    BO,
    BY_BO,
    DAY,
    HOUR,
    NEXT_EPISODE,
    NOON,
    a_conversation,
    a_handover,
    a_rule,
    a_situation,
    for_ann,
    held_by_ann,
    held_outside,
    in_the_queue,
    resolved,
    snoozed,
)
from tests.core.codec import stored_and_read
from tests.core.strategies import conversations

Deed = Callable[[Situation], Outcome]


def _other_than_the_holder(s: Situation) -> StaffId:
    return ANN.id if s.conversation.assignee_id == BO.id else BO.id


def _resume_at_its_end(s: Situation) -> Outcome:
    """The timer, when the pause has just ended; without a pause it finds nothing."""
    c = s.conversation
    ended = None if c.control is Control.BOT else s.now
    return resume(replace(s, conversation=replace(c, resume_at=ended)))


CONTROL_DEEDS: Mapping[Move, Deed] = {
    Move.HAND_OVER_TO_QUEUE: lambda s: hand_over(
        s, a_handover(a_rule(), id=NEXT_EPISODE)
    ),
    Move.HAND_OVER_TO_STAFF: lambda s: hand_over(
        s, a_handover(for_ann(), id=NEXT_EPISODE)
    ),
    Move.TAKE_OVER: lambda s: staff_replies(s, BY_BO, "msg_1", NEXT_EPISODE),
    Move.CLAIM: lambda s: claim(s, _other_than_the_holder(s), API, NEXT_EPISODE),
    Move.ASSIGN: lambda s: assign(s, _other_than_the_holder(s), API, NEXT_EPISODE),
    Move.RELEASE: lambda s: release(s, API),
    Move.GIVE_TO_TEAM: lambda s: give_to_team(
        s, TeamId("tea_other"), API, NEXT_EPISODE
    ),
    Move.HAND_BACK: lambda s: hand_back(s, API),
    Move.RESUME: _resume_at_its_end,
    Move.PAUSE: lambda s: pause(s, s.now + HOUR, API, NEXT_EPISODE),
    Move.TRANSFER: lambda s: transfer(s, BotId("bot_other"), API, reason=""),
}
STATUS_DEEDS: Mapping[StatusMove, Deed] = {
    StatusMove.RESOLVE: lambda s: resolve(s, API),
    StatusMove.REOPEN: lambda s: reopen(s, API),
    StatusMove.SNOOZE: lambda s: snooze(s, s.now + HOUR, API),
    StatusMove.WAKE: lambda s: unsnooze(s, TIMER),
    StatusMove.CONTACT_WRITES: lambda s: contact_writes(s.conversation, s.now, "msg_1"),
}
EVERY_DEED: Mapping[str, Deed] = {
    str(move): deed
    for deeds in (CONTROL_DEEDS, STATUS_DEEDS)
    for move, deed in deeds.items()
}
STATES = [a_conversation(), in_the_queue(), held_by_ann(), held_outside()]
STATES += [replace(c, waiting_since=NOON) for c in STATES]
STATES += [resolved(c) for c in STATES] + [snoozed(c, NOON + DAY) for c in STATES]


def agrees_about_control(c: Conversation, move: Move) -> None:
    """The deed leads where the table says, bumps the lease once, leaves the status.

    But what was put aside is open again where it comes to people who did not do that.
    """
    target = CONTROL_AFTER[c.control, move]
    if _stands_in_the_way(c, move):
        target = None
    after = _after(c, CONTROL_DEEDS[move])
    assert after.control is (target or c.control)
    assert after.lease == c.lease + bool(target)
    woken = bool(target) and c.status is Status.SNOOZED and _comes_to_others(c, move)
    assert after.status is (Status.OPEN if woken else c.status)


def _comes_to_others(c: Conversation, move: Move) -> bool:
    pauses = move is Move.PAUSE and c.control is Control.BOT
    return pauses or move in (
        Move.HAND_OVER_TO_QUEUE,
        Move.HAND_OVER_TO_STAFF,
        Move.RELEASE,
        Move.GIVE_TO_TEAM,
    )


def _stands_in_the_way(c: Conversation, move: Move) -> bool:
    """What the table alone cannot know: whose it is, and whether it is done."""
    held = move is Move.CLAIM and c.assignee_id is not None
    hands_over = move in (Move.HAND_OVER_TO_QUEUE, Move.HAND_OVER_TO_STAFF)
    return held or (hands_over and c.status is Status.RESOLVED)


def agrees_about_status(c: Conversation, move: StatusMove) -> None:
    """The deed leads where the table says, and nobody's right to speak changes."""
    after = _after(c, STATUS_DEEDS[move])
    assert after.status is (STATUS_AFTER[c.status, move] or c.status)
    assert (after.control, after.lease) == (c.control, c.lease)
    assert (after.assignee_id, after.handover_id) == (c.assignee_id, c.handover_id)
    assert after.resume_at == c.resume_at


def _after(c: Conversation, deed: Deed) -> Conversation:
    """The conversation after the deed; as it was where the deed is refused."""
    try:
        outcome = deed(a_situation(c))
    except (IllegalMove, AlreadyClaimed):
        return c
    assert broken_laws(outcome.conversation) == []
    return outcome.conversation


def test_there_is_a_deed_for_every_move() -> None:
    assert set(CONTROL_DEEDS) == set(Move)
    assert set(STATUS_DEEDS) == set(StatusMove)


def test_every_deed_agrees_with_the_table_from_every_state() -> None:
    for c, move in product(STATES, Move):
        agrees_about_control(c, move)
    for c, status_move in product(STATES, StatusMove):
        agrees_about_status(c, status_move)


@given(conversations(), st.sampled_from(Move))
def test_moves_of_control_agree_with_the_table_whatever_came_before(
    c: Conversation, move: Move
) -> None:
    agrees_about_control(c, move)


@given(conversations(), st.sampled_from(StatusMove))
def test_moves_of_status_agree_with_the_table_whatever_came_before(
    c: Conversation, move: StatusMove
) -> None:
    agrees_about_status(c, move)


@given(conversations())
def test_what_can_be_breaks_no_law(c: Conversation) -> None:
    assert broken_laws(c) == []


@given(conversations(), st.sampled_from([*EVERY_DEED]))
def test_events_stored_as_json_give_the_state_again(c: Conversation, move: str) -> None:
    s = a_situation(c)
    if move == Move.RESUME and c.control is not Control.BOT:
        s = a_situation(replace(c, resume_at=NOON))
    try:
        outcome = EVERY_DEED[move](s)
    except (IllegalMove, AlreadyClaimed):
        return
    stored = [stored_and_read(event) for event in outcome.events]
    assert stored == list(outcome.events)
    assert replay(s.conversation, stored) == outcome.conversation


@given(conversations())
def test_people_never_have_an_open_conversation_nobody_will_look_at(
    c: Conversation,
) -> None:
    if c.control is not Control.BOT and c.status is Status.OPEN:
        assert due_at(c) is not None


@given(conversations())
def test_whatever_is_due_is_done_and_what_is_not_is_left(c: Conversation) -> None:
    due = due_at(c)
    if due is None or due > NOON:
        assert wake(a_situation(c), a_handover()).events == ()
    for now in {due, NOON} if due else {NOON}:
        woken = wake(a_situation(c, max(now, due or now)), a_handover())
        assert bool(woken.events) is (due is not None)


@given(conversations())
def test_however_late_the_clock_wakes_it_each_thing_happens_once(
    c: Conversation,
) -> None:
    seen = []
    while events := (woken := wake(a_situation(c), a_handover())).events:
        seen += [event.type for event in events]
        c = woken.conversation
        assert len(seen) <= 3
    assert len(seen) == len(set(seen))
    due = due_at(c)
    assert due is None or due > NOON
