"""Starters in processes of their own, to be killed; and waiting for a process to go."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"),
    reason="looks at processes as Linux shows them",
)
HOLD = ("-m", "stepaside.store.embedded", "hold")
_PATIENCE = 30.0


def hears_ctrl_c() -> None:
    """A suite run in the background ignores it, and its children would as well."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def starting(
    data_dir: Path,
    *options: str | Path,
    run: Sequence[str | Path] = (sys.executable, *HOLD),
) -> Iterator[subprocess.Popen[str]]:
    """A process that starts the server and holds it until its standard input ends."""
    process = subprocess.Popen(  # noqa: S603  # programs of this suite
        [*run, data_dir, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears_ctrl_c,  # noqa: PLW1509 - the suite starts no thread here
    )
    with process:
        try:
            yield process
        finally:
            if process.stdin and not process.stdin.closed:
                process.stdin.close()


def url_from(process: subprocess.Popen[str]) -> str:
    """What the starter prints once the server is ready."""
    assert process.stdout
    assert process.stderr
    url = process.stdout.readline().strip()
    assert url, process.stderr.read()
    return url


def words_of(process: subprocess.Popen[str]) -> str:
    """What a starter says that gives up; it must."""
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, ""), out + err
    return err


def server_pid(data_dir: Path) -> int:
    (pid_file,) = data_dir.glob("pg*/data/postmaster.pid")
    return int(pid_file.read_text().split()[0])


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


def guard_pid(data_dir: Path) -> int:
    return parent_of(server_pid(data_dir))


@contextmanager
def seen_off(*pids: int) -> Iterator[None]:
    """The body ends these processes, which are gone soon after."""
    watched = [(pid, os.pidfd_open(pid)) for pid in pids]
    yield
    for pid, descriptor in watched:
        ended, _, _ = select.select([descriptor], [], [], _PATIENCE)
        os.close(descriptor)
        assert ended, f"process {pid} is still there after {_PATIENCE} s"


def write(url: str, rows: int) -> None:
    """Commit rows, one at a time, as the product does."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS said (n int PRIMARY KEY)")
        for n in range(rows):
            conn.execute("INSERT INTO said VALUES (%s)", (n,))


def count(url: str) -> int:
    return int(ask(url, "SELECT count(*) FROM said"))


def ask(url: str, query: str) -> str:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(query).fetchone()
    return str((row or ("",))[0])
