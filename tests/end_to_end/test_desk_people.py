"""Contacts, tasks and reports as a person uses them: in a browser, at two sizes."""

from datetime import timedelta
from typing import Any

import pytest

from stepaside.core.events import staff_actor
from stepaside.core.ids import TaskId
from stepaside.core.rules import Scenario
from stepaside.pipeline import tasks
from stepaside.store.ids import new_id
from stepaside.store.tasks import Task
from tests.crowd import invite_crowd
from tests.desk.browser import LOOKS, NARROW, WIDE, OpenDesk, Window, needs_chromium

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium

HUMAN = "Can someone real help me?"
SCRIPT = "<img src=x onerror=alert(1)>"
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


async def tell_of_alerts(window: Window) -> None:
    """Have an alert, which only text of others could raise, be a fault."""
    window.page.on("dialog", lambda d: window.faults.append(d.message))


@SIZES
async def test_a_contact_is_found_changed_and_given_a_task(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    await desk.house.writes(HUMAN)
    window = await desk.window(desk.world.ann, "/contacts", size=size)
    await tell_of_alerts(window)
    page = window.page
    await page.get_by_role("searchbox", name="Search contacts").fill("cy@ex")
    await page.wait_for_url("**/contacts?q=cy%40ex")
    await page.get_by_role("link", name="Cy Clark").click()
    await window.sees("Bot snoozed until")

    await page.get_by_label("Name", exact=True).fill(f"Cy {SCRIPT}")
    await page.get_by_label("Owner").select_option(label="Bo Berg")
    tag = page.get_by_label("Tags")
    await tag.fill(f"vip {SCRIPT}")
    await tag.press("Enter")
    await window.sees("You have changes that are not saved.")
    await window.clicks("Save")
    await window.sees("Saved.")
    await window.sees(f"Cy {SCRIPT}", where="h1")
    await window.sees(f"vip {SCRIPT}", where=".chips-input")

    await window.clicks("New task")
    await page.get_by_label("What is to be done").fill(f"Call {SCRIPT}")
    await page.get_by_label("For", exact=True).select_option(label="Bo Berg")
    await window.clicks("Create task")
    await window.sees("Task created.")
    await window.sees(f"Call {SCRIPT}", where=".task-one")
    await window.fits()


@SIZES
async def test_a_change_is_not_lost_by_leaving(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    window = await desk.window(
        desk.world.ann, f"/contacts/{desk.world.cy.id}", size=size
    )
    await window.page.get_by_label("Phone").fill("030 1")
    await window.clicks("Contacts", where=".crumbs")
    await window.sees("Leave without saving?")
    await window.clicks("Stay here")
    await window.clicks("Save")
    await window.sees("Saved.")


@SIZES
async def test_two_contacts_become_one_after_a_look_at_both(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    world = desk.world
    async with world.db.transaction(world.account_id) as tx:
        await invite_crowd(tx, world, 3, inboxes=[world.inbox_id], now=world.clock())
        await tx.run(
            "UPDATE contacts SET email = 'cy@example.org' WHERE id = 'ctc_c000000002'"
        )
    window = await desk.window(world.ann, f"/contacts/{world.cy.id}", size=size)
    await window.sees("may be the same person: same e-mail address.")
    await window.clicks("Look at both")
    await window.sees("Make these two one contact?")
    await window.sees("1 conversation", where=".moves")
    await window.fits()
    await window.clicks("Merge them")
    await window.sees("is part of this contact now.")
    await window.sees("Merged into this contact")
    await window.page.goto(f"{desk.url}/contacts/ctc_c000000002")
    await window.sees("Cy Clark", where="h1")


@SIZES
async def test_tasks_are_done_one_by_one_and_several_at_once(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    await _three_tasks(desk)
    window = await desk.window(desk.world.bo, "/tasks?whose=all", size=size)
    page = window.page
    await window.clicks("Complete: Task 1")
    await window.sees("Task completed.")
    await window.sees_not("Task 1", where=".task-rows")
    await window.clicks("Undo")
    await window.sees("Task 1", where=".task-rows")
    for n in (1, 2):
        await page.get_by_label(f"Select: Task {n}").check()
    await window.sees("2 selected")
    await window.fits()
    await window.clicks("Give to")
    await window.sees("2 tasks given away.")
    await page.goto(f"{desk.url}/tasks")
    await window.sees("Task 2", where=".task-rows")
    await window.sees_not("Task 3", where=".task-rows")


async def test_a_colleagues_task_comes_and_goes_without_a_reload(
    desk: OpenDesk,
) -> None:
    bo = await desk.window(desk.world.bo, "/tasks?whose=all")
    await bo.sees("Nothing to do")
    await _three_tasks(desk)
    await bo.sees("Task 3", where=".task-rows")
    ann = await desk.window(desk.world.ann, "/tasks?whose=all")
    await ann.clicks("Complete: Task 3")
    await bo.sees_not("Task 3", where=".task-rows")


async def test_the_keyboard_moves_completes_and_selects(desk: OpenDesk) -> None:
    await _three_tasks(desk)
    window = await desk.window(desk.world.bo, "/tasks?whose=all")
    await window.sees("Task 1")
    await window.keys("j", "j", "x")
    await window.sees("1 selected")
    await window.keys("x", "e")
    await window.sees("Task completed.")
    await window.sees_not("Task 2", where=".task-rows")
    await window.keys("Enter")
    await window.sees("Task 3", where="h1")


@SIZES
async def test_a_number_of_the_report_leads_to_its_conversations(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    world = desk.world
    async with world.db.transaction(world.account_id) as tx:
        await invite_crowd(tx, world, 60, inboxes=[world.inbox_id], now=world.clock())
    window = await desk.window(world.ann, "/reports?period=90", size=size)
    page = window.page
    await window.fits()
    await page.get_by_label("Reason", exact=True).select_option(label="No information")
    await page.wait_for_url("**/reports?period=90&reason=lack_of_information")
    shown = await page.locator(".headline.is-warning dd > a").inner_text()
    await page.locator(".headline.is-warning dd > a").click()
    await window.sees("Unclaimed", where="h1")
    assert await page.locator("tbody tr").count() == int(shown)
    await window.fits()


async def test_a_report_is_downloaded_as_a_table(desk: OpenDesk) -> None:
    await desk.house.writes(HUMAN)
    window = await desk.window(desk.world.ann, "/reports")
    await window.clicks("Download as a table")
    async with window.page.expect_download() as downloading:
        await window.page.get_by_role("menuitem", name="By reason").click()
    download = await downloading.value
    assert download.suggested_filename.startswith("handovers-by-reason-")


@LOOKS
async def test_axe_finds_nothing(
    desk: OpenDesk, theme: Any, size: tuple[int, int]
) -> None:
    world = desk.world
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=timedelta(hours=2))
    await desk.house.writes(HUMAN)
    async with world.db.transaction(world.account_id) as tx:
        await invite_crowd(tx, world, 40, inboxes=[world.inbox_id], now=world.clock())
    cy = f"/contacts/{world.cy.id}"
    window = await desk.window(world.ann, "/contacts", size=size, color_scheme=theme)
    await window.is_accessible()
    for path in (
        cy,
        f"{cy}/merge",
        f"{cy}/merge?other=ctc_c000000002",
        "/contacts/new",
        "/contacts?q=nobody",
        "/tasks?whose=all",
        "/tasks?whose=mine",
        "/tasks/new",
        f"/tasks/new?contact={world.cy.id}",
        "/reports?period=90",
        "/reports?period=today",
        "/reports?period=custom&from=2026-03-02&to=2026-03-01",
        "/reports/conversations?number=handovers&period=90",
    ):
        await window.page.goto(f"{desk.url}{path}")
        await window.is_accessible()


async def _three_tasks(desk: OpenDesk) -> None:
    world = desk.world
    for n in (1, 2, 3):
        task = Task(
            id=TaskId(new_id("task")),
            title=f"Task {n}",
            contact_id=world.cy.id,
            due_at=world.clock() + timedelta(hours=n),
            created_at=world.clock(),
            updated_at=world.clock(),
        )
        await tasks.create(
            desk.house.rt, world.account_id, task, actor=staff_actor(world.ann.id)
        )
