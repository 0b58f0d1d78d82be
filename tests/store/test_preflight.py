import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from stepaside.store.embedded import EmbeddedServer
from stepaside.store.preflight import (
    Check,
    check_binaries,
    check_data_dir,
    check_database,
    check_server,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    data_dir = tmp_path_factory.mktemp("preflight") / "data"
    with EmbeddedServer(data_dir, fast=True) as started:
        yield started


def _url_of(server: EmbeddedServer, name: str) -> str:
    return server.start().replace("//stepaside:", f"//{name}:")


def _only_bad(checks: list[Check]) -> Check:
    (found,) = (x for x in checks if not x.ok)
    assert found.advice
    return found


def test_a_fresh_machine_is_ready(tmp_path: Path) -> None:
    data_dir = tmp_path / "not" / "there" / "yet"
    checks = check_database(data_dir=data_dir, database_url=None)
    assert [x.ok for x in checks] == [True, True, True]
    assert "`stepaside up` starts it" in checks[-1].detail
    assert not (tmp_path / "not").exists()


def test_a_running_embedded_server_is_looked_at(server: EmbeddedServer) -> None:
    checks = check_database(data_dir=server.data_dir, database_url=None)
    assert [x.name for x in checks] == [
        "PostgreSQL programs",
        "Data directory",
        "Server",
        "Role",
    ]
    assert all(x.ok for x in checks)
    assert "MB free" in checks[1].detail
    assert "answers" in checks[2].detail


def test_no_check_shows_the_password(server: EmbeddedServer) -> None:
    password = server.start().split(":")[2].split("@")[0]
    missing = server.start().replace("@/stepaside?", "@/missing?")
    for url in (None, server.start(), missing, f"mysql://x:{password}@host/db"):
        checks = check_database(data_dir=server.data_dir, database_url=url)
        assert password not in repr(checks)


def test_a_server_of_somebody_else_is_all_that_counts(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    checks = check_database(data_dir=tmp_path, database_url=server.start())
    assert [x.name for x in checks] == ["Server", "Role"]
    assert all(x.ok for x in checks)


def test_missing_programs_are_said(tmp_path: Path) -> None:
    check = check_binaries(tmp_path, tmp_path / "nowhere")
    assert not check.ok
    assert "has no postgres" in check.detail
    assert "STEPASIDE_DATABASE_URL" in check.advice


def test_data_of_a_version_without_programs_is_said(tmp_path: Path) -> None:
    (tmp_path / "pg99").mkdir()
    check = check_binaries(tmp_path)
    assert not check.ok
    assert "PostgreSQL 99" in check.detail


def _file(data_dir: Path) -> None:
    data_dir.write_text("")


def _foreign(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "holiday.jpg").write_text("")


def _loop(data_dir: Path) -> None:
    data_dir.symlink_to(data_dir)


def _unreadable(data_dir: Path) -> None:
    data_dir.mkdir(mode=0)
    if os.geteuid() == 0:
        os.chown(data_dir, 12345, 12345)


@pytest.mark.parametrize("make", [_file, _foreign, _loop, _unreadable])
def test_an_unusable_data_directory_is_said(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "data")
    assert not check_data_dir(tmp_path / "data").ok
    checks = check_database(data_dir=tmp_path / "data", database_url=None)
    bad = [x for x in checks if not x.ok]
    assert "Data directory" in [x.name for x in bad]
    assert all(x.advice for x in bad)


def test_a_url_that_is_none_is_said() -> None:
    bad = _only_bad(check_server("mysql://name:secret@host/db"))
    assert "cannot be read" in bad.detail
    assert "postgresql://" in bad.advice


def test_a_server_that_does_not_answer_is_said(tmp_path: Path) -> None:
    bad = _only_bad(check_server(f"postgresql://name@/db?host={tmp_path}"))
    assert "no answer" in bad.detail


def test_a_role_that_may_do_nothing_is_told_what_an_administrator_runs(
    server: EmbeddedServer,
) -> None:
    password = server.start().split(":")[2].split("@")[0]
    with psycopg.connect(server.start(), autocommit=True) as conn:
        conn.execute(f"CREATE ROLE cy LOGIN PASSWORD '{password}'")
        conn.execute(f"CREATE ROLE bo LOGIN CREATEROLE PASSWORD '{password}'")
    bad = _only_bad(check_server(_url_of(server, "cy")))
    assert bad.name == "Role"
    assert "may not create stepaside_app" in bad.detail
    assert all(x.ok for x in check_server(_url_of(server, "bo")))

    with psycopg.connect(server.start(), autocommit=True) as conn:
        for statement in bad.advice.partition(": ")[2].split(";")[:-1]:
            conn.execute(statement)
    assert all(x.ok for x in check_server(_url_of(server, "cy")))
