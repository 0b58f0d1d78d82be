"""Pear Street Bikes with a bot that asks a language model, served on this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx2

from stepaside.bot.llm.brain import LanguageModels
from stepaside.models.language import open_model
from stepaside.pipeline.runtime import Limits
from stepaside.wiring import daily_budget
from tests.bot.provider import Provider, provider
from tests.house import House, open_house
from tests.world import World


@dataclass
class Shop:
    """The house with a bot that asks a language model."""

    world: World
    server: Provider
    http: httpx2.AsyncClient
    waits: list[float] = field(default_factory=list)

    async def opens(
        self,
        *models: str,
        tokens: int | None = None,
        limits: Limits | None = None,
        seconds: float = 5,
        within: float = 20,
    ) -> House:
        """A house whose bot asks these models in turn; a name says how one behaves."""
        brain = LanguageModels(
            [self._open(name) for name in models],
            budget=daily_budget(self.world.db, self.world.clock, tokens),
            now=self.world.clock,
            time_limit=timedelta(seconds=seconds),
            within=timedelta(seconds=within),
        )
        house = await open_house(self.world, brain=brain, limits=limits)
        rt = replace(house.rt, summarise=brain.summarise, sleep=self._sleep)
        return replace(house, rt=rt)

    def _open(self, name: str) -> Any:
        if name == "local":
            return None
        url = self.server.url
        return open_model(name, self.http, base_url=url, api_key="key")

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.world.clock.advance(timedelta(seconds=seconds))


@asynccontextmanager
async def open_shop(world: World) -> AsyncIterator[Shop]:
    """The shop, and the server that its bot asks."""
    async with provider() as server, httpx2.AsyncClient(timeout=10) as http:
        yield Shop(world=world, server=server, http=http)
