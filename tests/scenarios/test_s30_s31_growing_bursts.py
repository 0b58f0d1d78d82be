"""S30 and S31 at their limits: bursts of hundreds, and a contact who never stops."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.channels.base import Inbound
from stepaside.core.conversation import Control
from stepaside.core.turn import Turn
from stepaside.pipeline import receive, staff
from stepaside.pipeline.runtime import Limits
from tests.house import House, open_house
from tests.world import World

SOON = 30.0
"""Seconds after which a turn that goes round in a circle is given up."""
MANY = 300
WARES = ("helmets", "lamps", "tyres", "locks", "pumps", "saddles", "bells", "gloves")
FINAL = "Thank you! Someone from the team will get back to you."


class HurriedContact:
    """A slow bot, and a contact who writes again each time before it has an answer."""

    def __init__(self, *texts: str) -> None:
        self.texts: Iterator[str] = iter(texts)
        self.asked: list[list[str]] = []
        self.waited: list[bool] = []
        self.house: House
        self.hangs = False

    async def __call__(self, turn: Turn, index: KnowledgeIndex) -> Draft:
        """Be written to, then answer, or never."""
        del index
        self.asked.append([line.text for line in turn.burst])
        self.waited.append((await self.house.state()).waiting_since is not None)
        self.house.world.clock.advance(milliseconds=100)
        for text in self.texts:
            await self.house.writes(text, settle=False)
            break
        if self.hangs:
            await asyncio.Event().wait()
        return Draft(text=f"Answer to: {turn.burst[-1].text}")


async def open_hurried(
    world: World, bot: HurriedContact, limits: Limits | None = None
) -> House:
    bot.house = await open_house(world, brain=bot, limits=limits)
    return bot.house


async def test_s30_hundreds_of_messages_end_in_one_turn(world: World) -> None:
    bot = HurriedContact()
    house = await open_hurried(world, bot)
    await house.writes("Hello")
    await world.change_bot(wait_seconds=300)

    for n in range(MANY):
        await house.writes(f"part {n}", settle=False)
    async with asyncio.timeout(SOON):
        await house.later(seconds=301)

    assert len(bot.asked) == 2
    assert bot.asked[1][0] == "part 0"
    assert bot.asked[1][-1] == f"part {MANY - 1}"
    first, second = await house.decisions()
    assert (len(first.message_ids), len(second.message_ids)) == (1, MANY)
    assert (await house.said_by_bot())[-1] == f"Answer to: part {MANY - 1}"
    assert (await house.stored()).turn_due_at is None


async def test_s30_a_message_older_than_much_that_was_said_is_answered(
    world: World,
) -> None:
    """A phone that was offline reports it with the time it was written."""
    bot = HurriedContact()
    house = await open_hurried(world, bot)
    began = world.clock()
    world.clock.advance(hours=1)
    for n in range(201):
        await house.does(staff.note, world.bo, text=f"Note {n}")

    async with asyncio.timeout(SOON):
        late = Inbound(
            inbox_id=house.inbox_id,
            conversation_id=house.conversation_id,
            text="When are you open?",
            at=began,
        )
        await receive.receive(house.rt, house.account_id, late)
        await house.settle()

    assert bot.asked == [["When are you open?"]]


async def test_s30_a_contact_who_never_stops_writing_is_answered_meanwhile(
    world: World,
) -> None:
    """What came while the bot thought makes the next turn; nothing is lost or twice."""
    bot = HurriedContact(*(f"Do you sell {x}?" for x in WARES))
    house = await open_hurried(world, bot)

    async with asyncio.timeout(SOON):
        await house.writes("When are you open?")

    assert [text.splitlines()[0] for text in await house.said_by_bot()] == [
        f"Answer to: Do you sell {x}?" for x in ("lamps", "pumps", "gloves")
    ]
    decided = [m for d in await house.decisions() for m in d.message_ids]
    assert len(decided) == len(set(decided)) == len(WARES) + 1
    assert all(bot.waited)
    assert (await house.state()).waiting_since is None
    assert (await house.stored()).turn_due_at is None


async def test_s31_who_asks_for_a_person_waits_for_no_draft(world: World) -> None:
    bot = HurriedContact("are you there?", "I want to talk to a human", "hello??")
    house = await open_hurried(world, bot)

    async with asyncio.timeout(SOON):
        await house.writes("When are you open?")

    assert bot.asked[-1] == ["When are you open?", "are you there?"]
    (episode,) = await house.handovers()
    assert episode.cause == "human_requested"
    assert (await house.state()).control is Control.QUEUE
    assert await house.said_by_bot() == [FINAL]


async def test_s31_who_asks_while_the_bot_hangs_gets_a_person_by_the_rule(
    world: World,
) -> None:
    """A bot that could not answer is not asked once more because the burst grew."""
    bot = HurriedContact("I want to talk to a human")
    bot.hangs = True
    house = await open_hurried(world, bot, Limits(thinking=timedelta(seconds=0.5)))

    async with asyncio.timeout(SOON):
        await house.writes("When are you open?")

    assert bot.asked == [["When are you open?"]]
    (episode,) = await house.handovers()
    assert episode.cause == "human_requested"


async def test_s33_a_contact_who_keeps_writing_to_a_bot_that_hangs_gets_a_person(
    world: World,
) -> None:
    bot = HurriedContact("hello?", "anybody?", "??")
    bot.hangs = True
    house = await open_hurried(world, bot, Limits(thinking=timedelta(seconds=0.5)))

    async with asyncio.timeout(SOON):
        await house.writes("When are you open?")

    assert len(bot.asked) == 1
    (episode,) = await house.handovers()
    assert episode.cause == "bot_error"
