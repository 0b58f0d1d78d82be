"""A real browser before a real server: what a visitor sees and does."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    async_playwright,
    expect,
)

from stepaside.core.events import Actor, staff_actor
from stepaside.core.roster import StaffMember
from stepaside.pipeline import staff
from stepaside.pipeline.runtime import Runtime
from tests.widget.site import Site
from tests.world import World

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium: Final = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed here"
)
_ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",  # in a container there is nothing to build one with
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SOON: Final = 20_000
"""Milliseconds after which something that was to be seen is not there."""


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    expect.set_options(timeout=_SOON)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*_ARGUMENTS]
        )
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Visit:
    """Cy on the shop's website, and what the shop does meanwhile."""

    world: World
    rt: Runtime
    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    """What the browser refused or failed to do: scripts, styles, policies."""

    # What can be seen

    @property
    def chat_button(self) -> Locator:
        """What opens the chat."""
        return self.page.get_by_role("button", name="Chat", exact=True)

    @property
    def panel(self) -> Locator:
        """The open chat."""
        return self.page.get_by_role("dialog", name="Chat")

    @property
    def log(self) -> Locator:
        """What was said."""
        return self.panel.get_by_role("log")

    @property
    def field(self) -> Locator:
        """Where one writes."""
        return self.panel.get_by_role("textbox", name="Message")

    @property
    def person_button(self) -> Locator:
        """The choice that is always there while a bot answers."""
        return self.panel.get_by_role("button", name="Talk to a person")

    async def says_who_answers(self, words: str) -> None:
        """Wait until the chat says so."""
        await expect(self.panel.get_by_role("status")).to_have_text(words)

    async def shows(self, words: str, times: int = 1) -> None:
        """Wait until something was said as often as that."""
        await expect(self.log.get_by_text(words)).to_have_count(times)

    async def said(self) -> list[tuple[str, str]]:
        """Who said what, in the order shown; the greeting is not part of it."""
        items = await self.log.locator("div").all()
        return [
            (
                await item.locator("small").first.inner_text(),
                await item.locator("p").inner_text(),
            )
            for item in items
        ]

    # What Cy does

    async def arrives(self) -> None:
        """Load the page."""
        await self.page.goto(f"{self.site.url}/demo")

    async def opens(self) -> None:
        """Open the chat and wait until it says who answers."""
        await self.chat_button.click()
        await expect(self.panel.get_by_role("status")).not_to_be_empty()

    async def writes(self, text: str) -> None:
        """Write and send."""
        await self.field.fill(text)
        await self.field.press("Enter")

    async def writes_and_is_heard(self, text: str) -> None:
        """Write, and wait until the bot has dealt with it."""
        await self.writes(text)
        await self.is_stored(text)
        await self.rt.background.drain()

    async def has_sent_all(self) -> None:
        """Wait until the browser keeps no message that it would send once more."""
        await self.page.wait_for_function(
            "Object.values(localStorage).every((it) => !JSON.parse(it).pending.length)"
        )

    async def is_stored(self, text: str) -> str:
        """Wait until the shop has a message; returns the conversation it is in."""
        async with asyncio.timeout(_SOON / 1000):
            # The browser is another process: nothing here tells when it has sent.
            while not (found := await self._conversation_with(text)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return found

    async def _conversation_with(self, text: str) -> str | None:
        async with self.world.db.transaction(self.world.account_id) as tx:
            row = await tx.one(
                "SELECT conversation_id FROM messages WHERE text = %s", text
            )
        return str(row["conversation_id"]) if row else None

    async def count(self, table: str) -> int:
        """How many rows the shop has."""
        async with self.world.db.transaction(self.world.account_id) as tx:
            row = await tx.one(f"SELECT count(*) AS n FROM {table}")
        return int(row["n"]) if row else 0

    # What the shop does

    async def replies(self, who: StaffMember, text: str) -> None:
        """A staff member writes in the latest conversation."""
        await staff.reply(self.rt, *await self._here(), actor=_actor(who), text=text)

    async def claims(self, who: StaffMember) -> None:
        """A staff member takes the latest conversation."""
        here = await self._here()
        await staff.claim(self.rt, *here, staff_id=who.id, actor=_actor(who))

    async def hands_back(self, who: StaffMember) -> None:
        """A staff member returns the latest conversation to the bot."""
        await staff.hand_back(self.rt, *await self._here(), actor=_actor(who))

    async def _here(self) -> tuple[str, str]:
        async with self.world.db.transaction(self.world.account_id) as tx:
            row = await tx.one("SELECT id FROM conversations ORDER BY id DESC LIMIT 1")
        assert row
        return self.world.account_id, str(row["id"])


@asynccontextmanager
async def visiting(
    browser: Browser, world: World, rt: Runtime, site: Site, **look: object
) -> AsyncIterator[Visit]:
    """A fresh browser profile on the site. look: options of the browser's context."""
    context = await browser.new_context(locale="en-GB", timezone_id="UTC", **look)  # type: ignore[arg-type]
    context.set_default_timeout(_SOON)
    page = await context.new_page()
    visit = Visit(world, rt, site, context, page)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on(
        "console",
        lambda m: visit.complaints.append(m.text) if m.type == "error" else None,
    )
    try:
        yield visit
    finally:
        await context.close()


def _actor(who: StaffMember) -> Actor:
    return staff_actor(who.id)
