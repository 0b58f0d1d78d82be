"""Whoever went and still holds something is found, whatever became of the request."""

from stepaside.store.migrations.forward import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
