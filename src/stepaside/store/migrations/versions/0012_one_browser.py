"""A browser's push subscription belongs to one person of one account."""

from stepaside.store.migrations.forward import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
