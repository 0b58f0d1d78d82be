"""Why a language model did not answer, and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stepaside.bot.draft import BotFailure, BotStopped

_BUSY: Final = (408, 429)
"""Refusals that pass by themselves; the same request may be taken later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One model's failure.

    words: for staff; nothing of a prompt, a key or an answer.
    is_down: whether the model serves nobody now. What one contact can provoke, such
        as a refusal or an answer in another shape, is none of it.
    lasts: whether asking for the same again would fail the same way.
    wait: seconds the provider asks for before the next request.
    """

    words: str
    is_down: bool = False
    lasts: bool = False
    wait: float = 0.0


def resting(model: str, seconds: float) -> Trouble:
    """A model that nobody asks for so many seconds."""
    return Trouble(words=f"{model} rests after it failed", wait=seconds)


def trouble_of(model: str, error: Exception) -> Trouble:
    """What an error of a call means."""
    # Loaded here, where a model was asked: most of the program does without it.
    from pydantic_ai import exceptions  # noqa: PLC0415

    if isinstance(error, (TimeoutError, exceptions.ModelTimeoutError)):
        return Trouble(words=f"{model}: took too long", is_down=True)
    if isinstance(error, exceptions.ModelHTTPError):
        status = error.status_code
        return Trouble(
            words=f"{model}: answered with status {status}",
            is_down=status in _BUSY or status >= 500,
            lasts=400 <= status < 500 and status not in _BUSY,
            wait=error.retry_after or 0.0,
        )
    if isinstance(error, exceptions.ModelConnectionError):
        return Trouble(words=f"{model}: could not be reached", is_down=True)
    return Trouble(words=f"{model}: gave no usable answer")


def no_answer(troubles: Sequence[Trouble]) -> BotFailure:
    """What becomes of a turn that none of the models answered."""
    why = "; ".join(trouble.words for trouble in troubles)
    passing = [trouble for trouble in troubles if not trouble.lasts]
    if not passing:
        return BotStopped(f"The language model did not answer ({why}).")
    wait = min(trouble.wait for trouble in passing)
    return BotFailure(f"The language model did not answer ({why}).", wait=wait)
