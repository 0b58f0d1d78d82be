"""Follow-up tasks: whose, when, done and not done after all, one or many."""

import re
from html import unescape
from urllib.parse import unquote

import pytest

from stepaside.core.events import EventType
from stepaside.desk.tasks import MOST_AT_ONCE
from tests.desk.office import Office, Seat, words

HUMAN = "I want to talk to a human"
SCRIPT = "<script>alert(1)</script>"


async def the_task(office: Office) -> str:
    house = office.house
    async with house.rt.db.transaction(house.account_id) as tx:
        row = await tx.one("SELECT id FROM tasks")
    assert row
    return str(row["id"])


async def add(seat: Seat, contact_id: str, **fields: str) -> str:
    """Make a task by hand; the answer's text."""
    sent = {"title": "Call back", "due_at": "2026-03-03T09:30", "body": ""}
    return await seat.sends("/tasks", contact_id=contact_id, **sent | fields)


async def group(seat: Seat, path: str) -> list[str]:
    """The headings on the page of tasks that have something under them."""
    await seat.opens(path)
    html = seat.last.text.split('<main class="page"')[1]
    return [part.split('"')[0] for part in html.split('id="group-')[1:]]


async def test_a_task_moves_from_tomorrow_to_today_to_overdue(office: Office) -> None:
    clock = office.house.world.clock
    await office.house.writes(HUMAN)  # due tomorrow at ten
    seat = await office.seat(office.house.world.bo)
    assert await group(seat, "/tasks?whose=all") == ["2026-03-03"]
    assert "Tomorrow 1" in words(seat.last.text)
    assert await group(seat, "/tasks?whose=all&show=today") == []
    clock.advance(hours=15)
    assert await group(seat, "/tasks?whose=all&show=today") == ["today"]
    assert await group(seat, "/tasks?whose=all&show=overdue") == []
    clock.advance(hours=9, minutes=5)
    assert await group(seat, "/tasks?whose=all&show=overdue") == ["overdue"]
    text = await seat.opens("/tasks?whose=all")
    assert "5 min late" in text
    assert "Open 1 Due today 1 Overdue 1" in text


async def test_the_readers_own_day_decides_what_is_due_today(office: Office) -> None:
    clock = office.house.world.clock
    await office.house.writes(HUMAN)  # due on Tuesday, 10:00 in London
    seat = await office.seat(office.house.world.bo)
    seat.http.cookies.set("stepaside_zone", "Pacific%2FAuckland")
    clock.advance(hours=2)  # already Tuesday, 01:00 in Auckland
    assert await group(seat, "/tasks?whose=all&show=today") == ["today"]


async def test_mine_are_those_assigned_to_me(office: Office) -> None:
    world = office.house.world
    await office.house.writes(HUMAN)
    bo = await office.seat(world.bo)
    assert "Nothing to do" in await bo.opens("/tasks")
    await office.house.claims(world.bo)  # and the episode's task with it
    assert "Cy Clark asked for a person" in await bo.opens("/tasks")
    ann = await office.seat(world.ann)
    assert "Nothing to do" in await ann.opens("/tasks")


async def test_a_task_is_completed_and_opened_again(office: Office) -> None:
    house = office.house
    await house.writes(HUMAN)
    seat, task = await office.seat(house.world.bo), await the_task(office)
    text = await seat.presses(f"/tasks/{task}/complete", whose="all-open")
    assert "Task completed. Undo" in text
    assert 'hx-target="#tasks-all-open"' in seat.last.text
    assert await group(seat, "/tasks?whose=all") == []
    assert await group(seat, "/tasks?whose=all&show=completed") == ["today"]
    await seat.presses(f"/tasks/{task}/complete", whose="all-open")  # pressed twice
    assert len(await house.events(EventType.TASK_COMPLETED)) == 1
    page = await seat.opens(office.address)
    assert "You completed a task" in page
    await seat.presses(f"/tasks/{task}/reopen", whose="all-completed")
    assert await group(seat, "/tasks?whose=all") == ["2026-03-03"]


async def test_completing_beside_a_conversation_updates_both(office: Office) -> None:
    house = office.house
    await house.writes(HUMAN)
    seat, task = await office.seat(house.world.bo), await the_task(office)
    await seat.presses(
        f"/tasks/{task}/complete", open_id=house.conversation_id, view="all"
    )
    assert f'hx-target="#context-{house.conversation_id}"' in seat.last.text
    assert "completed today 10:00" in words(seat.last.text)


