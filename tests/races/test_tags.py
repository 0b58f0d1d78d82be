"""Races for tags: whoever adds them at once, and merges besides, ends well."""

import asyncio
from dataclasses import replace

import pytest

from stepaside.core.events import API
from stepaside.core.ids import ContactId
from stepaside.core.roster import Contact
from stepaside.pipeline import contacts
from stepaside.store.contacts import (
    StoredContact,
    add_tags,
    create_contact,
    get_contact,
    save_contact,
)
from stepaside.store.ids import new_id
from tests.house import open_house
from tests.world import World

TAGS = tuple(f"tag {letter}" for letter in "abcdefghij")


async def _tags(world: World, *tags: str) -> None:
    """What a handover does in its commit, and it may do it in any conversation."""
    async with world.db.transaction(world.account_id) as tx:
        await add_tags(tx, world.cy.id, tags, world.clock())


async def _twin(world: World, number: int) -> ContactId:
    twin = ContactId(new_id("contact"))
    now = world.clock()
    async with world.db.transaction(world.account_id) as tx:
        await create_contact(
            tx,
            StoredContact(
                contact=Contact(id=twin, name="Cyrus"),
                external_id=f"cyrus-{number}",
                tags=TAGS,
                created_at=now,
                updated_at=now,
            ),
        )
    return twin


@pytest.mark.parametrize("round_", range(5))
async def test_tags_that_come_in_any_order_while_contacts_are_merged(
    world: World, round_: int
) -> None:
    house, twin = await open_house(world), await _twin(world, round_)
    merging = contacts.merge(house.rt, world.account_id, world.cy.id, twin, actor=API)

    await asyncio.gather(
        _tags(world, *reversed(TAGS)),
        _tags(world, *TAGS),
        merging,
        _tags(world, *TAGS[5:], *TAGS[:5]),
    )

    async with world.db.transaction(world.account_id) as tx:
        assert set((await get_contact(tx, world.cy.id)).tags) == set(TAGS)


async def test_a_merge_that_gives_an_id_waits_for_no_handover_that_waits_for_it(
    world: World,
) -> None:
    house, kept = await open_house(world), await _twin(world, 1)
    await _drop_id(world, kept)
    async with world.db.transaction(world.account_id) as tx:
        await add_tags(tx, world.cy.id, ["vip"], world.clock())
    async with world.db.transaction(world.account_id) as handover:
        await add_tags(handover, kept, ["aaa"], world.clock())
        merging = contacts.merge(
            house.rt, world.account_id, kept, world.cy.id, actor=API
        )
        await asyncio.wait_for(merging, 20)
        await add_tags(handover, kept, ["vip"], world.clock())
    async with world.db.transaction(world.account_id) as tx:
        found = await get_contact(tx, world.cy.id)
    assert (found.contact.id, found.external_id) == (kept, "cy")
    assert {"aaa", "vip"} < set(found.tags)


async def _drop_id(world: World, contact_id: ContactId) -> None:
    async with world.db.transaction(world.account_id) as tx:
        stored = await get_contact(tx, contact_id)
        await save_contact(tx, replace(stored, external_id=None))
