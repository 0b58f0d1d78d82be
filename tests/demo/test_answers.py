"""The articles answer what the demo's customers ask: retrieval finds them."""

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.demo.content import load
from stepaside.demo.model import Article, ContactMessage


def as_knowledge(article: Article) -> KnowledgeItem:
    return KnowledgeItem(
        id=KnowledgeItemId(article.key),
        title=article.title,
        text=article.text,
        question=article.question,
        url=article.url,
    )


def test_at_least_nine_in_ten_opening_questions_find_their_article_first() -> None:
    demo = load()
    index = KnowledgeIndex.build(map(as_knowledge, demo.articles))
    opening = [talk.steps[0] for talk in demo.conversations]
    asked = [s for s in opening if isinstance(s, ContactMessage) and s.article]
    missed = [s.text for s in asked if s.article != _first(index, s.text)]
    assert len(asked) >= 30
    assert len(missed) <= len(asked) // 10, missed


def test_nearly_every_article_is_found_first_by_its_own_question() -> None:
    demo = load()
    index = KnowledgeIndex.build(map(as_knowledge, demo.articles))
    lost = [
        (article.key, _first(index, article.questions[0]))
        for article in demo.articles
        if _first(index, article.questions[0]) != article.key
    ]
    assert len(lost) <= len(demo.articles) // 20, lost


def _first(index: KnowledgeIndex, question: str) -> str | None:
    found = index.search(question, 1)
    return str(found[0].item.id) if found else None
