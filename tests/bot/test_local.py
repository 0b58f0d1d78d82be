"""The local brain quotes its articles and invents nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.local import draft, warm_up
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors import attempt_failed, human_requested
from stepaside.models.concepts import lexicon
from stepaside.models.linear import models
from stepaside.models.meaning import meaning
from stepaside.models.text import common_words

URL = "https://bank.example/help/card"


def article(name: str, title: str, text: str, url: str | None = None) -> KnowledgeItem:
    return KnowledgeItem(id=KnowledgeItemId(name), title=title, text=text, url=url)


INDEX = KnowledgeIndex.build(
    [
        article(
            "lost",
            "Lost or stolen card",
            "Block your card in the app under Cards. A new card arrives in five days.",
            URL,
        ),
        article(
            "declined",
            "My card payment was declined",
            "Check that the card is activated and that your limit is not reached.",
        ),
        article(
            "pin",
            "Card declined abroad",
            "Payments abroad must be switched on in the app under Cards, Abroad.",
        ),
        article("fees", "Fees", "The account costs 2 euros a month."),
    ]
)
HALLO = "Sie können jederzeit nach einem Menschen fragen"


def turn(*conversation: str) -> Turn:
    """A conversation, contact and bot in turns, ending in the contact's burst."""
    authors = (Author.CONTACT, Author.BOT)
    lines = [Line(author=authors[i % 2], text=x) for i, x in enumerate(conversation)]
    return Turn(burst=(lines[-1],), history=tuple(lines[:-1]))


def test_the_answer_quotes_its_article_with_title_and_address() -> None:
    found = draft(turn("my card was stolen, what shall I do?"), INDEX)
    assert found.item_ids == ("lost",)
    assert found.text is not None
    title, text, url = found.text.split("\n")
    assert title == "Lost or stolen card"
    assert text in found.passages[0].item.text
    assert url == URL


def test_s61_what_the_knowledge_does_not_hold_is_not_answered() -> None:
    for asked in ("who won the football match?", "how do I bake a chocolate cake"):
        found = draft(turn(asked), INDEX)
        assert found.text is None
        assert found.item_ids == ()


def test_an_empty_knowledge_answers_nothing() -> None:
    assert draft(turn("my card was stolen"), KnowledgeIndex.build([])).text is None


def test_a_further_attempt_does_not_repeat_the_answer() -> None:
    asked = "my card payment was declined"
    first = draft(turn(asked), INDEX)
    assert first.text
    second = draft(turn(asked, first.text, "that did not help"), INDEX)
    assert second.text
    assert second.item_ids != first.item_ids


def test_when_all_that_fits_was_said_nothing_is_said() -> None:
    index = KnowledgeIndex.build(
        [article("fees", "Fees", "The account costs 2 euros.")]
    )
    asked = "what does the account cost"
    first = draft(turn(asked), index)
    assert first.text
    assert draft(turn(asked, first.text, "no, that is not it"), index).text is None


LONG = article(
    "reader",
    "The card reader",
    "Press the green button to start the card reader. It takes a minute. The light "
    "turns blue. If it stays red, charge the reader for an hour. Then press the green "
    "button for ten seconds. Write down the number on the screen.",
)
DEVICES = KnowledgeIndex.build(
    [
        LONG,
        article("screen", "Cleaning the screen", "Wipe the screen with a dry cloth."),
        article("shop", "Our shops", "We have shops in Leeds and York."),
    ]
)


@pytest.mark.parametrize(
    "said", ["that didn't help", "no, that's not it", "still not working", "no luck"]
)
def test_a_further_attempt_gives_the_rest_of_the_same_article_first(said: str) -> None:
    asked = "how do I start the card reader"
    first = draft(turn(asked), DEVICES)
    assert first.text
    assert first.item_ids == ("reader",)
    second = draft(turn(asked, first.text, said), DEVICES)
    assert second.text
    assert second.item_ids == ("reader",)
    told = second.text.split("\n")[1]
    assert told in LONG.text
    assert told not in first.text
    third = draft(turn(asked, first.text, said, second.text, said), DEVICES)
    assert third.text is None, "nothing of the other articles is about card readers"


def test_asking_the_same_again_gives_the_rest_and_not_another_article() -> None:
    asked = "how do I start the card reader"
    first = draft(turn(asked), DEVICES).text
    assert first
    assert draft(turn(asked, first, asked), DEVICES).item_ids == ("reader",)


def test_who_asks_again_after_a_person_spoke_gets_the_answer_again() -> None:
    asked = "where are your shops"
    first = draft(turn(asked), DEVICES).text
    assert first
    before = turn(asked, first, "ok").history
    person = Line(author=Author.STAFF, text="Mia here. Ask me anything.")
    again = Line(author=Author.CONTACT, text=asked)
    asking = Turn(burst=(again,), history=(*before, person))
    assert draft(asking, DEVICES).text == first


def test_when_all_was_said_the_knowledge_is_still_not_lacking() -> None:
    asked, said = "where are your shops", "that didn't help"
    first = draft(turn(asked), DEVICES).text
    assert first
    found = draft(turn(asked, first, said), DEVICES)
    assert found.text is None
    assert found.passages[0].item.id == "shop"
    assert found.passages[0].score > 0.5


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("hello", "bot"),
        ("hi there!", "person"),
        ("Hallo", HALLO),
        ("thanks", "welcome"),
    ],
)
def test_small_talk_gets_a_short_polite_line(said: str, expected: str) -> None:
    found = draft(turn(said), INDEX)
    assert found.text is not None
    assert expected in found.text
    assert found.passages == ()


def test_a_greeting_before_a_question_is_a_question() -> None:
    found = draft(turn("hello, my card was stolen"), INDEX)
    assert found.item_ids == ("lost",)


def test_s62_what_the_bot_said_is_not_what_the_contact_asks() -> None:
    found = draft(turn("hi", "Was your card stolen?", "tell me about football"), INDEX)
    assert found.text is None


def test_after_warming_up_nothing_is_left_to_load() -> None:
    for cached in (lexicon, models, meaning, common_words):
        cached.cache_clear()
    warm_up()
    loaded = [x.cache_info().misses for x in (lexicon, models, meaning, common_words)]
    draft(turn("where is my card", "Under Cards.", "thanks, that helps"), INDEX)
    human_requested.detect(turn("hello"), ())
    attempt_failed.detect(turn("where is my card", "Under Cards.", "thanks"))
    assert loaded == [1, 1, 1, 1]
    assert loaded == [
        x.cache_info().misses for x in (lexicon, models, meaning, common_words)
    ]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=5))
def test_any_conversation_gets_a_draft(said: list[str]) -> None:
    found = draft(turn(*said), INDEX)
    assert found.text is None or found.text.strip()
