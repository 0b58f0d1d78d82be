"""The notification centre in a real browser: live, and for everybody."""

from playwright.async_api import expect

from stepaside.core.effects import NotificationEvent
from stepaside.core.reach import NotificationChannel
from stepaside.notify.base import Notice, NoticeError
from stepaside.notify.push.send import new_vapid_key, public_key
from stepaside.store.notification_targets import add_target
from tests.desk.browser import LOOKS, OpenDesk, needs_chromium

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium

HUMAN = "Can someone real help me?"


async def test_the_bell_counts_while_one_looks_elsewhere(desk: OpenDesk) -> None:
    window = await desk.window(desk.world.bo, "/tasks")
    bell = window.page.locator("#bell-count")
    await expect(bell).to_have_attribute("data-n", "0")

    await desk.house.writes(HUMAN)
    await expect(bell).to_have_attribute("data-n", "1")
    await window.clicks("For you 1 unread notification", where=".rail")
    await window.sees("Cy Clark asked for a person")
    await window.page.get_by_role("link", name="Cy Clark asked for a person").click()
    await expect(bell).to_have_attribute("data-n", "0")


async def test_the_list_shows_what_comes_while_it_is_open(desk: OpenDesk) -> None:
    window = await desk.window(desk.world.bo, "/notifications")
    await window.sees("Nothing yet")

    await desk.house.writes(HUMAN)
    await window.sees("Cy Clark asked for a person")


async def test_the_sound_stays_off_once_it_is_switched_off(desk: OpenDesk) -> None:
    window = await desk.window(desk.world.bo, "/notifications/reach")
    sound = window.page.get_by_role("switch", name="Play a sound")
    await expect(sound).to_be_checked()
    await sound.uncheck(force=True)
    await window.page.reload()
    await expect(sound).not_to_be_checked()


async def test_the_worker_that_shows_notifications_starts_for_the_whole_desk(
    desk: OpenDesk,
) -> None:
    window = await desk.window(desk.world.bo, "/notifications/reach")
    scope = await window.page.evaluate(
        """async () => {
            const asked = { scope: "/desk/" };
            await navigator.serviceWorker.register("/desk/push.js", asked);
            return (await navigator.serviceWorker.ready).scope;
        }"""
    )
    assert scope == f"{desk.url}/"


@LOOKS
async def test_everybody_can_use_what_is_told(
    desk: OpenDesk, theme: str, size: tuple[int, int]
) -> None:
    await _stage(desk)
    (notice,) = [n for n in desk.house.post.notices if n.claim_link][:1]
    claim = notice.claim_link.partition("/claim/")[2]
    window = await desk.window(
        desk.world.ann, "/notifications", size=size, color_scheme=theme
    )
    for path in (
        "/notifications",
        "/notifications/failed",
        "/notifications/reach",
        f"/claim/{claim}",
    ):
        await window.page.goto(f"{desk.url}{path}")
        await window.is_accessible()


async def _stage(desk: OpenDesk) -> None:
    """Something of everything."""
    house, world = desk.house, desk.world
    await house.writes(HUMAN)

    async def down(notice: Notice) -> None:
        del notice
        raise NoticeError("Twilio answered 400 (21610: Unsubscribed).", retry=False)

    async with world.db.transaction(world.account_id) as tx:
        await tx.run("UPDATE staff SET phone = '+4930901820'")
        for staff_id, name in ((world.ann.id, "My Telegram"), (None, "#support")):
            await add_target(
                tx,
                staff_id=staff_id,
                channel=NotificationChannel.CHAT,
                name=name,
                address=f"ntfy://{name.strip('#')}",
                events=[] if staff_id else [NotificationEvent.HANDOVER_WAITING],
                now=world.clock(),
            )
        await tx.run(
            "INSERT INTO notification_settings "
            "SELECT id, 'deadline_missed', 'sms', account_id, true FROM staff"
        )
    house.rt.notifiers["sms"] = down  # type: ignore[index]
    house.rt.notifiers["chat"] = house.post  # type: ignore[index]
    await house.later(minutes=11)


def test_a_browser_can_be_told_how_to_subscribe() -> None:
    assert len(public_key(new_vapid_key())) == 87
