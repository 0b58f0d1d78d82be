"""Language models: budgets and what the bot offers."""

from stepaside.store.migrations.forward import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
