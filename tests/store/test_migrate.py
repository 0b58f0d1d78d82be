from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from stepaside.store.migrate import MigrationError, migrate
from tests.postgres import Databases


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as conn:
        rows = conn.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables "
            "WHERE schemaname IN ('stepaside', 'jobs')"
        )
        return {row[0] for row in rows}


def test_an_empty_database_gets_the_schema_and_keeps_it(databases: Databases) -> None:
    url = databases.empty()
    migrate(url)
    made = tables(url)
    assert {"stepaside.conversations", "jobs.procrastinate_jobs"} <= made
    migrate(url)
    assert tables(url) == made


def test_several_starters_at_once_do_no_harm(databases: Databases) -> None:
    url = databases.empty()
    with ThreadPoolExecutor(4) as starters:
        list(starters.map(migrate, [url] * 4))
    with psycopg.connect(url) as conn:
        rows = conn.execute("SELECT version_num FROM stepaside.alembic_version")
        assert len(rows.fetchall()) == 1


def test_a_commit_tells_nobody_from_inside(databases: Databases) -> None:
    # A NOTIFY within the transaction would take a lock on the whole database.
    with psycopg.connect(databases.fresh()) as conn:
        rows = conn.execute(
            "SELECT tgenabled FROM pg_trigger WHERE tgname = "
            "'procrastinate_jobs_notify_queue_job_inserted_v1'"
        )
        assert rows.fetchall() == [("D",)]


def test_a_role_that_may_not_is_told_what_to_run(databases: Databases) -> None:
    url = databases.empty()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("DROP ROLE IF EXISTS poor_starter")
        conn.execute("CREATE ROLE poor_starter LOGIN PASSWORD 'poor'")
    poor = make_conninfo(url, user="poor_starter", password="poor")
    with pytest.raises(MigrationError, match="GRANT CREATE ON DATABASE"):
        migrate(poor)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("DROP ROLE poor_starter")
