"""Run one PostgreSQL program, and end it when the process that asked for it is gone.

A program of its own, started by path, and so it imports the standard library only:

    python -I -S guard.py OWNER LOCK IDENTITY DIRECTORY PROGRAM [ARGUMENT ...]

OWNER: the pid of the process that asked; when it is no longer our parent, we stop.
LOCK: an open file descriptor that the program inherits, and all its children with
    it: whoever gets that lock later knows that none of them is alive.
IDENTITY: `self`, `namespace` (root in a user namespace where it is called nobody) or
    `nobody`.
DIRECTORY: where the program runs; entered under the new identity.

Standard input is a pipe from the owner: a byte, or its end, asks us to stop.

Why a process in between, when Linux can send a signal at the death of a parent: that
signal is tied to the *thread* that forked, which may end long before the process does,
and other systems have no such signal at all. The guard has one thread, so that it can
fork safely, and ask for the signal, so that the program also survives nobody who kills
the guard itself.
"""

import ctypes
import os
import pwd
import select
import signal
import sys
import time
from typing import Final, NoReturn

NOT_PERMITTED: Final = 124
"""Exit status: the identity cannot be taken on here."""
NO_ENTRY: Final = 125
"""Exit status: that identity may not enter the directory."""
NOT_RUNNABLE: Final = 126
"""Exit status: that identity may not run the program."""

_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWUSER: Final = 0x10000000
_LOOK_AGAIN: Final = 1.0
"""Seconds between two looks at our parent, should the pipe stay silent because
another child of the owner holds it open too."""

# PostgreSQL's fast shutdown, its immediate one (the next start recovers), and the end.
_ENDINGS: Final = ((signal.SIGINT, 25.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def main(arguments: list[str]) -> int:
    """Run the program to its end, or to ours. Return its exit status."""
    owner, lock, identity, directory, *command = arguments
    # The owner decides when to stop, also when a terminal or a service manager
    # signals all of us at once: it still needs its database to finish its work.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    wake = _wake_when_a_child_ends()
    child = _start(identity, directory, int(lock), command)
    while (status := _status(child)) is None:
        if _is_to_stop(int(owner), wake):
            return _end(child, wake)
    return status


def nobody() -> tuple[int, int]:
    """Return the user and group number of the account nobody, else the usual ones."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def _wake_when_a_child_ends() -> int:
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return readable


def _start(identity: str, directory: str, lock: int, command: list[str]) -> int:
    guard = os.getpid()
    if child := os.fork():
        return child
    _try(NOT_PERMITTED, f"become {identity}", _become, identity)
    _try(NO_ENTRY, f"enter {directory}", os.chdir, directory)
    os.set_inheritable(lock, True)  # as it came to us; said because all rests on it
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    ignored = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    for number in (*ignored, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    _die_with(guard)
    _try(NOT_RUNNABLE, f"run {command[0]}", os.execv, command[0], command)
    os._exit(NOT_RUNNABLE)


def _try(status: int, what: str, do: object, *values: object) -> None:
    try:
        do(*values)  # type: ignore[operator]
    except OSError as error:
        sys.stderr.write(f"Could not {what}: {error}\n")
        sys.stderr.flush()
        os._exit(status)


def _become(identity: str) -> None:
    match identity:
        case "self":
            return
        case "namespace":
            _enter_namespace()
        case "nobody":
            uid, gid = nobody()
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        case _:
            raise OSError(f"no such identity: {identity}")


def _enter_namespace() -> None:
    """Be called nobody, while the kernel goes on checking files as for root.

    PostgreSQL refuses to run as root; this satisfies it without touching the owner
    or the permissions of any file, even below a home directory only root may enter.
    """
    if not sys.platform.startswith("linux"):
        raise OSError("only Linux has user namespaces")
    uid, gid = nobody()
    uid_map, gid_map = f"{uid} {os.geteuid()} 1", f"{gid} {os.getegid()} 1"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    for name, line in (
        ("uid_map", uid_map),
        ("setgroups", "deny"),
        ("gid_map", gid_map),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123  # start fast
            file.write(line)


def _die_with(guard: int) -> None:
    """Have the kernel send a fast shutdown when the guard dies. Linux only.

    Last before the exec, because a change of identity takes the request back; the
    guard may have died before it was made.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != guard:
        os._exit(NOT_RUNNABLE)


def _status(child: int) -> int | None:
    ended, status = os.waitpid(child, os.WNOHANG)
    if not ended:
        return None
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _is_to_stop(owner: int, wake: int) -> bool:
    ready, _, _ = select.select([0, wake], [], [], _LOOK_AGAIN)
    if wake in ready:
        os.read(wake, 4096)
    return 0 in ready or os.getppid() != owner


def _end(child: int, wake: int) -> int:
    for number, patience in _ENDINGS:
        os.kill(child, number)
        until = time.monotonic() + patience
        while (left := until - time.monotonic()) > 0:
            if (status := _status(child)) is not None:
                return status
            if select.select([wake], [], [], left)[0]:
                os.read(wake, 4096)
    return _unkillable(child)


def _unkillable(child: int) -> NoReturn:
    sys.stderr.write(f"Process {child} does not end.\n")
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
