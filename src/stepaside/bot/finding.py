"""Look in the knowledge for what a turn asks, and for what it may hang on."""

from typing import Final

from stepaside.bot.further import earlier_question
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.passage import Passage
from stepaside.bot.terms import terms
from stepaside.core.turn import Author, Turn
from stepaside.models.text import clip

_FOLLOW_UP: Final = 2
"""The most telling words of a message that may hang on the one before."""
_SAID: Final = 400
"""Characters of the bot's last answer that are looked for beside a question."""


def find(turn: Turn, index: KnowledgeIndex, limit: int) -> tuple[Passage, ...]:
    """Give the best passage of each of the `limit` best articles, best first.

    `that did not help` names nothing to look for: the earlier question still stands.
    Articles with titles are found by a question of several telling words alone.
    """
    text, history = clip(turn.text), turn.history
    earlier, telling = earlier_question(history), len(set(terms(text)))
    if not earlier or (index.titled and telling > _FOLLOW_UP):
        return index.search(text, limit)
    if not telling:
        return index.search(earlier, limit)
    said = [x.text for x in history if x.author is Author.BOT][-1:]
    return index.search(text, limit, earlier, "".join(said)[:_SAID])
