"""A real browser at the real desk, which is served in the loop of the test."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest
import uvicorn
from axe_playwright_python.async_playwright import (  # type: ignore[import-untyped]
    Axe,
)
from litestar import Litestar
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    Route,
    expect,
)

from stepaside.core.roster import StaffMember
from stepaside.desk.app import desk_routes
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Runtime
from stepaside.store.sessions import create_session
from tests.house import House
from tests.world import World

CHROMIUM: Final = shutil.which("chromium")
ARGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: Final = (1280, 800)
NARROW: Final = (390, 844)
LOOKS: Final = pytest.mark.parametrize(
    ("size", "theme"),
    [(WIDE, "light"), (NARROW, "dark")],
    ids=["wide-light", "narrow-dark"],
)
"""Each size and each theme once: what a rule of accessibility hangs on is one or the
other, and every screen is looked at."""
SOON: Final = 30_000
"""Milliseconds; only a failure waits that long."""

RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""What axe looks for."""

_NOWHERE: Final = "/is-this-intercepted"

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here (apt-get install chromium)"
)


class Server(uvicorn.Server):
    """Leaves the signals to the test run."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Capture none."""
        yield


@dataclass
class Window:
    """One staff member's browser, and everything that went wrong in it."""

    page: Page
    faults: list[str] = field(default_factory=list)

    async def sees(self, text: str, *, where: str = "body") -> None:
        """Wait until the text is there to be seen."""
        found = self.page.locator(where).get_by_text(text)
        await expect(found.filter(visible=True).first).to_be_visible()

    async def sees_not(self, text: str, *, where: str = "body") -> None:
        """Wait until the text is nowhere to be seen."""
        found = self.page.locator(where).get_by_text(text)
        await expect(found.filter(visible=True)).to_have_count(0)

    async def clicks(self, name: str, *, where: str = "body") -> None:
        """Click the button or link of that name."""
        place = self.page.locator(where)
        button = place.get_by_role("button", name=name, exact=True)
        link = place.get_by_role("link", name=name, exact=True)
        await button.or_(link).filter(visible=True).first.click()

    async def writes(self, text: str, *, note: bool = False) -> None:
        """Write a reply, or a note, and send it."""
        await self.page.get_by_role("radio", name="Note" if note else "Reply").check()
        await self.page.get_by_role("textbox", name="Message").fill(text)
        await self.clicks("Add note" if note else "Send")

    async def keys(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def is_accessible(self) -> None:
        """Nothing that axe knows of keeps anybody from using the page as it is now."""
        # Mid-way through an animation colours are not yet what they will be.
        await self.page.evaluate(
            """() => Promise.allSettled(
                document.getAnimations()
                    .filter((one) => one.effect.getComputedTiming().iterations < 9)
                    .map((one) => one.finished))"""
        )
        results = await Axe().run(self.page, options={"runOnly": RULES})
        found = [
            (broken["id"], [node["html"][:200] for node in broken["nodes"]])
            for broken in results.response["violations"]
        ]
        assert not found, found

    async def fits(self) -> None:
        """Nothing makes the page wider than the window."""
        beyond = await self.page.evaluate(
            "document.getElementById('content').scrollWidth"
            " - document.getElementById('content').clientWidth"
        )
        assert beyond == 0

    @property
    def head(self) -> str:
        """Where it says who has the conversation."""
        return ".head"


async def intercept(page: Page, where: str, how: Callable[[Route], Any]) -> None:
    """Deal with all that a page asks for there, from when this returns.

    A browser says that it intercepts before its page does: what the page sends within
    the next hundredths of a second may go out as ever, unseen.
    """
    await page.route(where, how)
    await page.route(f"**{_NOWHERE}", lambda route: route.fulfill(status=204))
    await page.evaluate(
        "async (to) => { while ((await fetch(to)).status !== 204); }", _NOWHERE
    )
    await page.unroute(f"**{_NOWHERE}")


@dataclass
class OpenDesk:
    """The desk being served, and a browser to open it in."""

    world: World
    house: House
    url: str
    browser: Browser
    windows: list[Window] = field(default_factory=list)

    async def window(
        self,
        member: StaffMember | None,
        path: str = "/conversations",
        *,
        size: tuple[int, int] = WIDE,
        **options: Any,
    ) -> Window:
        """A browser of somebody's own at a page; signed in unless nobody is named."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            timezone_id="Europe/Berlin",
            **options,
        )
        context.set_default_timeout(SOON)
        if member:
            await self._sign_in(context, member)
        window = Window(page=await context.new_page())
        self.windows.append(window)
        window.page.on("pageerror", lambda e: window.faults.append(str(e)))
        window.page.on("console", lambda m: _note(window, m.type, m.text))
        await window.page.goto(f"{self.url}{path}")
        return window

    async def _sign_in(self, context: BrowserContext, member: StaffMember) -> None:
        account = self.world.account_id
        if member.id == self.world.dee.id:
            account = self.world.dees_shop.account_id
        now = self.house.rt.now()
        async with self.world.db.transaction(account) as tx:
            token = await create_session(tx, member.id, now, now + timedelta(days=1))
        await context.add_cookies(
            [{"name": "stepaside", "value": token, "url": f"{self.url}/"}]
        )

    def check(self) -> None:
        """Nothing went wrong in any window: no script failed, nothing was blocked."""
        faults = [fault for window in self.windows for fault in window.faults]
        assert not faults, faults


def _note(window: Window, kind: str, text: str) -> None:
    # A refusal (409) is an answer like any other, though the console counts it.
    if kind == "error" and "status of 4" not in text:
        window.faults.append(text)


@contextlib.asynccontextmanager
async def served(rt: Runtime, hub: Hub, port: int = 0) -> AsyncIterator[str]:
    """The desk on a loopback port; the address of its first page."""
    app = Litestar(
        desk_routes(rt, hub, base_url="http://127.0.0.1"),
        openapi_config=None,
        logging_config=None,
    )
    async with served_app(app, port) as address:
        yield f"{address}/desk"


@contextlib.asynccontextmanager
async def served_app(app: Litestar, port: int = 0) -> AsyncIterator[str]:
    """An application on a loopback port; its address, without a slash at the end."""
    config = uvicorn.Config(
        app,
        port=port,
        log_level="error",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait on
        await asyncio.sleep(0.01)
    found = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{found}"
    finally:
        server.should_exit = True
        await serving
