"""Find that the contact tells the bot to stop, in the words its owner chose."""

from collections.abc import Sequence

from stepaside.core.signal import ACTS_AT
from stepaside.core.turn import Turn
from stepaside.detectors.phrases import best_phrase
from stepaside.models.features import read
from stepaside.models.text import clip, words


def stop_words(turn: Turn, phrases: Sequence[str]) -> str:
    """The message of the burst that says one of the phrases; empty when none does.

    A phrase of one word must be the whole message: "stop" is, "the bus stop" is not.
    """
    for line in turn.burst if phrases else ():
        _, score = best_phrase(read(clip(line.text)), phrases)
        if score >= ACTS_AT:
            return line.text[:200]
    return ""


def only_stops(turn: Turn, phrases: Sequence[str]) -> bool:
    """Whether a phrase is all that the contact says; so it asks for nobody."""
    said = [words(line.text) for line in turn.burst]
    return len(said) == 1 and said[0] in map(words, phrases)
