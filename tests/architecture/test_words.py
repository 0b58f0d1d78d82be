"""We speak in the words of docs/glossary.md, in code and in prose."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, SRC, named

# Said by others, never by us. Quoting them in backticks is fine.
FORBIDDEN = re.compile(
    r"hand[-_]?off|\bhand(?:ed|s|ing)?[\s_-]+off|un-?paus(?:e|ed|es|ing)\b",
    re.IGNORECASE,
)
# Alone, these name nobody: contact, staff member or bot? In the rooms where the rules
# live there is no HTTP client, database user or User-Agent that would need them.
VAGUE = {"agent", "agents", "client", "clients", "user", "users"}
ALLOWED = {"AGENT"}  # a staff member's role, in the word of the API
PLAIN_SPOKEN = ("core", "pipeline")

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_QUOTED = re.compile(r"```.*?```|`[^`]*`|https?://\S+", re.DOTALL)


def prose(path: Path) -> str:
    """Return the words of a file that are ours."""
    text = path.read_text("utf-8")
    said = "\n".join(said_in_code(text)) if path.suffix == ".py" else text
    return _QUOTED.sub("", said)


def said_in_code(source: str) -> Iterator[str]:
    # Other strings are data: what a contact may write, what a provider calls a field.
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in {tokenize.NAME, tokenize.COMMENT}:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def spoken_files() -> list[Path]:
    """List what we write in words: code, templates, documents."""
    found = [
        path
        for place in (SRC, ROOT / "docs", ROOT / "tests", ROOT / "bench")
        for path in place.rglob("*")
        if path.suffix in {".css", ".html", ".js", ".md", ".py", ".sql"}
    ]
    excused = {ROOT / "docs" / "glossary.md", Path(__file__)}  # they name the words
    return sorted(
        path
        for path in [*found, *ROOT.glob("*.md")]
        if path not in excused and "vendor" not in path.parts
    )


def vague_names(source: str) -> set[str]:
    """Return the names a file defines that call somebody agent, client or user."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case (
                ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name)
            ):
                names.add(name)
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case _:
                pass  # gives no name
    vague = {x for x in names if VAGUE & {w.lower() for w in _WORD.findall(x)}}
    return vague - ALLOWED


def test_nothing_of_ours_says_a_word_the_glossary_forbids() -> None:
    files = spoken_files()
    assert files
    found = {
        named(path): sorted(set(words))
        for path in files
        if (words := FORBIDDEN.findall(prose(path)))
    }
    assert found == {}


@pytest.mark.parametrize(
    "said",
    ["handoff", "Hand-off", "hand off", "handed off", "hand_off", "HandOff", "unpause"],
)
def test_a_forbidden_word_is_found_however_it_is_spelled(said: str) -> None:
    assert FORBIDDEN.search(f"the {said} of a conversation")


@pytest.mark.parametrize(
    "said", ["handover", "handed over", "hand back", "beforehand off-peak", "pause"]
)
def test_our_own_words_are_allowed(said: str) -> None:
    assert not FORBIDDEN.search(said)


def test_a_quoted_word_and_a_string_of_data_are_not_ours(tmp_path: Path) -> None:
    document, code = tmp_path / "twilio.md", tmp_path / "phrases.py"
    document.write_text("Their field `handoff_at` is our start of a handover.")
    code.write_text('PHRASES = ["hand off to a person"]  # contacts say it\n')
    assert not FORBIDDEN.search(prose(document) + prose(code))
    code.write_text('"""Plan a handoff."""\n')
    assert FORBIDDEN.search(prose(code))


@pytest.mark.parametrize("room", PLAIN_SPOKEN)
def test_the_rules_name_contact_staff_member_or_bot_and_nobody_else(room: str) -> None:
    found = {
        named(path): names
        for path in sorted((SRC / room).rglob("*.py"))
        if (names := vague_names(path.read_text("utf-8")))
    }
    assert found == {}


def test_a_vague_name_is_found_in_every_place_a_name_is_given() -> None:
    source = "class UserRow: ...\ndef of(agent_id, useful): client = 1; reagent = 2\n"
    assert vague_names(source) == {"UserRow", "agent_id", "client"}
