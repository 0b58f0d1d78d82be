"""Whatever is refused can be said to staff in every language."""

import ast
import re
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path
from typing import Final

import pytest

from stepaside.core.conversation import (
    Control,
    IllegalMove,
    Move,
    Status,
    StatusMove,
)
from stepaside.core.ids import StaffId
from stepaside.core.moves import AlreadyClaimed
from stepaside.sayings.again import say_again
from stepaside.sayings.languages import Language
from stepaside.sayings.refusals import REFUSALS
from tests.sayings.test_sentences import text_of

SRC: Final = Path(__file__).parents[2] / "src" / "stepaside"
ROOMS: Final = ("core", "store", "pipeline", "notify")
NOT_FOR_STAFF: Final = {
    "core/errors.py": "only what the others are made from",
    "store/idempotency.py": "said to programs",
    "store/embedded/errors.py": "said to whoever runs it",
    "pipeline/receive.py": "said to the program behind a channel",
}
"""Files whose refusals no page of the desk can meet."""
FIELDS: Final = {"InvalidField", "UnknownPlace"}
OTHERS: Final = [one for one in Language if one is not Language.ENGLISH]
_SLOT: Final = re.compile(r"%\((\w+)\)s")


def refusals(source: str, kinds: set[str]) -> set[str]:
    """The texts a module refuses with; `{}` for what is filled in."""
    return {
        text
        for node in ast.walk(ast.parse(source))
        for rule in chain(raised(node, kinds), listed(node), of_class(node, kinds))
        for text in told(rule)
    }


def raised(node: ast.AST, kinds: set[str]) -> Iterator[ast.expr]:
    """What a refusal is made with, or a name it is made with."""
    match node:
        case ast.Call(args=[_, rule]) if called(node) in FIELDS:
            yield rule
        case ast.Call(args=[rule]) if called(node) in kinds - FIELDS:
            yield rule
        case ast.Assign(targets=[ast.Name(id="rule")], value=rule):
            yield rule
        case _:
            return


def listed(node: ast.AST) -> Iterator[ast.expr]:
    """What stands in a table of limits: the field, whether it is broken, the rule."""
    match node:
        case ast.Tuple(elts=[ast.Constant(value=str()), broken, rule]):
            if isinstance(broken, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
                yield rule
        case ast.Return(value=ast.Tuple(elts=[ast.Name(id="broken"), rule])):
            yield rule
        case _:
            return


def of_class(node: ast.AST, kinds: set[str]) -> Iterator[ast.expr]:
    """What a class of refusals says by itself."""
    if isinstance(node, ast.ClassDef) and bases(node) & (kinds | {"Refusal"}):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and called(inner) == "__init__":
                yield inner.args[-1]


def told(rule: ast.expr) -> Iterator[str]:
    """The text of an expression, where it is one."""
    match rule:
        case ast.BoolOp(values=values):
            yield from chain(*(told(value) for value in values))
        case _:
            yield from filter(None, [text_of(rule)])


def called(call: ast.Call) -> str:
    """The last name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def bases(made: ast.ClassDef) -> set[str]:
    """The names of the classes a class is made from."""
    return {ast.unparse(base) for base in made.bases}


SOURCES: Final = {
    path.relative_to(SRC).as_posix(): path.read_text("utf-8")
    for room in ROOMS
    for path in sorted((SRC / room).rglob("*.py"))
    if path.relative_to(SRC).as_posix() not in NOT_FOR_STAFF
}
KINDS: Final = FIELDS | {
    node.name
    for source in SOURCES.values()
    for node in ast.walk(ast.parse(source))
    if isinstance(node, ast.ClassDef) and bases(node) & {"Refusal", "InvalidField"}
}
STATES: Final[tuple[Control | Status, ...]] = (*Control, *Status)
ALL_MOVES: Final[tuple[Move | StatusMove, ...]] = (*Move, *StatusMove)
MOVES: Final = {
    *(str(IllegalMove(state, move)) for state, move in product(STATES, ALL_MOVES)),
    str(AlreadyClaimed(StaffId("stf_1"), "")),
}
WRITTEN: Final = {
    text for source in SOURCES.values() for text in refusals(source, KINDS)
}


def filled(text: str) -> str:
    """A refusal as somebody gets it: a number fits every place in one."""
    return text.replace("{}", "3")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("text", sorted(WRITTEN | MOVES))
def test_every_refusal_is_said_in_every_language(text: str, language: Language) -> None:
    """Add it to sayings/refusals.py and translate it: see scripts/words."""
    assert say_again(filled(text), language) != filled(text)


def test_a_new_refusal_is_found_wherever_it_stands() -> None:
    full = {"the moon is full"}
    assert refusals('raise InvalidField("x", "the moon is full")', KINDS) == full
    assert refusals('x = InvalidField("x", f"at {moon}")', KINDS) == {"at {}"}
    assert refusals('("x", moon > 3, "the moon is full")', KINDS) == full
    assert refusals('rule = "the moon is full"', KINDS) == full
    assert refusals('raise SameContact("the moon is full")', KINDS) == full
    told_here = """
class Full(Refusal):
    def __init__(self, n):
        super().__init__("the moon is full")
"""
    assert refusals(told_here, KINDS) == full
    assert {"LastOwner", "AlreadyClaimed", "NotGivenUp"} <= KINDS
    assert {"another contact has it", "0, 1 or 2", "must be in the future"} <= WRITTEN


def test_no_refusal_is_left_that_nobody_meets() -> None:
    everything = [filled(text) for text in WRITTEN | MOVES]
    left = []
    for shape in REFUSALS:
        pattern = ".+?".join(map(re.escape, _SLOT.split(shape)[::2]))
        if not any(re.fullmatch(pattern, text) for text in everything):
            left.append(shape)
    assert left == []


@pytest.mark.parametrize("language", OTHERS)
def test_names_and_numbers_of_a_refusal_are_kept(language: Language) -> None:
    assert "Zoë Ash" in say_again("Zoë Ash already has this conversation.", language)
    assert "4711" in say_again("at most 4711 days before `to`", language)


def test_the_files_that_refuse_nothing_to_staff_are_there() -> None:
    assert [name for name in NOT_FOR_STAFF if not (SRC / name).exists()] == []
