"""Tell what a short reply means after the bot's last answer: a person, or not."""

from typing import Final

from stepaside.models.features import features, read
from stepaside.models.linear import models
from stepaside.models.second_look import answers_only, seems_offered, takes_up
from stepaside.models.text import clip, sentences

_SHORT: Final = 9
"""Words a plain yes may have; longer answers speak for themselves."""
_PERSON: Final = frozenset({"HUM", "STAFF", "ONE"})
_ASKS: Final = ("?", "？", "؟", "か", "か。")
_UNLIKE_YES: Final = frozenset(
    {"NO", "NEG", "STOP", "IF", "SOLVED", "PAST", "WH", "HOW"}
)


def accepts_offer(answer: str, reply: str) -> bool:
    """Whether `answer` offers to bring in a person and `reply` takes that up."""
    if not _is_short(reply):
        return False
    yes = _is_yes(reply) and (offers_person(answer) or _asks_it(answer, reply))
    return yes or _chooses(answer, reply)


def only_answers(answer: str, reply: str) -> bool:
    """Whether a short reply gives what was asked: `manager`, for a profession.

    `human` is no answer to anything that does not speak of somebody.
    """
    asked = sentences(clip(answer))[-1:]
    if not _is_short(reply) or not any(x.endswith(_ASKS) for x in asked):
        return False
    human = any("HUM" in x.tags for x in read(reply))
    return (not human or _names_person(asked[0])) and answers_only(asked[0], reply)


def offers_person(answer: str) -> bool:
    """Whether the end of a bot's answer offers to bring in a person now."""
    last = sentences(clip(answer))[-2:]
    return any(
        _names_person(x) and models()["offer"].log_odds(features(x)) > 0 for x in last
    )


def _chooses(answer: str, reply: str) -> bool:
    """Whether a reply picks the person among what the answer names: `the second`."""
    last = sentences(clip(answer))[-2:]
    asked = any(x.endswith(_ASKS) for x in last) or offers_person(answer)
    named = asked and any(map(_names_person, last))
    return named and not _turns_away(reply) and takes_up(" ".join(last), reply)


def _turns_away(reply: str) -> bool:
    """Whether a reply only thanks, or asks something back."""
    tags = {tag for x in read(reply) for tag in x.tags}
    thanks = bool(tags & {"THX", "SOLVED"}) and not tags & {"YES", "PLS"}
    return thanks or reply.rstrip().endswith(_ASKS) or bool(tags & {"WH", "HOW"})


def _is_short(reply: str) -> bool:
    return 0 < len(read(reply)) <= _SHORT


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
    tags = {tag for x in read(reply) for tag in x.tags}
    return "YES" in tags and not tags & _UNLIKE_YES - (
        {"SOLVED"} if "PLS" in tags else set()
    )
