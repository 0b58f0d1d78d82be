"""Knowledge answers over the borders of languages."""

import time

import pytest

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.local import draft
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.turn import Author, Line, Turn


def article(title: str, text: str) -> KnowledgeItem:
    return KnowledgeItem(id=KnowledgeItemId(title), title=title, text=text)


ENGLISH = (
    article("Returns", "You can return goods within 30 days. Print the return label."),
    article("Forgotten password", "Press Forgotten password. We send you a link."),
    article("Delivery times", "Delivery takes three to five working days."),
    article("Opening hours", "Our shop is open Monday to Saturday from 10 to 7."),
)
GERMAN = (
    article("Rückgabe", "Sie können die Ware innerhalb von 30 Tagen zurückschicken."),
    article(
        "Passwort vergessen", "Drücken Sie auf „Passwort vergessen“ beim Anmelden."
    ),
    article("Lieferzeit", "Die Lieferung dauert drei bis fünf Werktage."),
)


def ask(question: str, index: KnowledgeIndex) -> str:
    burst = (Line(author=Author.CONTACT, text=question),)
    return draft(Turn(burst=burst), index).text or ""


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Ich habe mein Passwort vergessen", "Forgotten password"),
        ("¿Cuánto tarda la entrega?", "Delivery times"),
        ("Puis-je renvoyer ma commande ?", "Returns"),
        ("A che ora aprite il negozio?", "Opening hours"),
        ("パスワードを忘れました", "Forgotten password"),
        ("我想退货", "Returns"),
        ("هل يمكنني إرجاع المنتج؟", "Returns"),
        ("Siparişim kaç günde gelir, teslimat ne kadar sürüyor?", "Delivery times"),
    ],
)
def test_a_question_finds_an_article_in_another_language(
    question: str, title: str
) -> None:
    found = KnowledgeIndex.build(ENGLISH).search(question, 2)
    assert found[0].item.title == title
    assert found[0].score >= 0.5


@pytest.mark.parametrize(
    "question",
    ["Wie wird das Wetter morgen?", "¿Quién ganó el partido?", "ラーメンの作り方"],
)
def test_what_no_article_speaks_of_is_lacking_in_every_language(question: str) -> None:
    assert KnowledgeIndex.build(ENGLISH).search(question, 1)[0].score < 0.5


def test_an_english_question_finds_a_german_article() -> None:
    found = KnowledgeIndex.build(GERMAN).search("How long does delivery take?", 1)
    assert found[0].item.title == "Lieferzeit"
    assert found[0].score >= 0.5


def test_an_article_in_another_language_is_quoted_as_it_is_and_that_is_said() -> None:
    index = KnowledgeIndex.build(ENGLISH)
    said = ask("Ich habe mein Passwort vergessen", index)
    first, _, rest = said.partition("\n\n")
    assert "in einer anderen Sprache" in first
    assert rest == "Forgotten password\nPress Forgotten password. We send you a link."
    assert "another language" in ask(
        "I forgot my password", KnowledgeIndex.build(GERMAN)
    )


def test_an_article_in_the_contacts_language_is_given_without_a_word() -> None:
    assert ask("I forgot my password", KnowledgeIndex.build(ENGLISH)).startswith("Forg")
    said = ask("Ich habe mein Passwort vergessen", KnowledgeIndex.build(GERMAN))
    assert said.startswith("Passwort vergessen")


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Ich habe mein Passwort vergessen", "Passwort vergessen"),
        ("I forgot my password", "Forgotten password"),
        ("Wie lange dauert die Lieferung?", "Lieferzeit"),
        ("How long does delivery take?", "Delivery times"),
    ],
)
def test_of_two_articles_that_say_the_same_the_contacts_language_goes_first(
    question: str, title: str
) -> None:
    both = KnowledgeIndex.build((*ENGLISH, *GERMAN))
    assert both.search(question, 3)[0].item.title == title


def test_who_wants_no_answers_across_languages_gets_none() -> None:
    index = KnowledgeIndex.build(ENGLISH, bridge=False)
    assert index.search("Ich habe mein Passwort vergessen", 1) == ()
    assert index.search("I forgot my password", 1)[0].score >= 0.5
    own = KnowledgeIndex.build(GERMAN, bridge=False)
    assert own.search("Ich weiß mein Passwort nicht mehr", 1)[0].score >= 0.5


def test_what_was_asked_before_helps_in_another_language_too() -> None:
    index = KnowledgeIndex.build(ENGLISH)
    found = index.search("Und wie lange?", 1, context="Ich möchte etwas zurückschicken")
    assert found[0].item.title in {"Returns", "Delivery times"}
    assert "Returns" in {
        x.item.title
        for x in index.search(
            "Und wie?", 2, context="Ich möchte die Ware zurückschicken"
        )
    }


def test_a_thousand_articles_are_compared_by_their_titles_in_bounded_time() -> None:
    many = [
        article(f"Topic {i}", f"It says {i}. And more. And on.") for i in range(996)
    ]
    index = KnowledgeIndex.build((*many, *ENGLISH))
    began = time.process_time()
    found = index.search("Ich habe mein Passwort vergessen", 1)
    assert found[0].item.title == "Forgotten password"
    assert time.process_time() - began < 12  # 1.5 s alone on a core
    began = time.process_time()
    index.search("Kann ich die Ware zurückschicken?", 1)
    assert time.process_time() - began < 1


def test_an_english_question_to_english_knowledge_needs_no_further_vectors() -> None:
    index = KnowledgeIndex.build(ENGLISH)
    index.search("I forgot my password", 3)
    assert index.compared_across is False
    index.search("Passwort vergessen, was nun?", 3)
    assert index.compared_across is True
