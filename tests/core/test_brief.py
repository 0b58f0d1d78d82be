"""The summary in parts, taken from the transcript alone."""

import pytest

from stepaside.core.brief import Sentiment, make_brief
from stepaside.core.effects import OpenEpisode
from stepaside.core.plan import hand_over
from stepaside.core.turn import Author
from tests.core.builders import a_conversation, a_handover, a_situation, for_ann, only
from tests.core.builders import said as lines

ASKED = (
    *lines(Author.CONTACT, "Hi", "My new bike was delivered with a bent front wheel"),
    *lines(Author.BOT, "Delivery costs 29 euros."),
    *lines(
        Author.CONTACT, "Can I please talk to a real human person about all of this"
    ),
)


def test_what_they_want_is_not_that_they_want_a_person() -> None:
    brief = make_brief(ASKED, name="Cy", tried=1, asks_for_person=True)
    assert brief.wants == "My new bike was delivered with a bent front wheel"
    assert brief.tried == 1
    assert brief.suggested_reply.startswith("Hi Cy, ")
    assert "bent front wheel" in brief.suggested_reply
    assert brief.generated == "local"


def test_who_only_asks_for_a_person_wants_just_that() -> None:
    brief = make_brief(lines(Author.CONTACT, "human"), asks_for_person=True)
    assert brief.wants == "human"


def test_nothing_was_said_so_nothing_is_made_up() -> None:
    brief = make_brief(())
    assert (brief.wants, brief.sentiment) == ("", Sentiment.NEUTRAL)
    assert brief.suggested_reply.endswith("How can I help?")


def test_what_people_have_seen_before_is_left_out() -> None:
    again = (
        *ASKED,
        *lines(Author.STAFF, "A new wheel is on its way."),
        *lines(Author.CONTACT, "And the bell?"),
    )
    assert make_brief(again).wants == "And the bell?"


@pytest.mark.parametrize(
    ("text", "failed", "sentiment"),
    [
        ("This is ridiculous", 0, Sentiment.UPSET),
        ("WHERE IS MY BIKE", 0, Sentiment.UPSET),
        ("Hello??", 0, Sentiment.UPSET),
        ("Not that one", 2, Sentiment.UPSET),
        ("Thanks, and the price?", 0, Sentiment.PLEASED),
        ("What does it cost?", 1, Sentiment.NEUTRAL),
        ("Perfect, thank you so much!!", 0, Sentiment.PLEASED),
        ("THANK YOU SO MUCH", 0, Sentiment.PLEASED),
        ("Great, still not here!!", 0, Sentiment.UPSET),
        ("THANK YOU FOR NOTHING", 0, Sentiment.UPSET),
        ("Great, where is it??", 0, Sentiment.UPSET),
        ("Answer me!!", 0, Sentiment.UPSET),
    ],
)
def test_how_they_sound(text: str, failed: int, sentiment: Sentiment) -> None:
    found = make_brief(lines(Author.CONTACT, text), failed_attempts=failed)
    assert found.sentiment is sentiment


def test_who_shouted_before_is_not_pleased_by_saying_thanks() -> None:
    brief = make_brief(lines(Author.CONTACT, "WHERE IS MY BIKE!!", "Thanks!!"))
    assert brief.sentiment is Sentiment.UPSET


def test_a_long_story_is_cut_short() -> None:
    assert len(make_brief(lines(Author.CONTACT, "word " * 500)).wants) == 300


def test_no_english_is_suggested_to_who_writes_german() -> None:
    brief = make_brief(lines(Author.CONTACT, "Mein Rad ist kaputt"), language="de")
    assert (brief.language, brief.suggested_reply) == ("de", "")


def test_a_handover_carries_it_with_the_time_that_was_told() -> None:
    rule = for_ann(final_message="Ann answers {{eta}}.")
    handover = a_handover(rule, lines=ASKED)
    brief = only(OpenEpisode, hand_over(a_situation(a_conversation()), handover)).brief
    assert brief is not None
    assert brief.promise == "in about 10 minutes"
    assert brief.wants.startswith("My new bike")
