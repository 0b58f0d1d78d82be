"""Which room may import what from outside. The layers are import-linter's affair."""

from collections.abc import Iterable

import grimp
import pytest

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
    "litestar": ["api", "desk"],
    "procrastinate": ["worker", "store.queue"],
    "psycopg": ["store", "live"],
    "psycopg_pool": ["store", "live"],
    "sqlalchemy": ["store"],
    "typer": ["cli"],
}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph(
        "stepaside", include_external_packages=True, cache_dir=None
    )


def strangers(importers: Iterable[str], rooms: Iterable[str]) -> list[str]:
    homes = tuple(f"stepaside.{room}." for room in rooms)
    return sorted(x for x in importers if not f"{x}.".startswith(homes))


@pytest.mark.parametrize("library", ROOMS_OF)
def test_a_library_stays_in_the_rooms_built_for_it(
    imports: grimp.ImportGraph, library: str
) -> None:
    importers = (
        imports.find_modules_that_directly_import(library)
        if library in imports.modules
        else set()
    )
    assert strangers(importers, ROOMS_OF[library]) == []


def test_a_room_is_told_from_another_whose_name_begins_alike() -> None:
    importers = ["stepaside.store", "stepaside.store.queue", "stepaside.storeroom"]
    assert strangers(importers, ["store"]) == ["stepaside.storeroom"]
    assert strangers(importers, ["store.queue"]) == [
        "stepaside.store",
        "stepaside.storeroom",
    ]


def test_the_core_imports_only_what_is_pure(imports: grimp.ImportGraph) -> None:
    core = {"stepaside.core", *imports.find_descendants("stepaside.core")}
    imported = {
        found
        for module in core
        for found in imports.find_modules_directly_imported_by(module)
    }
    assert {"dataclasses", "datetime"} <= imported, "the graph has lost the library"
    assert imported - core - PURE == set()
