"""The data directory: what is in it and whose it is.

<data directory>/          0700
    stepaside.lock         held by the server and everything it started; our mark
    postgres.log           what the server said
    pg18/data              the cluster of PostgreSQL 18
    pg18/password          of its owner, 0600
    run/                   the Unix socket, 0700
    binaries/              copies of the programs, only where they are needed
"""

import errno
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stepaside.store.embedded.errors import (
    DiskFullError,
    EmbeddedServerError,
    WrongDirectoryError,
)

LOCK_NAME: Final = "stepaside.lock"
_NAME: Final = re.compile(r"pg(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where one cluster and its password live. `home` is `<data directory>/pg18`."""

    home: Path

    @property
    def data(self) -> Path:
        """What PostgreSQL calls its data directory."""
        return self.home / "data"

    @property
    def password(self) -> Path:
        """Holds the password of the owner of the database, and nothing else."""
        return self.home / "password"

    @property
    def pid_file(self) -> Path:
        """Written by the server: its pid, its socket's folder and its state."""
        return self.data / "postmaster.pid"


def locate(data_dir: Path) -> Path:
    """Return its path without `~` and links.

    Raises:
        WrongDirectoryError: it leads nowhere.
    """
    try:
        return data_dir.expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise WrongDirectoryError(
            f"{data_dir} leads nowhere ({error}). Choose another data directory."
        ) from error


def examine(root: Path) -> None:
    """Look whether this can be the data directory, there or not. Changes nothing.

    Raises:
        WrongDirectoryError: not a directory, not ours, not writable.
    """
    try:
        if root.exists():
            _refuse_what_is_not_ours(root)
        _require_writable(root)
    except OSError as error:
        raise unusable(root, error) from error


def _refuse_what_is_not_ours(root: Path) -> None:
    if not root.is_dir():
        raise WrongDirectoryError(
            f"{root} is not a directory. Choose another data directory."
        )
    if (owner := root.stat().st_uid) != os.geteuid():
        raise WrongDirectoryError(
            f"{root} belongs to the account with uid {owner}, and this process runs as "
            f"{os.geteuid()}. Start as that account, or choose another data directory."
        )
    names = {x.name for x in root.iterdir()} - {"lost+found"}
    if names and LOCK_NAME not in names:
        what = (
            "is a PostgreSQL cluster that something else made"
            if "PG_VERSION" in names
            else f"holds files that are not ours ({', '.join(sorted(names)[:3])})"
        )
        raise WrongDirectoryError(
            f"{root} {what}. Choose a new or empty directory as the data directory."
        )


def _require_writable(root: Path) -> None:
    there = next(x for x in (root, *root.parents) if x.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "not writable", str(there))


def unusable(root: Path, error: OSError) -> EmbeddedServerError:
    """Say in our words why the data directory cannot be used."""
    reason = f"{error.strerror or error} ({error.filename or root})"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            f"No room for {root}: {reason}. Free some space (or inodes: df -i), or "
            "choose a data directory on another disk."
        )
    return WrongDirectoryError(
        f"{root} cannot be used as the data directory: {reason}. Make it writable for "
        "this account, or choose another one."
    )


def require_room(root: Path, size: int) -> None:
    """Refuse early what would fail half-way. size: bytes.

    Raises:
        DiskFullError: less than that is free.
    """
    free = shutil.disk_usage(root).free
    if free < size:
        need = f"{size >> 20} MB needed, {free >> 20} MB free"
        raise unusable(root, OSError(errno.ENOSPC, need))


def is_full(root: Path) -> bool:
    """Whether nothing can be written there any more: no space, or no inodes."""
    disk = os.statvfs(root)
    return disk.f_bavail * disk.f_frsize < 2**20 or (
        disk.f_files > 0 and disk.f_favail == 0
    )


def existing_majors(root: Path) -> list[int]:
    """The major versions that have a cluster here, the newest first.

    Raises:
        WrongDirectoryError: the directory may not be read.
    """
    try:
        found = [_NAME.fullmatch(x.name) for x in root.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unusable(root, error) from error
    return sorted((int(x[1]) for x in found if x), reverse=True)


def cluster_of(root: Path, major: int) -> Cluster:
    """The place of the cluster of that major version, there or not."""
    return Cluster(home=root / f"pg{major}")
