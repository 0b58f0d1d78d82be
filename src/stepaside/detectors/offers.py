"""Tell whether the contact accepts a person that the bot's last answer offered."""

from typing import Final

from stepaside.models.features import features, read
from stepaside.models.linear import models
from stepaside.models.second_look import seems_offered
from stepaside.models.text import clip, sentences

_SHORT: Final = 9
"""Words a plain yes may have; longer answers speak for themselves."""
_PERSON: Final = frozenset({"HUM", "STAFF", "ONE"})
_ASKS: Final = ("?", "？", "؟", "か", "か。")
_UNLIKE_YES: Final = frozenset(
    {"NO", "NEG", "STOP", "IF", "SOLVED", "PAST", "WH", "HOW"}
)


def accepts_offer(answer: str, reply: str) -> bool:
    """Whether `answer` offers to bring in a person and `reply` says yes to that."""
    return _is_yes(reply) and (offers_person(answer) or _asks_it(answer, reply))


def offers_person(answer: str) -> bool:
    """Whether the end of a bot's answer offers to bring in a person now."""
    last = sentences(clip(answer))[-2:]
    return any(
        _names_person(x) and models()["offer"].log_odds(features(x)) > 0 for x in last
    )


def _asks_it(answer: str, reply: str) -> bool:
    """Whether the last sentence asks whether to bring in a person, in other words."""
    last = sentences(clip(answer))[-1:]
    return any(x.endswith(_ASKS) and seems_offered(x, reply) for x in last)


def _names_person(sentence: str) -> bool:
    """Whether a sentence names anybody: a bank `transfer` alone offers no person."""
    tags = {tag for x in read(sentence) for tag in x.tags}
    ours = "OWN" in tags and bool(tags & {"LINK", "TALK"})
    return ours or bool(tags & _PERSON)


def _is_yes(reply: str) -> bool:
    tokens = read(reply)
    if not 0 < len(tokens) <= _SHORT:
        return False
    tags = {tag for x in tokens for tag in x.tags}
    return "YES" in tags and not tags & _UNLIKE_YES - (
        {"SOLVED"} if "PLS" in tags else set()
    )
