"""The main job: the bot answers or steps aside, and comes back after people."""

from datetime import timedelta

from stepaside.core.conversation import Control
from stepaside.core.rules import AssignTo, Scenario
from stepaside.core.turn import Author
from stepaside.pipeline import staff
from tests.house import open_house
from tests.world import World


async def test_the_bot_answers_from_its_knowledge(world: World) -> None:
    house = await open_house(world)

    await house.writes("When are you open on Saturday?")

    assert "10:00 to 14:00" in (await house.said_by_bot())[0]
    assert (await house.state()).control is Control.BOT
    assert [d.decision for d in await house.decisions()] == ["reply"]


async def test_a_request_for_a_person_hands_over_in_full(world: World) -> None:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED,
        assign_to=AssignTo.STAFF,
        staff_id=world.bo.id,
        pause=timedelta(hours=2),
    )
    house = await open_house(world)

    await house.writes("I want to talk to a human")

    state = await house.state()
    assert (state.control, state.assignee_id) == (Control.HUMAN, world.bo.id)
    assert state.resume_at == world.clock() + timedelta(hours=2)
    final = "Thank you! Someone from the team will get back to you."
    assert await house.said_by_bot() == [final]
    assert await house.tags() == {"human_handover"}
    assert await house.count("tasks") == 1
    told = [(world.bo.id, "conversation_assigned"), (world.bo.id, "task_assigned")]
    assert sorted(await house.told()) == sorted(told)
    assert sorted(await house.told("email")) == sorted(told)
    assert len(house.post.notices) == 2
    (episode,) = await house.handovers()
    assert (episode.cause, episode.ended_at) == ("human_requested", None)


async def test_the_bot_is_silent_until_the_pause_ends_and_answers_the_next_message(
    world: World,
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=timedelta(hours=2))
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.claims(world.bo)
    await house.replies(world.bo, "Hi, this is Bo.")
    await house.writes("When are you open on Saturday?")
    before = len(await house.said_by_bot())

    await house.later(hours=2, minutes=30)
    assert (await house.state()).control is Control.BOT
    assert len(await house.said_by_bot()) == before  # the backlog stays unanswered

    await house.writes("What does delivery cost?")
    assert "29 euros" in (await house.said_by_bot())[before]


async def test_a_handed_back_conversation_is_the_bots_again(world: World) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.claims(world.ann)
    await house.does(staff.hand_back, world.ann)

    await house.writes("What does delivery cost?")

    assert (await house.state()).control is Control.BOT
    who, text = (await house.seen_by_cy())[-1]
    assert who is Author.BOT
    assert "29 euros" in text
    (episode,) = await house.handovers()
    assert episode.how_ended == "handed_back"
