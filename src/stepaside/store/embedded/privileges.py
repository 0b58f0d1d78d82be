"""Under which identity PostgreSQL runs, and running its programs under it.

PostgreSQL refuses to run as root. An ordinary account runs it as itself. Root runs it
in a user namespace where root is called nobody, and where the system refuses namespaces
(containers often do), as the account nobody. No account is created, and no permission
of anything outside the data directory is touched.
"""

import os
import pwd
import subprocess
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

from stepaside.store.embedded import guard
from stepaside.store.embedded.binaries import Binaries, copy_binaries
from stepaside.store.embedded.directory import require_room
from stepaside.store.embedded.errors import EmbeddedServerError, WrongDirectoryError

_ROOM_FOR_A_COPY: Final = 100 * 2**20
"""Bytes; the programs take 40 to 60 MB."""


class Identity(StrEnum):
    """Whom the server runs as; the values are the guard's."""

    SELF = "self"
    NAMESPACE = "namespace"
    NOBODY = "nobody"

    @property
    def uid(self) -> int:
        """The account that owns its files, as seen from outside."""
        return guard.nobody()[0] if self is Identity.NOBODY else os.geteuid()

    @property
    def gid(self) -> int:
        """The group that owns its files, as seen from outside."""
        return guard.nobody()[1] if self is Identity.NOBODY else os.getegid()


def choose_identity(binaries: Binaries, *, lock: int) -> Identity:
    """Choose the one that works here."""
    if os.geteuid() != 0 and _has_a_name(os.geteuid()):
        return Identity.SELF
    trial = _ask_version(binaries, Identity.NAMESPACE, lock, Path("/"))
    if trial.returncode != guard.NOT_PERMITTED:
        return Identity.NAMESPACE
    return Identity.SELF if os.geteuid() else Identity.NOBODY


def _has_a_name(uid: int) -> bool:
    """Whether initdb finds a name for it; containers run as any number."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def within_reach(
    binaries: Binaries, identity: Identity, *, root: Path, lock: int
) -> Binaries:
    """Return programs that this identity can run, copied into `root` if need be.

    root: our data directory.
    Raises:
        WrongDirectoryError: this identity cannot enter the data directory.
    """
    if identity is not Identity.NOBODY or _runs(binaries, identity, root, lock):
        return binaries
    require_room(root, _ROOM_FOR_A_COPY)
    copied = copy_binaries(binaries, root / "binaries")
    if _runs(copied, identity, root, lock):
        return copied
    raise EmbeddedServerError(
        f"The account nobody cannot run {copied.directory}; is {root} on a disk "
        "mounted noexec? Choose another data directory."
    )


def _runs(binaries: Binaries, identity: Identity, root: Path, lock: int) -> bool:
    trial = _ask_version(binaries, identity, lock, root)
    if trial.returncode == guard.NO_ENTRY:
        raise WrongDirectoryError(
            f"PostgreSQL refuses to run as root, user namespaces are refused here, and "
            f"the account nobody may not enter {root}. Choose a data directory "
            "outside of private folders (for example /var/lib/stepaside), or start as "
            "an ordinary account."
        )
    return trial.returncode == 0


def _ask_version(
    binaries: Binaries, identity: Identity, lock: int, directory: Path
) -> subprocess.CompletedProcess[str]:
    """Run the least there is to run: where it works, the server will."""
    command = [str(binaries.directory / "postgres"), "-V"]
    return run(command, identity=identity, lock=lock, directory=directory)


def run(
    command: Sequence[str | Path],
    *,
    identity: Identity,
    lock: int,
    directory: Path = Path("/"),
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end under that identity; it ends when we do.

    lock: the descriptor of the lock on the data directory, inherited by the program.
    """
    silent, open_until_done = os.pipe()
    try:
        return subprocess.run(  # noqa: S603  # our own guard, no shell
            _guarded(command, identity, lock, directory),
            stdin=silent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
            pass_fds=(lock,),
            env=_environment(os.environ),
            start_new_session=True,
            check=False,
        )
    finally:
        os.close(silent)
        os.close(open_until_done)


def spawn(
    command: Sequence[str | Path], *, identity: Identity, lock: int, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a program under that identity; it ends when we do or close its `stdin`."""
    return subprocess.Popen(  # noqa: S603  # our own guard, no shell
        _guarded(command, identity, lock, Path("/")),
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        pass_fds=(lock,),
        env=_environment(os.environ),
        # Its own session, so that Ctrl-C in a terminal reaches us and not the database.
        start_new_session=True,
    )


def _guarded(
    command: Sequence[str | Path], identity: Identity, lock: int, directory: Path
) -> list[str]:
    # Isolated and without site-packages: it starts in 15 ms, and nothing in the
    # environment or the working directory can change what it imports.
    start = [sys.executable, "-I", "-S", guard.__file__]
    task = [str(os.getpid()), str(lock), identity.value, str(directory)]
    return [*start, *task, *map(str, command)]


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would steer PostgreSQL from outside.

    In English, because we read its messages; macOS insists on a locale it knows.
    """
    kept = {
        name: value
        for name, value in ours.items()
        if not name.startswith(("PG", "LC_", "LANG"))
    }
    return kept | {"LC_ALL": "C"}
