"""Find out whether the contact wants a person to take this conversation now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.core.turn import Author, Turn
from stepaside.detectors.offers import accepts_offer
from stepaside.detectors.phrases import best_phrase
from stepaside.models.concepts import Token
from stepaside.models.features import features_of, read
from stepaside.models.linear import models, probability
from stepaside.models.text import clip, sentences

VERSION: Final = "human_requested/1"
_PARTS: Final = 24
"""Sentences of one message looked at one by one; its first and its last ones."""
_MESSAGES: Final = 24
"""Messages of one burst looked at; its first and its last ones."""
_EVIDENCE: Final = 200

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    score: float
    evidence: str
    reason: str


def detect(turn: Turn, phrases: Sequence[str]) -> Signal:
    """Score each message of the burst alone and the burst as a whole; the most wins.

    phrases: the owner's examples of asking for a person. They sharpen the detector at
        once; a message must say nearly the same, so no phrase makes it fire on all.
    Only the contact's words count. The bot's last answer is read for one thing: whether
    a `yes` accepts a person it offered.
    """
    found = [_read_message(x.text, turn, phrases) for x in _ends(turn.burst, _MESSAGES)]
    if len(turn.burst) > 1:
        found.append(_score(clip(turn.text)))
    best = max(found, key=lambda x: x.score)
    if best.score >= ACTS_AT and _taken_back(turn):
        best = _Found(score=0.2, evidence=best.evidence, reason=_TAKEN_BACK)
    acts = best.score >= ACTS_AT
    return Signal(
        name=SignalName.HUMAN_REQUESTED,
        score=best.score,
        evidence=best.evidence[:_EVIDENCE] if acts else "",
        reason=best.reason if acts or best.reason == _TAKEN_BACK else _NOT_ASKED,
        detector=VERSION,
    )


def load() -> None:
    """Load what the first detection needs, so that it is as fast as the next."""
    _score("hello")


_ASKED: Final = "The contact asks for a person."
_NOT_ASKED: Final = "Nothing in the message asks for a person."
_ACCEPTED: Final = "The contact accepts the person the bot offered."
_EXAMPLE: Final = "The message says nearly the same as the example “{}”."
_TAKEN_BACK: Final = "The contact asked for a person and took it back."


def _read_message(message: str, turn: Turn, phrases: Sequence[str]) -> _Found:
    text = clip(message)
    found = [x for part in _parts(text) for x in _weigh(part, phrases)]
    previous = turn.previous_answer
    if (
        previous
        and previous.author is Author.BOT
        and accepts_offer(previous.text, text)
    ):
        found.append(_Found(score=0.97, evidence=text, reason=_ACCEPTED))
    return max(found, key=lambda x: x.score)


def _parts(text: str) -> Iterator[str]:
    """The message, and its sentences: a request may be buried in a long message."""
    yield text
    found = sentences(text)
    if len(found) > 1:
        yield from _ends(found, _PARTS)


def _ends(items: Sequence[_Item], most: int) -> Sequence[_Item]:
    """The first and the last of too many, half of each."""
    if len(items) <= most:
        return items
    return [*items[: most // 2], *items[-(most // 2) :]]


def _weigh(text: str, phrases: Sequence[str]) -> Iterator[_Found]:
    tokens = read(text)
    yield _score(text, tokens)
    if phrases:
        phrase, score = best_phrase(tokens, phrases)
        yield _Found(score=score, evidence=text, reason=_EXAMPLE.format(phrase))


def _score(text: str, tokens: Sequence[Token] | None = None) -> _Found:
    seen = features_of(read(text) if tokens is None else tokens, text)
    score = probability(models()["human_requested"].log_odds(seen))
    reason = _ASKED if score >= ACTS_AT else _NOT_ASKED
    return _Found(score=score, evidence=text if score >= ACTS_AT else "", reason=reason)


def _taken_back(turn: Turn) -> bool:
    """Whether the last of several messages calls the wish off without a new one."""
    if len(turn.burst) < 2:
        return False
    last = clip(turn.burst[-1].text)
    tags = {tag for token in read(last)[:12] for tag in token.tags}
    called_off = "SOLVED" in tags or ("STOP" in tags and "BOT" not in tags)
    upset = tags & {"FAIL", "ANGRY"}
    return called_off and not upset and _score(last).score < ACTS_AT
