"""The first schema: accounts, conversations, their events and effects, and the jobs."""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None  # noqa: S101 - for the type checker
    run = connection.execute
    run(Path(__file__).with_suffix(".sql").read_text())
    run("SET LOCAL search_path = jobs")
    run(SchemaManager.get_schema())
    # A NOTIFY inside a transaction cuts commits to a quarter; ours follows the commit.
    run(
        "ALTER TABLE jobs.procrastinate_jobs DISABLE TRIGGER "
        "procrastinate_jobs_notify_queue_job_inserted_v1"
    )
    run("SET LOCAL search_path = stepaside")
