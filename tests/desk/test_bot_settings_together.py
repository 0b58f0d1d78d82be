"""Two people at the settings of one bot: nobody's words are lost without a question."""

import pytest

from stepaside.core.bot_settings import Watchdog
from stepaside.core.roster import Bot, Role
from stepaside.store.bots import get_bot
from tests.desk.bot_forms import at, form_on
from tests.desk.office import Office, Seat
from tests.world import World


async def the_bot(world: World) -> Bot:
    async with world.db.transaction(world.account_id) as tx:
        return (await get_bot(tx, world.bot.id)).bot


async def test_what_each_of_two_people_changed_is_kept(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    here = at(world, "/settings")
    await ann.opens(here)
    mine = form_on(ann, "settings") | {"max_messages": "10", "name": "Pedal"}
    await world.change_bot(
        stop_phrases=("stop it",), watchdog=Watchdog(holding_message="Hold on.")
    )

    await ann.sends(here, **mine)

    assert ann.status == 303
    bot = await the_bot(world)
    assert (bot.name, bot.max_messages) == ("Pedal", 10)
    assert bot.stop_phrases == ("stop it",)
    assert bot.watchdog.holding_message == "Hold on."


@pytest.mark.parametrize(
    ("choice", "kept"), [("mine", "Ann's own"), ("theirs", "Bo's own")]
)
async def test_what_both_changed_is_asked_and_nothing_typed_is_lost(
    office: Office, ann: Seat, choice: str, kept: str
) -> None:
    world = office.house.world
    here = at(world, "/settings")
    await ann.opens(here)
    field = "watchdog.holding_message"
    mine = form_on(ann, "settings") | {field: "Ann's own", "max_messages": "10"}
    await world.change_staff(world.bo, role=Role.ADMIN)
    bo = await office.seat(world.bo)
    await bo.opens(here)
    await bo.sends(
        here, **form_on(bo, "settings") | {field: "Bo's own", "wait_seconds": "7"}
    )
    assert bo.status == 303

    text = await ann.sends(here, **mine)
    assert ann.status == 409
    assert "Nothing of yours is lost" in text
    assert "Bo Berg changed “When a contact waits too long”" in text
    assert (await the_bot(world)).watchdog.holding_message == "Bo's own"
    again = form_on(ann, "settings")
    assert again[field] == ["Ann's own"]
    assert again["max_messages"] == ["10"]
    assert again["wait_seconds"] == ["7"], "what only he changed is there already"

    again["take.bot.waiting"] = choice
    await ann.sends(here, **again)
    assert ann.status == 303
    bot = await the_bot(world)
    assert bot.watchdog.holding_message == kept
    assert (bot.max_messages, bot.wait_seconds) == (10, 7)


async def test_the_same_change_by_both_is_no_question(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    here = at(world, "/settings")
    await ann.opens(here)
    mine = form_on(ann, "settings") | {"max_messages": "10"}
    await world.change_bot(max_messages=10)
    await ann.sends(here, **mine)
    assert ann.status == 303


async def test_a_fault_does_not_forget_what_was_seen(office: Office, ann: Seat) -> None:
    world = office.house.world
    here = at(world, "/settings")
    await ann.opens(here)
    mine = form_on(ann, "settings") | {"max_messages": "many", "stop_message": "Mine"}
    await world.change_bot(stop_message="Theirs", stop_phrases=("stop it",))
    await ann.sends(here, **mine)
    assert ann.status == 422
    mended = form_on(ann, "settings") | {"max_messages": "10"}
    text = await ann.sends(here, **mended)
    assert ann.status == 409
    assert "When a contact says stop" in text


@pytest.mark.parametrize("base", ["", "{", '{"quiet": 7}', '{"quiet": {"mode": "x"}}'])
async def test_a_page_that_does_not_say_what_was_seen_saves_what_it_has(
    office: Office, ann: Seat, base: str
) -> None:
    world = office.house.world
    here = at(world, "/settings")
    await ann.opens(here)
    fields = form_on(ann, "settings") | {"base": base, "max_messages": "10"}
    await ann.sends(here, **fields)
    assert ann.status == 303
    assert (await the_bot(world)).max_messages == 10
