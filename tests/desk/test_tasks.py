"""Follow-up tasks: whose, when, done and not done after all."""

from stepaside.core.events import EventType
from tests.desk.office import Office, Seat, words

HUMAN = "I want to talk to a human"


async def the_task(office: Office) -> str:
    house = office.house
    async with house.rt.db.transaction(house.account_id) as tx:
        row = await tx.one("SELECT id FROM tasks")
    assert row
    return str(row["id"])


async def group(seat: Seat, path: str) -> list[str]:
    """The headings on the page of tasks that have something under them."""
    await seat.opens(path)
    html = seat.last.text.split('<main class="page"')[1]
    return [part.split('"')[0] for part in html.split('id="group-')[1:]]


async def test_a_task_moves_from_later_to_today_to_overdue(office: Office) -> None:
    clock = office.house.world.clock
    await office.house.writes(HUMAN)  # due tomorrow at ten
    seat = await office.seat(office.house.world.bo)
    assert await group(seat, "/tasks?whose=all") == ["later"]
    clock.advance(hours=15)
    assert await group(seat, "/tasks?whose=all") == ["today"]
    clock.advance(hours=9, minutes=5)
    assert await group(seat, "/tasks?whose=all") == ["overdue"]
    assert "5 min late" in await seat.opens("/tasks?whose=all")


async def test_the_readers_own_day_decides_what_is_due_today(office: Office) -> None:
    clock = office.house.world.clock
    await office.house.writes(HUMAN)  # due on Tuesday, 10:00 in London
    seat = await office.seat(office.house.world.bo)
    seat.http.cookies.set("stepaside_zone", "Pacific%2FAuckland")
    clock.advance(hours=2)  # already Tuesday, 01:00 in Auckland
    assert await group(seat, "/tasks?whose=all") == ["today"]


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
    text = await seat.presses(f"/tasks/{task}/complete", whose="all")
    assert "Task completed. Undo" in text
    assert await group(seat, "/tasks?whose=all") == ["completed"]
    await seat.presses(f"/tasks/{task}/complete", whose="all")  # pressed twice
    assert len(await house.events(EventType.TASK_COMPLETED)) == 1
    page = await seat.opens(office.address)
    assert "You completed a task" in page
    assert "Task completed Cy Clark asked for a person 10:00" in page
    await seat.presses(f"/tasks/{task}/reopen", whose="all")
    assert await group(seat, "/tasks?whose=all") == ["later"]


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
    await seat.sends(f"/tasks/{task}/complete", whose="all")
    assert (seat.status, seat.goes_to) == (303, "/desk/tasks?whose=all")
    assert await group(seat, "/tasks?whose=all") == ["completed"]
    await seat.presses("/tasks/tsk_nope/complete")
    assert seat.status == 404
