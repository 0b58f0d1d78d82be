"""What is only near the question is not taken for an answer."""

import pytest

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.local import draft
from stepaside.bot.reading import listed, read_again
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.policy import DecisionKind
from stepaside.core.signal import SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.pipeline.decide_once import Verdict, decide_transcript


def article(title: str, text: str) -> KnowledgeItem:
    return KnowledgeItem(id=KnowledgeItemId(title), title=title, text=text)


REFUNDS = article(
    "Refunds",
    "You can return any lamp within 30 days and get your money back. Refunds go to the "
    "card that you paid with and take up to five working days. We pay for the parcel.",
)
RETURNS = article(
    "Rückgabe",
    "Sie können jede Lampe innerhalb von 30 Tagen zurückgeben. Das Geld geht auf die "
    "Karte zurück, mit der Sie bezahlt haben, und ist nach fünf Werktagen da.",
)
DELIVERY = article(
    "Delivery",
    "Standard delivery takes three to five working days. Express delivery arrives the "
    "next working day if you order before 2 pm. It costs 9.90 euros.",
)
SHOP = KnowledgeIndex.build([REFUNDS, DELIVERY])
LADEN = KnowledgeIndex.build([RETURNS])


def decided(asked: str, index: KnowledgeIndex) -> Verdict:
    said = Line(author=Author.CONTACT, text=asked)
    return decide_transcript([said], index=index)


@pytest.mark.parametrize(
    ("index", "asked", "stated"),
    [
        (SHOP, "How long does a refund take?", "five working days"),
        (SHOP, "how much is express delivery", "9.90 euros"),
        (LADEN, "Wie lange dauert die Rückzahlung?", "fünf Werktagen"),
    ],
)
def test_a_stated_fact_is_quoted(
    index: KnowledgeIndex, asked: str, stated: str
) -> None:
    verdict = decided(asked, index)
    assert verdict.decision.kind is DecisionKind.REPLY
    assert verdict.answer is not None
    assert stated in verdict.answer
    (lack,) = (x for x in verdict.signals if x.name is SignalName.LACK_OF_INFORMATION)
    assert stated in lack.evidence


@pytest.mark.parametrize(
    ("index", "asked"),
    [
        (SHOP, "Can I return a lamp without the box?"),
        (SHOP, "Which company delivers your express parcels?"),
    ],
)
def test_a_fact_that_is_only_near_hands_over(index: KnowledgeIndex, asked: str) -> None:
    verdict = decided(asked, index)
    assert verdict.decision.kind is DecisionKind.HAND_OVER
    (lack,) = (x for x in verdict.signals if x.name is SignalName.LACK_OF_INFORMATION)
    assert lack.acts
    assert lack.reason.startswith("The ")


def test_in_another_language_too_a_stated_fact_lacks_less_than_one_only_near() -> None:
    stated, near = (
        decided(asked, LADEN).scores["lack_of_information"]
        for asked in (
            "Wie lange dauert die Rückzahlung?",
            "Wer prüft die zurückgegebenen Lampen?",
        )
    )
    assert stated + 0.2 < near


def test_texts_picked_for_a_question_are_read_however_foreign_their_topic_seems() -> (
    None
):
    text = "Zelte dürfen auf der Wiese hinter dem Haus stehen."
    picked = KnowledgeIndex.build([article("", text)])
    (found,) = picked.search("Darf ich hinter dem Haus ein Zelt aufstellen?", 1)
    assert found.near is not None


def test_an_article_of_example_questions_is_not_read() -> None:
    examples = article(
        "Lost card",
        "my card is gone | i lost my card | card stolen | where is my card | no card",
    )
    assert len(listed(examples)) == 5
    found = KnowledgeIndex.build([examples]).near("I lost my card", 3)
    assert read_again("I lost my card", "", found) == found


def test_the_best_of_each_article_is_given_once_and_the_likeliest_first() -> None:
    found = SHOP.search("how long does it take", 5)
    assert len({x.item.id for x in found}) == len(found)
    assert [x.score for x in found] == sorted((x.score for x in found), reverse=True)


def test_who_asks_on_is_read_with_what_was_asked_before() -> None:
    asked = Line(author=Author.CONTACT, text="do you have express delivery?")
    said = Line(author=Author.BOT, text="Express delivery arrives the next day.")
    burst = (Line(author=Author.CONTACT, text="and how much is it?"),)
    found = draft(Turn(burst=burst, history=(asked, said)), SHOP)
    assert found.item_ids == ("Delivery",)


PASSAGES = KnowledgeIndex.build(
    KnowledgeItem(id=KnowledgeItemId(str(at)), title="", text=text)
    for at, text in enumerate(
        (
            "In the rover game each sample that is collected adds one point. The "
            "variable named score keeps the total and is shown in the corner.",
            "Court fees can be waived for who receives public benefits.",
            "A small claim must not exceed 12,500 dollars for a person.",
            "The pool opens at seven and closes at nine in the evening.",
            "Trees in the park are watered twice a week from May on.",
            "A permit is needed for fences that are higher than six feet.",
            "Jurors are paid fifteen dollars a day from the second day.",
            "Children should be active for at least one hour every day.",
            "Meteors are best seen after midnight and away from the city.",
            "Report a scam to the police and to your bank at once.",
            "Recycling is collected on every second Thursday of the month.",
            "The library lends laptops for two weeks to card holders.",
        )
    )
)


def test_a_follow_up_is_looked_for_by_what_the_bot_answered_too() -> None:
    asked = Line(
        author=Author.CONTACT, text="what can my kids build with your lessons?"
    )
    said = Line(
        author=Author.BOT,
        text="They can code a rover game in which samples are collected on Mars.",
    )
    burst = (Line(author=Author.CONTACT, text="how is the total kept?"),)
    alone = draft(Turn(burst=burst), PASSAGES).passages
    after = draft(Turn(burst=burst, history=(asked, said)), PASSAGES).passages
    assert after[0].item.id == "0"
    assert "total" in after[0].sentence
    (first,) = (x.score for x in alone if x.item.id == "0")
    assert after[0].score > first
