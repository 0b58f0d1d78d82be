"""What several tests of bots need."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.bot.bench import Bench
from tests.bot.provider import provider


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with provider() as server, httpx2.AsyncClient(timeout=10) as http:
        yield Bench(server=server, http=http)