async def test_without_scripts_it_works_too(office: Office) -> None:
    await office.house.writes(HUMAN)
    seat, task = await office.seat(office.house.world.bo), await the_task(office)
    await seat.sends(f"/tasks/{task}/complete", whose="all-open")
    assert (seat.status, seat.goes_to) == (303, "/desk/tasks?whose=all&show=open")
    await seat.sends(f"/tasks/{task}/reopen", back=f"/tasks/{task}")
    assert seat.goes_to == f"/desk/tasks/{task}"
    await seat.sends(f"/tasks/{task}/reopen", back="//evil.example")
    assert seat.goes_to.startswith("/desk/tasks")
    await seat.presses("/tasks/tsk_nope/complete")
    assert seat.status == 404


async def test_a_task_is_made_by_hand_and_its_assignee_told(office: Office) -> None:
    world = office.house.world
    ann = await office.seat(world.ann)
    assert "Whom is it about?" in await ann.opens("/tasks/new?q=cy")
    form = await ann.opens(f"/tasks/new?contact={world.cy.id}")
    assert "About Cy Clark" in form
    await add(ann, world.cy.id, assignee_id=world.bo.id, title=f"Call {SCRIPT}")
    assert ann.status == 303
    bo = await office.seat(world.bo)
    await bo.opens("/tasks")
    assert SCRIPT not in bo.last.text
    assert f"Call {SCRIPT}" in unescape(bo.last.text)
    async with world.db.transaction(world.account_id) as tx:
        rows = await tx.all("SELECT staff_id, event FROM notifications")
    assert {(r["staff_id"], r["event"]) for r in rows} == {
        (world.bo.id, "task_assigned")
    }


async def test_due_times_are_those_of_the_writers_clock(office: Office) -> None:
    world = office.house.world
    ann = await office.seat(world.ann)
    ann.http.cookies.set("stepaside_zone", "America%2FNew_York")
    await add(ann, world.cy.id)
    async with world.db.transaction(world.account_id) as tx:
        row = await tx.one("SELECT due_at FROM tasks")
    assert row
    assert row["due_at"].isoformat() == "2026-03-03T14:30:00+00:00"
    await ann.opens(f"/tasks/{await the_task(office)}")
    assert 'value="2026-03-03T09:30"' in ann.last.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": "  "}, "Write what is to be done."),
        ({"title": "x" * 201}, "Write at most 200 characters."),
        ({"due_at": ""}, "Choose a day and a time."),
        ({"due_at": "9999-01-01T00:00"}, "Choose a day and a time."),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    office: Office, fields: dict[str, str], said: str
) -> None:
    ann = await office.seat(office.house.world.ann)
    text = await add(ann, office.house.world.cy.id, body="Remember the lock", **fields)
    assert ann.status == 422
    assert said in text
    assert "Remember the lock" in text


async def test_a_task_for_somebody_who_left_meanwhile_is_not_lost(
    office: Office,
) -> None:
    world = office.house.world
    ann = await office.seat(world.ann)
    await world.change_staff(world.bo, active=False)
    for gone in (world.bo.id, "stf_nobody"):
        text = await add(ann, world.cy.id, body="Remember the lock", assignee_id=gone)
        assert ann.status == 422
        assert "Remember the lock" in text


async def test_a_task_is_edited_and_given_to_somebody_else(office: Office) -> None:
    world = office.house.world
    ann = await office.seat(world.ann)
    await add(ann, world.cy.id, assignee_id=world.ann.id)
    task = await the_task(office)
    await ann.opens(f"/tasks/{task}")
    was = dict(re.findall(r'name="was_(\w+)" value="([^"]*)"', ann.last.text))
    sent = {f"was_{name}": value for name, value in was.items()} | was
    await ann.sends(f"/tasks/{task}", **sent | {"assignee_id": world.bo.id})
    assert (ann.status, ann.goes_to) == (303, f"/desk/tasks/{task}")
    bo = await office.seat(world.bo)
    assert "Call back" in await bo.opens("/tasks")
    async with world.db.transaction(world.account_id) as tx:
        rows = await tx.all("SELECT staff_id FROM notifications")
    assert {row["staff_id"] for row in rows} == {world.bo.id}


