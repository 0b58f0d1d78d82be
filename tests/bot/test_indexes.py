"""Indexes are kept, and get better while contacts are answered already."""

from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.pipeline.indexes import MANY, KnowledgeIndexes
from stepaside.store.knowledge import replace_items, version
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
