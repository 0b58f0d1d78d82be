"""The history of a bot's configuration."""

from stepaside.store.migrations.forward import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