async def test_what_a_colleague_changed_meanwhile_stays(office: Office) -> None:
    world = office.house.world
    ann = await office.seat(world.ann)
    await add(ann, world.cy.id)
    task = await the_task(office)
    await ann.opens(f"/tasks/{task}")
    was = dict(re.findall(r'name="was_(\w+)" value="([^"]*)"', ann.last.text))
    sent = {f"was_{name}": value for name, value in was.items()} | was
    await ann.sends(f"/tasks/{task}", **sent | {"title": "Call twice"})
    await ann.sends(f"/tasks/{task}", **sent | {"body": "Before noon"})
    text = await ann.opens(f"/tasks/{task}")
    assert "Call twice" in text
    assert "Before noon" in text


async def test_several_are_completed_or_given_away_at_once(office: Office) -> None:
    world = office.house.world
    ann = await office.seat(world.ann)
    for title in ("One", "Two", "Three"):
        await add(ann, world.cy.id, title=title, assignee_id=world.ann.id)
    async with world.db.transaction(world.account_id) as tx:
        ids = [row["id"] for row in await tx.all("SELECT id FROM tasks ORDER BY id")]
    await ann.sends(
        "/tasks/bulk/assign", task=ids[:2], assignee_id=world.bo.id, whose="mine-open"
    )
    assert ann.goes_to == "/desk/tasks?whose=mine&show=open"
    assert "Three" in await ann.opens("/tasks")
    assert "Two" not in words(ann.last.text)
    text = await ann.presses("/tasks/bulk/complete", task=ids, whose="all-open")
    assert "3 tasks completed." in text
    assert "Nothing to do" in text


async def test_one_that_is_refused_keeps_no_other_from_it(office: Office) -> None:
    world = office.house.world
    ann = await office.seat(world.ann)
    for title in ("One", "Two"):
        await add(ann, world.cy.id, title=title, assignee_id=world.ann.id)
    async with world.db.transaction(world.account_id) as tx:
        ids = [row["id"] for row in await tx.all("SELECT id FROM tasks ORDER BY id")]
    await world.change_staff(world.bo, active=False)
    said = await ann.presses("/tasks/bulk/assign", task=ids, assignee_id=world.bo.id)
    assert "2 could not be changed: One: this staff member is disabled." in said
    assert "given away" not in said
    with_gone = [ids[0], "tsk_gone", ids[1]]
    await ann.sends("/tasks/bulk/complete", task=with_gone, whose="mine-open")
    said = unquote(ann.http.cookies["stepaside_said"])
    assert said == (
        "2 tasks completed. 1 could not be changed: A task is not there any more."
    )
    assert "Nothing to do" in await ann.opens("/tasks?whose=all")


async def test_what_is_too_much_at_a_time_is_told(office: Office) -> None:
    world = office.house.world
    ann = await office.seat(world.ann)
    for title in ("One", "Two"):
        await add(ann, world.cy.id, title=title)
    async with world.db.transaction(world.account_id) as tx:
        ids = [row["id"] for row in await tx.all("SELECT id FROM tasks ORDER BY id")]
    many = [ids[0], *(f"tsk_{n}" for n in range(MOST_AT_ONCE - 1)), ids[1], ids[1]]
    said = await ann.presses("/tasks/bulk/complete", task=many)
    assert f"Task completed. {MOST_AT_ONCE} could not be changed:" in said
    said = await ann.presses("/tasks/bulk/complete", task=[ids[0]] * 300)
    assert "Task completed." in said
    assert "could not" not in said


async def test_a_list_may_be_about_one_contact(office: Office) -> None:
    world = office.house.world
    ann = await office.seat(world.ann)
    await add(ann, world.cy.id)
    text = await ann.opens(f"/tasks?whose=all&contact={world.cy.id}")
    assert "About Cy Clark" in text
    assert "Call back" in text
    assert "Call back" not in await ann.opens("/tasks?whose=all&contact=ctc_nobody")


async def test_another_account_sees_no_task_and_changes_none(office: Office) -> None:
    world = office.house.world
    await add(await office.seat(world.ann), world.cy.id)
    task = await the_task(office)
    dee = await office.seat(world.dee)
    assert "Nothing to do" in await dee.opens("/tasks?whose=all")
    await dee.opens(f"/tasks/{task}")
    assert dee.status == 404
    said = await dee.presses("/tasks/bulk/complete", task=[task])
    assert "1 could not be changed: A task is not there any more." in said
    async with world.db.transaction(world.account_id) as tx:
        row = await tx.one("SELECT status FROM tasks")
    assert row == {"status": "open"}
    await add(dee, world.cy.id)
    assert dee.status == 404
