"""The bot's last answer failed, settled it, or was left behind."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors import attempt_failed
from stepaside.models.repetition import repeated

ANSWERED = Line(author=Author.BOT, text="Parcels take three days.")
DEV = Path(__file__).parents[2] / "src/stepaside/evaluation/sets/resolution_set.jsonl"


def after(*before: str, said: str) -> dict[SignalName, Signal]:
    """The signals of `said` after messages by contact and bot in turns."""
    authors = (Author.CONTACT, Author.BOT)
    history = tuple(
        Line(author=authors[i % 2], text=text) for i, text in enumerate(before)
    )
    burst = (Line(author=Author.CONTACT, text=said),)
    found = attempt_failed.detect(Turn(burst=burst, history=history))
    return {x.name: x for x in found}


def winner(*before: str, said: str) -> SignalName | None:
    acting = [x.name for x in after(*before, said=said).values() if x.acts]
    assert len(acting) <= 1
    return acting[0] if acting else None


@pytest.mark.parametrize(
    "said",
    [
        "No, that's not it",
        "that didn't help",
        "still not working",
        "you don't understand me",
        "das hilft mir nicht",
        "eso no me sirve",
        "ça ne marche toujours pas",
        "还是不行",
        "всё равно не работает",
    ],
)
def test_s59_saying_that_it_did_not_help_is_a_failed_attempt(said: str) -> None:
    asked, answer = "my router keeps losing the signal", "Please restart the router."
    assert winner(asked, answer, said=said) is SignalName.ATTEMPT_FAILED


def test_asking_the_same_again_is_a_failed_attempt() -> None:
    asked, answer = "can I pause my plan", "Plans start at 10 euros."
    again = "can I pause my plan?"
    assert winner(asked, answer, said=again) is SignalName.ATTEMPT_FAILED


def test_asking_the_same_in_other_words_is_a_failed_attempt() -> None:
    asked, answer = "can I bring my dog", "We have rooms with a view."
    again = "no, I mean whether dogs are allowed"
    assert winner(asked, answer, said=again) is SignalName.ATTEMPT_FAILED


def test_s59_without_an_answer_there_is_nothing_to_fail() -> None:
    assert winner(said="this is not working") is None
    staff = (Line(author=Author.STAFF, text="Please restart it."),)
    burst = (Line(author=Author.CONTACT, text="that did not help"),)
    found = attempt_failed.detect(Turn(burst=burst, history=staff))
    assert [x.score for x in found] == [0, 0, 0]


@pytest.mark.parametrize("opening", ["hi", "thanks", "guten Tag", "你好"])
def test_what_follows_a_greeting_has_not_failed(opening: str) -> None:
    answer = "Hello! I am a bot. What can I do for you?"
    assert winner(opening, answer, said="my card is still not working") is None


@pytest.mark.parametrize("last", ["hello?", "hi", "thanks", "????"])
def test_a_courtesy_at_the_end_of_what_was_asked_hides_no_failure(last: str) -> None:
    asked = ("my parcel has not arrived", last)
    history = (*(Line(author=Author.CONTACT, text=x) for x in asked), ANSWERED)
    burst = (Line(author=Author.CONTACT, text="no, that did not help"),)
    found = attempt_failed.detect(Turn(burst=burst, history=history))
    assert [x.name for x in found if x.acts] == [SignalName.ATTEMPT_FAILED]


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        (
            "すみません、この商品の在庫はありますか",
            "すみません、この商品の返品はできますか",
        ),
        ("สวัสดีค่ะ ขอสอบถามเรื่องค่าส่ง", "สวัสดีค่ะ ขอสอบถามเรื่องคืนสินค้า"),
        ("您好，我想问一下退款多久到账？", "您好，我想问一下发货时间"),
    ],
)
def test_another_question_that_begins_alike_is_not_the_same_again(
    asked: str, other: str
) -> None:
    line = Line(author=Author.CONTACT, text=asked)
    assert repeated(asked, [line]) == 1
    assert repeated(other, [line]) < 1


@pytest.mark.parametrize("said", ["👎", "😡", "👎👎", "👍👎"])
def test_a_thumb_down_is_a_failed_attempt(said: str) -> None:
    assert (
        winner("where is my parcel", "It takes 3 days.", said=said)
        is SignalName.ATTEMPT_FAILED
    )


@pytest.mark.parametrize("said", ["thanks, found it", "perfect, thank you!", "gracias"])
def test_thanks_settle_it(said: str) -> None:
    asked, answer = "where is my invoice", "You find it under Billing."
    assert winner(asked, answer, said=said) is SignalName.SOLVED


def test_another_question_is_a_new_topic() -> None:
    asked, answer = "where is my invoice", "You find it under Billing."
    said = "another question: do you ship to Norway?"
    assert winner(asked, answer, said=said) is SignalName.NEW_TOPIC


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("What is your order number?", "88213"),
        ("Which day?", "Tuesday"),
        ("Is the light green?", "yes"),
        ("For how many people?", "four"),
        ("Which one: a room or a table?", "the booking of a table"),
    ],
)
def test_answering_the_bots_question_neither_fails_nor_settles(
    answer: str, said: str
) -> None:
    asked = "I need help with the booking of a room or of a table"
    assert winner(asked, answer, said=said) is None


@pytest.mark.parametrize(
    "said",
    ["the booking of a table?", "no, the booking of a table", "still the booking"],
)
def test_asking_or_denying_in_the_same_words_is_no_answer(said: str) -> None:
    asked = "I need help with the booking of a room or of a table"
    found = after(asked, "Which one: a room or a table?", said=said)
    assert found[SignalName.ATTEMPT_FAILED].acts


def test_s62_the_bots_own_words_fail_nothing() -> None:
    answer = "That did not help? Still not working? Tell me your order number."
    assert winner("where is my parcel", answer, said="it is the blue one") is None


@pytest.mark.parametrize("said", ["**not helpful**", "*useless*"])
def test_stars_around_a_failure_do_not_hide_it(said: str) -> None:
    assert winner("where is my parcel", "Parcels take two days.", said=said)


def test_what_was_written_since_the_bot_spoke_hides_no_failure() -> None:
    bot = Line(author=Author.BOT, text="Please restart the router.")
    more = tuple(
        Line(author=Author.CONTACT, text=f"the light is red, {x} minutes now")
        for x in range(20)
    )
    burst = (Line(author=Author.CONTACT, text="this did not help at all"),)
    found = attempt_failed.detect(Turn(burst=burst, history=(bot, *more)))
    assert SignalName.ATTEMPT_FAILED in {x.name for x in found if x.acts}


def test_every_turn_has_all_three_signals() -> None:
    assert list(after("a", "b", said="c")) == [
        SignalName.ATTEMPT_FAILED,
        SignalName.SOLVED,
        SignalName.NEW_TOPIC,
    ]


def test_the_development_dialogues_are_read_right() -> None:
    right = wrong = 0
    for row in map(json.loads, DEV.read_text("utf-8").splitlines()):
        history: tuple[Line, ...] = ()
        for said in row["turns"]:
            author = Author.BOT if said["role"] == "bot" else Author.CONTACT
            line = Line(author=author, text=said["text"])
            if author is Author.CONTACT and history:
                failed = attempt_failed.detect(Turn(burst=(line,), history=history))[0]
                right += failed.acts == bool(said["label"])
                wrong += failed.acts != bool(said["label"])
            history = (*history, line)
    assert right / (right + wrong) >= 0.93


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_any_text_gets_scores(asked: str, answer: str, said: str) -> None:
    assert all(0 <= x.score <= 1 for x in after(asked, answer, said=said).values())
