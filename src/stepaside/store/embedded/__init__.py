"""A PostgreSQL server that needs no installation, started and ended by this program."""

from stepaside.store.embedded.address import running_url
from stepaside.store.embedded.binaries import (
    SUPPORTED_MAJORS,
    Binaries,
    choose_binaries,
    find_binaries,
    inspect_binaries,
)
from stepaside.store.embedded.errors import (
    BinariesMissingError,
    ClusterVersionError,
    DataDirectoryBusy,
    DiskFullError,
    EmbeddedServerError,
    ServerStartError,
    WrongDirectoryError,
)
from stepaside.store.embedded.server import EmbeddedServer

__all__ = [
    "SUPPORTED_MAJORS",
    "Binaries",
    "BinariesMissingError",
    "ClusterVersionError",
    "DataDirectoryBusy",
    "DiskFullError",
    "EmbeddedServer",
    "EmbeddedServerError",
    "ServerStartError",
    "WrongDirectoryError",
    "choose_binaries",
    "find_binaries",
    "inspect_binaries",
    "running_url",
]
