"""Where a running server answers."""

import errno
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from stepaside.store.embedded.cluster import OWNER
from stepaside.store.embedded.directory import (
    Cluster,
    cluster_of,
    existing_majors,
    locate,
    unusable,
)
from stepaside.store.embedded.errors import ServerStartError
from stepaside.store.embedded.sockets import PORT

_ANY_DATABASE = "postgres"
"""The one that is in every cluster from the start."""


def running_url(data_dir: Path) -> str | None:
    """Return the URL of the server that some process runs on this data directory.

    For a second command beside the one that started the server; it may end at any
    time. None: none is running. The URL carries the password: log it nowhere.
    Raises:
        WrongDirectoryError: this account may not read the directory.
    """
    root = locate(data_dir)
    try:
        for major in existing_majors(root):
            cluster = cluster_of(root, major)
            if (socket := ready_socket(cluster)) and _answers(cluster, socket):
                return _owner_url(cluster, socket)
    except OSError as error:
        raise unusable(root, error) from error
    return None


def ready_socket(cluster: Cluster) -> Path | None:
    """Return the folder of its socket once it says it is ready; None before.

    A server that was killed leaves its last word behind: connect to be certain.
    Source: the lines of postmaster.pid in PostgreSQL's miscadmin.h, unchanged since 10.
    """
    with suppress(FileNotFoundError):
        lines = cluster.pid_file.read_text().splitlines()
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return Path(lines[4])
    return None


def _answers(cluster: Cluster, socket: Path) -> bool:
    try:
        psycopg.connect(_owner_url(cluster, socket), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _owner_url(cluster: Cluster, socket: Path) -> str:
    password = cluster.password.read_text()
    where = f"host={quote(str(socket), safe='')}&port={PORT}"
    return f"postgresql://{OWNER}:{password}@/{OWNER}?{where}"


def ensure_database(cluster: Cluster, socket: Path) -> str:
    """Make the database unless it is there, and return the owner's URL for it.

    Raises:
        ServerStartError: the server is there and does not let us in.
        DiskFullError: no room for it.
    """
    url = _owner_url(cluster, socket)
    named = sql.Identifier(OWNER)
    try:
        with psycopg.connect(url, dbname=_ANY_DATABASE, autocommit=True) as conn:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if conn.execute(query, (OWNER,)).fetchone() is None:
                conn.execute(sql.SQL("CREATE DATABASE {}").format(named))
    except psycopg.errors.DiskFull as error:
        full = OSError(errno.ENOSPC, str(error))
        raise unusable(cluster.home.parent, full) from error
    except psycopg.Error as error:
        raise ServerStartError(f"The server of {cluster.home}: {error}") from error
    return url
