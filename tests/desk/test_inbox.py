"""The lists: who is waiting, who has what, in which order, and nothing twice."""

from datetime import timedelta
from typing import Any

import pytest

from stepaside.core.conversation import Control
from stepaside.core.ids import StaffId
from stepaside.core.roster import ContactRef
from stepaside.pipeline import receive, staff
from stepaside.store.desk_lists import (
    Listing,
    Place,
    View,
    count_listed,
    list_conversations,
    rows_of,
)
from tests.desk.office import Office
from tests.house import House


async def many(house: House, count: int) -> list[str]:
    """So many conversations, a minute apart; the latest is the last."""
    ids = []
    for n in range(count):
        house.world.clock.advance(minutes=1)
        ref = ContactRef(external_id=f"c{n}", name=f"Contact {n:03}")
        ids.append(
            await receive.start_conversation(
                house.rt, house.account_id, inbox_id=house.inbox_id, contact=ref
            )
        )
    return [str(i) for i in ids]


async def walk(house: House, view: View, limit: int = 3, **more: Any) -> list[str]:
    """All pages of a list, one after the other."""
    found: list[str] = []
    after: Place | None = None
    listing = Listing(view=view, me=StaffId(house.world.bo.id), **more)
    while True:
        async with house.rt.db.transaction(house.account_id) as tx:
            page = await list_conversations(tx, listing, after=after, limit=limit)
        if not page:
            return found
        found += [row.id for row in page]
        after = page[-1].place


async def make_wait(house: House, conversation_id: str) -> None:
    house.conversation_id = conversation_id
    await house.writes("I want to talk to a human")


async def test_a_handover_stands_in_unassigned_until_it_is_claimed(
    office: Office,
) -> None:
    seat = await office.seat(office.house.world.bo)
    assert "Nobody is waiting" in await seat.opens("/conversations")

    await office.house.writes("I want to talk to a human")

    page = await seat.opens("/conversations")
    assert "Cy Clark" in page
    assert "Waiting for a person" in page
    assert "Asked for a person" in page
    await seat.presses(f"{office.address}/claim", view="unassigned")
    assert seat.status == 200
    assert (await office.house.state()).control is Control.HUMAN
    assert "Cy Clark" not in await seat.opens("/conversations?view=unassigned")
    assert "Cy Clark" in await seat.opens("/conversations?view=mine")
    page = await seat.opens(office.address)
    assert "You claimed it" in page


async def test_what_was_put_aside_stands_in_unassigned_once_it_is_released(
    house: House,
) -> None:
    world = house.world
    await house.writes("I want to talk to a human")
    await house.claims(world.bo)
    await house.does(staff.snooze, world.bo, until=world.clock() + timedelta(days=3))
    await house.does(staff.release, world.bo)
    assert await walk(house, View.UNASSIGNED) == [house.conversation_id]


async def test_the_latest_stands_on_top_and_every_page_goes_on_where_the_last_ended(
    house: House,
) -> None:
    ids = await many(house, 10)
    expected = [*reversed(ids), house.conversation_id]
    assert await walk(house, View.ALL) == expected
    assert await walk(house, View.ALL, limit=1) == expected


async def test_conversations_of_one_instant_are_neither_lost_nor_doubled(
    house: House,
) -> None:
    ids = await many(house, 7)
    async with house.rt.db.transaction(house.account_id) as tx:
        await tx.run("UPDATE conversations SET last_message_at = %s", house.rt.now())
    found = await walk(house, View.ALL, limit=2)
    assert sorted(found) == sorted([*ids, house.conversation_id])
    assert len(found) == len(set(found))


async def test_whoever_has_waited_longest_stands_on_top_of_unassigned(
    house: House,
) -> None:
    first, second, third = await many(house, 3)
    for conversation_id in (second, first, third):
        house.world.clock.advance(minutes=1)
        await make_wait(house, conversation_id)
    assert await walk(house, View.UNASSIGNED, limit=1) == [second, first, third]


