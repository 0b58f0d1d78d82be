"""Find out whether the contact wants a person to take this conversation now."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stepaside.core.rules import DEFAULT_PHRASES
from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.core.turn import Author, Turn
from stepaside.detectors.alike import each
from stepaside.detectors.offers import accepts_offer, only_answers
from stepaside.detectors.phrases import best_phrase, turns_alike
from stepaside.models.courtesy import courtesy, is_reference
from stepaside.models.features import features_of, read
from stepaside.models.linear import models, probability
from stepaside.models.second_look import HUMAN_REQUESTED, asks_for_person
from stepaside.models.text import breaths, clip, ends, sentences, words

VERSION: Final = "human_requested/7"
_SENTENCES: Final = 240
"""Sentences of a burst looked at one by one, shared by its messages; of a message that
has more, its first and its last ones. A message may have 10,000 characters."""
_MESSAGES: Final = 60
"""Messages of one burst looked at; its first and its last ones."""
_EVIDENCE: Final = 200
_LOOKED_AT: Final = 2
"""Of all that is said, the likeliest read again where it is not plain."""
_LEAST: Final = 1e-6
_HARDLY: Final = -3.8
"""Log-odds below which no phrase of the owner makes a message ask for a person."""
_WHOLE: Final = 350
"""Characters of a message that is read again as a whole."""
_CALLED_OFF, _NOTHING = -1.4, -6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """odds: the logarithm; 0 is where it acts.

    whole: the message that the evidence is a sentence of; empty where it is all of it,
        or where the message is too long to be read again.
    """

    odds: float
    evidence: str
    reason: str
    whole: str = ""


def detect(turn: Turn, phrases: Sequence[str]) -> Signal:
    """Score each message of the burst alone and the burst as a whole; the most wins.

    phrases: the owner's examples of asking for a person. They sharpen the detector at
        once; a message must say or mean nearly the same, so no phrase makes it fire
        on all.
    Only the contact's words count. The bot's last answer is read to understand them:
    whether a `yes` accepts a person it offered, perhaps in its owner's own words.
    """
    best = _read_burst(turn, phrases)
    if best.odds >= 0 and _taken_back(turn):
        best = replace(best, odds=_CALLED_OFF, reason=_TAKEN_BACK)
    score = probability(best.odds)
    acts = score >= ACTS_AT
    return Signal(
        name=SignalName.HUMAN_REQUESTED,
        score=score,
        evidence=best.evidence[:_EVIDENCE] if acts else "",
        reason=best.reason if acts or best.reason == _TAKEN_BACK else _NOT_ASKED,
        detector=VERSION,
    )


def load() -> None:
    """Load what the first detection needs, so that it is as fast as the next."""
    _weigh("hello", ())
    asks_for_person("hello", 0.0)


def in_doubt(turn: Turn) -> bool:
    """Tell whether detecting takes the longer look: tens of milliseconds, not one."""
    return any(map(_unsure, _candidates(turn, ())))


_ASKED: Final = "The contact asks for a person."
_NOT_ASKED: Final = "Nothing in the message asks for a person."
_ACCEPTED: Final = "The contact accepts the person the bot offered."
_EXAMPLE: Final = "The message says nearly the same as the example “{}”."
_MEANS: Final = "The message means much the same as the example “{}”."
_TAKEN_BACK: Final = "The contact asked for a person and took it back."


def _read_burst(turn: Turn, phrases: Sequence[str]) -> _Found:
    before = _before(turn)
    found = list(_candidates(turn, phrases))
    if turn.previous_answer and before:
        said = (clip(x.text) for x in ends(turn.burst, _MESSAGES))
        own = turn.bot.offer_message if turn.bot else ""
        found += [_accepted(x) for x in said if accepts_offer(before, x, own)]
    likeliest = sorted(found, key=lambda x: -x.odds)[:_LOOKED_AT]
    theirs = tuple(x for x in phrases if x.strip() and x not in DEFAULT_PHRASES)
    best = max((_look(x, before, theirs) for x in likeliest), key=lambda x: x.odds)
    if best.odds >= 0 and _only_answers(turn, before, best):
        return replace(best, odds=_CALLED_OFF, reason=_NOT_ASKED)
    if best.odds >= 0 or len(turn.burst) == 1:
        return best
    together = _look(_weigh(clip(turn.text), ()), before)
    return max(best, together, key=lambda x: x.odds)


def _accepted(text: str) -> _Found:
    return _Found(odds=3.5, evidence=text, reason=_ACCEPTED)


def _only_answers(turn: Turn, before: str, found: _Found) -> bool:
    """Whether what seems to ask is the one word that the bot asked for."""
    alone = len(turn.burst) == 1 and found.reason == _ASKED and not found.whole
    return alone and bool(before) and only_answers(before, found.evidence)


def _before(turn: Turn) -> str:
    """What the bot said last; empty where a person spoke last, or nobody."""
    previous = turn.previous_answer
    return clip(previous.text) if previous and previous.author is Author.BOT else ""


def _candidates(turn: Turn, phrases: Sequence[str]) -> Iterator[_Found]:
    """What each message and its likeliest sentence seem to ask."""
    lines = ends(turn.burst, _MESSAGES)
    for line in lines:
        whole, *parts = _parts(clip(line.text), _SENTENCES // len(lines))
        found = _weigh(whole, phrases)
        for part in (_weigh(x, phrases) for x in parts):
            if part.odds > found.odds:
                found = replace(part, whole=whole if len(whole) <= _WHOLE else "")
        yield found


def _look(found: _Found, before: str = "", own: tuple[str, ...] = ()) -> _Found:
    """Read again, by its meaning, what is not plain.

    before: what the bot said last. own: phrases the owner added to those that every
        rule begins with.
    """
    if not _unsure(found):
        return found
    if _wants_no_other(found.whole or found.evidence):
        return replace(found, odds=_NOTHING, reason=_NOT_ASKED)
    odds = asks_for_person(found.whole or found.evidence, found.odds, before)
    if odds >= 0:
        return replace(found, odds=odds, reason=_ASKED)
    looked = replace(found, odds=odds, reason=_NOT_ASKED)
    return _meant(looked, own) if own and odds > _HARDLY else looked


def _meant(found: _Found, own: tuple[str, ...]) -> _Found:
    """Believe an owner's phrase where a message means the same in other words.

    Vectors see the topic: `is Frank there today` is near `get me Frank`, and so is
    its denial. So it is believed only where the message may be asking for somebody at
    all, and denies what the phrase denies.
    """
    meant = each(own)
    odds = meant.log_odds(found.evidence) if meant else _NOTHING
    if meant is None or odds < 0:
        return found
    phrase = own[meant.nearest(found.evidence)]
    if not turns_alike(read(found.evidence), read(phrase)):
        return found
    return replace(found, odds=odds, reason=_MEANS.format(phrase))


def _unsure(found: _Found) -> bool:
    by_itself = found.reason in (_ASKED, _NOT_ASKED)
    return by_itself and HUMAN_REQUESTED.in_doubt(found.odds)


def _wants_no_other(text: str) -> bool:
    """Whether a text stays with the bot: `hold on`, `rather with the bot`."""
    found = courtesy(text)
    return bool(found.kinds & {"stay", "wait", "well"}) and not found.rest


def _says_nothing(text: str) -> bool:
    """Whether a text is a number that was asked for, or has no word at all."""
    return is_reference(text) or not words(text)


def _parts(text: str, most: int) -> Iterator[str]:
    """The message and its parts: a request may be buried in a long message.

    Its sentences, and of a long one what is said in it in one breath.
    """
    yield text
    found = sentences(text)
    parts = [y for x in found for y in (x, *breaths(x))]
    if len(parts) > 1:
        yield from ends(parts, most)


def _weigh(text: str, phrases: Sequence[str]) -> _Found:
    tokens = read(text)
    if _says_nothing(text):
        return _Found(odds=_NOTHING, evidence=text, reason=_NOT_ASKED)
    odds = models()["human_requested"].log_odds(features_of(tokens, text))
    reason = _ASKED if odds >= 0 else _NOT_ASKED
    found = _Found(odds=odds, evidence=text, reason=reason)
    if phrases:
        phrase, score = best_phrase(tokens, phrases)
        like = math.log(max(score, _LEAST) / (1 - min(score, 1 - _LEAST)))
        if like >= 0 and like > odds:
            return replace(found, odds=like, reason=_EXAMPLE.format(phrase))
    return found


def _taken_back(turn: Turn) -> bool:
    """Whether the last of several messages calls the wish off without a new one."""
    if len(turn.burst) < 2:
        return False
    last = clip(turn.burst[-1].text)
    tags = {tag for token in read(last)[:12] for tag in token.tags}
    called_off = "SOLVED" in tags or ("STOP" in tags and "BOT" not in tags)
    upset = tags & {"FAIL", "ANGRY"}
    return called_off and not upset and _look(_weigh(last, ())).odds < 0
