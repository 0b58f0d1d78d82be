"""Cy's conversation, in which only a worker answers."""

from dataclasses import replace

import pytest

from tests.house import House, open_house
from tests.worker.shift import Forgetful
from tests.world import World


@pytest.fixture
async def house(world: World) -> House:
    opened = await open_house(world)
    opened.rt = replace(opened.rt, background=Forgetful())
    return opened
