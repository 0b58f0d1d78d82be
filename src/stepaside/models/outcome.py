"""Weigh what became of the bot's last answer: failed, settled, or left behind."""

from collections.abc import Sequence
from typing import Final

from stepaside.core.signal import SignalName
from stepaside.core.turn import Author, Line
from stepaside.models.courtesy import is_reference, mends_typo
from stepaside.models.encoder import log_odds
from stepaside.models.features import features
from stepaside.models.linear import models, probability
from stepaside.models.repetition import context_features, repeated
from stepaside.models.second_look import OUTCOME
from stepaside.models.text import clip, words

OUTCOMES: Final = (
    SignalName.ATTEMPT_FAILED,
    SignalName.SOLVED,
    SignalName.NEW_TOPIC,
)
_SAID_AGAIN: Final = 1.0
"""The share of a message's telling words that one earlier message had."""
_EARLIER: Final = 3
"""Messages of the contact before this one that the encoder reads with it."""
_FRIENDLY: Final = frozenset("👍👌👏🙏🙂😊😀😁🎉✅❤💯")
_SECOND: Final = 0.49
"""The most an outcome scores that is not the likeliest: a turn shows one of them."""


def outcome(said: str, history: Sequence[Line]) -> dict[SignalName, float]:
    """Score each outcome, 0 to 1; at most one reaches 0.5.

    A number that was asked for, a typo mended and a thumb up are none of them.
    history: what was said before, oldest first, with an answer by the bot in it.
    """
    text = clip(said)
    if is_reference(text) or mends_typo(text) or _nods(text):
        return dict.fromkeys(OUTCOMES, 0.0)
    scores = {x: probability(y) for x, y in _odds(text, history).items()}
    if repeated(text, history) >= _SAID_AGAIN:
        scores[SignalName.NEW_TOPIC] = 0.0
        scores[SignalName.ATTEMPT_FAILED] = max(0.9, scores[SignalName.ATTEMPT_FAILED])
    winner = max(scores, key=lambda x: scores[x])
    return {x: y if x is winner else min(y, _SECOND) for x, y in scores.items()}


def _nods(text: str) -> bool:
    """Whether a message is nothing but a friendly sign; it may mean yes, or thanks."""
    return not words(text) and any(x in _FRIENDLY for x in text)


def _odds(text: str, history: Sequence[Line]) -> dict[SignalName, float]:
    """What the linear models say and, where they are in doubt, the encoder as well."""
    seen = [*features(text), *context_features(text, history)]
    odds = {x: models()[x].log_odds(seen) for x in OUTCOMES}
    if not any(OUTCOME[x].in_doubt(y) for x, y in odds.items()):
        return odds
    before = [x.text for x in history if x.author is Author.BOT][-1:]
    said = [x.text for x in history if x.author is Author.CONTACT][-_EARLIER:]
    parts = [clip(x) for x in (text, *before, " / ".join(said))]
    again = dict(zip(OUTCOMES, log_odds("outcome", *parts), strict=True))
    return {x: OUTCOME[x].odds(y, again[x]) for x, y in odds.items()}
