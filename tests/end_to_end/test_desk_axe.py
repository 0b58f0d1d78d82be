"""Everybody can use the desk: what axe finds on its screens, in both themes."""

import pytest

from tests.desk.browser import NARROW, WIDE, OpenDesk, needs_chromium

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium

SCREENS = ("/conversations?view=all", "/tasks?whose=all", "/password")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_axe_finds_nothing_on_any_screen(
    desk: OpenDesk, theme: str, size: tuple[int, int]
) -> None:
    await desk.house.writes("Can someone real help me?")
    here = f"/conversations/{desk.house.conversation_id}?view=all"
    window = await desk.window(desk.world.ann, here, size=size, color_scheme=theme)
    await window.is_accessible()
    for path in SCREENS:
        await window.page.goto(f"{desk.url}{path}")
        await window.is_accessible()
