"""What waits to be sent: the heads that are due, and quick ways to find them."""

from stepaside.store.migrations.forward import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
