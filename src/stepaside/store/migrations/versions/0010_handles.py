"""By what name a channel knows the contact of a conversation."""

from stepaside.store.migrations.forward import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
