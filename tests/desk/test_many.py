"""Deeds for many, narrowed lists, views that are kept, and what the palette finds."""

import re
from datetime import timedelta

from stepaside.core.conversation import Control
from stepaside.live.hub import Hub
from stepaside.store.handovers import list_handovers
from tests.desk.browser import served
from tests.desk.office import Office
from tests.desk.test_stream import listen

HUMAN = "I want to talk to a human"


async def test_an_assignment_is_taken_back_to_whoever_had_it(office: Office) -> None:
    house, world = office.house, office.house.world
    await house.writes(HUMAN)
    bo = await office.seat(world.bo)
    await bo.presses(f"{office.address}/assign", staff_id=world.ann.id)
    await bo.takes_back()
    assert (await house.state()).control is Control.QUEUE

    await house.claims(world.bo)
    await bo.presses(f"{office.address}/assign", staff_id=world.ann.id)
    await bo.takes_back()
    assert (await house.state()).assignee_id == world.bo.id


async def test_taking_a_tag_back_leaves_it_where_it_was_before(office: Office) -> None:
    house, bo = office.house, await office.seat(office.house.world.bo)
    ids = house.conversation_id
    said = await bo.presses("/bulk", ids=ids, deed="tag", tag="vip")
    assert "1 contact tagged. Undo" in said
    again = await bo.presses("/bulk", ids=ids, deed="tag", tag="vip")
    assert "1 contact tagged." in again
    assert "Undo" not in again
    await bo.presses("/bulk", ids=ids, deed="untag", tag="vip")
    assert "vip" not in await bo.opens(office.address)


async def test_a_verdict_reaches_a_colleagues_open_page(
    office: Office, hub: Hub
) -> None:
    house, world = office.house, office.house.world
    await house.writes(HUMAN)
    async with world.db.transaction(world.account_id) as tx:
        handover = (await list_handovers(tx, house.conversation_id))[0]
    here = f"/stream?view=all&conversation={house.conversation_id}"
    ann = await office.seat(world.ann)
    async with served(house.rt, hub) as url:
        async for bos in listen(office, url, here):
            await bos.hears()
            await ann.presses(
                f"{office.address}/verdict", handover_id=handover.id, verdict="right"
            )
            told = await bos.is_told()
            assert re.search(r'aria-pressed="true">.*?Right', told, re.DOTALL)
    count = len(await house.events())
    await ann.presses(
        f"{office.address}/verdict", handover_id=handover.id, verdict="right"
    )
    assert len(await house.events()) == count  # said before


async def test_a_list_is_narrowed_by_day_and_by_workflow(office: Office) -> None:
    house, bo = office.house, await office.seat(office.house.world.bo)
    await house.writes("Hello")
    today = house.world.clock().date()
    for query, is_there in (
        (f"from_day={today}", True),
        (f"to_day={today}", True),
        (f"from_day={today + timedelta(days=1)}", False),
        (f"to_day={today - timedelta(days=1)}", False),
        ("workflow=wfl_none", False),
    ):
        said = await bo.opens(f"/conversations?view=all&{query}")
        assert ("Hello" in said) is is_there, query
    said = await bo.opens(f"/conversations?view=all&from_day={today}")
    assert "Last message from: 2 Mar 2026" in said
    await bo.opens("/conversations?view=all&from_day=yesterday")
    assert bo.status == 400
    assert "Last message until" in await bo.opens("/filters?view=all")


async def test_saved_views_say_how_much_they_hold(office: Office) -> None:
    house, bo = office.house, await office.seat(office.house.world.bo)
    await house.writes(HUMAN)
    for name, only in (("Waiting", "control=queue"), ("Done", "status=resolved")):
        await bo.presses("/views", name=name, view="all", only=only)
    said = await bo.opens("/views")
    assert "Waiting 1" in said
    assert "Done 0" in said


async def test_the_palette_leads_to_pages_the_reader_may_see(office: Office) -> None:
    world = office.house.world
    ann, bo = await office.seat(world.ann), await office.seat(world.bo)
    assert "New task New contact" in await bo.opens("/palette")
    assert "Settings: Webhooks" in await ann.opens("/palette?q=webh")
    assert 'href="/desk/settings/webhooks"' in ann.last.text
    assert "Webhooks" not in await bo.opens("/palette?q=webh")
    assert "Settings: My profile" in await bo.opens("/palette?q=profile")
