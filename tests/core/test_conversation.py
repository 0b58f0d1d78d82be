"""The tables of moves, the lease, replay, and the laws every state keeps."""

from dataclasses import fields, replace
from itertools import product

import pytest

from stepaside.core.conversation import (
    CONTROL_AFTER,
    STATE_FIELDS,
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
from stepaside.core.events import API, Event, EventType
from tests.core.builders import (
    ANN,
    EPISODE,
    HOUR,
    NOON,
    a_conversation,
    held_by_ann,
    held_outside,
    in_the_queue,
    resolved,
    snoozed,
)

AT = {Control.BOT: a_conversation(), Control.QUEUE: in_the_queue()}
AT[Control.HUMAN] = held_by_ann()


class TestTables:
    """Total, and every refusal in words."""

    def test_every_move_of_control_is_in_the_table_or_refused(self) -> None:
        assert set(CONTROL_AFTER) == set(product(Control, Move))

    def test_every_move_of_status_is_in_the_table_or_refused(self) -> None:
        assert set(STATUS_AFTER) == set(product(Status, StatusMove))

    @pytest.mark.parametrize(("control", "move"), CONTROL_AFTER, ids=str)
    def test_a_move_leads_where_the_table_says(
        self, control: Control, move: Move
    ) -> None:
        target = CONTROL_AFTER[control, move]
        if target is None:
            with pytest.raises(IllegalMove) as refused:
                AT[control].moved(move, NOON)
            assert (refused.value.state, refused.value.move) == (control, move)
        else:
            changes = AT[control].moved(move, NOON + HOUR)
            assert changes["control"] is target
            assert changes["control_since"] == NOON + HOUR

    @pytest.mark.parametrize(("status", "move"), STATUS_AFTER, ids=str)
    def test_a_status_moves_where_the_table_says(
        self, status: Status, move: StatusMove
    ) -> None:
        c, target = a_conversation(status=status), STATUS_AFTER[status, move]
        if target is None:
            with pytest.raises(IllegalMove) as refused:
                c.status_moved(move)
            assert (refused.value.state, refused.value.move) == (status, move)
        else:
            assert replace(c, **c.status_moved(move)).status is target

    def test_a_refusal_is_a_sentence(self) -> None:
        refused = [
            IllegalMove(state, move)
            for table in (CONTROL_AFTER, STATUS_AFTER)
            for (state, move), target in table.items()
            if target is None
        ]
        assert refused
        for refusal in refused:
            assert str(refusal)[0].isupper()
            assert str(refusal).endswith(".")

    def test_a_refusal_nobody_has_worded_still_names_state_and_move(self) -> None:
        refusal = IllegalMove(Status.RESOLVED, Move.CLAIM)
        assert str(refusal) == "resolved: cannot claim now"

    def test_only_the_bot_can_be_stepped_aside(self) -> None:
        for move in (Move.HAND_OVER_TO_QUEUE, Move.HAND_OVER_TO_STAFF):
            assert CONTROL_AFTER[Control.BOT, move]
            assert not CONTROL_AFTER[Control.QUEUE, move]
            assert not CONTROL_AFTER[Control.HUMAN, move]

    def test_from_people_there_is_always_a_way_back_to_the_bot(self) -> None:
        for control in (Control.QUEUE, Control.HUMAN):
            assert CONTROL_AFTER[control, Move.HAND_BACK] is Control.BOT
            assert CONTROL_AFTER[control, Move.RESUME] is Control.BOT

    def test_status_never_says_who_speaks(self) -> None:
        assert not {str(s) for s in Status} & {str(c) for c in Control}
        for status, move in STATUS_AFTER:
            assert "control" not in (_status_change(status, move) or {})


def _status_change(status: Status, move: StatusMove) -> dict[str, object] | None:
    try:
        return a_conversation(status=status).status_moved(move)
    except IllegalMove:
        return None


class TestLease:
    """One more with every accepted move."""

    @pytest.mark.parametrize("lease", [0, 7])
    def test_an_accepted_move_bumps_the_lease_by_one(self, lease: int) -> None:
        for (control, move), target in CONTROL_AFTER.items():
            if target:
                changes = replace(AT[control], lease=lease).moved(move, NOON)
                assert changes["lease"] == lease + 1

    def test_reminders_start_afresh_with_every_move(self) -> None:
        changes = in_the_queue(chases=3).moved(Move.CLAIM, NOON)
        assert changes["chases"] == 0

    def test_a_move_of_status_leaves_the_lease_alone(self) -> None:
        for status, move in STATUS_AFTER:
            assert "lease" not in (_status_change(status, move) or {})


class TestReplay:
    """Events carry what they changed."""

    def test_without_events_it_is_as_it_started(self) -> None:
        assert replay(held_by_ann(), []) == held_by_ann()

    def test_events_are_folded_from_the_first_to_the_last(self) -> None:
        events = [
            Event(type=EventType.CLAIMED, at=NOON, actor=API, changes={"lease": n})
            for n in (5, 6, 7)
        ]
        assert replay(a_conversation(), events).lease == 7

    def test_an_event_that_changes_nothing_changes_nothing(self) -> None:
        seen = Event(type=EventType.NOTIFIED, at=NOON, actor=API)
        assert held_by_ann().after(seen) == held_by_ann()

    def test_an_event_cannot_set_what_a_conversation_does_not_have(self) -> None:
        wrong = Event(type=EventType.CLAIMED, at=NOON, actor=API, changes={"mood": 1})
        with pytest.raises(TypeError):
            a_conversation().after(wrong)

    def test_an_event_may_change_everything_but_whose_it_is(self) -> None:
        everything = {field.name for field in fields(Conversation)}
        assert everything - set(STATE_FIELDS) == {"id"}


LAWFUL = [
    a_conversation(),
    in_the_queue(),
    held_by_ann(resume_at=NOON, waiting_since=NOON, chases=3),
    held_outside(),
    resolved(held_by_ann()),
    snoozed(a_conversation(waiting_since=NOON), NOON + HOUR),
]
UNLAWFUL = [
    (a_conversation(assignee_id=ANN.id), "a staff member is assigned only while"),
    (in_the_queue(reply_due_at=NOON), "people owe an answer only where"),
    (
        a_conversation(reply_due_at=NOON, waiting_since=NOON),
        "people owe an answer only where",
    ),
    (a_conversation(resolve_due_at=NOON), "people owe a settlement only"),
    (
        replace(resolved(held_by_ann()), resolve_due_at=NOON),
        "people owe a settlement only",
    ),
    (in_the_queue(assignee_id=ANN.id), "a staff member is assigned only while"),
    (a_conversation(handover_id=EPISODE), "an episode is open exactly while"),
    (in_the_queue(handover_id=None), "an episode is open exactly while"),
    (held_by_ann(handover_id=None), "an episode is open exactly while"),
    (in_the_queue(clarifying=True), "a question before the handover"),
    (a_conversation(resume_at=NOON), "a pause ends only where there is one"),
    (a_conversation(snoozed_until=NOON), "a snooze has an end"),
    (a_conversation(status=Status.SNOOZED), "a snooze has an end"),
    (
        a_conversation(status=Status.RESOLVED, waiting_since=NOON),
        "nobody waits in a resolved conversation",
    ),
    (a_conversation(chases=1), "people are reminded only of what they have"),
    (a_conversation(lease=-1), "counters never go below zero"),
    (a_conversation(failed_attempts=-1), "counters never go below zero"),
    (a_conversation(bot_messages=-1), "counters never go below zero"),
    (held_by_ann(chases=-1), "counters never go below zero"),
]


class TestLaws:
    """States that can be, and states that cannot."""

    @pytest.mark.parametrize("conversation", LAWFUL)
    def test_a_state_that_can_be_breaks_no_law(
        self, conversation: Conversation
    ) -> None:
        assert broken_laws(conversation) == []

    @pytest.mark.parametrize(("conversation", "law"), UNLAWFUL)
    def test_a_state_that_cannot_be_is_named(
        self, conversation: Conversation, law: str
    ) -> None:
        (broken,) = broken_laws(conversation)
        assert broken.startswith(law)

    def test_a_conversation_starts_with_the_bot_open_and_untouched(self) -> None:
        new = a_conversation()
        assert (new.control, new.status, new.lease) == (Control.BOT, Status.OPEN, 0)
        counts = (new.failed_attempts, new.bot_messages, new.chases)
        assert counts == (0, 0, 0)
        assert new.control_since is None
