"""What a bot may answer from."""

from dataclasses import dataclass

from stepaside.core.ids import KnowledgeItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeItem:
    """One article.

    question: how contacts ask for it, several a line; None if unknown.
    url: where the whole article can be read; None where it cannot.
    """

    id: KnowledgeItemId
    title: str
    text: str
    question: str | None = None
    url: str | None = None
