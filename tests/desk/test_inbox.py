"""The inbox: who is waiting, who has what, and what happened."""

from stepaside.core.conversation import Control
from tests.desk.office import Office


async def test_a_handover_stands_in_unassigned_until_it_is_claimed(
    office: Office,
) -> None:
    seat = await office.seat(office.house.world.bo)
    assert "Nobody is waiting" in await seat.opens("/conversations")

    await office.house.writes("I want to talk to a human")

    page = await seat.opens("/conversations")
    assert "Cy Clark" in page
    assert "Waiting for a person" in page
    await seat.presses(f"{office.address}/claim", view="unassigned")
    assert seat.status == 200
    assert (await office.house.state()).control is Control.HUMAN
    assert "Cy Clark" not in await seat.opens("/conversations?view=unassigned")
    assert "Cy Clark" in await seat.opens("/conversations?view=mine")
    page = await seat.opens(office.address)
    assert "You claimed it" in page
