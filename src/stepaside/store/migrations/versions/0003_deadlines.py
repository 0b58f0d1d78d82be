"""Deadlines, promises, the watchdog, resuming and following up."""

from stepaside.store.migrations.forward import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
