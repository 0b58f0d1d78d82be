"""The ground every test stands on: a real database, a clock we turn, and the cast."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from stepaside.store.database import Database
from tests.postgres import Databases, remove_everything, running_server
from tests.world import Clock, World, build_world


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Makes databases for tests that need one of their own."""
    with running_server(tmp_path_factory.mktemp("postgres")) as url:
        made = Databases(url, f"stepaside_test_{os.getpid()}")
        yield made
        made.drop_all()


@pytest.fixture(scope="session")
def shared_url(databases: Databases) -> str:
    """The database that tests share, one after the other."""
    return databases.fresh()


@pytest.fixture(scope="session")
def sweeper(shared_url: str) -> Iterator[psycopg.Connection]:
    """A connection of the owner's to the database that tests share."""
    path = "-c search_path=stepaside,jobs"  # the queue's triggers name no schema
    with psycopg.connect(shared_url, autocommit=True, options=path) as conn:
        conn.execute("SET lock_timeout = '5s'")  # a test before left work running
        yield conn


@pytest.fixture(scope="session")
async def open_database(shared_url: str) -> AsyncIterator[Database]:
    """The application's connections to it: opened once, or every test would wait."""
    db = Database(shared_url)
    await db.open()
    yield db
    await db.close()


@pytest.fixture
async def db(open_database: Database, sweeper: psycopg.Connection) -> Database:
    """The shared database with nothing in it."""
    # In a thread, so that what a test before left running here can let go of its rows.
    await asyncio.to_thread(remove_everything, sweeper)
    return open_database


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until it is moved."""
    return Clock()


@pytest.fixture
async def world(db: Database, clock: Clock) -> World:
    """Ann and Bo, their bot, Cy who writes to them, and Dee of another account."""
    return await build_world(db, clock)
