"""A cluster is made as a whole or not at all, and cleaned up before each start."""

import errno
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stepaside.store.embedded.binaries import Binaries, choose_binaries
from stepaside.store.embedded.directory import (
    Cluster,
    cluster_of,
    existing_majors,
    is_full,
    require_room,
    unusable,
)
from stepaside.store.embedded.errors import (
    BinariesMissingError,
    ClusterVersionError,
    EmbeddedServerError,
    ServerStartError,
    WrongDirectoryError,
)
from stepaside.store.embedded.privileges import Identity, run
from stepaside.store.embedded.sockets import PORT

OWNER: Final = "stepaside"
"""The role that owns everything in the embedded server, and its database's name."""

_LOCALE: Final = (
    ("--locale=C.UTF-8",)
    if sys.platform.startswith("linux")
    else ("--locale=C", "--lc-ctype=UTF-8")  # its name on macOS
)
_ROOM_FOR_A_CLUSTER: Final = 100 * 2**20
"""Bytes: 40 MB as made, the first 16 MB of log, and some days of work."""


def choose_programs(root: Path, folder: Path | None) -> Binaries:
    """Choose the programs that can read the data that is there.

    folder: use these; None looks for the version of the newest cluster, and without
        any cluster takes the newest programs.
    Raises:
        ClusterVersionError: the data is of a version whose programs are not here.
        BinariesMissingError: there are none at all.
    """
    majors = existing_majors(root)
    try:
        if folder is None:
            return choose_binaries(majors[0] if majors else None)
    except BinariesMissingError as error:
        if not majors:
            raise
        raise _other_version(root, majors[0], str(error)) from error
    given = choose_binaries(among=[folder])
    if majors and given.major not in majors:
        raise _other_version(root, majors[0], f"{folder} is {given.version}")
    return given


def _other_version(root: Path, major: int | str, why: str) -> ClusterVersionError:
    return ClusterVersionError(
        f"{root} holds data of PostgreSQL {major}, which only PostgreSQL {major} can "
        f"read: {why}. Make the programs of {major} available again and start with "
        f"them. To move to another version, dump the database with pg_dump of {major} "
        "and load it into a new data directory."
    )


def make_cluster(
    root: Path, binaries: Binaries, identity: Identity, *, lock: int, fast: bool
) -> Cluster:
    """Return the cluster, made now if it is missing.

    It is made under another name and renamed when it is whole, its password with it,
    so that a process killed on the way leaves nothing that looks like a cluster.
    fast: do not wait for the disk; for clusters to throw away.
    Raises:
        DiskFullError, ServerStartError: it could not be made.
        WrongDirectoryError: something else has the name, or another account the files.
    """
    cluster = cluster_of(root, binaries.major)
    unfinished = Cluster(home=cluster.home.with_suffix(".unfinished"))
    shutil.rmtree(unfinished.home, ignore_errors=True)
    if not cluster.home.exists():
        require_room(root, _ROOM_FOR_A_CLUSTER)
        unfinished.home.mkdir(mode=0o700)
        _fill(unfinished, binaries, identity, lock=lock, fast=fast)
        unfinished.home.rename(cluster.home)
        _sync(root)
    _require_whole(cluster, binaries.major)
    _give_to(identity, cluster.home)
    return cluster


def _fill(
    cluster: Cluster, binaries: Binaries, identity: Identity, *, lock: int, fast: bool
) -> None:
    _write_password(cluster.password)
    _give_to(identity, cluster.home)
    made = run(_initdb(cluster, binaries, fast=fast), identity=identity, lock=lock)
    if made.returncode != 0:
        shutil.rmtree(cluster.home, ignore_errors=True)
        raise failure(cluster.home.parent, made.stdout)


def _write_password(path: Path) -> None:
    new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(new, "w") as file:
        file.write(secrets.token_urlsafe(24))
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _initdb(cluster: Cluster, binaries: Binaries, *, fast: bool) -> list[str | Path]:
    command: list[str | Path] = [
        *(binaries.directory / "initdb", "-D", cluster.data),
        *("-U", OWNER, "--auth=scram-sha-256", f"--pwfile={cluster.password}"),
        *("-E", "UTF8", *_LOCALE),
    ]
    if binaries.major >= 17:
        # The same order of text on every system, also after it is upgraded. The libc
        # locale above still tells letters from signs when text is split into words.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [*command, "--no-sync" if fast else "--data-checksums"]


def _sync(folder: Path) -> None:
    """Make names in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_whole(cluster: Cluster, major: int) -> None:
    try:
        version = (cluster.data / "PG_VERSION").read_text().strip()
        cluster.password.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise WrongDirectoryError(
            f"{cluster.home} is not a cluster of ours: {error.filename} is missing. "
            "Restore it from a backup, or move the directory away to start empty."
        ) from error
    if version != str(major):
        raise _other_version(cluster.home.parent, version, f"it is in pg{major}")


def _give_to(identity: Identity, home: Path) -> None:
    """Let root change the identity between two starts; nobody else needs to."""
    if home.stat().st_uid == identity.uid:
        return
    for path in _tree(home):
        os.chown(path, identity.uid, identity.gid, follow_symlinks=False)


def _tree(home: Path) -> Iterator[Path]:
    """What is inside before what holds it, so that half a change is seen next time."""
    yield from sorted(home.rglob("*"), reverse=True)
    yield home


def clear_leftovers(cluster: Cluster, sockets: Path) -> None:
    """Remove what a killed server left, which would keep the next from starting.

    PostgreSQL trusts its old pid file when a process with that pid lives, whatever it
    is. We hold the lock that every process of a server inherits, so none is left.
    """
    cluster.pid_file.unlink(missing_ok=True)
    for path in sockets.glob(f".s.PGSQL.{PORT}*"):
        path.unlink(missing_ok=True)


def failure(root: Path, words: str) -> EmbeddedServerError:
    """Turn the last words of a PostgreSQL program into an error that advises."""
    for number in (errno.ENOSPC, errno.EDQUOT):
        if os.strerror(number) in words:
            return unusable(root, OSError(number, os.strerror(number)))
    if is_full(root):  # then it could not even write its last words
        return unusable(root, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    last = "\n".join(words.strip().splitlines()[-12:]) or "(it said nothing)"
    return ServerStartError(f"PostgreSQL did not start. Its last words:\n{last}")
