"""A website that shows the widget, served as in production, on loopback."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.datastructures import State

from stepaside.api.problems import EXCEPTION_HANDLERS
from stepaside.api.widget import demo_page_routes, widget_router
from stepaside.api.widget.paces import Paces
from stepaside.core.ids import InboxId
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Limits, Runtime
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind, create_inbox
from tests.house import local_brain
from tests.world import World


def shop_runtime(world: World) -> Runtime:
    """The pipeline on this test's clock, with the bot that ships."""
    return Runtime(
        db=world.db,
        now=world.clock,
        brain=local_brain,
        jitter=lambda: 0.0,
        limits=Limits(brain_backoff=timedelta(0)),
    )


async def widget_inbox(world: World, **settings: Any) -> InboxId:
    """A widget of the shop's; its bot answers at once."""
    inbox_id, now = InboxId(new_id("inbox")), world.clock()
    await world.change_bot(wait_seconds=0)
    async with world.db.transaction(world.account_id) as tx:
        inbox = Inbox(
            id=inbox_id,
            kind=InboxKind.WIDGET,
            name="Website",
            bot_id=world.bot.id,
            settings=settings,
            created_at=now,
            updated_at=now,
        )
        await create_inbox(tx, inbox)
    return inbox_id


def widget_app(
    rt: Runtime, hub: Hub, inbox_id: str = "", paces: Paces | None = None
) -> Litestar:
    """The widget's door and the demo page, and nothing else."""
    return Litestar(
        [widget_router(paces), *demo_page_routes(inbox_id)],
        state=State({"rt": rt, "hub": hub}),
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )


@dataclass
class Site:
    """A server that can be stopped and started again on its port."""

    app: Litestar
    port: int = 0
    _server: uvicorn.Server | None = field(default=None, repr=False)
    _serving: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it is found, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; returns once connections are taken."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        asgi: Any = self.app
        config = uvicorn.Config(
            asgi, lifespan="off", log_config=None, timeout_graceful_shutdown=0
        )
        self._server = uvicorn.Server(config)
        serving = self._server.serve(sockets=[listener])
        self._serving = asyncio.create_task(serving)

    async def stop(self) -> None:
        """Cut every connection and listen no more."""
        if self._server and self._serving:
            self._server.should_exit = self._server.force_exit = True
            await self._serving


@contextlib.asynccontextmanager
async def running_site(app: Litestar) -> AsyncIterator[Site]:
    """A site that is up until the end of the block."""
    site = Site(app)
    await site.start()
    try:
        yield site
    finally:
        await site.stop()
