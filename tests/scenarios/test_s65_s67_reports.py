"""S65 to S67: the numbers about handovers tell what people lived through."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from stepaside.core.events import staff_actor
from stepaside.core.roster import ContactRef
from stepaside.core.rules import Scenario
from stepaside.pipeline import staff
from stepaside.pipeline.receive import start_conversation
from stepaside.store.reports import Asked, Figures, GroupBy, report
from tests.house import House, open_house
from tests.world import MONDAY_MORNING, World

HUMAN = "I want to talk to a human"


async def counted(house: House, **narrow: Any) -> Figures:
    """Everything of the year around Monday morning."""
    asked = Asked(
        start=MONDAY_MORNING - timedelta(days=1),
        end=MONDAY_MORNING + timedelta(days=60),
        **narrow,
    )
    async with house.rt.db.transaction(house.account_id) as tx:
        (line,) = await report(tx, asked, None)
    return line


async def another_chat(house: House, name: str) -> House:
    """A further contact's conversation in the same inbox."""
    conversation_id = await start_conversation(
        house.rt,
        house.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(external_id=name.lower(), name=name),
    )
    return replace(house, conversation_id=conversation_id)


async def test_s65_the_final_message_does_not_end_the_wait(world: World) -> None:
    house = await open_house(world)
    await house.writes("When are you open on Saturday?")  # the bot answers
    await house.later(minutes=3)
    await house.writes(HUMAN)  # the final message goes out at once
    await house.later(minutes=10)
    await house.replies(world.bo, "Hello, this is Bo.")

    line = await counted(house)

    assert (line.answered, line.median_seconds, line.p90_seconds) == (1, 600, 600)


async def test_s65_while_nobody_answers_the_contact_goes_on_waiting(
    world: World,
) -> None:
    house = await open_house(world)
    await house.writes(HUMAN)
    asked_at = world.clock()
    await house.later(minutes=4)
    assert (await house.state()).waiting_since == asked_at


async def test_s66_a_handover_resolved_without_a_word_is_counted_as_unanswered(
    world: World,
) -> None:
    house = await open_house(world)
    await house.writes(HUMAN)
    await house.claims(world.bo)
    await house.does(staff.resolve, world.bo)

    line = await counted(house)

    assert (line.handovers, line.claimed, line.unanswered) == (1, 1, 1)
    assert (line.answered, line.median_seconds, line.rate) == (0, None, 1.0)


async def test_s66_chats_that_staff_began_are_not_the_bots(world: World) -> None:
    house = await open_house(world)
    await house.writes("When are you open on Saturday?")
    for name in ("Una", "Vic", "Wim"):  # Bo writes to them first
        chat = await another_chat(house, name)
        await chat.replies(world.bo, "Your bike is ready.")
        await chat.writes("Great, I will fetch it.")
    handed_over = await another_chat(house, "Xia")
    await handed_over.writes(HUMAN)

    line = await counted(house)

    assert (line.conversations, line.handed_over, line.rate) == (2, 1, 0.5)
    assert line.handovers == 1  # a takeover is none


async def test_s66_two_handovers_of_one_chat_are_one_of_one(world: World) -> None:
    house = await open_house(world)
    for _ in range(3):
        await house.writes(HUMAN)
        await house.does(staff.hand_back, world.bo)

    line = await counted(house)

    assert (line.handovers, line.handed_over, line.handed_back) == (3, 1, 3)
    assert (line.conversations, line.rate) == (1, 1.0)


async def test_s66_what_staff_hand_over_before_a_word_was_written_stays_within_all(
    world: World,
) -> None:
    house = await open_house(world)
    await house.does(staff.hand_over, world.bo, reason="VIP")
    assert (await counted(house)).rate == 1.0


async def test_s66_a_bot_that_is_off_has_no_conversation(world: World) -> None:
    house = await open_house(world)
    await world.delete_bot()
    await house.writes("When are you open on Saturday?")

    line = await counted(house)

    assert (line.conversations, line.handed_over, line.rate) == (0, 0, None)
    assert (line.handovers, line.unclaimed) == (1, 1)  # people are asked all the same


async def test_s67_each_episode_is_measured_from_its_own_handover(
    world: World,
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=timedelta(hours=2))
    house = await open_house(world)
    await house.writes(HUMAN)
    await house.later(minutes=2)
    await house.replies(world.bo, "Hello, this is Bo.")
    await house.does(staff.resolve, world.bo)
    await house.later(days=5)  # the pause has long ended
    await house.writes(HUMAN)  # and opens it again
    await house.later(minutes=20)
    await house.replies(world.ann, "Hello, this is Ann.")

    line = await counted(house)

    assert (line.handovers, line.answered, line.resumed) == (2, 2, 1)
    assert line.median_seconds == (120 + 1200) / 2
    assert (await counted(house, staff_id=world.bo.id)).median_seconds == 120
    assert (await counted(house, staff_id=world.ann.id)).median_seconds == 1200


async def test_s67_a_later_reply_of_the_same_episode_changes_nothing(
    world: World,
) -> None:
    house = await open_house(world)
    await house.writes(HUMAN)
    await house.later(minutes=1)
    await house.does(staff.claim, staff_actor(world.bo.id), staff_id=world.bo.id)
    await house.replies(world.bo, "One moment.")
    await house.does(staff.resolve, world.bo)
    await house.later(hours=5)
    await house.writes("Are you there?")
    await house.later(minutes=30)
    await house.replies(world.bo, "Sorry!")
    assert (await counted(house)).median_seconds == 60


async def test_s66_no_group_of_any_kind_is_ever_above_all_of_it(world: World) -> None:
    house = await open_house(world)
    await house.writes(HUMAN)
    await house.does(staff.hand_back, world.bo)
    other = await another_chat(house, "Una")
    await other.writes("When are you open on Saturday?")
    await other.does(staff.hand_over, world.ann)
    asked = Asked(start=MONDAY_MORNING, end=MONDAY_MORNING + timedelta(hours=9))
    async with house.rt.db.transaction(house.account_id) as tx:
        for group_by in GroupBy:
            for line in await report(tx, asked, group_by):
                assert line.rate is not None
                assert 0 <= line.rate <= 1, (group_by, line)
