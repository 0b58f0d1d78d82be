"""Where the project's own files are, for the tests that read them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "stepaside"


def python_files() -> Iterator[Path]:
    """Every Python file we write, in a steady order."""
    for place in ("src", "tests", "bench", "scripts"):
        yield from sorted((ROOT / place).rglob("*.py"))


def named(path: Path) -> str:
    """Return the path as a reader of the checkout would write it."""
    return path.relative_to(ROOT).as_posix()
