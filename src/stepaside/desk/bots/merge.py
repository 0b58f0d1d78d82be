"""Two people at one configuration: what each changed, and where both did.

Compared are three states: what a person saw when they began (`base`), what they want
(`mine`), and what is stored now (`theirs`). What only one of them changed is taken from
that one; what both changed to different things is a conflict, which people decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from stepaside.core.ids import RuleId
from stepaside.core.roster import Bot
from stepaside.core.rules import HandoverRule
from stepaside.store.rules import FIELDS, fields_from_json, fields_to_json

PROMPT: Final = ("personality", "goal", "additional_information")
THE_BOT: Final = "bot"
"""The key of what belongs to the bot itself; rules have their ids."""

State = Mapping[str, Mapping[str, Any]]
"""By key, fields with their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """A bot's prompt and its rules by id, in order."""

    bot: Bot
    rules: Mapping[RuleId, HandoverRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One field that two people changed to different things.

    key: `THE_BOT` or a rule's id.
    field: by its name in the core; empty where the whole rule was deleted meanwhile.
    """

    key: str
    field: str
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What to store, or what to ask first.

    goals: where both changed something, with what this person wants.
    removed: rules to delete. conflicts: while there is one, nothing may be stored.
    kept: rules somebody changed while the person wanted to delete them: they stay.
    """

    goals: Goals
    removed: tuple[RuleId, ...] = ()
    kept: tuple[RuleId, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def state_of(goals: Goals) -> State:
    """A configuration as flat fields."""
    rules = {str(i): _of(rule, FIELDS) for i, rule in goals.rules.items()}
    return {THE_BOT: _of(goals.bot, PROMPT), **rules}


def pack(state: State) -> str:
    """A state as a text that a page carries along."""
    plain = {key: fields_to_json(found) for key, found in state.items()}
    return msgspec.json.encode(plain).decode()


def unpack(text: str) -> State:
    """What `pack` wrote; empty for what is no such text: then nothing was seen."""
    try:
        plain = msgspec.json.decode(text, type=dict[str, dict[str, Any]])
        return {key: fields_from_json(found) for key, found in plain.items()}
    except (msgspec.DecodeError, ValueError, TypeError):
        return {}


def merge(base: State, mine: Goals, theirs: Goals) -> Merged:
    """Put together what a person wants with what is stored now.

    mine: has the rules to keep and, under keys that are no ids, the new ones.
    """
    now, wanted = state_of(theirs), state_of(mine)
    conflicts: list[Conflict] = []
    laid, found = _fields(THE_BOT, base.get(THE_BOT, {}), wanted, now)
    conflicts += found
    rules: dict[RuleId, HandoverRule] = {}
    for rule_id, rule in mine.rules.items():
        stored = theirs.rules.get(rule_id)
        seen = base.get(rule_id)
        if stored:
            changed, found = _fields(rule_id, seen or {}, wanted, now)
            rules[rule_id] = replace(stored, **changed)
            conflicts += found
        elif seen is None:
            rules[rule_id] = rule  # a new one
        elif seen != wanted[rule_id]:
            rules[rule_id] = rule
            gone = Conflict(key=rule_id, field="", mine=rule.title, theirs=None)
            conflicts.append(gone)
    removed, kept = _removed(base, mine, theirs, now)
    back = {i: theirs.rules[i] for i in kept}
    unseen = {i: rule for i, rule in theirs.rules.items() if i not in base}
    return Merged(
        goals=Goals(bot=replace(theirs.bot, **laid), rules={**unseen, **back, **rules}),
        removed=removed,
        kept=kept,
        conflicts=tuple(conflicts),
    )


def _removed(
    base: State, mine: Goals, theirs: Goals, now: State
) -> tuple[tuple[RuleId, ...], tuple[RuleId, ...]]:
    """The rules that are to go, and those that somebody changed meanwhile."""
    gone = [i for i in theirs.rules if i in base and i not in mine.rules]
    changed = tuple(i for i in gone if base[i] != now[i])
    return tuple(i for i in gone if i not in changed), changed


def _fields(
    key: str, seen: Mapping[str, Any], wanted: State, now: State
) -> tuple[dict[str, Any], list[Conflict]]:
    """The fields that this person changed, and which of them somebody else did too."""
    laid: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    for name, mine in wanted[key].items():
        theirs = now[key][name]
        before = seen.get(name, theirs)
        if mine in (before, theirs):
            continue
        laid[name] = mine
        if theirs != before:
            conflicts.append(Conflict(key=key, field=name, mine=mine, theirs=theirs))
    return laid, conflicts


def _of(thing: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}
