"""Find out whether the bot's previous answer failed, settled it, or is left behind."""

from typing import Final

from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors.asking import opens_or_closes
from stepaside.detectors.repetition import context_features, repeated
from stepaside.models.features import features
from stepaside.models.linear import models, probability
from stepaside.models.text import clip

VERSION: Final = "attempt_failed/1"
_SAID_AGAIN: Final = 1.0
"""The share of a message's telling words that one earlier message had."""
_SECOND: Final = 0.49
"""The most a signal scores that is not the likeliest: a turn shows one of the three."""
_REASONS: Final = {
    SignalName.ATTEMPT_FAILED: (
        "The contact shows that the bot's previous answer did not help.",
        "Nothing shows that the bot's previous answer failed.",
    ),
    SignalName.SOLVED: (
        "The contact says that it is settled, or thanks.",
        "The contact does not say that it is settled.",
    ),
    SignalName.NEW_TOPIC: (
        "The contact turned to something else.",
        "The contact did not turn to something else.",
    ),
}


def detect(turn: Turn) -> tuple[Signal, ...]:
    """Give the signals attempt failed, solved and new topic, each with its score.

    Without a previous answer by the bot, or where it only answered a greeting or
    thanks, there is nothing to fail and no topic to leave, so all three are 0. The
    contact's words decide; the bot's answer is context only.
    """
    if not _was_tried(turn):
        return tuple(_signal(name, 0.0, "") for name in _REASONS)
    text = clip(turn.text)
    seen = [*features(text), *context_features(text, turn.history)]
    scores = {x: probability(models()[x].log_odds(seen)) for x in _REASONS}
    if repeated(text, turn.history) >= _SAID_AGAIN:
        scores[SignalName.NEW_TOPIC] = 0.0
        scores[SignalName.ATTEMPT_FAILED] = max(0.9, scores[SignalName.ATTEMPT_FAILED])
    winner = max(scores, key=lambda x: scores[x])
    return tuple(
        _signal(name, score if name is winner else min(score, _SECOND), text)
        for name, score in scores.items()
    )


def _was_tried(turn: Turn) -> bool:
    answer = turn.previous_answer
    if answer is None or answer.author is not Author.BOT:
        return False
    said = [x.text for x in turn.history if x.author is Author.CONTACT]
    return not said or not opens_or_closes(said[-1])


def load() -> None:
    """Load what the first detection needs."""
    history = (Line(author=Author.BOT, text="hello"),)
    detect(Turn(burst=(Line(author=Author.CONTACT, text="hello"),), history=history))


def _signal(name: SignalName, score: float, text: str) -> Signal:
    acts = score >= ACTS_AT
    return Signal(
        name=name,
        score=score,
        evidence=text[:200] if acts else "",
        reason=_REASONS[name][0 if acts else 1],
        detector=VERSION,
    )
