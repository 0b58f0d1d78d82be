"""The page about states is drawn from the tables, and drawn again when they change."""

import re
from pathlib import Path

import pytest

from scripts.states import COMMAND, MEANING, PAGE, main, render
from stepaside.core.conversation import (
    CONTROL_AFTER,
    STATUS_AFTER,
    Control,
    Move,
    Status,
    StatusMove,
)


def arrows() -> set[tuple[str, str, str]]:
    """Every (from, move, to) somebody reads off the two diagrams."""
    found = re.findall(r"^    (\w+) --> (\w+): (.+)$", render(), re.MULTILINE)
    return {(a, move, b) for a, b, along in found for move in along.split(", ")}


def test_the_page_is_up_to_date() -> None:
    drawn = PAGE.read_text("utf-8") if PAGE.exists() else ""
    assert drawn == render(), f"docs/states.md is out of date; run {COMMAND}"


def test_the_diagrams_show_every_move_that_is_possible_and_no_other() -> None:
    control = {(str(a), str(m), str(b)) for (a, m), b in CONTROL_AFTER.items() if b}
    status = {(str(a), str(m), str(b)) for (a, m), b in STATUS_AFTER.items() if b}
    assert arrows() == control | status


def test_the_tables_show_every_refusal_with_its_reason() -> None:
    tables = [*CONTROL_AFTER.values(), *STATUS_AFTER.values()]
    assert render().count("refused: ") == tables.count(None)
    assert "refused: The bot already has control." in render()


def test_every_move_is_explained() -> None:
    assert set(MEANING) == {*Move, *StatusMove}
    for name in (*Move, *StatusMove, *Control, *Status):
        assert f"`{name}`" in render()


def test_checking_says_how_to_draw_it_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "docs" / "states.md"
    page.parent.mkdir()
    monkeypatch.setattr("scripts.states.PAGE", page)
    assert main(["--check"]) == 1
    assert COMMAND in capsys.readouterr().out
    assert main([]) == 0
    assert page.read_text("utf-8") == render()
    assert main(["--check"]) == 0


def test_anything_else_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--draw"]) == 2
    assert "--check" in capsys.readouterr().out
