"""Why the embedded server does not run, one class for each thing to do about it."""

from pathlib import Path

from stepaside.core.errors import Refusal, StepasideError


class EmbeddedServerError(StepasideError):
    """Catch this to catch all of them. The message says what to do."""


class BinariesMissingError(EmbeddedServerError):
    """No usable PostgreSQL programs were found; the message lists where we looked."""


class WrongDirectoryError(EmbeddedServerError):
    """The data directory is no directory, not ours, or cannot be used from here."""


class ClusterVersionError(WrongDirectoryError):
    """The data was written by a major version whose programs are not here."""


class DataDirectoryBusy(EmbeddedServerError, Refusal):
    """Another process runs the server of this data directory; nothing was changed.

    pid: the process that started it; None if it has not said so yet.
    """

    def __init__(self, directory: Path, pid: int | None, host: str | None) -> None:
        who = f"process {pid} on {host}" if pid else "another process"
        super().__init__(
            f"{directory} is in use by {who}. Stop that one first, choose another "
            "data directory, or use its running server."
        )
        self.pid = pid


class DiskFullError(EmbeddedServerError):
    """No room on the disk of the data directory."""


class ServerStartError(EmbeddedServerError):
    """PostgreSQL gave up or took too long; the message carries its last words."""
