"""Knowledge indexes kept in memory, by bot and version."""

import asyncio
from collections import OrderedDict
from functools import partial
from typing import Final

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import BotId
from stepaside.store.database import Database
from stepaside.store.knowledge import load_items, version

KEPT: Final = 64
"""Indexes kept at most; the one used longest ago goes first."""


class KnowledgeIndexes:
    """A cache that is never wrong: the version read with a turn is part of its key."""

    def __init__(self, *, bridge: bool = True) -> None:
        """bridge: whether an article answers a question in another language."""
        self._bridge = bridge
        self._kept: OrderedDict[tuple[str, int], KnowledgeIndex] = OrderedDict()

    async def get(
        self, db: Database, account_id: str, bot_id: BotId, at: int
    ) -> KnowledgeIndex:
        """The index of a bot's knowledge at this version, built if it must be."""
        found = self._kept.get((bot_id, at))
        if found is None:
            at, found = await self._build(db, account_id, bot_id)
            self._kept[bot_id, at] = found
        self._kept.move_to_end((bot_id, at))
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    async def _build(
        self, db: Database, account_id: str, bot_id: BotId
    ) -> tuple[int, KnowledgeIndex]:
        async with db.transaction(account_id) as tx:
            current = await version(tx, bot_id)
            items = await load_items(tx, bot_id)
        build = partial(KnowledgeIndex.build, items, bridge=self._bridge)
        return current, await asyncio.to_thread(build)
