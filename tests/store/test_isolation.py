"""Accounts strictly apart, by the database itself and not only by our queries."""

import psycopg
import pytest

from stepaside.core.events import API, Event, EventType
from stepaside.store.database import APP_ROLE
from stepaside.store.events import append_events
from tests.house import open_house
from tests.world import World


def tables_of_accounts(conn: psycopg.Connection) -> list[str]:
    rows = conn.execute(
        "SELECT table_name FROM information_schema.columns "
        "WHERE table_schema = 'stepaside' AND column_name = 'account_id' "
        "AND table_name IN (SELECT tablename FROM pg_tables "
        "WHERE schemaname = 'stepaside')"
    )
    return sorted(row[0] for row in rows)


def test_every_table_with_an_account_has_a_policy(
    sweeper: psycopg.Connection,
) -> None:
    tables = tables_of_accounts(sweeper)
    assert len(tables) > 20
    rows = sweeper.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
        "WHERE c.relrowsecurity AND p.polcmd = '*' "
        "AND c.relnamespace = 'stepaside'::regnamespace"
    )
    assert {row[0] for row in rows} == {*tables, "accounts"}


def test_every_table_is_of_an_account_or_of_none(sweeper: psycopg.Connection) -> None:
    rows = sweeper.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'stepaside'"
    )
    rest = {row[0] for row in rows} - set(tables_of_accounts(sweeper))
    assert rest == {
        "accounts",
        "alembic_version",
        "installation_secrets",
        "login_attempts",
    }


async def test_who_tried_to_sign_in_is_for_nobody_to_read(world: World) -> None:
    async with world.db.connection() as conn:
        wait = "SELECT begin_login(ARRAY['x'::bytea], now(), now(), 10)"
        await conn.execute(wait)
        cursor = await conn.execute("SELECT * FROM login_attempts")
        assert await cursor.fetchall() == []


def test_the_role_of_the_application_owns_nothing_and_passes_by_no_policy(
    sweeper: psycopg.Connection,
) -> None:
    role = sweeper.execute(
        "SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = %s",
        (APP_ROLE,),
    ).fetchone()
    assert role == (False, False, False)
    owned = sweeper.execute(
        "SELECT relname FROM pg_class WHERE relowner = %s::regrole", (APP_ROLE,)
    )
    assert owned.fetchall() == []


def test_what_runs_as_the_owner_looks_in_one_place_only(
    sweeper: psycopg.Connection,
) -> None:
    rows = sweeper.execute(
        "SELECT proname, proconfig, proacl::text FROM pg_proc "
        "WHERE prosecdef AND pronamespace = 'stepaside'::regnamespace"
    ).fetchall()
    assert len(rows) > 8
    for name, settings, rights in rows:
        assert settings == ["search_path=stepaside, pg_temp"], name
        assert f"{APP_ROLE}=X/" in rights, name
        # An entry without a name before the sign would be everybody.
        assert not any(part.startswith("=") for part in rights.strip("{}").split(","))


async def test_a_transaction_sees_its_own_account_in_every_table(
    world: World, sweeper: psycopg.Connection
) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    filled = [
        table
        for table in tables_of_accounts(sweeper)
        if sweeper.execute(
            f"SELECT 1 FROM {table} WHERE account_id = %s LIMIT 1",
            (world.account_id,),
        ).fetchone()
    ]
    assert {"messages", "events", "handovers", "tasks", "notifications"} <= set(filled)
    async with world.db.transaction(world.dees_shop.account_id) as tx:
        for table in (*filled, "accounts"):
            column = "id" if table == "accounts" else "account_id"
            rows = await tx.all(f"SELECT DISTINCT {column} AS a FROM {table}")
            assert {row["a"] for row in rows} <= {world.dees_shop.account_id}


async def test_without_an_account_there_is_nothing_to_see(world: World) -> None:
    async with world.db.connection() as conn:
        for table in ("accounts", "staff", "bots", "contacts", "inboxes"):
            cursor = await conn.execute(f"SELECT 1 FROM {table}")
            assert await cursor.fetchall() == []


async def test_nothing_can_be_written_into_another_account(world: World) -> None:
    theirs = world.dees_shop.account_id
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with world.db.transaction(world.account_id) as tx:
            await tx.run(
                "INSERT INTO contacts (id, account_id, created_at, updated_at) "
                "VALUES ('ctc_x', %s, now(), now())",
                theirs,
            )
    async with world.db.transaction(world.account_id) as tx:
        bot = world.dees_shop.bot.id
        assert await tx.run("UPDATE bots SET name = 'ours' WHERE id = %s", bot) == 0
        assert await tx.run("DELETE FROM bots WHERE id = %s", bot) == 0


async def test_an_account_does_not_stick_to_its_connection(world: World) -> None:
    async with world.db.transaction(world.account_id) as tx:
        await append_events(
            tx,
            None,
            [Event(type=EventType.CONTACT_TAGGED, at=world.clock(), actor=API)],
        )
    for _ in range(30):  # more than the pool has connections
        async with world.db.connection() as conn:
            cursor = await conn.execute("SELECT 1 FROM events")
            assert await cursor.fetchall() == []