async def test_mine_are_those_i_hold_and_have_not_resolved(office: Office) -> None:
    house, world = office.house, office.house.world
    await house.writes("I want to talk to a human")
    seat = await office.seat(world.bo)
    await house.claims(world.ann)
    assert "You hold no conversation" in await seat.opens("/conversations?view=mine")
    await house.assigns(world.ann, world.bo)
    assert "Cy Clark" in await seat.opens("/conversations?view=mine")
    await seat.presses(f"{office.address}/resolve", view="mine")
    assert "You hold no conversation" in await seat.opens("/conversations?view=mine")
    assert "Resolved" in await seat.opens("/conversations?view=all")


async def test_lists_are_counted(house: House) -> None:
    ids = await many(house, 4)
    await make_wait(house, ids[0])
    await make_wait(house, ids[1])
    await house.claims(house.world.bo)
    async with house.rt.db.transaction(house.account_id) as tx:
        counts = await count_listed(tx, house.world.bo.id)
    assert counts == {View.UNASSIGNED: 1, View.MINE: 1, View.ALL: 5}


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("ontact 00", ["Contact 000", "Contact 001", "Contact 002"]),
        ("CONTACT 001", ["Contact 001"]),
        ("cy@example", ["Cy Clark"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("' OR true --", []),
    ],
)
async def test_search_finds_contacts_and_takes_every_sign_as_itself(
    office: Office, search: str, names: list[str]
) -> None:
    await many(office.house, 3)
    found = await walk(office.house, View.ALL, search=search)
    async with office.house.rt.db.transaction(office.house.account_id) as tx:
        listing = Listing(view=View.ALL, me=office.house.world.bo.id)
        rows = await rows_of(tx, listing, found)
    assert sorted(row.contact_name for row in rows) == names
    seat = await office.seat(office.house.world.bo)
    await seat.http.get("/desk/conversations", params={"view": "all", "q": search})


async def test_a_row_knows_whether_a_list_shows_it(house: House) -> None:
    await house.writes("I want to talk to a human")
    world = house.world
    async with house.rt.db.transaction(house.account_id) as tx:

        async def listed(view: View, search: str = "") -> bool:
            listing = Listing(view=view, me=world.bo.id, search=search)
            (row,) = await rows_of(tx, listing, [house.conversation_id])
            return row.is_listed

        assert await listed(View.UNASSIGNED)
        assert await listed(View.UNASSIGNED, "Cy")
        assert not await listed(View.UNASSIGNED, "Dee")
        assert not await listed(View.MINE)
        assert await listed(View.ALL)


async def test_what_the_contact_wants_is_read_in_the_row_and_no_final_message(
    office: Office,
) -> None:
    await office.house.writes("I want to talk to a human")
    seat = await office.seat(office.house.world.bo)
    page = await seat.opens("/conversations")
    assert "I want to talk to a human" in page
    assert "Someone from the team" not in page


async def test_a_long_list_comes_page_by_page(office: Office) -> None:
    await many(office.house, 35)
    seat = await office.seat(office.house.world.bo)
    page = await seat.opens("/conversations?view=all")
    assert page.count("Contact 0") == 30
    assert "Contact 034" in page
    more = seat.last.text.split('id="more"')[1].split('hx-get="/desk')[1].split('"')[0]
    rest = await seat.opens(more.replace("&amp;", "&"), **{"HX-Request": "true"})
    assert rest.count("Contact 0") == 5
    assert "Contact 000" in rest
    assert "Show more" not in rest


async def test_a_wait_beyond_the_promise_is_marked(office: Office) -> None:
    await office.house.writes("I want to talk to a human")
    seat = await office.seat(office.house.world.bo)
    office.house.world.clock.advance(minutes=9)
    await seat.opens("/conversations")
    assert "is-overdue" not in seat.last.text
    office.house.world.clock.advance(minutes=1)
    text = await seat.opens("/conversations")
    assert "is-overdue" in seat.last.text
    assert "waiting 10 min" in text


def test_a_place_in_a_list_survives_being_written_down(house: House) -> None:
    place = Place(at=house.rt.now() + timedelta(microseconds=7), id="cnv_1")
    assert Place.parse(str(place)) == place
    for nonsense in ("", "2026-01-01~x", "2026-01-01T00:00:00+00:00", "~x", "x~"):
        with pytest.raises(ValueError, match=r"place|isoformat"):
            Place.parse(nonsense)
