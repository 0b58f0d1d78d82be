"""The desk in tests: the real application over the real database."""

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from stepaside.desk.app import desk_routes
from stepaside.live.hub import Hub
from stepaside.store.database import Database
from tests.desk.office import BASE_URL, Office, Seat
from tests.house import House, open_house
from tests.world import World


@pytest.fixture
async def house(world: World) -> House:
    """One conversation of Cy's, nothing said yet."""
    return await open_house(world)


@pytest.fixture(scope="session")
async def hub(open_database: Database) -> AsyncIterator[Hub]:
    """The live hub of the process."""
    hub = Hub(open_database)
    await hub.start()
    yield hub
    await hub.close()


@pytest.fixture
async def office(house: House, hub: Hub) -> AsyncIterator[Office]:
    """The desk over that house."""
    routes = desk_routes(house.rt, hub, base_url=BASE_URL)
    app = Litestar(routes, openapi_config=None, logging_config=None)
    yield Office(app=app, house=house)
    await house.settle()


@pytest.fixture
async def ann(office: Office) -> Seat:
    """The owner's browser."""
    return await office.seat(office.house.world.ann)
