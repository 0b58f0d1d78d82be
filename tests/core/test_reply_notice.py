"""Whom to tell that their contact wrote."""

from dataclasses import replace

from stepaside.core.effects import NotificationEvent
from stepaside.core.moves import reply_notice
from stepaside.core.roster import Roster
from tests.core.builders import (
    ANN,
    NOON,
    a_conversation,
    a_situation,
    held_by_ann,
    in_the_queue,
)


def test_whoever_has_the_conversation_is_told_when_their_contact_writes() -> None:
    notice = reply_notice(a_situation(held_by_ann(waiting_since=None)), "msg_1", "Hi")

    assert notice is not None
    assert notice.event is NotificationEvent.CONTACT_REPLIED
    assert notice.staff_ids == (ANN.id,)
    assert (notice.title, notice.body) == ("Cy Chen replied", "Hi")


def test_a_long_message_is_told_by_its_beginning() -> None:
    text = "word " * 100
    notice = reply_notice(a_situation(held_by_ann(waiting_since=None)), "msg_1", text)

    assert notice is not None
    assert len(notice.body) == 200
    assert notice.body.endswith("…")


def test_nobody_is_told_of_each_message_of_one_wait() -> None:
    waits = a_situation(held_by_ann(waiting_since=NOON))
    assert reply_notice(waits, "msg_2", "Hello?") is None


def test_nobody_in_particular_is_told_of_what_nobody_has() -> None:
    for conversation in (a_conversation(), in_the_queue(waiting_since=None)):
        assert reply_notice(a_situation(conversation), "msg_1", "Hi") is None
    gone = Roster(staff={ANN.id: replace(ANN, active=False)})
    s = a_situation(held_by_ann(waiting_since=None))
    assert reply_notice(replace(s, roster=gone), "msg_1", "Hi") is None
