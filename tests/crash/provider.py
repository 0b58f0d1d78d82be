"""A provider outside: takes signed posts, remembers each call, knows repeats by key."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.loopback import Answer, Asked, serving


@dataclass
class Provider:
    """What reached the contact's phone."""

    url: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The messages in order, each key once."""
        return list(dict(self.calls).values())

    async def answer(self, asked: Asked) -> Answer:
        """Take one message."""
        key = asked.headers["webhook-id"]
        self.calls.append((key, asked.json["data"]["text"]))
        taken = json.dumps({"id": f"theirs-{key}"}).encode()
        return Answer(body=taken, headers={"content-type": "application/json"})


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A provider on a free port of this machine."""
    taken = Provider()
    async with serving(taken.answer) as address:
        taken.url = f"{address}/hook"
        yield taken
