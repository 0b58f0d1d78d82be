"""A receiver of webhooks on a loopback port: a real server that behaves as told."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Received:
    """One request as it came over the wire."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Its idempotency key."""
        return self.headers["webhook-id"]

    @property
    def type(self) -> str:
        """What happened."""
        return str(self.json["type"])

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    def verified_by(self, secret: str) -> bool:
        """Whether the library finds it signed with this secret."""
        try:
            Webhook(secret).verify(self.body, self.headers, json_parse=False)
        except Exception:  # noqa: BLE001 - the library's own, or a bad secret's
            return False
        return True


@dataclass
class Receiver:
    """Answers with the first of `answers`, and with 200 once none is left."""

    url: str = ""
    got: list[Received] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    hangs: bool = False
    always: int = 200

    @property
    def types(self) -> list[str]:
        """What it was told, in the order it came."""
        return [one.type for one in self.got]

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one connection's one request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = (line.partition(": ") for line in head[1:] if line)
            headers = {name.lower(): value for name, _, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.got.append(Received(headers, body))
            if self.hangs:
                await reader.read()  # until the other side gives up
            else:
                writer.write(self._answer())
                await writer.drain()
            writer.close()

    def _answer(self) -> bytes:
        status, more = self.answers.pop(0) if self.answers else (self.always, "")
        body = f"answer {status}"
        return (
            f"HTTP/1.1 {status} X\r\n{more}content-length: {len(body)}\r\n"
            f"connection: close\r\n\r\n{body}"
        ).encode()


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"http://127.0.0.1:{port}/hook"
    yield receiver
    server.close()
