"""When the bot comes back: chosen in a menu, said in words, and done."""

from datetime import timedelta

from stepaside.core.conversation import Control
from stepaside.pipeline import staff
from tests.desk.office import Office, Seat
from tests.shift import OFFICE

HUMAN = "I want to talk to a human"


async def _with_bo(office: Office) -> Seat:
    await office.house.writes(HUMAN)
    bo = await office.seat(office.house.world.bo)
    await bo.presses(f"{office.address}/claim")
    return bo


async def test_handed_back_when_it_is_resolved_the_bot_is_back_at_that_moment(
    office: Office,
) -> None:
    house, bo = office.house, await _with_bo(office)
    assert "When it is resolved" in await bo.opens(office.address)

    said = await bo.presses(
        f"{office.address}/hand-back", until="resolved", open_id=house.conversation_id
    )
    assert "The bot is back when it is resolved." in said
    assert "bot back when resolved" in said
    assert "You paused the bot until it is resolved" in said
    assert (await house.state()).control is Control.HUMAN

    await bo.presses(f"{office.address}/resolve")
    assert (await house.state()).control is Control.BOT


async def test_what_is_resolved_cannot_wait_for_being_resolved(office: Office) -> None:
    bo = await _with_bo(office)
    await bo.presses(f"{office.address}/resolve")
    said = await bo.opens(office.address)
    assert "When it is resolved" not in said
    assert "After an hour of our silence" in said


async def test_after_our_silence_each_reply_begins_it_anew(office: Office) -> None:
    house, bo = office.house, await _with_bo(office)
    clock = house.world.clock
    said = await bo.presses(f"{office.address}/pause", until="quiet-1h")
    assert "The bot is back 1 h after our last word" in said
    assert (await house.state()).resume_at == clock() + timedelta(hours=1)

    clock.advance(minutes=40)
    await bo.presses(f"{office.address}/messages", text="One moment", sender_id="a")
    assert (await house.state()).resume_at == clock() + timedelta(hours=1)
    assert "bot back after 1 h of our silence" in await bo.opens(office.address)


async def test_until_people_are_next_at_work_follows_the_working_hours(
    office: Office,
) -> None:
    house, bo = office.house, await _with_bo(office)
    await house.world.work(OFFICE)
    said = await bo.presses(f"{office.address}/pause", until="opening")
    opening = OFFICE.opens_again(house.world.clock())
    assert opening is not None
    assert (await house.state()).resume_at == opening
    assert "The bot is back tomorrow" in said


async def test_the_list_says_what_brings_the_bot_back(office: Office) -> None:
    house, bo = office.house, await _with_bo(office)
    await bo.presses(f"{office.address}/messages", text="On it.", sender_id="a")
    await bo.presses(f"{office.address}/pause", until="resolved")
    assert "bot back when resolved" in await bo.opens("/conversations?view=mine")
    await house.does(staff.pause, house.world.bo, until=None)
    shown = await bo.opens("/conversations?view=mine")
    assert "bot back" not in shown


async def test_an_ending_that_there_is_not_is_refused_and_changes_nothing(
    office: Office,
) -> None:
    bo = await _with_bo(office)
    before = await office.house.state()
    said = await bo.presses(f"{office.address}/pause", until="whenever")
    assert bo.status == 422
    assert "Choose a" in said
    assert await office.house.state() == before
