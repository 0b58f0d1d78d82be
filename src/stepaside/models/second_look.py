"""Weigh the views of the linear model and of the encoder where the first is in doubt.

The numbers are fitted on lines that neither of the two has learnt from, by
`data/blend.py`, so that 0 stays where a score is 0.5.
"""

from dataclasses import dataclass
from typing import Final

from stepaside.core.signal import SignalName
from stepaside.models.encoder import log_odds


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """How much each view counts. surely_not, surely: beyond these nobody asks again."""

    linear: float
    encoder: float
    bias: float
    surely_not: float
    surely: float

    def in_doubt(self, linear: float) -> bool:
        """Tell whether the linear model's log-odds leave room for another view."""
        return self.surely_not < linear < self.surely

    def odds(self, linear: float, encoder: float) -> float:
        """Give the log-odds of both views together."""
        return self.linear * linear + self.encoder * encoder + self.bias


HUMAN_REQUESTED: Final = Blend(
    linear=0.7, encoder=0.7, bias=-0.5, surely_not=-3.1, surely=6.0
)
_OFFERED: Final = 2.0
"""Log-odds of a yes after a question; other questions stay far below 0."""
_PERHAPS: Final = 0.5
"""The same of a yes with other words, where a usual yes stands above that."""
_TAKEN_UP: Final = 0.0
"""Log-odds of a short reply after the bot's words, above which it takes a person."""
_ANSWERED: Final = -1.5
"""The same, below which it tells the bot what it asked and wants nobody."""
OUTCOME: Final = {
    SignalName.ATTEMPT_FAILED: Blend(
        linear=0.45, encoder=0.65, bias=0.3, surely_not=-2.0, surely=2.5
    ),
    SignalName.SOLVED: Blend(
        linear=0.55, encoder=0.75, bias=0.2, surely_not=-2.0, surely=2.5
    ),
    SignalName.NEW_TOPIC: Blend(
        linear=0.45, encoder=1.0, bias=0.35, surely_not=-2.0, surely=2.0
    ),
}


def asks_for_person(message: str, linear: float, answer: str = "") -> float:
    """Give the log-odds that a message asks for a person.

    linear: what the linear model says of it. answer: what the bot said last, if
        anything. What seems to ask is read after it again, and both views count alike:
        `this isn't about potholes` corrects an answer, and asks for nobody.
    """
    alone = log_odds("human_requested", message)[0]
    odds = HUMAN_REQUESTED.odds(linear, alone)
    if odds < 0 or not answer:
        return odds
    after = log_odds("human_requested", message, answer)[0]
    return HUMAN_REQUESTED.odds(linear, (alone + after) / 2)


def seems_offered(question: str, reply: str, *, plain: bool) -> bool:
    """Tell whether a yes to a bot's question seems to accept a person.

    Only for a reply that is known to be a yes: the question weighs heavily here. What
    it asks shows best in what a usual yes to it would mean. plain: nothing but a yes,
    so that this nearly decides; other words may take it back: `yes, he rang`.
    """
    here = log_odds("human_requested", reply, question)[0]
    if here > _OFFERED:
        return True
    usual = log_odds("human_requested", "yes please", question)[0]
    return usual > _OFFERED and here > (_ANSWERED if plain else _PERHAPS)


def takes_up(answer: str, reply: str) -> bool:
    """Tell whether a short reply chooses the person that an answer speaks of."""
    return log_odds("human_requested", reply, answer)[0] > _TAKEN_UP


def answers_only(question: str, reply: str) -> bool:
    """Tell whether a short reply answers a bot's question and asks for nobody."""
    return log_odds("human_requested", reply, question)[0] < _ANSWERED
