"""Find out whether the bot's previous answer failed, settled it, or is left behind."""

from typing import Final

from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.models.outcome import outcome

VERSION: Final = "attempt_failed/6"
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
    scores = outcome(turn)
    return tuple(_signal(name, score, turn.text) for name, score in scores.items())


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
