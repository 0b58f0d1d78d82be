"""A database of its own for each test that follows events."""

import uuid
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from stepaside.store.database import Database
from stepaside.store.migrate import migrate

SERVER = "postgresql://owner@127.0.0.1:55439"


@pytest.fixture(scope="session")
def template() -> Iterator[str]:
    name = f"template_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        migrate(f"{SERVER}/{name}")
        yield name
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield f"{SERVER}/{name}"
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()
