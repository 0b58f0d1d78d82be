"""What people at work keep: views, snippets, drafts, snoozes."""

from stepaside.store.migrations.forward import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
