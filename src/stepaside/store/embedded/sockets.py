"""Where the server listens: a Unix socket in a folder that only this account enters."""

import hashlib
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from stepaside.store.embedded import guard
from stepaside.store.embedded.errors import EmbeddedServerError

PORT: Final = 5432
"""No port is opened: the number is a part of the socket's name."""
_SOCKET_PATH_LIMIT: Final = 107 if sys.platform.startswith("linux") else 103
"""Bytes. Source: sun_path in unix(7); 104 with its end mark on BSD and macOS."""


def socket_directory(root: Path, *, uid: int, gid: int, temporary: Path) -> Path:
    """Make the private folder for the socket and return it.

    root: the data directory; the folder is below it unless its path is too long.
    uid, gid: whose folder it is to be.
    temporary: where everybody may write, used when it is too long.
    Raises:
        EmbeddedServerError: somebody else made that folder first, or both are too long.
    """
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    elsewhere = temporary / f"stepaside-{uid}-{name}"
    if _fits(root / "run"):
        # Root takes it back from the identity it ran under before.
        return _make_private(root / "run", uid, gid, {uid, guard.nobody()[0]})
    if _fits(elsewhere):
        return _make_private(elsewhere, uid, gid, {uid})
    raise EmbeddedServerError(
        f"{elsewhere} is too long a path for a socket (at most {_SOCKET_PATH_LIMIT} "
        "bytes). Set TMPDIR to a folder with a shorter path."
    )


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= _SOCKET_PATH_LIMIT


def _make_private(folder: Path, uid: int, gid: int, owners: set[int]) -> Path:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    # Anyone may have put a link or a folder of theirs here to listen in our place.
    found = folder.lstat()
    ours = found.st_uid in owners | {os.geteuid()}
    if not (stat.S_ISDIR(found.st_mode) and ours and not found.st_mode & 0o077):
        raise EmbeddedServerError(
            f"{folder} should be a folder that only this account may enter, and is "
            f"not (uid {found.st_uid}, {stat.filemode(found.st_mode)}). Remove it, or "
            "choose a data directory with a shorter path."
        )
    if found.st_uid != uid:
        os.chown(folder, uid, gid, follow_symlinks=False)
    return folder
