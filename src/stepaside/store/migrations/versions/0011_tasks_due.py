"""Which tasks somebody was told of when they fell due."""

from stepaside.store.migrations.forward import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
