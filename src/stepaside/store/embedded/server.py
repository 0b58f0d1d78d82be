"""The embedded PostgreSQL: started by this process, and gone with it."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from stepaside.store.embedded.address import ensure_database, ready_socket
from stepaside.store.embedded.binaries import Binaries
from stepaside.store.embedded.cluster import (
    choose_programs,
    clear_leftovers,
    failure,
    make_cluster,
)
from stepaside.store.embedded.directory import Cluster, locate, unusable
from stepaside.store.embedded.errors import ServerStartError
from stepaside.store.embedded.lock import claim
from stepaside.store.embedded.privileges import (
    Identity,
    choose_identity,
    spawn,
    within_reach,
)
from stepaside.store.embedded.sockets import PORT, socket_directory

_LOG_LIMIT: Final = 10 * 2**20
_LOOK_AGAIN: Final = 0.01
_STOP_PATIENCE: Final = 40.0
"""Seconds; the guard's own steps take at most 35."""

_SETTINGS: Final[Mapping[str, str]] = {
    "shared_buffers": "128MB",
    "jit": "off",  # costs more than it saves on short statements
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # What customers write must not end up in the log by way of an error.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_FAST: Final[Mapping[str, str]] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class EmbeddedServer:
    """A PostgreSQL server of our own, behind a Unix socket only this account may use.

    It ends when this process ends, however it ends. Not for use from several threads
    at once; which thread starts it, and whether that thread lives on, does not matter.

    data_dir: its files; a new, empty or own directory, used for nothing else.
    binaries: the folder with `postgres` and `initdb`; None finds them.
    max_connections: at the same time; three of them are kept for the owner.
    fast: forget the durability of commits, for clusters to throw away.
    settings: further settings of PostgreSQL by name; they win over ours.
    start_timeout: how long recovery after a crash may take.
    Raises:
        WrongDirectoryError: the path of the data directory leads nowhere.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        binaries: Path | None = None,
        max_connections: int = 100,
        fast: bool = False,
        settings: Mapping[str, str] | None = None,
        start_timeout: timedelta = timedelta(minutes=5),
    ) -> None:
        self.data_dir = locate(data_dir)
        self._folder = binaries
        self._fast = fast
        self._timeout = start_timeout.total_seconds()
        chosen = {**_SETTINGS, **(_FAST if fast else {}), **(settings or {})}
        self._settings = {"max_connections": str(max_connections), **chosen}
        self._log = self.data_dir / "postgres.log"
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""

    def start(self) -> str:
        """Start the server and return the URL of its owner for database `stepaside`.

        The URL carries the password of a superuser: log it nowhere. Cluster and
        database are made if they are missing. Started already: the same URL.

        Raises:
            EmbeddedServerError: one of its subclasses; the message says what to do.
        """
        if self.running:
            return self._url
        self.stop()  # one that ended by itself
        lock = claim(self.data_dir)
        try:
            cluster = self._launch(lock)
        except OSError as error:
            raise unusable(self.data_dir, error) from error
        finally:
            os.close(lock)  # from now on the server holds it
        try:
            socket = self._await_ready(cluster)
            self._url = ensure_database(cluster, socket)
        except BaseException:
            self.stop()
            raise
        return self._url

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, committed rows are safe.

        Does nothing when it is not running.
        """
        if (process := self._process) is None:
            return
        self._process = None
        if process.stdin:
            # A byte besides the end: a forked child of ours may hold the pipe open.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(b".")
                process.stdin.flush()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        process.wait(_STOP_PATIENCE)

    @property
    def running(self) -> bool:
        """Whether the server that `start` started is still there."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _launch(self, lock: int) -> Cluster:
        root = self.data_dir
        binaries, identity = self._choose(lock)
        cluster = make_cluster(root, binaries, identity, lock=lock, fast=self._fast)
        temporary = Path(tempfile.gettempdir())
        uid, gid = identity.uid, identity.gid
        sockets = socket_directory(root, uid=uid, gid=gid, temporary=temporary)
        clear_leftovers(cluster, sockets)
        command: list[str | Path] = [
            *(binaries.directory / "postgres", "-D", cluster.data),
            *("-k", sockets, "-p", str(PORT), "-c", "unix_socket_permissions=0700"),
            *("-c", "listen_addresses="),
        ]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        with _open_log(self._log) as log:
            self._log_start = log.tell()
            self._process = spawn(command, identity=identity, lock=lock, log=log)
        return cluster

    def _choose(self, lock: int) -> tuple[Binaries, Identity]:
        root = self.data_dir
        binaries = choose_programs(root, self._folder)
        identity = choose_identity(binaries, lock=lock)
        root.chmod(0o711 if identity is Identity.NOBODY else 0o700)
        return within_reach(binaries, identity, root=root, lock=lock), identity

    def _await_ready(self, cluster: Cluster) -> Path:
        until = time.monotonic() + self._timeout
        while (socket := ready_socket(cluster)) is None:
            if not self.running:
                raise failure(self.data_dir, self._last_words())
            if time.monotonic() > until:
                raise ServerStartError(
                    f"PostgreSQL was not ready within {self._timeout:.0f} s; it may be "
                    f"recovering from a crash. See {self._log}, or allow more time."
                )
            time.sleep(_LOOK_AGAIN)
        return socket

    def _last_words(self) -> str:
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")


def _open_log(path: Path) -> BinaryIO:
    """Open it for appending; it is turned over at a start, when it has grown long."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.rename(path.with_suffix(".log.1"))
    log = os.fdopen(os.open(path, flags, 0o600), "ab")
    log.seek(0, os.SEEK_END)
    return log
