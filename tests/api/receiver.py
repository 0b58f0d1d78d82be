"""A receiver of webhooks on a loopback port: a real server that behaves as told."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

from tests.loopback import Answer, Asked, serving


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire."""

    asked: Asked

    @property
    def id(self) -> str:
        """Its idempotency key."""
        return self.asked.headers["webhook-id"]

    @property
    def type(self) -> str:
        """What happened."""
        return str(self.json["type"])

    @property
    def json(self) -> Any:
        """The body."""
        return self.asked.json

    def verified_by(self, secret: str) -> bool:
        """Whether the library finds it signed with this secret."""
        try:
            Webhook(secret).verify(
                self.asked.body, dict(self.asked.headers), json_parse=False
            )
        except Exception:  # noqa: BLE001 - the library's own, or a bad secret's
            return False
        return True


@dataclass
class Receiver:
    """Answers with the first of `answers`, and with 200 once none is left."""

    url: str = ""
    got: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    hangs: bool = False
    always: int = 200

    @property
    def types(self) -> list[str]:
        """What it was told, in the order it came."""
        return [one.type for one in self.got]

    async def answer(self, asked: Asked) -> Answer | None:
        """Answer one request, or never."""
        self.got.append(Received(asked))
        if self.hangs:
            return None
        status, more = self.answers.pop(0) if self.answers else (self.always, {})
        return Answer(status=status, body=f"answer {status}".encode(), headers=more)


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    async with serving(receiver.answer) as address:
        receiver.url = f"{address}/hook"
        yield receiver
