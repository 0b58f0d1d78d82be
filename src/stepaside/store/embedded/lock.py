"""Who has the data directory now."""

import fcntl
import json
import os
import platform
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from stepaside.store.embedded.directory import LOCK_NAME, examine, unusable
from stepaside.store.embedded.errors import DataDirectoryBusy

_LAST_BREATH: Final = 35.0
"""Seconds a server may take to stop after the process that started it has died."""


def claim(root: Path) -> int:
    """Make the data directory ours alone; create it if it is missing.

    Returns the descriptor of the lock. It is free again when every process that has
    the descriptor is gone, so whoever gets it knows that no server runs here.
    Raises:
        WrongDirectoryError: not a directory, not ours, not writable.
        DataDirectoryBusy: another process has it.
    """
    try:
        if not root.exists():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        examine(root)
        # Nobody else may put anything here; to pass through stays, see privileges.py.
        root.chmod(root.stat().st_mode & 0o711 | 0o700)
        lock = os.open(root / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise unusable(root, error) from error
    try:
        _wait_for(lock, root)
        _sign(lock)
    except OSError as error:
        os.close(lock)
        raise unusable(root, error) from error
    except BaseException:
        os.close(lock)
        raise
    return lock


def _wait_for(lock: int, root: Path) -> None:
    """Take the lock; wait only for a server whose starter is dead: it is stopping."""
    until = time.monotonic() + _LAST_BREATH
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        pid, host = _holder(lock)
        if _is_alive(pid, host):
            raise DataDirectoryBusy(root, pid, host)
        if time.monotonic() > until:
            raise DataDirectoryBusy(root, None, None)
        time.sleep(0.05)


def _sign(lock: int) -> None:
    holder = {"pid": os.getpid(), "host": platform.node()}
    os.ftruncate(lock, 0)
    os.pwrite(lock, json.dumps(holder).encode(), 0)


def _holder(lock: int) -> tuple[int | None, str | None]:
    try:
        text = json.loads(os.pread(lock, 1000, 0))
        return int(text["pid"]), str(text["host"])
    except (ValueError, KeyError, TypeError):
        return None, None  # taken a moment ago, not yet signed


def _is_alive(pid: int | None, host: str | None) -> bool:
    """Whether the holder lives; a pid of another host cannot be looked up here."""
    if pid is None:
        return False
    if host != platform.node():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Dead, but its parent has not asked how it ended. Known on Linux only."""
    with suppress(OSError):
        status = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return status.rpartition(")")[2].split()[0] == "Z"
    return False
