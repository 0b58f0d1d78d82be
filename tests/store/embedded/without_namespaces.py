"""Hold a server where user namespaces are refused: `without_namespaces.py DATADIR ...`.

The kernel answers "not permitted", by a filter like the one containers run under.
"""

import ctypes
import errno
import platform
import struct
import sys

from stepaside.store.embedded.__main__ import main

_UNSHARE = {"x86_64": 272, "aarch64": 97}[platform.machine()]
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _FAIL_WITH = 0x7FFF0000, 0x00050000

_PROGRAM = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in (
        (_LOAD, 0, 0, 0),  # the number of the system call
        (_JUMP_IF_EQUAL, 0, 1, _UNSHARE),
        (_RETURN, 0, 0, _FAIL_WITH | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    )
)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


def refuse_namespaces() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    filters = _Filter(len(_PROGRAM) // 8, _PROGRAM)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(filters), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filters")


if __name__ == "__main__":
    refuse_namespaces()
    sys.argv.insert(1, "hold")
    sys.exit(main())
