"""Giving a contact another external id disturbs nobody who refers to them."""

from stepaside.store.migrations.forward import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
