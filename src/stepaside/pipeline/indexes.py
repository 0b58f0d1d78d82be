"""Knowledge indexes kept in memory, by bot and version."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog

from stepaside.bot.examples import examples_of
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import BotId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.store.database import Database
from stepaside.store.knowledge import load_items, version

log = structlog.get_logger(__name__)

KEPT: Final = 64
"""Indexes kept at most; the one used longest ago goes first."""
MANY: Final = 300
"""Examples in all articles from which nobody waits until each is compared in depth."""


class KnowledgeIndexes:
    """A cache that is never wrong: the version read with a turn is part of its key.

    Where there are many examples, a contact is answered by an index that is made at
    once, and one that knows them better takes its place some seconds later.
    """

    def __init__(self, *, bridge: bool = True) -> None:
        """bridge: whether an article answers a question in another language."""
        self._bridge = bridge
        self._kept: OrderedDict[tuple[str, int], KnowledgeIndex] = OrderedDict()
        self._building: dict[tuple[str, int], asyncio.Task[KnowledgeIndex]] = {}
        self._deepening: set[asyncio.Task[None]] = set()

    async def get(
        self, db: Database, account_id: str, bot_id: BotId, at: int
    ) -> KnowledgeIndex:
        """The index of a bot's knowledge at this version, built if it must be.

        Built once, however many wait for it, and to the end also when they give up:
        whoever asks next finds it.
        """
        key = (bot_id, at)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        building = self._building.get(key)
        if building is None:
            building = asyncio.create_task(self._build(db, account_id, bot_id))
            self._building[key] = building
            building.add_done_callback(partial(self._built, key))
        return await asyncio.shield(building)

    def _built(
        self, key: tuple[str, int], building: asyncio.Task[KnowledgeIndex]
    ) -> None:
        del self._building[key]
        if not building.cancelled() and building.exception():
            # Told to whoever waits; where nobody does any more, this is who looks.
            log.warning("index_not_built", error=repr(building.exception()))

    async def _build(
        self, db: Database, account_id: str, bot_id: BotId
    ) -> KnowledgeIndex:
        async with db.transaction(account_id) as tx:
            current = await version(tx, bot_id)
            items = await load_items(tx, bot_id)
        many = sum(len(examples_of(x)) for x in items) > MANY
        build = partial(KnowledgeIndex.build, items, bridge=self._bridge)
        found = await asyncio.to_thread(build, deep=not many)
        self._kept[bot_id, current] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if many:
            work = asyncio.create_task(self._deepen((bot_id, current), items))
            self._deepening.add(work)
            work.add_done_callback(self._deepening.discard)
        return found

    async def _deepen(
        self, key: tuple[str, int], items: Sequence[KnowledgeItem]
    ) -> None:
        build = partial(KnowledgeIndex.build, items, bridge=self._bridge)
        better = await asyncio.to_thread(build)
        if key in self._kept:
            self._kept[key] = better

    async def settled(self) -> None:
        """Wait until every index kept is the best there will be."""
        await asyncio.gather(*self._deepening)
