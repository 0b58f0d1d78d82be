"""Every sentence that is written for staff can be said in every language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from stepaside.sayings.again import say_again
from stepaside.sayings.languages import Language
from stepaside.sayings.shapes import FORMERLY, SHAPES

SRC: Final = Path(__file__).parents[2] / "src" / "stepaside"
ROOMS: Final = ("core", "detectors", "bot", "pipeline", "notify", "channels")
OTHERS: Final = [one for one in Language if one is not Language.ENGLISH]

NOT_FOR_STAFF: Final = {
    "core/openings.py": "said to contacts, in their language",
    "core/promises.py": "said to contacts, in their language",
    "bot/lines.py": "said to contacts",
    "bot/llm/answer.py": "said to a language model",
    "bot/llm/briefing.py": "said to a language model",
    "bot/llm/prompt.py": "said to a language model",
    "core/bot_settings.py": "what a field refuses",
    "core/checks.py": "what a field refuses",
    "core/hours.py": "what a field refuses",
    "core/period.py": "what a field refuses",
    "core/rules.py": "what a field refuses, and what a new rule begins with",
    "core/terms.py": "what a field refuses",
    "core/conversation.py": "what a move refuses, and what never holds",
    "core/roster.py": "what a new bot begins with",
    "bot/imports.py": "what an import refuses",
    "channels/webhook/parse.py": "what a call of the webhook refuses",
}
"""Files whose sentences are not stored for staff to read."""
NEVER_SHOWN: Final = {
    "Default actions": "names no rule of anybody's",
    "hello, when do you open?": "warms the index up",
    "the assistant": "what contacts are told",
    "Microsoft Teams": "a name",
    "Google Chat": "a name",
}
# Errors that are shown to staff where something did not go out, or stored as a reason.
SHOWN_ERRORS: Final = {
    *("NoticeError", "AttemptError", "BotFailure", "BotStopped"),
    *("DeliveryError", "NoAnswer", "PrivateAddress"),
}
UNSTORED: Final = {"compile", "info", "warning", "execute", "say", "say_number"}
"""What is called with texts that nobody reads, or that are said where they stand."""
_PHRASE: Final = re.compile(r"[^\W\d_]{2,}['’]?\w* (?:[^\W\d_]|\{)|\} [^\W\d_]{2}")
_CODE: Final = re.compile(r"\\|</|SELECT")
_PLACE: Final = re.compile(r"\{\w*\}")
_SLOT: Final = re.compile(r"%\(\w+\)s")


def phrases(source: str) -> set[str]:
    """The texts of a module that could be read by somebody; `{}` for what is filled."""
    tree = ast.parse(source)
    skipped = {id(inner) for node in ast.walk(tree) for inner in unread(node)}
    found = {text_of(x) for x in ast.walk(tree) if id(x) not in skipped}
    return {text for text in found if _PHRASE.search(text) and not _CODE.search(text)}


def unread(node: ast.AST) -> Iterator[ast.AST]:
    """What is inside of this and said to nobody, or said as part of it."""
    match node:
        case ast.Expr(value=ast.Constant()):
            yield node.value
        case ast.JoinedStr():
            yield from (x for x in ast.walk(node) if isinstance(x, ast.Constant))
            yield from (
                x for x in ast.walk(node) if isinstance(x, ast.JoinedStr) and x != node
            )
        case ast.Raise(exc=ast.Call() as call) if called(call) not in SHOWN_ERRORS:
            yield from ast.walk(call)
        case ast.ClassDef() if any("Refusal" in ast.unparse(x) for x in node.bases):
            yield from ast.walk(node)
        case ast.Call() if called(node) in UNSTORED:
            yield from ast.walk(node)
        case _:
            return


def called(call: ast.Call) -> str:
    """The last name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def text_of(node: ast.AST) -> str:
    """A text as it stands in the code; empty for what is none."""
    match node:
        case ast.Constant(value=str() as text):
            return _PLACE.sub("{}", text)
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part) or "{}" for part in parts)
        case _:
            return ""


def is_part_of(text: str, shape: str) -> bool:
    """Whether a text, or a piece of one, can be said as a part of this shape."""
    wanted = ".*?".join(re.escape(piece) for piece in text.strip().split("{}"))
    return re.search(wanted, _SLOT.sub("x", shape)) is not None


def unknown(source: str) -> set[str]:
    """The texts of a module that no shape says."""
    return {
        text
        for text in phrases(source) - NEVER_SHOWN.keys()
        if not any(is_part_of(text, shape) for shape in SHAPES)
    }


WRITING: Final = sorted(
    path
    for room in ROOMS
    for path in (SRC / room).rglob("*.py")
    if path.relative_to(SRC).as_posix() not in NOT_FOR_STAFF
)


@pytest.mark.parametrize("path", WRITING, ids=lambda p: p.relative_to(SRC).as_posix())
def test_every_sentence_for_staff_has_a_shape(path: Path) -> None:
    """Add the sentence to sayings/shapes.py and translate it: see scripts/words."""
    assert unknown(path.read_text("utf-8")) == set()


def test_a_new_sentence_is_found_wherever_it_stands() -> None:
    assert unknown('Decision(reason="The moon is full.")') == {"The moon is full."}
    assert unknown('why = f"{name} is on the moon"') == {"{} is on the moon"}
    assert unknown('raise BotFailure(f"No {x} left.")') == {"No {} left."}
    assert unknown('raise InvalidField("x", "is not on the moon")') == set()
    assert unknown('reason = f"{name} is back"') == set()
    assert unknown('"""The moon is full."""') == set()


def test_no_shape_is_left_of_a_sentence_that_nobody_writes() -> None:
    """One that may be stored somewhere moves to FORMERLY."""
    written = {
        text
        for room in ROOMS
        for path in (SRC / room).rglob("*.py")
        for text in phrases(path.read_text("utf-8"))
    }
    assert [
        shape
        for shape in SHAPES
        if shape not in FORMERLY
        and _PHRASE.search(_SLOT.sub("{}", shape))
        and not any(is_part_of(text, shape) for text in written)
    ] == []


def test_the_files_that_write_nothing_for_staff_are_there() -> None:
    assert [name for name in NOT_FOR_STAFF if not (SRC / name).exists()] == []


SAME: Final = {"%(n)s min", "%(n)s h"}
"""What Spanish says as English does."""
FILLED: Final = {
    "n": "3",
    "most": "4",
    "length": "12 min",
    "language": "fr",
    "before": "People have control.",
    "those": "Bo is away, nobody is in it",
    "why": "gpt: took too long",
}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_sentence_is_found_again_with_what_it_was_filled_with(
    shape: str, language: Language
) -> None:
    values = {slot[2:-2]: f"Zoë {slot[2:-2]}" for slot in _SLOT.findall(shape)}
    filled = shape % {slot: FILLED.get(slot, text) for slot, text in values.items()}
    said = say_again(filled, language)
    assert said != filled or shape in SAME
    for slot, text in values.items():
        if slot not in FILLED:
            assert text in said
    for slot in ("n", "most"):
        assert slot not in values or FILLED[slot] in said
    for english in ("People have", "is away", "took too long", " fr "):
        assert english not in f"{said} "
