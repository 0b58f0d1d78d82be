"""S22 and S45: nobody is left waiting in silence, and nothing goes to and fro."""

from datetime import timedelta

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.bot_settings import DEFAULT_HOLDING, Watchdog
from stepaside.core.conversation import Control
from stepaside.core.effects import PromiseState
from stepaside.core.events import EventType
from stepaside.core.policy import Cause
from stepaside.core.roster import BotMode
from stepaside.core.rules import AssignTo, Scenario
from stepaside.core.turn import Turn
from stepaside.pipeline import staff
from stepaside.pipeline.wake import wake
from stepaside.store.promises import count_promises
from tests.house import House, open_house
from tests.world import World


async def _broken(turn: Turn, index: KnowledgeIndex) -> Draft:
    del turn, index
    raise RuntimeError("no model")


async def _waiting(world: World, **rule: object) -> House:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED,
        assign_to=AssignTo.STAFF,
        staff_id=world.bo.id,
        pause=None,
        **rule,
    )
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    return house


async def _steps(house: House) -> list[str]:
    found = await house.events()
    return [step for e in found if (step := e.event.data.get("step"))]


async def test_s22_a_bot_that_fails_again_does_not_come_back_by_itself(
    world: World,
) -> None:
    house = (await open_house(world)).with_brain(_broken)
    await house.writes("What does a service cost?")
    await house.does(staff.hand_back, world.bo)
    await house.writes("What does a service cost?")

    assert [h.cause for h in await house.handovers()] == [Cause.BOT_ERROR] * 2
    assert (await house.state()).resume_at is None
    for _ in range(10):
        await house.later(days=1)
        await house.writes("Hello?")
    assert len(await house.handovers()) == 2
    assert (await house.state()).control is Control.QUEUE


async def test_s22_once_the_bot_has_answered_it_is_trusted_again(world: World) -> None:
    house = await open_house(world)
    await house.with_brain(_broken).writes("What does a service cost?")
    await house.does(staff.hand_back, world.bo)
    await house.writes("What does a service cost?")
    assert (await house.state()).bot_errors == 0
    await house.with_brain(_broken).writes("And the warranty?")
    assert (await house.state()).resume_at is not None


async def test_s45_nobody_comes_so_people_are_reminded_and_the_contact_is_told(
    world: World,
) -> None:
    house = await _waiting(world)
    for _ in range(10):
        await house.later(minutes=5)

    assert (await _steps(house))[:3] == ["team", "contact", "owners"]
    assert (await house.said_by_bot())[-1] == DEFAULT_HOLDING
    assert (world.ann.id, "contact_waiting") in await house.told()
    await house.later(days=2)
    assert (await house.said_by_bot()).count(DEFAULT_HOLDING) == 1


async def test_s45_a_timer_of_an_earlier_episode_does_nothing(world: World) -> None:
    house = await _waiting(world)
    await house.later(minutes=9)
    await house.does(staff.hand_back, world.bo)
    await house.later(minutes=3)
    assert await wake(house.rt, *house.here) == 0
    await house.writes("I want to talk to a human")
    await house.later(minutes=3)

    assert await house.events(EventType.DEADLINE_MISSED) == []
    assert await _steps(house) == []


async def test_s45_a_persons_reply_ends_it(world: World) -> None:
    house = await _waiting(world)
    await house.later(minutes=12)
    await house.replies(world.bo, "Sorry, I am here now.")
    before = await house.told()
    await house.later(hours=20)
    assert await house.told() == before


async def test_it_is_given_on_and_in_the_end_the_bot_comes_back_and_says_so(
    world: World,
) -> None:
    await world.change_bot(watchdog=Watchdog(reassign=True, resume=True))
    house = await _waiting(world)
    for _ in range(14):
        await house.later(minutes=5)

    assert await _steps(house) == ["team", "contact", "owners", "reassign"]
    state = await house.state()
    assert state.control is Control.BOT
    assert "I am back" in (await house.said_by_bot())[-1]
    assert (await house.handovers())[-1].how_ended == "watchdog"
    await house.later(days=1)
    assert "left" in await _steps(house)
    await house.writes("What does a basic service cost?")
    assert (await house.state()).waiting_since is None


async def test_whoever_left_the_contact_waiting_does_not_get_it_again_by_itself(
    world: World,
) -> None:
    await world.change_bot(watchdog=Watchdog(reassign=True))
    await world.assign_to_team(await world.open_team("Support", world.bo))
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    assert (await house.state()).assignee_id == world.bo.id

    for _ in range(12):
        await house.later(minutes=5)

    assert "reassign" in await _steps(house)
    assert (await house.state()).control is Control.QUEUE


async def test_a_pause_that_ends_while_the_bot_is_off_leaves_it_with_people(
    world: World,
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=timedelta(hours=1))
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await world.change_bot(mode=BotMode.OFF)

    await house.later(hours=2)

    state = await house.state()
    assert (state.control, state.resume_at) == (Control.QUEUE, None)
    assert (world.ann.id, "warning") in await house.told()


PROMISE = "Thank you! Someone answers {{eta}}."


async def test_a_promise_is_told_and_kept(world: World) -> None:
    house = await _waiting(world, final_message=PROMISE)
    assert (await house.said_by_bot())[-1].endswith("answers in about 10 minutes.")
    await house.later(minutes=9)
    await house.replies(world.bo, "Hello!")

    (episode,) = await house.handovers()
    assert episode.promise is not None
    assert episode.promise.state is PromiseState.KEPT
    assert episode.promise.settled_at == world.clock()
    assert len(await house.events(EventType.PROMISE_KEPT)) == 1


async def test_a_broken_promise_is_told_to_staff_and_to_the_contact(
    world: World,
) -> None:
    start = world.clock()
    house = await _waiting(world, final_message=PROMISE)
    for _ in range(5):
        await house.later(minutes=5)
    await house.replies(world.bo, "Hello!")

    (episode,) = await house.handovers()
    assert episode.promise is not None
    assert episode.promise.state is PromiseState.BROKEN
    assert episode.promise.told_at is not None
    async with world.db.transaction(world.account_id) as tx:
        counted = await count_promises(tx, start, world.clock())
    assert (counted.given, counted.kept, counted.broken) == (1, 0, 1)


async def test_promises_learn_from_how_long_answers_took(world: World) -> None:
    for _ in range(3):
        house = await _waiting(world)
        await house.later(minutes=40)
        await house.replies(world.bo, "Hello!")
        await house.does(staff.resolve, world.bo)

    house = await _waiting(world, final_message=PROMISE)

    assert (await house.said_by_bot())[-1].endswith("in about 45 minutes.")
