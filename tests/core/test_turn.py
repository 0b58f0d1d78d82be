"""A turn: the burst as one text, and what was said to the contact before."""

from stepaside.core.turn import Author, Turn
from tests.core.builders import said

HELLO = said(Author.CONTACT, "Hello", "My card is lost")


def test_a_burst_reads_as_one_text_a_message_a_line() -> None:
    assert Turn(burst=HELLO).text == "Hello\nMy card is lost"


def test_nothing_was_answered_before_the_first_turn() -> None:
    assert Turn(burst=HELLO).previous_answer is None
    assert Turn(burst=HELLO).failed_attempts == 0


def test_the_previous_answer_is_the_last_thing_said_to_the_contact() -> None:
    history = said(Author.BOT, "Old", "Block it") + said(Author.CONTACT, "How?")
    answer = Turn(burst=HELLO, history=history).previous_answer
    assert answer is not None
    assert (answer.author, answer.text) == (Author.BOT, "Block it")


def test_a_person_may_have_given_the_previous_answer() -> None:
    history = said(Author.BOT, "Block it") + said(Author.STAFF, "Ann here")
    answer = Turn(burst=HELLO, history=history).previous_answer
    assert answer is not None
    assert answer.author is Author.STAFF


def test_people_spoke_last_only_if_nobody_else_has_since_s40() -> None:
    ann = said(Author.STAFF, "Ann here")
    bot = said(Author.BOT, "Block it")
    asked = said(Author.CONTACT, "How?")
    assert Turn(burst=HELLO, history=bot + ann + asked).after_people
    assert not Turn(burst=HELLO, history=ann + bot + asked).after_people
    assert not Turn(burst=HELLO).after_people


def test_a_history_of_the_contact_alone_holds_no_answer() -> None:
    assert Turn(burst=HELLO, history=HELLO).previous_answer is None
