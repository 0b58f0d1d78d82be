"""Races on the real database: whoever comes first, and exactly once."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.conversation import Control, Conversation, broken_laws, replay
from stepaside.core.errors import Refusal
from stepaside.core.events import EventType, staff_actor
from stepaside.core.rules import Scenario
from stepaside.core.turn import Author, Turn
from stepaside.pipeline import staff
from stepaside.pipeline.take_turn import take_turn
from stepaside.pipeline.wake import wake
from tests.house import House, open_house
from tests.world import World

_CY = Author.CONTACT
FINAL = "Thank you! Someone from the team will get back to you."


async def test_s20_fifty_requests_at_once_are_one_handover(world: World) -> None:
    house = await open_house(world)

    await asyncio.gather(
        *(
            house.writes("I want a human", external_id=f"m-{n}", settle=False)
            for n in range(50)
        )
    )
    await house.settle()

    assert await house.count("handovers") == 1
    assert await house.count("tasks") == 1
    assert (await house.said_by_bot()) == [FINAL]
    assert len(await house.events(EventType.HANDOVER_STARTED)) == 1
    assert len(await house.events(EventType.CONTACT_TAGGED)) == 1
    assert sorted(await house.told()) == sorted(
        (who.id, "handover_waiting") for who in (world.ann, world.bo)
    )
    contacts = [t for who, t in await house.seen_by_cy() if who is Author.CONTACT]
    assert len(contacts) == 50


async def test_fifty_turns_at_once_are_one_answer(world: World) -> None:
    house = await open_house(world)
    await house.writes("When are you open?", settle=False)

    await asyncio.gather(*(take_turn(house.rt, *house.here) for _ in range(50)))
    await house.settle()

    assert len(await house.said_by_bot()) == 1
    assert len(await house.decisions()) == 1


class _Shuffled:
    """A bot whose thinking is cut into steps that the test interleaves."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    async def __call__(self, turn: Turn, index: KnowledgeIndex) -> Draft:
        """Think for so many turns of the event loop."""
        del turn, index
        for _ in range(self.steps):
            await asyncio.sleep(0)
        return Draft(text="The bot's answer.")


async def _reply_after(house: House, steps: int) -> None:
    for _ in range(steps):
        await asyncio.sleep(0)
    await staff.reply(
        house.rt,
        *house.here,
        actor=staff_actor(house.world.bo.id),
        text="A person's answer.",
    )


@pytest.mark.parametrize("batch", range(10))
async def test_in_a_thousand_interleavings_no_bot_speaks_after_a_person(
    world: World, batch: int
) -> None:
    """100 conversations a batch: whatever the order, the person has the last word."""
    dice = random.Random(batch)  # noqa: S311 - to shuffle, not to hide
    spoke_first = 0
    for _round in range(10):
        houses = [
            await open_house(world, brain=_Shuffled(dice.randrange(60)))
            for _ in range(10)
        ]
        await asyncio.gather(
            *(house.writes("When are you open?", settle=False) for house in houses),
            *(_reply_after(house, dice.randrange(400)) for house in houses),
        )
        for house in houses:
            await house.settle()
            said = [who for who, _ in await house.seen_by_cy() if who is not _CY]
            assert said in ([Author.STAFF], [Author.BOT, Author.STAFF])
            spoke_first += said[0] is Author.BOT
            assert (await house.state()).control is Control.HUMAN
    assert spoke_first < 100  # a person came first in some: the race was a race


async def test_s44_a_timer_and_a_message_in_the_same_instant_have_one_outcome(
    world: World,
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, final_message="")
    for _ in range(20):
        house = await open_house(world)
        await house.writes("I want to talk to a human")
        world.clock.advance(days=1)

        await asyncio.gather(
            wake(house.rt, *house.here),
            house.writes("When are you open on Saturday?", settle=False),
            wake(house.rt, *house.here),
        )
        await house.settle()

        answers = len(await house.said_by_bot())
        last = (await house.decisions())[-1].decision
        assert (answers, last) in ((1, "reply"), (0, "silent"))
        assert len(await house.events(EventType.RESUMED)) == 1
        assert (await house.state()).control is Control.BOT


async def test_ten_who_claim_at_once_are_one_winner(world: World) -> None:
    for _ in range(10):
        house = await open_house(world)
        await house.writes("I want to talk to a human")

        ended = await asyncio.gather(
            *(house.claims(who) for who in (world.ann, world.bo) * 5),
            return_exceptions=True,
        )

        assert len(await house.events(EventType.CLAIMED)) == 1
        assert ended.count(None) == 5  # the winner's own repeats are harmless


async def test_replaying_the_events_gives_the_stored_state(world: World) -> None:
    dice = random.Random(7)  # noqa: S311
    house = await open_house(world)
    deeds: list[Callable[[], Awaitable[object]]] = [
        lambda: house.writes("I want to talk to a human"),
        lambda: house.writes("When are you open?"),
        lambda: house.replies(world.bo, "Hello"),
        lambda: house.claims(world.ann),
        lambda: house.assigns(world.ann, world.bo),
        lambda: house.does(staff.release, world.bo),
        lambda: house.does(staff.hand_back, world.bo),
        lambda: house.does(staff.resolve, world.bo),
        lambda: house.does(staff.pause, world.bo, until=None),
        lambda: house.later(hours=dice.randrange(30)),
    ]
    for _ in range(80):
        try:
            await dice.choice(deeds)()
        except Refusal:
            continue
        finally:
            state = await house.state()
            events = [stored.event for stored in await house.events()]
            start = Conversation(id=state.id)
            assert replay(start, events) == state
            assert broken_laws(state) == []
