"""A contact silences the bot; a bot gives a conversation to another one."""

import threading
from collections.abc import Iterator

from stepaside.core.bot_settings import Transfer
from stepaside.core.conversation import Control
from stepaside.core.events import EventType
from stepaside.core.ids import BotId
from stepaside.core.policy import Cause, Reading
from stepaside.core.roster import Bot, BotMode
from stepaside.core.turn import Author, Line, Turn
from stepaside.pipeline import staff
from stepaside.pipeline.leaving_bot import with_wishes
from stepaside.store.bots import create_bot
from stepaside.store.ids import new_id
from tests.house import House, open_house
from tests.world import World


async def test_a_contact_who_says_stop_gets_one_last_word_and_then_silence(
    world: World,
) -> None:
    await world.change_bot(stop_phrases=("stop",), stop_message="I am silent now.")
    house = await open_house(world)
    await house.writes("STOP")

    assert await house.said_by_bot() == ["I am silent now."]
    state = await house.state()
    assert (state.control, state.resume_at) == (Control.QUEUE, None)
    (episode,) = await house.handovers()
    assert episode.cause == Cause.STOPPED
    assert await house.told() == []

    await house.writes("What are your opening hours?")
    assert await house.said_by_bot() == ["I am silent now."]
    await house.claims(world.bo)
    assert (await house.state()).assignee_id == world.bo.id


async def test_the_bus_stop_silences_nobody(world: World) -> None:
    await world.change_bot(stop_phrases=("stop",), stop_message="I am silent now.")
    house = await open_house(world)
    await house.writes("Is your shop near the bus stop at the station?")
    assert (await house.events(EventType.BOT_STOPPED)) == []


async def _two_bots(world: World) -> tuple[House, Bot]:
    """A bot for loans beside the shop's; each would give the other's subject away."""
    loans = Bot(
        id=BotId(new_id("bot")),
        name="Loans",
        wait_seconds=0,
        transfers=(
            Transfer(bot_id=world.bot.id, phrases=("I want to rent a cargo bike",)),
        ),
    )
    async with world.db.transaction(world.account_id) as tx:
        await create_bot(tx, loans, world.clock())
    to_loans = Transfer(bot_id=loans.id, phrases=("I want to rent a cargo bike",))
    await world.change_bot(transfers=(to_loans,))
    return await open_house(world), loans


async def test_the_other_bot_answers_and_it_never_comes_back_by_itself(
    world: World,
) -> None:
    house, loans = await _two_bots(world)

    await house.writes("I want to rent a cargo bike")

    stored = await house.stored()
    assert stored.bot_id == loans.id
    assert stored.left_bots == (world.bot.id,)
    kinds = [d.decision for d in await house.decisions()]
    assert kinds[0] == "transfer"
    assert kinds.count("transfer") == 1
    assert len(kinds) == 2
    await house.writes("I want to rent a cargo bike")
    assert (await house.stored()).bot_id == loans.id
    assert len(await house.events(EventType.BOT_CHANGED)) == 1


async def test_a_bot_that_is_off_gets_nothing(world: World) -> None:
    house, loans = await _two_bots(world)
    async with world.db.transaction(world.account_id) as tx:
        await tx.run("UPDATE bots SET mode = %s WHERE id = %s", BotMode.OFF, loans.id)
    await house.writes("I want to rent a cargo bike")
    assert (await house.stored()).bot_id == world.bot.id


async def test_people_may_give_it_back_to_a_bot_that_was_left(world: World) -> None:
    house, _ = await _two_bots(world)
    await house.writes("I want to rent a cargo bike")
    if (await house.state()).control is not Control.BOT:
        await house.does(staff.hand_back, world.bo)

    await house.does(staff.transfer, world.bo, bot_id=world.bot.id)

    stored = await house.stored()
    assert stored.bot_id == world.bot.id


async def test_what_stops_a_bot_is_looked_for_beside_the_event_loop() -> None:
    readers: list[str] = []

    class Said(tuple[Line, ...]):
        """A burst that notes who reads all of it."""

        def __iter__(self) -> Iterator[Line]:
            readers.append(threading.current_thread().name)
            return super().__iter__()

    bot = Bot(id=BotId("bot"), name="Bella", stop_phrases=("stop",))
    found = await with_wishes(
        Reading(), Turn(burst=Said([Line(author=Author.CONTACT, text="stop")])), bot, ()
    )
    assert found.stop == "stop"
    assert readers
    assert threading.main_thread().name not in readers
