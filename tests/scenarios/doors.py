"""The doors of the house, as they stand open in production: over HTTP."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

import httpx2
from standardwebhooks import Webhook

from stepaside.channels.webhook.signature import new_secret
from stepaside.cli.web import create_web
from stepaside.core.ids import InboxId
from stepaside.live.hub import Hub
from stepaside.store.inboxes import get_inbox, save_inbox
from tests.desk.office import BASE_URL, Office, Seat
from tests.house import House
from tests.widget.conftest import Visitor

SECRET: Final = new_secret()


@dataclass
class Doors:
    """Everything that is served, with the house behind it."""

    app: Any
    http: httpx2.AsyncClient
    house: House
    visitor: Visitor | None = None
    numbers: "count[int]" = field(default_factory=count)

    async def post(
        self,
        data: Mapping[str, Any],
        *,
        secret: str = SECRET,
        inbox_id: str = "",
        request_id: str = "wh-1",
    ) -> httpx2.Response:
        """Cy's provider reports a message of Cy's, signed, on a generic webhook."""
        said = {"id": "m-1", "author": "contact", "contact": {"id": "cy-phone"}}
        body = json.dumps({"type": "message.created", "data": {**said, **data}})
        # Signatures are checked against the real clock, as at the other side.
        at = datetime.now(UTC)  # noqa: TID251
        return await self.http.post(
            f"/v1/inboxes/{inbox_id or self.house.inbox_id}/webhook",
            content=body,
            headers={
                "content-type": "application/json",
                "webhook-id": request_id,
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": Webhook(secret).sign(request_id, at, body),
            },
        )

    async def enters_website(self) -> None:
        """Cy opens the chat on the shop's website; that is the conversation then."""
        self.visitor = Visitor(self.http)
        begun = await self.visitor.begins(self.house.inbox_id)
        self.house = replace(self.house, conversation_id=begun["conversation_id"])

    async def writes(self, text: str, **more: Any) -> httpx2.Response:
        """Cy writes on the website or, without one, by way of a program's call."""
        if self.visitor:
            said = {"client_id": f"c-{next(self.numbers)}", "text": text, **more}
            return await self.visitor.ask("POST", "/messages", json=said)
        here = f"/conversations/{self.house.conversation_id}/messages"
        return await self.call(here, {"author": "contact", "text": text, **more})

    async def call(self, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        """A program of the shop's posts to the API. Paths are below `/v1`."""
        key = {"authorization": f"Bearer {self.house.world.shop.owner_key}"}
        return await self.http.post(f"/v1{path}", json=body, headers=key)

    async def anns_desk(self) -> Seat:
        """The owner's browser, signed in."""
        return await Office(self.app, self.house).seat(self.house.world.ann)


@asynccontextmanager
async def open_doors(house: House) -> AsyncIterator[Doors]:
    """Serve the house, whose webhook, where it has one, is signed with `SECRET`."""
    world = house.world
    async with world.db.transaction(world.account_id) as tx:
        inbox = await get_inbox(tx, InboxId(house.inbox_id))
        settings = {**inbox.settings, "secrets": [SECRET]}
        await save_inbox(tx, replace(inbox, settings=settings))
    app: Any = create_web(house.rt, hub := Hub(world.db), base_url=BASE_URL)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    await hub.start()
    async with httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as http:
        yield Doors(app, http, house)
    await house.settle()
    await hub.close()
