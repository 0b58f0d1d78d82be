"""Indexes are kept, and get better while contacts are answered already."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import BotId, KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.pipeline.indexes import MANY, KnowledgeIndexes
from stepaside.pipeline.runtime import Limits
from stepaside.store.database import Database
from stepaside.store.knowledge import replace_items, version
from tests.house import open_house
from tests.world import World

EACH = MANY // 4


async def teach(world: World, each: int) -> int:
    texts = (
        " | ".join(f"how do i {deed} my bicycle {i} times" for i in range(each))
        for deed in ("ride", "repair", "wash", "sell", "paint")
    )
    items = [
        KnowledgeItem(id=KnowledgeItemId(f"deed{i}"), title="", text=x)
        for i, x in enumerate(texts)
    ]
    async with world.db.transaction(world.account_id) as tx:
        await replace_items(tx, world.bot.id, items, world.clock())
        return await version(tx, world.bot.id)


async def test_nobody_waits_until_many_examples_are_known_in_depth(
    world: World,
) -> None:
    at = await teach(world, EACH)
    indexes = KnowledgeIndexes()
    first = await indexes.get(world.db, world.account_id, world.bot.id, at)
    assert not first.deep
    assert first.search("can i repair my bicycle", 1)[0].item.id == "deed1"
    await indexes.settled()
    better = await indexes.get(world.db, world.account_id, world.bot.id, at)
    assert better.deep
    assert better.search("can i repair my bicycle", 1)[0].item.id == "deed1"


async def test_few_examples_are_known_in_depth_at_once(world: World) -> None:
    at = await teach(world, 5)
    indexes = KnowledgeIndexes()
    first = await indexes.get(world.db, world.account_id, world.bot.id, at)
    assert first.deep
    assert await indexes.get(world.db, world.account_id, world.bot.id, at) is first


async def test_many_who_wait_for_an_index_wait_for_the_same_one(world: World) -> None:
    at = await teach(world, 5)
    indexes = KnowledgeIndexes()
    here = (world.db, world.account_id, world.bot.id, at)
    first, *others = await asyncio.gather(*(indexes.get(*here) for _ in range(5)))
    assert all(other is first for other in others)
    assert await indexes.get(*here) is first


async def test_an_index_is_built_to_the_end_when_nobody_waits_any_more(
    world: World,
) -> None:
    at = await teach(world, 5)
    indexes = KnowledgeIndexes()
    here = (world.db, world.account_id, world.bot.id, at)
    impatient = asyncio.create_task(indexes.get(*here))
    patient = asyncio.create_task(indexes.get(*here))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await patient is await indexes.get(*here)


class Endless(KnowledgeIndexes):
    """Knowledge that is never read to its end."""

    async def get(
        self, db: Database, account_id: str, bot_id: BotId, at: int
    ) -> KnowledgeIndex:
        """Go on for ever."""
        del db, account_id, bot_id, at
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_contact_waits_no_longer_for_an_index_than_for_the_bot(
    world: World,
) -> None:
    house = await open_house(world, limits=Limits(thinking=timedelta(seconds=0.2)))
    house.rt = replace(house.rt, indexes=Endless())
    async with asyncio.timeout(20):
        await house.writes("When are you open?")
    (episode,) = await house.handovers()
    assert episode.cause == "bot_error"
