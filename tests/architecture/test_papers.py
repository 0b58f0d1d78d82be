"""The papers a newcomer and an operator look for are there and hang together."""

import re
import tomllib
from pathlib import Path

import pytest

from stepaside import __version__
from tests.architecture.checkout import ROOT, named

PAPERS = (
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "docs/glossary.md",
)
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("paper", PAPERS)
def test_a_paper_is_there_and_says_something(paper: str) -> None:
    assert (ROOT / paper).read_text("utf-8").strip()


def test_the_changelog_speaks_of_the_version_the_package_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["version"] == __version__
    assert __version__ in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_decisions_are_numbered_in_a_row_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in RECORDS]
    assert numbers == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_decision_tells_context_decision_and_consequences(record: Path) -> None:
    text = record.read_text("utf-8")
    assert text.startswith("# ")
    headings = re.findall(r"^## (\w+)", text, re.MULTILINE)
    assert [x for x in headings if x != "Status"] == [
        "Context",
        "Decision",
        "Consequences",
    ]


def dead_links(path: Path) -> list[str]:
    links = _LINK.findall(path.read_text("utf-8"))
    return [f"{path.name}: {x}" for x in links if not (path.parent / x).exists()]


def test_no_paper_points_to_a_file_that_is_not_there() -> None:
    papers = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert {named(p): dead for p in papers if (dead := dead_links(p))} == {}


def test_a_dead_link_is_found_and_a_web_address_is_not(tmp_path: Path) -> None:
    paper = tmp_path / "a.md"
    paper.write_text("[x](gone.md#y) [z](https://example.org/a) [self](a.md)")
    assert dead_links(paper) == ["a.md: gone.md"]
