"""What nobody can use any more is forgotten; everything else stays."""

from datetime import timedelta

from procrastinate import App, PsycopgConnector

from stepaside.store.audit import Sought, list_entries, record
from stepaside.store.database import Database
from stepaside.store.sessions import create_login_link, create_session
from stepaside.store.webhook_outbox import finish, queue_test
from stepaside.store.webhooks import Webhook, create_webhook
from stepaside.worker.prune import prune
from tests.worker.shift import ask
from tests.world import World

_OLD_JOB = """WITH job AS (
    INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, status)
    VALUES ('default', 'turn', %s) RETURNING id
) INSERT INTO jobs.procrastinate_events (job_id, type, at)
SELECT id, 'failed', now() - %s * interval '1 day' FROM job RETURNING id"""


async def test_expired_sessions_and_links_go_and_others_stay(
    world: World, shared_url: str
) -> None:
    now = world.clock()
    for account, staff in (
        (world.account_id, world.ann),
        (world.dees_shop.account_id, world.dee),
    ):
        async with world.db.transaction(account) as tx:
            for hours in (-1, 1):
                expires = now + timedelta(hours=hours)
                await create_session(tx, staff.id, now, expires)
                await create_login_link(tx, staff.id, expires)
            for key, age in (("old", 25), ("new", 23)):
                await tx.run(
                    """INSERT INTO idempotency_keys
                        (account_id, key, fingerprint, created_at)
                    VALUES (%s, %s, '', %s)""",
                    *(account, key, now - timedelta(hours=age)),
                )
    links_before = await count(world.db, "login_links")
    await prune_all(world, shared_url)
    assert await count(world.db, "sessions") == 2
    assert await count(world.db, "login_links") == links_before - 2
    rows = await ask(world.db, "SELECT key FROM idempotency_keys")
    assert [row["key"] for row in rows] == ["new", "new"]


async def test_failed_jobs_stay_for_a_week_and_waiting_ones_for_ever(
    world: World, shared_url: str
) -> None:
    for status, days in (("failed", 6), ("failed", 8), ("aborted", 8), ("todo", 8)):
        await ask(world.db, _OLD_JOB, status, days)
    await prune_all(world, shared_url)
    rows = await ask(
        world.db, "SELECT status::text FROM jobs.procrastinate_jobs ORDER BY 1"
    )
    assert [row["status"] for row in rows] == ["failed", "todo"]


async def prune_all(world: World, url: str) -> None:
    options = "-c search_path=stepaside,jobs -c role=stepaside_app"
    app = App(connector=PsycopgConnector(conninfo=url, kwargs={"options": options}))
    async with app.open_async():
        await prune(world.db, app.job_manager, world.clock())


async def count(db: Database, table: str) -> int:
    (row,) = await ask(db, f"SELECT count(*) AS n FROM {table}")
    return int(row["n"])


async def test_old_deliveries_of_webhooks_and_old_changes_are_forgotten(
    world: World, shared_url: str
) -> None:
    now = world.clock()
    async with world.db.transaction(world.account_id) as tx:
        hook = Webhook(
            id="whk_x",
            name="",
            url="https://a.example",
            events=(),
            secret="s",
            created_at=now,
            updated_at=now,
        )
        await create_webhook(tx, hook)
        for days in (29, 31):
            made = await queue_test(tx, hook.id, "ann", now - timedelta(days=days))
            await finish(tx, made, "sent", now)
        for days in (729, 731):
            await record(tx, f"login.{days}", at=now - timedelta(days=days))
    await prune_all(world, shared_url)
    assert await count(world.db, "webhook_deliveries") == 1
    async with world.db.transaction(world.account_id) as tx:
        kept = await list_entries(tx, Sought(kind="login"))
    assert [entry.action for entry in kept] == ["login.729"]
