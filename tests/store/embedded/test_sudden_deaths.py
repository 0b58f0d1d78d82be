import fcntl
import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from stepaside.store.embedded import (
    DataDirectoryBusy,
    EmbeddedServer,
    find_binaries,
)
from stepaside.store.embedded.directory import LOCK_NAME
from tests.store.embedded.processes import (
    count,
    guard_pid,
    linux_only,
    seen_off,
    server_pid,
    starting,
    url_from,
    words_of,
    write,
)

pytestmark = linux_only


def test_a_killed_starter_leaves_no_server_and_loses_no_committed_row(
    data_dir: Path,
) -> None:
    with starting(data_dir) as process:
        url = url_from(process)
        write(url, rows=50)
        half_done = psycopg.connect(url)
        half_done.execute("INSERT INTO said VALUES (1000)")
        with seen_off(server_pid(data_dir), guard_pid(data_dir)):
            process.kill()
    half_done.close()
    with EmbeddedServer(data_dir) as server:
        assert count(server.start()) == 50


def test_the_next_starter_waits_for_the_server_of_a_killed_one(data_dir: Path) -> None:
    with starting(data_dir) as process:
        write(url_from(process), rows=5)
        process.kill()
        # Dead, and its parent has not looked yet: so its number is still taken.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with EmbeddedServer(data_dir) as server:
            assert count(server.start()) == 5


def test_the_server_goes_also_when_another_child_outlives_the_starter(
    data_dir: Path,
) -> None:
    # A forked worker holds everything open that its parent had, for as long as it
    # lives: here until it is seen off at the end.
    script = """if True:
        import os, signal, sys
        from pathlib import Path
        from stepaside.store.embedded import EmbeddedServer
        url = EmbeddedServer(Path(sys.argv[1])).start()
        if child := os.fork():
            print(url, flush=True)
            print(child, flush=True)
        signal.pause()
    """
    with starting(data_dir, run=(sys.executable, "-c", script)) as process:
        url_from(process)
        assert process.stdout
        worker = int(process.stdout.readline())
        with seen_off(server_pid(data_dir), guard_pid(data_dir)):
            process.kill()
        with seen_off(worker):
            os.kill(worker, signal.SIGKILL)


def test_the_server_goes_when_its_guard_is_killed(data_dir: Path) -> None:
    with EmbeddedServer(data_dir) as server:
        write(server.start(), rows=5)
        with seen_off(server_pid(data_dir)):
            os.kill(guard_pid(data_dir), signal.SIGKILL)
        # It is noticed, and the same object starts it again.
        assert count(server.start()) == 5


def test_nobody_gets_the_directory_while_any_process_of_a_server_lives(
    data_dir: Path,
) -> None:
    with EmbeddedServer(data_dir) as server, (data_dir / LOCK_NAME).open() as lock:
        server.start()
        pid, guard = server_pid(data_dir), guard_pid(data_dir)
        with seen_off(pid):
            os.kill(pid, signal.SIGSTOP)  # it is told to end, and cannot for now
            with seen_off(guard):
                os.kill(guard, signal.SIGKILL)
            with pytest.raises(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.kill(pid, signal.SIGCONT)
        fcntl.flock(lock, fcntl.LOCK_EX)


@pytest.mark.parametrize("reused", [False, True])
def test_everything_killed_at_once_loses_no_committed_row(
    data_dir: Path, reused: bool
) -> None:
    with starting(data_dir) as process:
        write(url_from(process), rows=50)
        server, guard = server_pid(data_dir), guard_pid(data_dir)
        with seen_off(server, guard):
            for pid in (server, guard, process.pid):  # or it might still tidy up
                os.kill(pid, signal.SIGKILL)

    (pid_file,) = data_dir.glob("pg*/data/postmaster.pid")
    (socket_lock,) = (data_dir / "run").glob(".s.PGSQL.*.lock")
    assert int(pid_file.read_text().split()[0]) == server
    if reused:
        # The number of the dead server belongs to somebody else now, who lives.
        for stale in (pid_file, socket_lock):
            _, *rest = stale.read_text().splitlines(keepends=True)
            stale.write_text("".join([f"{os.getpid()}\n", *rest]))

    with EmbeddedServer(data_dir) as again:
        assert count(again.start()) == 50
    assert "automatic recovery in progress" in (data_dir / "postgres.log").read_text()


def test_a_first_start_killed_half_way_leaves_nothing_in_the_way(
    tmp_path: Path,
) -> None:
    data_dir, made_half = tmp_path / "data", tmp_path / "made_half"
    os.mkfifo(made_half)
    initdb = f'mkdir "$2"; echo 18 > "$2/PG_VERSION"; exec cat > {made_half}'
    with ExitStack() as stack:
        programs = _programs_with_initdb(tmp_path / "bin", initdb)
        process = stack.enter_context(starting(data_dir, "--binaries", programs))
        stack.enter_context(made_half.open())  # waits until it has got there
        process.kill()
        process.wait()
    assert list(data_dir.glob("*.unfinished/data/PG_VERSION"))

    with EmbeddedServer(data_dir, fast=True) as server:
        write(server.start(), rows=1)
    assert not list(data_dir.glob("*.unfinished"))


def _programs_with_initdb(folder: Path, script: str) -> Path:
    folder.mkdir()
    (folder / "postgres").symlink_to(find_binaries() / "postgres")
    (folder / "initdb").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "initdb").chmod(0o755)
    return folder


def test_a_second_starter_is_refused_and_told_by_whom(data_dir: Path) -> None:
    with starting(data_dir) as process:
        url = url_from(process)
        with pytest.raises(DataDirectoryBusy, match=f"process {process.pid} ") as busy:
            EmbeddedServer(data_dir).start()
        assert busy.value.pid == process.pid
        write(url, rows=1)  # and the first has noticed nothing


def test_of_two_starters_at_the_same_moment_one_wins(tmp_path: Path) -> None:
    with starting(tmp_path / "data") as one, starting(tmp_path / "data") as other:
        assert one.stdout
        assert other.stdout
        urls = [one.stdout.readline(), other.stdout.readline()]
        loser = one if not urls[0] else other
        assert sorted(map(bool, urls)) == [False, True]
        assert "is in use by process" in words_of(loser)


def test_ctrl_c_stops_it_in_good_order(data_dir: Path) -> None:
    with starting(data_dir) as process:
        url_from(process)
        with seen_off(server_pid(data_dir)):
            process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert "database system is shut down" in (data_dir / "postgres.log").read_text()
