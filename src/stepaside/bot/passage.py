"""What was found in the knowledge for a question."""

from dataclasses import dataclass

from stepaside.core.knowledge import KnowledgeItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Some sentences of an article, verbatim.

    score: how likely it is that they answer what was asked, 0 to 1.
    near: how likely that seemed before they were read, by topic and words alone; None
        where they were not read.
    sentence: the one that was gone by; empty where they were not read.
    """

    item: KnowledgeItem
    text: str
    score: float
    near: float | None = None
    sentence: str = ""
