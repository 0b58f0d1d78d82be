"""Weigh what became of the bot's last answer: failed, settled, or left behind."""

import itertools
from collections.abc import Sequence
from typing import Final

from stepaside.core.signal import SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.models.asking import frowns, judges_nothing, opens_or_closes, smiles
from stepaside.models.courtesy import is_reference, mends_typo
from stepaside.models.encoder import log_odds
from stepaside.models.features import features, read
from stepaside.models.linear import models, probability
from stepaside.models.repetition import context_features, repeated
from stepaside.models.second_look import OUTCOME
from stepaside.models.text import asks, clip, is_question, sentences, words

OUTCOMES: Final = (
    SignalName.ATTEMPT_FAILED,
    SignalName.SOLVED,
    SignalName.NEW_TOPIC,
)
_SAID_AGAIN: Final = 1.0
"""The share of a message's telling words that one earlier message had."""
_EARLIER: Final = 3
"""Messages of the contact before this one that the encoder reads with it."""
_OPEN: Final = frozenset({"WH", "HOW"})
_COMPLAINS: Final = frozenset({"NEG", "NO", "FAIL", "WRONG", "AGAIN", "ANGRY", "TRIED"})
_PLAIN: Final = 0.9
"""The least an outcome scores that needs no weighing."""
_SECOND: Final = 0.49
"""The most an outcome scores that is not the likeliest: a turn shows one of them."""


def outcome(turn: Turn) -> dict[SignalName, float]:
    """Score each outcome, 0 to 1; at most one reaches 0.5.

    Without a previous answer by the bot, or where it only answered a greeting or
    thanks, there is nothing to fail and no topic to leave, so all are 0. A number that
    was asked for, a typo mended and a thumb up are none of them; a thumb down is plain.
    """
    text, history = clip(turn.text), turn.history
    if not _was_tried(turn) or is_reference(text) or mends_typo(text):
        return dict.fromkeys(OUTCOMES, 0.0)
    if smiles(text) or frowns(text):
        failed = _PLAIN if frowns(text) else 0.0
        return dict.fromkeys(OUTCOMES, 0.0) | {SignalName.ATTEMPT_FAILED: failed}
    scores = {x: probability(y) for x, y in _odds(text, history).items()}
    if repeated(text, history) >= _SAID_AGAIN:
        scores[SignalName.NEW_TOPIC] = 0.0
        failed = scores[SignalName.ATTEMPT_FAILED]
        chosen = _chooses(turn)
        scores[SignalName.ATTEMPT_FAILED] = 0.0 if chosen else max(_PLAIN, failed)
    if judges_nothing(text):
        scores[SignalName.ATTEMPT_FAILED] = 0.0
    winner = max(scores, key=lambda x: scores[x])
    return {x: y if x is winner else min(y, _SECOND) for x, y in scores.items()}


def _was_tried(turn: Turn) -> bool:
    """Whether the bot spoke last, to more than greetings and thanks."""
    answer = turn.previous_answer
    if answer is None or answer.author is not Author.BOT:
        return False
    asked = [x.text for x in _answered(turn.history)]
    return not asked or not all(map(opens_or_closes, asked))


def _answered(history: Sequence[Line]) -> Sequence[Line]:
    """The messages of the contact that the last answer was given to, newest first."""
    runs = itertools.groupby(reversed(history), key=lambda x: x.author)
    parts = [list(run) for _, run in runs]
    ours = next((n for n, x in enumerate(parts) if not _by_contact(x[0])), len(parts))
    return next((x for x in parts[ours:] if _by_contact(x[0])), [])


def _by_contact(line: Line) -> bool:
    return line.author is Author.CONTACT


def _chooses(turn: Turn) -> bool:
    """Whether a burst that says nothing new answers the bot: `the small box`.

    The words are some of the contact's own question, which the bot asked back about.
    """
    answer = turn.previous_answer
    asked = sentences(clip(answer.text))[-1:] if answer else []
    opening = {tag for x in asked for token in read(x)[:3] for tag in token.tags}
    if not all(map(is_question, asked)) or not opening & _OPEN:
        return False
    said = [words(x.text) for x in turn.history if x.author is Author.CONTACT]
    own = {tag for token in read(turn.text) for tag in token.tags}
    return words(turn.text) not in said and not own & _COMPLAINS and not asks(turn.text)


def _odds(text: str, history: Sequence[Line]) -> dict[SignalName, float]:
    """What the linear models say and, where they are in doubt, the encoder as well."""
    seen = [*features(text), *context_features(text, history)]
    odds = {x: models()[x].log_odds(seen) for x in OUTCOMES}
    if not any(OUTCOME[x].in_doubt(y) for x, y in odds.items()):
        return odds
    before = [x.text for x in history if x.author is Author.BOT][-1:]
    said = [x.text for x in history if x.author is Author.CONTACT][-_EARLIER:]
    parts = [clip(x) for x in (text, *before, " / ".join(said))]
    again = dict(zip(OUTCOMES, log_odds("outcome", *parts), strict=True))
    return {x: OUTCOME[x].odds(y, again[x]) for x, y in odds.items()}
