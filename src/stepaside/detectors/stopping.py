"""Find that the contact tells the bot to stop, in the words its owner chose."""

from collections.abc import Sequence
from typing import Final

from stepaside.core.signal import ACTS_AT
from stepaside.core.turn import Turn
from stepaside.detectors.phrases import best_phrase
from stepaside.models.features import read
from stepaside.models.text import clip, ends, words

_MESSAGES: Final = 24
"""Messages of a burst that are looked at one by one."""


def stop_words(turn: Turn, phrases: Sequence[str]) -> str:
    """The message of the burst that says one of the phrases; empty when none does.

    A phrase of one word must be the whole message: "stop" is, "the bus stop" is not.
    Of very many messages the first and the last are read. Not for an event loop.
    """
    for line in ends(turn.burst, _MESSAGES) if phrases else ():
        _, score = best_phrase(read(clip(line.text)), phrases)
        if score >= ACTS_AT:
            return line.text[:200]
    return ""


def only_stops(turn: Turn, phrases: Sequence[str]) -> bool:
    """Whether a phrase is all that the contact says; so it asks for nobody."""
    if len(turn.burst) != 1:
        return False
    return words(clip(turn.burst[0].text)) in map(words, phrases)
