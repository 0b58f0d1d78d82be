"""The hash-locked lists: complete, and in step with pyproject.toml."""

import re
import tomllib
from functools import cache
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.checkout import ROOT

LISTS = ("run.txt", "dev.txt")
_PIN = re.compile(
    r"^(?P<pin>[^\s#-][^\\]*?)\s*\\\n(?P<hashes>(?:\s+--hash=.*\n)+)", re.MULTILINE
)
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@cache
def text_of(name: str) -> str:
    return (ROOT / "requirements" / name).read_text("utf-8")


@cache
def pins(name: str) -> list[Requirement]:
    return [Requirement(m["pin"]) for m in _PIN.finditer(text_of(name))]


def asked_for(name: str) -> list[Requirement]:
    """Return what pyproject.toml wants in that list."""
    project: dict[str, Any] = tomllib.loads(
        (ROOT / "pyproject.toml").read_text("utf-8")
    )
    wanted = list(project["project"]["dependencies"])
    if name == "dev.txt":
        wanted += project["dependency-groups"]["dev"]
        for extra in project["project"].get("optional-dependencies", {}).values():
            wanted += extra
    return [Requirement(x) for x in wanted]


def version(pin: Requirement) -> str:
    (only,) = pin.specifier
    assert only.operator == "=="
    return only.version


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_to_one_version_with_its_hashes(name: str) -> None:
    lines = [x for x in text_of(name).splitlines() if x and x[0] not in " #"]
    assert len(lines) == len(pins(name)) > 20
    assert all(version(pin) for pin in pins(name))
    assert all(_HASH.search(m["hashes"]) for m in _PIN.finditer(text_of(name)))


@pytest.mark.parametrize("name", LISTS)
def test_no_list_sends_anybody_to_an_index_or_file_of_its_own(name: str) -> None:
    assert not re.search(r"^--|://|@ ", text_of(name), re.MULTILINE)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_all_pyproject_asks_for(name: str) -> None:
    pinned: dict[str, list[str]] = {}
    for pin in pins(name):
        pinned.setdefault(canonicalize_name(pin.name), []).append(version(pin))
    stale = [
        str(want)
        for want in asked_for(name)
        if not any(
            want.specifier.contains(got, prereleases=True)
            for got in pinned.get(canonicalize_name(want.name), [])
        )
    ]
    assert stale == [], "renew the lists: scripts/lock"


def test_development_runs_on_the_very_packages_that_are_shipped() -> None:
    shipped = {(p.name, version(p)) for p in pins("run.txt")}
    assert shipped <= {(p.name, version(p)) for p in pins("dev.txt")}


@pytest.mark.parametrize("name", LISTS)
def test_no_list_pulls_in_torch(name: str) -> None:
    assert "torch" not in {pin.name for pin in pins(name)}
