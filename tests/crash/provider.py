"""A provider outside: takes signed posts, remembers each call, knows repeats by key."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Provider:
    """What reached the contact's phone."""

    url: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The messages in order, each key once."""
        return list(dict(self.calls).values())

    async def handle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer the requests of one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                headers = _headers(head)
                body = await reader.readexactly(int(headers["content-length"]))
                key = headers["webhook-id"]
                self.calls.append((key, json.loads(body)["data"]["text"]))
                answer = json.dumps({"id": f"theirs-{key}"}).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    b"content-length: %d\r\n\r\n%s" % (len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side went away, or died
        finally:
            writer.close()


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A provider on a free port of this machine."""
    taken = Provider()
    server = await asyncio.start_server(taken.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    taken.url = f"http://127.0.0.1:{port}/hook"
    try:
        yield taken
    finally:
        server.close()


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
