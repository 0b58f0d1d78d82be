"""Outgoing webhooks and the audit log."""

from stepaside.store.migrations.forward import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
