"""Making the models again: every part, in the order they build on one another."""

import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ECHO = '#!/bin/sh\necho "$1"\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree in which each python only says what it would have run."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(REPOSITORY / "scripts/models", tmp_path / "scripts/models")
    for environment in (".venv", "folder"):
        python = tmp_path / environment / "bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(ECHO, "utf-8")
        python.chmod(0o755)
    return tmp_path


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        words, cwd=tree, capture_output=True, text=True, check=False
    )


def test_all_parts_are_made_each_after_what_it_is_made_from(tree: Path) -> None:
    assert run(tree, "scripts/models", "all", "folder").stdout.split() == [
        "data/train.py",
        "data/distil.py",
        "data/ordinary.py",
        "data/encoder/teach.py",
        "data/blend.py",
        "data/reader/learn.py",
        "data/reader/fit.py",
        "data/same.py",
    ]


def test_make_makes_them_all() -> None:
    assert 'scripts/models all "$(FOLDER)"' in (REPOSITORY / "Makefile").read_text(
        "utf-8"
    )


@pytest.mark.parametrize("part", ["all", "meaning", "encoder", "reader", "same"])
@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_without_its_folder_nothing_is_begun(
    tree: Path, part: str, folder: str
) -> None:
    done = run(tree, "scripts/models", part, folder)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"scripts/models {part}: FOLDER is missing")
