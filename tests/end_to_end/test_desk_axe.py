"""Everybody can use the desk: what axe finds on its screens, in both themes."""

from tests.desk.browser import LOOKS, OpenDesk, needs_chromium

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium

SCREENS = (
    "/conversations?view=all&control=queue",
    "/conversations?view=mine",
    "/tasks?whose=all",
    "/snippets",
    "/snippets/new",
    "/password",
)


@LOOKS
async def test_axe_finds_nothing_on_any_screen(
    desk: OpenDesk, theme: str, size: tuple[int, int]
) -> None:
    await desk.house.writes("Can someone real help me?")
    here = f"/conversations/{desk.house.conversation_id}?view=all"
    window = await desk.window(desk.world.ann, here, size=size, color_scheme=theme)
    await window.is_accessible()
    for name in ("Assign", "Hand back", "Snooze"):
        await window.clicks(name, where=".head")
        await window.is_accessible()
        await window.keys("Escape")
    await window.keys("Control+k")
    await window.sees("Cy Clark", where="[data-palette-found]")
    await window.is_accessible()
    for path in SCREENS:
        await window.page.goto(f"{desk.url}{path}")
        await window.is_accessible()


async def test_axe_finds_nothing_in_the_sheets_of_the_list(desk: OpenDesk) -> None:
    await desk.house.writes("Can someone real help me?")
    window = await desk.window(desk.world.ann, "/conversations?view=all&control=queue")
    await window.clicks("Filter")
    await window.sees("Handed over because", where="#filters")
    await window.is_accessible()
    await window.keys("Escape")
    await window.clicks("Save view")
    await window.is_accessible()
    await window.keys("Escape")
    await window.page.get_by_role("checkbox", name="Select Cy Clark").check()
    await window.is_accessible()
    await window.clicks("Keys")
    await window.sees("Keyboard")
    await window.is_accessible()
