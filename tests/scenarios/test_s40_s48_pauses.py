"""S40 to S49: the bot comes back on time, and people are told."""

from datetime import timedelta

import pytest

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.conversation import Control
from stepaside.core.events import EventType
from stepaside.core.rules import AssignTo, Scenario
from stepaside.core.turn import Author, Turn
from stepaside.pipeline import staff
from stepaside.pipeline.wake import wake
from tests.house import House, open_house
from tests.world import World


class ListeningBot:
    """A bot that remembers what it was shown."""

    def __init__(self) -> None:
        self.asked: list[Turn] = []

    async def __call__(self, turn: Turn, index: KnowledgeIndex) -> Draft:
        """Answer."""
        del index
        self.asked.append(turn)
        return Draft(text="Happy to help.")


async def _with_people(world: World, bot: ListeningBot, pause: timedelta) -> House:
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=pause)
    house = await open_house(world, brain=bot)
    await house.writes("I want to talk to a human")
    await house.claims(world.bo)
    bot.asked.clear()
    return house


@pytest.mark.parametrize("ended_by", ["timer", "button"])
async def test_s40_after_peoples_stretch_the_bot_answers_and_knows_of_it(
    world: World, ended_by: str
) -> None:
    bot = ListeningBot()
    house = await _with_people(world, bot, timedelta(hours=2))
    await house.replies(world.bo, "I have ordered a new lock for you.")
    if ended_by == "timer":
        await house.later(hours=3)
    else:
        await house.does(staff.hand_back, world.bo)

    await house.writes("And what does it cost?")

    (turn,) = bot.asked
    assert turn.after_people
    assert "I have ordered a new lock for you." in [x.text for x in turn.history]
    assert (await house.said_by_bot())[-1] == "Happy to help."


async def test_s41_the_backlog_is_context_and_never_answered(world: World) -> None:
    bot = ListeningBot()
    house = await _with_people(world, bot, timedelta(hours=2))
    backlog = ["Are you there?", "My lock broke", "Hello?"]
    for text in backlog:
        await house.writes(text)

    await house.later(hours=3)
    assert bot.asked == []
    assert (await house.state()).control is Control.BOT

    await house.writes("What does a lock cost?")
    (turn,) = bot.asked
    assert [x.text for x in turn.burst] == ["What does a lock cost?"]
    said_before = [x.text for x in turn.history if x.author is Author.CONTACT]
    assert said_before[-3:] == backlog


async def test_s41_staff_are_told_when_a_contact_was_never_answered(
    world: World,
) -> None:
    house = await _with_people(world, ListeningBot(), timedelta(minutes=5))
    await house.writes("My lock broke")

    await house.later(minutes=16)

    assert (world.bo.id, "contact_waiting") in await house.told()


async def test_s42_a_pause_outlasts_the_end_of_the_session(world: World) -> None:
    bot = ListeningBot()
    house = await open_house(world, brain=bot)
    until = world.clock() + timedelta(hours=4)
    await house.does(staff.pause, world.ann, until=until)
    await house.does(staff.resolve, world.ann)

    await house.later(hours=3)
    await house.writes("Hello again")
    assert bot.asked == []
    assert (await house.state()).control is Control.QUEUE

    await house.later(hours=2)
    await house.writes("Hello?")
    assert len(bot.asked) == 1


async def test_s43_the_bot_does_not_come_back_in_the_middle_of_a_dialogue(
    world: World,
) -> None:
    bot = ListeningBot()
    house = await _with_people(world, bot, timedelta(hours=1))
    await house.later(minutes=55)
    await house.replies(world.bo, "Which colour would you like?")

    await house.later(minutes=6)
    await house.writes("Green, please")
    assert (await house.state()).control is Control.HUMAN
    assert bot.asked == []

    await house.later(minutes=15)
    assert (await house.state()).control is Control.BOT
    assert len(await house.events(EventType.PAUSE_EXTENDED)) == 1


async def test_s47_pauses_that_ended_while_the_server_was_down_end_once(
    world: World,
) -> None:
    hour = timedelta(hours=1)
    houses = [await _with_people(world, ListeningBot(), hour) for _ in range(3)]

    await houses[0].later(days=30)
    for house in houses:
        assert await wake(house.rt, *house.here) == 0

    for house in houses:
        assert (await house.state()).control is Control.BOT
        assert len(await house.events(EventType.RESUMED)) == 1


async def test_s47_a_clock_that_jumps_back_undoes_nothing(world: World) -> None:
    house = await _with_people(world, ListeningBot(), timedelta(hours=1))
    await house.later(hours=2)

    await house.later(hours=-5)

    assert (await house.state()).control is Control.BOT
    assert len(await house.events(EventType.RESUMED)) == 1


async def test_s48_the_assignee_is_told_once_or_else_the_whole_queue(
    world: World,
) -> None:
    unassigned = await open_house(world)
    await unassigned.writes("I want to talk to a human")
    assert sorted(await unassigned.told()) == sorted(
        (who.id, "handover_waiting") for who in (world.ann, world.bo)
    )

    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    assigned = await open_house(world)
    await assigned.writes("I want to talk to a human")
    assert sorted(await assigned.told()) == [
        (world.bo.id, "conversation_assigned"),
        (world.bo.id, "task_assigned"),
    ]


async def test_s49_staff_are_told_though_nothing_was_said_before(
    world: World,
) -> None:
    house = await open_house(world)

    await house.writes("human")

    assert (await house.state()).control is Control.QUEUE
    assert {who for who, _ in await house.told()} == {world.ann.id, world.bo.id}
    assert len(house.post.notices) == 2


async def test_a_contact_who_waits_is_not_forgotten(world: World) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")

    for _ in range(3):
        await house.later(minutes=25)

    told = [event for _, event in await house.told()]
    assert told.count("deadline_missed") == 2  # after 10 minutes, to two people
    assert told.count("contact_waiting") == 3  # the owner, then both again
    await house.replies(world.bo, "Sorry to keep you waiting!")
    await house.later(hours=2)
    assert [e for _, e in await house.told()].count("contact_waiting") == 3
