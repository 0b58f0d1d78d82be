"""What reports and merged contacts need."""

from stepaside.store.migrations.forward import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
