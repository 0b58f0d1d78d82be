"""People at work: contacts who ask for one, and when the shop is open."""

from datetime import time
from typing import Any

from stepaside.core.events import EventType
from stepaside.core.hours import Span, WorkingHours
from stepaside.core.roster import ContactRef
from stepaside.pipeline.receive import start_conversation
from tests.house import House, open_house
from tests.world import World

NINE_TO_FIVE = Span(opens=time(9), closes=time(17))
OFFICE = WorkingHours(time_zone="Europe/Berlin", week=((NINE_TO_FIVE,),) * 5 + ((), ()))
"""The world begins on a Monday at 11:00 in Berlin."""


async def asks_for_a_person(world: World, name: str = "cy") -> House:
    """Somebody asks for a person in a conversation of their own."""
    house = await open_house(world)
    house.conversation_id = await start_conversation(
        house.rt,
        world.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(external_id=name, name=name.title()),
    )
    await house.writes("I want to talk to a human")
    return house


async def holder(house: House) -> str | None:
    """Who has the conversation now."""
    return (await house.state()).assignee_id


async def assignments(house: House) -> list[Any]:
    """Every time it was given to somebody after the handover."""
    return await house.events(EventType.ASSIGNED)
