import asyncio

import pytest

from stepaside.core.roster import Contact, ContactRef
from stepaside.store.contacts import add_tags, find_contact, get_contact, identify
from stepaside.store.errors import NotFound
from tests.world import World


async def meet(world: World, ref: ContactRef, *, own_ids: bool = False) -> Contact:
    async with world.db.transaction(world.account_id) as tx:
        return await identify(
            tx, world.inbox_id, ref, own_ids=own_ids, now=world.clock()
        )


async def test_a_sender_seen_before_is_the_same_contact(world: World) -> None:
    first = await meet(world, ContactRef(external_id="+49 30 1", name="Flo"))
    again = await meet(world, ContactRef(external_id="+49 30 1"))
    other = await meet(world, ContactRef(external_id="+49 30 2"))
    assert again == first
    assert other.id != first.id


async def test_a_sender_without_an_id_is_somebody_new(world: World) -> None:
    first = await meet(world, ContactRef(name="Flo"))
    assert (await meet(world, ContactRef(name="Flo"))).id != first.id


async def test_the_businesss_own_id_names_a_contact_made_elsewhere(
    world: World,
) -> None:
    cy = ContactRef(external_id="cy")
    assert (await meet(world, cy, own_ids=True)).id == world.cy.id


async def test_a_channels_id_never_names_the_businesss_own_contact(
    world: World,
) -> None:
    assert (await meet(world, ContactRef(external_id="cy"))).id != world.cy.id


async def test_what_is_known_stays_and_what_is_not_is_filled(world: World) -> None:
    ref = ContactRef(external_id="f", name="Flo")
    flo = await meet(world, ref)
    told = ContactRef(external_id="f", name="Hacker", email="flo@example.org")
    learnt = await meet(world, told)
    assert (learnt.name, learnt.email) == ("Flo", "flo@example.org")
    async with world.db.transaction(world.account_id) as tx:
        assert await find_contact(tx, flo.id) == learnt


@pytest.mark.parametrize("own_ids", [True, False])
async def test_one_sender_who_is_met_ten_times_at_once_is_one_contact(
    world: World, *, own_ids: bool
) -> None:
    ref = ContactRef(external_id="rush", name="Flo")
    met = await asyncio.gather(*(meet(world, ref, own_ids=own_ids) for _ in range(10)))
    assert len({contact.id for contact in met}) == 1
    async with world.db.transaction(world.account_id) as tx:
        rows = await tx.all("SELECT id FROM contacts WHERE name = 'Flo'")
    assert len(rows) == 1


async def test_a_tag_is_there_once_and_only_new_ones_are_told(world: World) -> None:
    async with world.db.transaction(world.account_id) as tx:
        now = world.clock()
        assert await add_tags(tx, world.cy.id, ["a", "b", "a"], now) == ("a", "b")
        assert await add_tags(tx, world.cy.id, ["b", "c"], now) == ("c",)
        assert (await get_contact(tx, world.cy.id)).tags == ("a", "b", "c")


async def test_another_accounts_contact_is_not_found(world: World) -> None:
    async with world.db.transaction(world.account_id) as tx:
        with pytest.raises(NotFound):
            await find_contact(tx, world.dees_shop.contact.id)
