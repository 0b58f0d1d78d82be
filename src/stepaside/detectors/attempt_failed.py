"""Find out whether the bot's previous answer failed, settled it, or is left behind."""

from typing import Final

from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors.asking import judges_nothing, opens_or_closes
from stepaside.models.outcome import outcome

VERSION: Final = "attempt_failed/5"
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
    scores = dict(outcome(turn.text, turn.history))
    if judges_nothing(turn.text):
        scores[SignalName.ATTEMPT_FAILED] = 0.0
    return tuple(_signal(name, score, turn.text) for name, score in scores.items())


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
