"""Tell what a short reply means after the bot's last answer: a person, or not."""

from dataclasses import dataclass
from typing import Final

from stepaside.models.courtesy import courtesy, only_nods
from stepaside.models.features import features, read
from stepaside.models.linear import models
from stepaside.models.second_look import answers_only, seems_offered, takes_up
from stepaside.models.text import clip, common_words, is_question, sentences, unspaced

_SHORT: Final = 9
"""Words a plain yes may have; longer answers speak for themselves."""
_POINTS: Final = 5
"""Words of a question about the sentence before it, new ones twice: `Is that okay?`."""
_PERSON: Final = frozenset({"HUM", "STAFF", "ONE"})
_UNLIKE_YES: Final = frozenset(
    {"NO", "NEG", "STOP", "IF", "SOLVED", "PAST", "WH", "HOW"}
)
_PLAIN: Final = frozenset({"YES", "THX", "PLS"})
_DECLINES: Final = frozenset({"NO", "NEG", "THX", "PLS"})
_DENIALS: Final = frozenset({"NO", "NEG", "SANS"})
_ABOUT_HELP: Final = frozenset(
    {"HELP", "HOW", "PAST", "SOLVED", "TOPIC", "TRIED", "WH"}
)
"""Concepts of a question whether the answer helped, or what the matter is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Close:
    """How a bot's answer ends, as far as a reply may take up a person.

    last: its last sentences that a reply may be about. asks: whether it ends by asking.
    by_the_way: whether it only says what the contact may do, `if you would rather`.
    own: whether it is the offer in the owner's own words.
    """

    last: tuple[str, ...] = ()
    asks: bool = False
    by_the_way: bool = False
    own: bool = False


def accepts_offer(answer: str, reply: str, own: str = "") -> bool:
    """Whether `answer` offers to bring in a person and `reply` takes that up.

    own: the words in which this bot offers a person; they need not name one.
    """
    if not _is_short(reply):
        return False
    close = _close(answer, own.strip())
    if _ends_it(close, reply):
        return False
    return (_is_yes(reply) and _offers(close, reply)) or _chooses(close, reply)


def only_answers(answer: str, reply: str) -> bool:
    """Whether a short reply gives what was asked: `manager`, for a profession.

    `human` is no answer to anything that does not speak of somebody.
    """
    asked = sentences(clip(answer))[-1:]
    if not _is_short(reply) or not any(map(is_question, asked)):
        return False
    human = any("HUM" in x.tags for x in read(reply))
    return (not human or _names_person(asked[0])) and answers_only(asked[0], reply)


def _close(answer: str, own: str) -> _Close:
    if own and answer.rstrip().endswith(own):
        asks = is_question(own)
        return _Close(last=(own,), asks=asks, by_the_way=not asks, own=True)
    *before, end = ["", "", *sentences(clip(answer))][-2:]
    if is_question(end):
        about_both = _names_person(end) or _points_back(end)
        return _Close(last=(*before, end) if about_both else (end,), asks=True)
    if is_question(before[0]) and not _names_person(before[0]) and _is_open(*before):
        return _Close()
    return _Close(last=(*before, end), by_the_way="IF" in _tags(end))


def _points_back(question: str) -> bool:
    """Whether a question asks about the sentence before it: `Is that okay?`."""
    asked = read(question)
    new = [x for x in asked if not x.tags and x.text not in common_words()]
    short = len(asked) + len(new) <= _POINTS and len(new) <= 1
    return short and not _tags(question) & _ABOUT_HELP


def _is_open(question: str) -> bool:
    """Whether no yes answers a question: `What can I do for you?`.

    What follows it then only tells: `You can ask for a person at any time.`
    """
    return bool(_tags(question) & {"WH", "HOW"})


def _offers(close: _Close, reply: str) -> bool:
    """Whether a yes to this takes a person."""
    if close.own or any(map(_offers_one, close.last)):
        return True
    question = close.last[-1] if close.asks else ""
    plain = all(set(x.tags) & _PLAIN for x in read(reply))
    told = {"PAST", "!PAST"} & _tags(question)  # `did our colleague phone you?`
    plain = plain and not told and _names_person(question)
    return bool(question) and seems_offered(question, reply, plain=plain)


def _offers_one(sentence: str) -> bool:
    return (
        _names_person(sentence) and models()["offer"].log_odds(features(sentence)) > 0
    )


def _ends_it(close: _Close, reply: str) -> bool:
    """Whether a polite reply closes the matter: `ok thanks`, after a statement."""
    found = courtesy(reply)
    if any("SOLVED" in x.tags and "YES" not in x.tags for x in read(reply)):
        return "THX" in found.said
    nods = not close.asks and only_nods(reply)
    return "bye" in found.kinds or (nods and (close.by_the_way or "THX" in found.said))


def _chooses(close: _Close, reply: str) -> bool:
    """Whether a reply picks the person among what the answer names: `the second`."""
    named = [x for x in close.last if _names_person(x)]
    asked = close.asks or any(map(_offers_one, named))
    takes = bool(named) and asked and not _turns_away(reply)
    return takes and takes_up(" ".join(close.last).strip(), reply)


def _turns_away(reply: str) -> bool:
    """Whether a reply only declines or thanks, or asks something back."""
    tags = _tags(reply)
    if tags <= _DECLINES and all(x.tags for x in read(reply)):
        return True
    thanks = bool(tags & {"THX", "SOLVED"}) and not tags & {"YES", "PLS"}
    return thanks or is_question(reply) or bool(tags & {"WH", "HOW"})


def _is_short(reply: str) -> bool:
    """Whether a reply is short; two unknown letters of Thai or Han are one word."""
    letters = [unspaced(x.text) and not x.tags for x in read(reply)]
    return 0 < len(letters) - sum(letters) // 2 <= _SHORT


def _names_person(sentence: str) -> bool:
    """Whether a sentence names anybody: a bank `transfer` alone offers no person.

    A `not` that only ends a question, as in Vietnamese, denies nobody.
    """
    tags = _tags(sentence)
    denials = [bool(_DENIALS & set(x.tags)) for x in read(sentence)]
    if is_question(sentence) and sum(denials) == 1 and denials[-1]:
        tags |= {x.removeprefix("!") for x in tags}
    ours = "OWN" in tags and bool(tags & {"LINK", "TALK"})
    return ours or bool(tags & _PERSON)


def _is_yes(reply: str) -> bool:
    """Whether a reply says yes; the Spanish one is also spelled like `if`."""
    tags = _tags(reply)
    other = {tag for x in read(reply) if "YES" not in x.tags for tag in x.tags}
    unlike = _UNLIKE_YES - ({"SOLVED"} if "PLS" in tags else set())
    return "YES" in tags and not other & unlike


def _tags(text: str) -> set[str]:
    return {tag for x in read(text) for tag in x.tags}
