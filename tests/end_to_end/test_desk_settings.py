"""Setting up the account in a real browser: as a person does it, at two sizes."""

import re

import pytest
from playwright.async_api import expect

from stepaside.store.staff import list_staff
from stepaside.store.webhooks import list_webhooks
from tests.api.receiver import listening
from tests.desk.browser import LOOKS, NARROW, WIDE, OpenDesk, Window, needs_chromium
from tests.desk.test_settings import PAGES

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


async def fills(window: Window, **fields: str) -> None:
    for label, text in fields.items():
        name = label.replace("_", " ")
        box = window.page.get_by_label(name, exact=True)
        await box.filter(visible=True).first.fill(text)


@SIZES
async def test_somebody_is_invited_and_comes_in(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    ann = await desk.window(desk.world.ann, "/settings", size=size)
    await ann.page.get_by_role("link", name=re.compile("My staff")).last.click()
    await ann.clicks("Invite somebody")
    await fills(ann, Name="Flo Fox")
    await fills(ann, **{"E-mail": "flo@example.org"})
    await ann.page.get_by_role("radio", name=re.compile("Agent")).check()
    await ann.clicks("Invite")
    await ann.sees("Flo Fox can come in now")
    link = await ann.page.locator("[data-copyable] code").inner_text()
    token = link.rsplit("/", 1)[1]

    flo = await desk.window(None, f"/login/{token}", size=size)
    await flo.clicks("Sign in")
    await fills(flo, **{"New password": "a fine new sentence"})
    await flo.clicks("Set it")
    await flo.sees("Nobody is waiting")
    async with desk.world.db.transaction(desk.world.account_id) as tx:
        assert [row.member.name for row in await list_staff(tx)][-1] == "Flo Fox"
    desk.check()


@SIZES
async def test_notifications_are_chosen_and_tested(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    bo = await desk.window(desk.world.bo, "/settings/notifications", size=size)
    box = bo.page.get_by_role("checkbox", name="A task is due, E-mail")
    await expect(box).to_be_checked()
    await bo.sees_not("You have changes that are not saved.")
    await box.uncheck()
    await bo.sees("You have changes that are not saved.")
    await bo.clicks("Save")
    await bo.sees("Saved.", where="#toasts")
    await expect(box).not_to_be_checked()

    await bo.clicks("Send a test: E-mail")
    await bo.sees("Sent. It should be there now.")
    assert [one.to_address for one in desk.house.post.notices] == ["bo@example.org"]
    desk.check()


@SIZES
async def test_a_key_is_made_and_revoked(desk: OpenDesk, size: tuple[int, int]) -> None:
    ann = await desk.window(desk.world.ann, "/settings/keys", size=size)
    await fills(ann, Name="CRM")
    await ann.page.get_by_role("checkbox", name=re.compile("^Read")).check()
    await ann.clicks("Make the key")
    await ann.sees("it is shown only this once")
    await ann.clicks("Revoke CRM")
    await ann.sees("This cannot be undone", where="dialog")
    await ann.clicks("Revoke", where="dialog[open]")
    await ann.sees("The key is revoked", where="#toasts")
    desk.check()


@SIZES
async def test_a_webhook_is_made_tested_and_its_log_read(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    async with listening() as receiver:
        ann = await desk.window(desk.world.ann, "/settings/webhooks", size=size)
        await ann.clicks("New webhook")
        await fills(ann, Address=receiver.url)
        await ann.clicks("Make the webhook")
        await ann.sees("It signs what is sent. Copy it now")
        await ann.clicks("Send a test")
        await ann.sees("The test")
        await ann.page.get_by_role("link", name="webhook.test").first.click()
        await ann.sees("What was answered")
        await ann.clicks("Send again")
        await ann.sees("Sent again", where="#toasts")
    async with desk.world.db.transaction(desk.world.account_id) as tx:
        assert len(await list_webhooks(tx)) == 1
    desk.check()


async def test_hours_are_set_and_what_is_not_saved_is_not_lost_by_leaving(
    desk: OpenDesk,
) -> None:
    ann = await desk.window(desk.world.ann, "/settings/account")
    await ann.page.get_by_label("At these times").check()
    await ann.sees("Monday")
    await ann.page.get_by_role("link", name="Audit log").first.click()
    await ann.sees("Leave without saving?", where="dialog[open]")
    await ann.clicks("Stay here", where="dialog[open]")
    await ann.clicks("Save")
    await ann.sees("Saved.", where="#toasts")
    await expect(ann.page.get_by_label("At these times")).to_be_checked()
    await ann.page.goto(f"{desk.url}/settings/audit")
    await ann.sees("Account changed")
    desk.check()


@SIZES
async def test_one_reads_the_desk_in_ones_own_language(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    bo = await desk.window(desk.world.bo, "/settings/profile", size=size)
    await bo.page.get_by_label("Language").select_option("de")
    await bo.clicks("Save")
    await bo.sees("Gespeichert.", where="#toasts")
    await bo.sees("Mein Profil")
    assert await bo.page.locator("html").get_attribute("lang") == "de"
    desk.check()


@LOOKS
async def test_axe_finds_nothing_in_the_settings(
    desk: OpenDesk, theme: str, size: tuple[int, int]
) -> None:
    window = await desk.window(
        desk.world.ann, "/settings", size=size, color_scheme=theme
    )
    bo = f"/staff/{desk.world.bo.id}"
    for path in (*PAGES, bo, f"{bo}/notifications"):
        await window.page.goto(f"{desk.url}/settings{path}")
        await window.is_accessible()
        wide = "() => document.documentElement.scrollWidth > innerWidth"
        assert not await window.page.evaluate(wide), path
