"""What a bot would say to a turn, and what it found out on the way."""

from dataclasses import dataclass

from stepaside.bot.passage import Passage
from stepaside.core.errors import StepasideError
from stepaside.core.signal import Signal


class BotFailure(StepasideError):
    """The bot did not answer; a further try may. The message is for staff.

    wait: seconds before which a further try would be in vain.
    """

    def __init__(self, message: str, *, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class BotStopped(BotFailure):
    """The bot will not answer this turn, however often it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the bot would say. text: None where it has nothing to say.

    passages: what was found, best first, also where nothing is said; empty for small
        talk. item_ids: the articles the text quotes or was made from.
    signals: what the bot itself found out about the turn; a bot that only quotes
        finds out nothing.
    """

    text: str | None
    passages: tuple[Passage, ...] = ()
    item_ids: tuple[str, ...] = ()
    signals: tuple[Signal, ...] = ()
