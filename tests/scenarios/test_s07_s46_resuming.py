"""S07, S08, S09, S43 and S46: who speaks after people, and when the bot asks again."""

import asyncio
from datetime import timedelta

import pytest

from stepaside.core.bot_settings import FollowUp
from stepaside.core.conversation import Control, Status
from stepaside.core.effects import MessageKind
from stepaside.core.events import EventType
from stepaside.core.pauses import Resume
from stepaside.core.rules import AssignTo, Scenario
from stepaside.core.terms import Returning
from stepaside.pipeline import staff
from stepaside.pipeline.wake import wake_due
from stepaside.store.conversations import lock_conversation
from stepaside.store.inboxes import InboxKind
from tests.house import House, open_house, says
from tests.world import World

HOUR = timedelta(hours=1)
ASK = FollowUp(delay=2 * HOUR, text="Are you still there?")


async def _with_bo(world: World, **rule: object) -> House:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED,
        assign_to=AssignTo.STAFF,
        staff_id=world.bo.id,
        **rule,
    )
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    return house


async def test_s07_while_people_have_control_no_turn_of_the_bot_begins(
    world: World,
) -> None:
    house = await _with_bo(world)
    await house.writes("Hello?", settle=False)
    stored = await house.stored()
    assert stored.turn_due_at is None
    assert stored.thinking_until is None
    await house.settle()


async def test_s08_a_handover_cancels_what_the_bot_would_have_asked(
    world: World,
) -> None:
    await world.change_bot(follow_ups=(ASK,))
    house = await open_house(world, brain=says("It costs 60 euros."))
    await house.writes("What does a basic service cost?")
    assert (await house.state()).follow_up_at == world.clock() + 2 * HOUR

    await house.does(staff.hand_over, world.bo)

    assert (await house.state()).follow_up_at is None
    await house.later(hours=3)
    assert ASK.text not in await house.said_by_bot()
    assert await house.events(EventType.FOLLOWED_UP) == []


async def test_a_silent_contact_is_asked_once_and_a_reply_ends_it(
    world: World,
) -> None:
    await world.change_bot(follow_ups=(ASK, ASK))
    house = await open_house(world, brain=says("It costs 60 euros."))
    await house.writes("What does a basic service cost?")
    await house.later(hours=2)
    assert (await house.said_by_bot())[-1] == ASK.text
    assert (await house.transcript())[-1].kind is MessageKind.REPLY

    await house.writes("No thanks, not interested")
    assert (await house.state()).follow_up_at is None
    await house.later(days=3)
    assert (await house.said_by_bot()).count(ASK.text) == 1


async def test_s09_one_that_is_handed_over_is_not_closed_with_the_others(
    world: World,
) -> None:
    await world.change_bot(close_after=HOUR)
    quiet = await open_house(world, brain=says("It costs 60 euros."))
    asks = await open_house(world, brain=says("It costs 60 euros."))
    for house in (quiet, asks):
        await house.writes("What does a basic service cost?")
    world.clock.advance(hours=2)

    # Both are due, and the sweep takes both; one is handed over while it stands
    # before that very row, in line behind the handover.
    async with world.db.transaction(world.account_id) as tx:
        await lock_conversation(tx, asks.conversation_id)
        handing_over = asyncio.create_task(asks.does(staff.hand_over, world.bo))
        await world.wait_for_locks()
        closing = asyncio.create_task(wake_due(quiet.rt))
        await world.wait_for_locks(2)
    await handing_over

    assert await closing == 2
    assert (await quiet.state()).status is Status.RESOLVED
    state = await asks.state()
    assert (state.status, state.control) == (Status.OPEN, Control.QUEUE)
    assert await asks.events(EventType.RESOLVED) == []


async def test_s43_a_claim_just_before_the_end_keeps_the_bot_away(
    world: World,
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=HOUR)
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.later(minutes=59)
    await house.claims(world.bo)
    await house.later(minutes=2)
    assert (await house.state()).control is Control.HUMAN
    await house.later(minutes=20)
    assert (await house.state()).control is Control.BOT


async def test_s43_words_extend_a_pause_but_not_for_ever(world: World) -> None:
    await world.change_bot(extension_cap=HOUR)
    house = await _with_bo(world, pause=HOUR)
    for _ in range(14):
        await house.later(minutes=10)
        if (await house.state()).control is Control.BOT:
            break
        await house.replies(world.bo, "One moment.")
    assert (await house.state()).control is Control.BOT
    assert len(await house.events(EventType.RESUMED)) == 1


async def test_a_rule_may_give_it_back_when_it_is_resolved(world: World) -> None:
    house = await _with_bo(world, resume=Resume.RESOLVED)
    await house.later(days=9)
    assert (await house.state()).control is Control.HUMAN
    await house.does(staff.resolve, world.bo)
    assert (await house.state()).control is Control.BOT
    assert (await house.handovers())[-1].how_ended == "resolved"


async def test_a_rule_may_give_it_back_when_staff_fall_silent(world: World) -> None:
    house = await _with_bo(world, resume=Resume.STAFF_INACTIVE, pause=HOUR)
    for _ in range(5):
        await house.later(minutes=50)
        await house.replies(world.bo, "Still looking.")
    assert (await house.state()).control is Control.HUMAN
    await house.later(minutes=61)
    assert (await house.state()).control is Control.BOT


async def test_a_pause_by_hand_may_end_so_too(world: World) -> None:
    house = await open_house(world)
    await house.does(staff.pause, world.bo, until=None, resume=Resume.RESOLVED)
    await house.does(staff.resolve, world.bo)
    assert (await house.state()).control is Control.BOT
    await house.writes("Hello")
    await house.does(staff.pause, world.bo, until=None, next_opening=True)
    assert (await house.state()).resume_at == world.clock() + timedelta(days=1)


@pytest.mark.parametrize("kind", [InboxKind.API, InboxKind.WEBHOOK])
@pytest.mark.parametrize("to", list(Returning))
async def test_s46_who_comes_back_goes_where_it_is_set(
    world: World, kind: InboxKind, to: Returning
) -> None:
    house = await open_house(world, kind=kind)
    await world.change_bot(on_return=to, wait_seconds=0)
    await house.writes("I want to talk to a human")
    await house.claims(world.bo)
    await house.replies(world.bo, "Done!")
    if to is Returning.LAST_OWNER:
        await house.does(staff.hand_back, world.bo)
    await house.does(staff.resolve, world.bo)

    await house.later(hours=1)
    await house.writes("What does a basic service cost?")

    state = await house.state()
    assert state.status is Status.OPEN
    if to is Returning.BOT:
        assert state.control is Control.BOT
        assert len(await house.handovers()) == 1
    else:
        assert (state.control, state.assignee_id) == (Control.HUMAN, world.bo.id)
