"""S69: out of hours, the contact is told when people are back, and only then."""

from datetime import time, timedelta

from stepaside.core.conversation import Control
from stepaside.core.hours import Span
from stepaside.core.rules import Scenario
from tests.house import open_house
from tests.shift import OFFICE, asks_for_a_person
from tests.world import World


async def test_s69_out_of_hours_the_final_message_says_when_people_are_back(
    world: World,
) -> None:
    await world.work(OFFICE)
    world.clock.advance(hours=10)

    house = await asks_for_a_person(world)

    assert await house.said_by_bot() == [
        "Thank you! We are closed now. Someone from the team will get back to you "
        "tomorrow at 09:00."
    ]


async def test_s69_within_hours_nothing_is_said_of_them(world: World) -> None:
    await world.work(OFFICE)
    house = await asks_for_a_person(world)
    assert await house.said_by_bot() == [
        "Thank you! Someone from the team will get back to you."
    ]


async def test_s69_while_the_bot_has_it_no_away_text_comes_on_top(
    world: World,
) -> None:
    await world.work(OFFICE)
    world.clock.advance(hours=10)
    house = await open_house(world)

    await house.writes("When are you open on Saturday?")

    (answer,) = await house.said_by_bot()
    assert "Saturday from 10:00 to 14:00" in answer
    assert "closed now" not in answer


async def test_s69_the_teams_own_hours_are_the_ones_that_are_told(
    world: World,
) -> None:
    await world.work(OFFICE)
    nights = Span(opens=time(20), closes=time(6))
    team = await world.open_team("Night watch", world.bo, week=((nights,),) * 7)
    await world.assign_to_team(team)

    house = await asks_for_a_person(world)  # Monday, 11:00

    assert (await house.state()).control is Control.QUEUE
    (final,) = await house.said_by_bot()
    assert final.endswith("get back to you today at 20:00.")


async def test_s69_a_contact_reads_the_final_message_in_their_language(
    world: World,
) -> None:
    await world.work(OFFICE)
    await world.change_rule(
        Scenario.HUMAN_REQUESTED,
        final_messages=(("de", "Danke! Gleich meldet sich jemand."),),
        final_messages_out_of_hours=(
            ("de", "Danke! Wir melden uns {{next_opening.de}}."),
        ),
    )
    by_day = await open_house(world)
    await by_day.writes("Ich möchte bitte mit einem Menschen sprechen")
    world.clock.advance(hours=10)
    by_night = await open_house(world)
    await by_night.writes("Ich möchte bitte mit einem Menschen sprechen")

    assert await by_day.said_by_bot() == ["Danke! Gleich meldet sich jemand."]
    assert await by_night.said_by_bot() == [
        "Danke! Wir melden uns morgen um 09:00 Uhr."
    ]


async def test_a_pause_until_the_next_opening_ends_with_it(world: World) -> None:
    await world.work(OFFICE)
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause_until_opening=True)
    by_day = await asks_for_a_person(world)
    tomorrow_at_nine = world.clock() + timedelta(hours=22)
    assert (await by_day.state()).resume_at == tomorrow_at_nine

    await by_day.later(hours=22)

    assert (await by_day.state()).control is Control.BOT
