"""Articles that list how contacts ask teach the bot what they are not about."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.bot.calibration import ANSWERED, Scale, undecided
from stepaside.bot.examples import Examples, examples_of
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem

LISTED = {
    "track my order": (
        "where is my order",
        "order status",
        "mera order kaha hai",
        "when will i get my parcel",
        "i want to track my parcel",
        "not received my order yet",
    ),
    "return an item": (
        "how do i return this",
        "i want to send it back",
        "return policy",
        "return kaise kare",
        "can i return the dress if i dont like it",
        "how many days to return",
    ),
    "size chart": (
        "what size should i take",
        "size guide",
        "which size for waist 32",
        "is there a size chart",
        "kaun sa size lu",
        "what is the chest size of medium",
    ),
    "cash on delivery": (
        "is cash on delivery available",
        "can i pay when it comes",
        "cod hai kya",
        "i will pay the delivery boy in cash",
        "do you have cod",
        "pay at the door",
    ),
    "coupons": (
        "any discount code",
        "coupon not working",
        "first order discount",
        "do you have a sale now",
        "offer kya chal raha hai",
        "promo code please",
    ),
}
ASKED = {
    "has my parcel been sent, i want to track it": "track my order",
    "order kab aayega, status?": "track my order",
    "can i send this back": "return an item",
    "which size do i need": "size chart",
    "do you take cash at the door": "cash on delivery",
    "is there any coupon code": "coupons",
}
ELSEWHERE = (
    "who won the match yesterday",
    "i want a job in your company",
    "what is the weather in jaipur",
    "tell me a joke",
)


def item(name: str, text: str, question: str | None = None) -> KnowledgeItem:
    return KnowledgeItem(
        id=KnowledgeItemId(name), title="", text=text, question=question
    )


def articles() -> list[KnowledgeItem]:
    return [item(x, f"{x}: {' | '.join(y)}") for x, y in LISTED.items()]


INDEX = KnowledgeIndex.build(articles(), deep=False)
UNRELATED = item(
    "garden",
    "garden: when do i cut roses | how often to water a lawn | which soil for herbs"
    " | can basil stand outside | my tomatoes have spots | how deep to plant tulips",
)


def likely(index: KnowledgeIndex, question: str) -> float:
    found = index.search(question, 1)
    return found[0].score if found else 0.0


@pytest.mark.parametrize(("question", "name"), ASKED.items())
def test_what_is_asked_in_other_words_finds_its_article(
    question: str, name: str
) -> None:
    first = INDEX.search(question, 1)[0]
    assert first.item.id == name
    assert first.score >= 0.5


@pytest.mark.parametrize("question", ELSEWHERE)
def test_what_no_article_is_about_is_not_answered(question: str) -> None:
    assert likely(INDEX, question) < 0.5


def test_an_article_names_its_examples_in_its_text_or_its_questions() -> None:
    assert examples_of(articles()[0]) == list(LISTED["track my order"])
    asked = item("a", "Open the app.", "how do i log in\nlogin\ncannot sign in")
    assert examples_of(asked) == ["how do i log in", "login", "cannot sign in"]
    assert examples_of(item("b", "One sentence. Another one. And a third.")) == []


def test_prose_and_a_handful_of_examples_teach_nothing() -> None:
    assert Examples.learn([item("a", "One. Two. Three.")] * 9, deep=False) is None
    assert Examples.learn(articles()[:2], deep=False) is None
    assert Examples.learn([], deep=False) is None


def test_beside_examples_an_articles_own_words_still_answer() -> None:
    asked = "\n".join(LISTED["return an item"])
    text = "A courier collects it. Gift cards and earrings cannot be given back."
    mixed = [*articles()[2:], articles()[0], item("return", text, asked)]
    index = KnowledgeIndex.build(mixed, deep=False)
    found = index.search("can earrings be given back", 1)[0]
    assert found.item.id == "return"
    assert found.score >= 0.5


@pytest.mark.parametrize("question", ASKED)
def test_an_unrelated_article_makes_no_answer_much_less_sure(question: str) -> None:
    more = KnowledgeIndex.build([*articles(), UNRELATED], deep=False)
    assert likely(more, question) > likely(INDEX, question) - 0.2


@pytest.mark.parametrize("question", [*ASKED, *ELSEWHERE])
def test_the_order_of_articles_does_not_matter(question: str) -> None:
    turned = KnowledgeIndex.build(reversed(articles()), deep=False)
    assert likely(turned, question) == pytest.approx(likely(INDEX, question), abs=0.1)


def test_a_question_in_a_language_of_no_example_is_not_measured_by_them() -> None:
    learnt = Examples.learn(articles(), deep=False)
    assert learnt is not None
    assert learnt.understands("where is it")
    assert not learnt.understands("Wo ist denn meine Bestellung und wann kommt sie?")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=100))
def test_whatever_is_asked_gets_a_likelihood(question: str, before: str) -> None:
    found = INDEX.search(question, 5, context=before)
    assert all(0 <= x.score <= 1 for x in found)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.text(max_size=20), min_size=3, max_size=8), min_size=3, max_size=6
    )
)
def test_whatever_is_listed_can_be_learnt(lists: list[list[str]]) -> None:
    items = [item(str(i), " | ".join(x)) for i, x in enumerate(lists)]
    index = KnowledgeIndex.build(items, deep=False)
    assert all(0 <= x.score <= 1 for x in index.search(lists[0][0] or "a", 3))


def test_both_views_agree_on_what_is_asked_and_what_is_not() -> None:
    deep = KnowledgeIndex.build(articles())
    assert all(likely(deep, x) >= 0.5 for x in ASKED)
    assert all(likely(deep, x) < 0.5 for x in ELSEWHERE)


scores = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=200)


@given(scores, st.floats(-5, 5))
def test_the_undecided_score_lies_between_its_own_and_the_usual(
    answerable: list[float], usual: float
) -> None:
    own = float(np.quantile(answerable, ANSWERED))
    found = undecided(np.array(answerable, np.float32), usual)
    assert min(own, usual) - 1e-3 <= found <= max(own, usual) + 1e-3


@given(scores, st.floats(0.1, 5), st.floats(-5, 5))
def test_better_scores_never_lower_what_is_asked_of_a_score(
    answerable: list[float], better: float, usual: float
) -> None:
    before = np.array(answerable, np.float32)
    assert undecided(before + np.float32(better), usual) >= undecided(before, usual)


def test_knowledge_that_holds_nothing_out_is_like_any_other() -> None:
    assert undecided(np.zeros(0, np.float32), -1.5) == -1.5


@given(st.lists(st.tuples(*[st.floats(-9, 9, width=32)] * 3), min_size=1, max_size=50))
def test_a_scale_keeps_the_order_of_what_was_seen(
    seen: list[tuple[float, ...]],
) -> None:
    views = np.array(seen, np.float32)
    scaled = Scale.of(views)(views)
    assert np.isfinite(scaled).all()
    for column in range(views.shape[1]):
        order = np.argsort(views[:, column], kind="stable")
        assert (np.diff(scaled[order, column]) >= 0).all()


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs something"):
        Scale.of(np.zeros((0, 3), np.float32))
