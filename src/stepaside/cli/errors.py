"""What people are told when a command does not work."""

import os
import sys
import traceback

from stepaside.core.errors import StepasideError


def report(error: Exception) -> int:
    """Write one line to stderr, or everything where STEPASIDE_DEBUG is set.

    Returns the exit status.
    """
    if os.environ.get("STEPASIDE_DEBUG", "").lower() in {"1", "true", "yes", "on"}:
        traceback.print_exception(error)
    sys.stderr.write(f"stepaside: {_sentence(error)}\n")
    return 1


def _sentence(error: Exception) -> str:
    said = " ".join(str(error).split())
    if isinstance(error, StepasideError):
        return said
    if isinstance(error, OSError):
        return said.removeprefix(f"[Errno {error.errno}] ")
    if type(error).__module__.partition(".")[0] == "psycopg":
        return f"The database: {said} `stepaside doctor` says more."
    kind = type(error).__name__
    return f"Unexpected {kind}: {said} (STEPASIDE_DEBUG=1 shows where)"
