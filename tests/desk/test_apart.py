"""Another account's snippets, views, verdicts and conversations: not there at all."""

from datetime import timedelta

import pytest

from stepaside.core.conversation import Control, Status
from stepaside.store.handovers import list_handovers
from stepaside.store.saved_views import create_saved_view, list_saved_views
from stepaside.store.snippets import list_snippets, save_snippet
from tests.desk.office import Office, Seat

HUMAN = "I want to talk to a human"


@pytest.fixture
async def dee(office: Office) -> Seat:
    """Somebody of another account, where Cy waits in ours."""
    await office.house.writes(HUMAN)
    return await office.seat(office.house.world.dee)


async def test_a_snippet_is_neither_seen_nor_changed_nor_deleted(
    office: Office, dee: Seat
) -> None:
    world = office.house.world
    async with world.db.transaction(world.account_id) as tx:
        snippet = await save_snippet(
            tx, None, "hours", "We open at nine.", by=world.bo.id, now=world.clock()
        )
        before = await list_snippets(tx)
    assert "We open at nine." not in await dee.opens("/snippets")
    await dee.opens(f"/snippets/{snippet.id}")
    assert dee.status == 404
    await dee.sends(f"/snippets/{snippet.id}", shortcut="mine", text="Mine now")
    assert dee.status == 404
    await dee.sends(f"/snippets/{snippet.id}/delete")
    assert dee.status == 404
    async with world.db.transaction(world.account_id) as tx:
        assert await list_snippets(tx) == before


async def test_a_shared_view_is_neither_seen_nor_deleted(
    office: Office, dee: Seat
) -> None:
    world = office.house.world
    async with world.db.transaction(world.account_id) as tx:
        view = await create_saved_view(
            tx, world.bo.id, "Ours", "view=all", is_shared=True, now=world.clock()
        )
    assert "Ours" not in await dee.opens("/views")
    await dee.sends(f"/views/{view.id}/delete")
    assert dee.status == 404
    async with world.db.transaction(world.account_id) as tx:
        assert await list_saved_views(tx, world.bo.id) == [view]


async def test_a_verdict_on_a_handover_elsewhere_is_not_kept(
    office: Office, dee: Seat
) -> None:
    house, world = office.house, office.house.world
    async with world.db.transaction(world.account_id) as tx:
        handover = (await list_handovers(tx, house.conversation_id))[0]
    await dee.presses(
        f"{office.address}/verdict", handover_id=handover.id, verdict="too_early"
    )
    assert dee.status == 404
    async with world.db.transaction(world.account_id) as tx:
        assert (await list_handovers(tx, house.conversation_id))[0].verdict is None


@pytest.mark.parametrize(
    ("deed", "more"),
    [
        ("assign", "staff_id"),
        ("resolve", ""),
        ("snooze", "until"),
        ("hand-back", ""),
        ("tag", "tag"),
        ("untag", "tag"),
    ],
)
async def test_deeds_for_many_leave_conversations_elsewhere_as_they_are(
    office: Office, dee: Seat, deed: str, more: str
) -> None:
    house, world = office.house, office.house.world
    values = {"staff_id": world.dee.id, "until": "1h", "tag": "human_handover"}
    fields = {more: values[more]} if more else {}
    before, events = await house.state(), len(await house.events())
    said = await dee.presses("/bulk", ids=house.conversation_id, deed=deed, **fields)
    assert "1 could not be changed" in said
    assert await house.state() == before
    assert len(await house.events()) == events
    assert (before.control, before.status) == (Control.QUEUE, Status.OPEN)


async def test_signs_and_lists_of_a_conversation_elsewhere_say_nothing(
    office: Office, dee: Seat
) -> None:
    await dee.presses(f"{office.address}/sign", what="writing")
    assert dee.status == 404
    await dee.opens(f"{office.address}/earlier?before=2030-01-01T00:00:00Z")
    assert dee.status == 404
    query = f"view=all&from_day={office.house.world.clock().date() - timedelta(1)}"
    assert "Cy Clark" not in await dee.opens(f"/conversations?{query}")
