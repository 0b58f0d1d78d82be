import os
import shutil
import signal
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from stepaside.store.embedded import (
    Binaries,
    BinariesMissingError,
    EmbeddedServer,
    choose_binaries,
    running_url,
)
from tests.store.embedded.processes import (
    ask,
    count,
    guard_pid,
    linux_only,
    server_pid,
    starting,
    url_from,
    write,
)


def _installed() -> list[Binaries]:
    """One of each supported version that is on this machine."""
    found = []
    for major in range(15, 19):
        try:
            found.append(choose_binaries(major))
        except BinariesMissingError:
            continue
    return found


@pytest.mark.parametrize("binaries", _installed(), ids=lambda x: f"pg{x.version}")
def test_a_first_start_makes_a_cluster_and_the_next_finds_it(
    binaries: Binaries, tmp_path: Path
) -> None:
    with EmbeddedServer(tmp_path / "data", binaries=binaries.directory) as server:
        url = server.start()
        write(url, rows=3)
        assert ask(url, "SHOW server_version").startswith(binaries.version)
        assert ask(url, "SELECT current_database()") == "stepaside"
        assert ask(url, "SHOW data_checksums") == "on"

    # Nobody names the programs this time: those that can read the data are taken.
    with EmbeddedServer(tmp_path / "data") as server:
        assert count(server.start()) == 3
        version = ask(server.start(), "SHOW server_version")
        assert version.startswith(f"{binaries.major}.")


@pytest.fixture(scope="module")
def running(stopped_cluster: Path, place: Path) -> Iterator[Path]:
    """The data directory of a server that runs with the usual settings."""
    data_dir = Path(shutil.copytree(stopped_cluster, place / "running"))
    with EmbeddedServer(data_dir):
        yield data_dir


@pytest.fixture(scope="module")
def url(running: Path) -> str:
    found = running_url(running)
    assert found
    return found


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("server_encoding", "UTF8"),
        ("timezone", "UTC"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("jit", "off"),
        ("shared_buffers", "128MB"),
        ("max_connections", "100"),
    ],
)
def test_it_runs_with_safe_and_modest_settings(
    url: str, setting: str, value: str
) -> None:
    assert ask(url, f"SHOW {setting}") == value


def test_quotes_and_dashes_are_no_letters_when_text_is_split_into_words(
    url: str,
) -> None:
    words = ask(url, "SELECT to_tsvector('simple', '“Refund”—naïve, мир…')")
    assert words == "'naïve':2 'refund':1 'мир':3"


def test_the_same_order_of_text_on_every_system(url: str) -> None:
    ordered = ask(
        url,
        "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{z,Z,ä,a,A,é}'::text[]) x",
    )
    assert ordered == "AZazäé"


def test_only_this_account_gets_at_its_files(running: Path) -> None:
    (cluster,) = running.glob("pg*")
    private = [running, cluster, cluster / "data", running / "run"]
    secret = [cluster / "password", running / "postgres.log"]
    assert {stat.S_IMODE(x.stat().st_mode) for x in private} == {0o700}
    assert {stat.S_IMODE(x.stat().st_mode) for x in secret} == {0o600}


def test_a_wrong_password_is_refused(url: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication"):
        psycopg.connect(url, password="wrong")


def test_what_is_written_does_not_get_into_the_log(running: Path, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TEMP TABLE messages (body text PRIMARY KEY)")
        conn.execute("INSERT INTO messages VALUES ('my card is 4242')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute("INSERT INTO messages VALUES ('my card is 4242')")
    log = (running / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "4242" not in log


def test_a_second_command_finds_the_running_server(data_dir: Path) -> None:
    assert running_url(data_dir) is None
    with starting(data_dir) as process:
        url = url_from(process)
        assert running_url(data_dir) == url
        assert ask(url, "SELECT 1") == "1"
    assert running_url(data_dir) is None


def test_no_server_runs_where_there_is_no_directory(tmp_path: Path) -> None:
    assert running_url(tmp_path / "missing") is None


def test_starting_and_stopping_twice_changes_nothing(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir, fast=True)
    assert not server.running
    url = server.start()
    pid = server_pid(data_dir)
    assert server.start() == url
    assert server_pid(data_dir) == pid
    assert server.running
    server.stop()
    server.stop()
    assert not server.running


def test_a_stopped_server_starts_again(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir, fast=True)
    write(server.start(), rows=1)
    server.stop()
    with server:
        assert count(server.start()) == 1


def test_an_open_transaction_does_not_keep_it_from_stopping(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir, fast=True)
    with psycopg.connect(server.start()) as conn:
        conn.execute("CREATE TABLE said (n int)")
        server.stop()
        assert not server.running
        conn.close()


def test_it_outlives_the_thread_that_started_it(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir, fast=True)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    with server:
        assert ask(server.start(), "SELECT 1") == "1"


@linux_only
def test_a_signal_to_all_processes_leaves_it_to_its_starter(data_dir: Path) -> None:
    with EmbeddedServer(data_dir, fast=True) as server:
        url, guard = server.start(), guard_pid(data_dir)
        # A terminal signals its group, a service manager every process it knows.
        assert os.getsid(guard) != os.getsid(0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(guard, number)
        assert ask(url, "SELECT 1") == "1"


def test_a_server_for_tests_does_not_wait_for_the_disk(data_dir: Path) -> None:
    with EmbeddedServer(data_dir, fast=True, max_connections=20) as server:
        shown = [
            ask(server.start(), f"SHOW {x}")
            for x in ("fsync", "synchronous_commit", "max_connections")
        ]
    assert shown == ["off", "off", "20"]


def test_further_settings_win(data_dir: Path) -> None:
    settings = {"work_mem": "8MB", "shared_buffers": "64MB"}
    with EmbeddedServer(data_dir, fast=True, settings=settings) as server:
        url = server.start()
        assert ask(url, "SHOW work_mem") == "8MB"
        assert ask(url, "SHOW shared_buffers") == "64MB"


def test_a_database_that_was_dropped_is_made_again(data_dir: Path) -> None:
    with EmbeddedServer(data_dir, fast=True) as server:
        with psycopg.connect(
            server.start(), dbname="postgres", autocommit=True
        ) as conn:
            conn.execute("DROP DATABASE stepaside")
        server.stop()
        assert ask(server.start(), "SELECT current_database()") == "stepaside"


def test_a_long_log_is_turned_over(data_dir: Path) -> None:
    (data_dir / "postgres.log").write_bytes(b"x" * (11 << 20))
    with EmbeddedServer(data_dir, fast=True):
        assert (data_dir / "postgres.log.1").stat().st_size == 11 << 20
        assert (data_dir / "postgres.log").stat().st_size < 10_000
