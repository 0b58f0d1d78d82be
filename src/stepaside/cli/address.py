"""Where this installation listens, and how it is reached."""

import contextlib
import errno
import socket
from collections.abc import Iterator
from typing import Final

from stepaside.settings import Settings
from stepaside.wiring import CannotStart

_BACKLOG: Final = 2048


def usual_url(settings: Settings, port: int | None = None) -> str:
    """Return how browsers reach this installation; without a slash at the end.

    port: where it really listens; None for the one in the settings.
    """
    if settings.base_url:
        return settings.base_url
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not to bind to
    host = everywhere.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{settings.port if port is None else port}"


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Listen on the address of the settings. Raises: CannotStart: it is not to be had.

    Whoever comes before somebody answers waits.
    """
    host, port = settings.host, settings.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        door = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise CannotStart(_why_not(host, port, error)) from error
    with door:
        yield door


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use. Stop what listens there, or choose "
            "another one: STEPASIDE_PORT=8081, or --port 8081."
        )
    if error.errno == errno.EACCES:
        return f"This account may not listen on port {port}. Choose one above 1023."
    return f"Cannot listen on {host}, port {port}: {error.strerror or error}."
