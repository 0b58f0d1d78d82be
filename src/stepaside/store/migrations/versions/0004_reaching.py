"""Ways to reach staff, quiet hours, digests and links that claim."""

from stepaside.store.migrations.forward import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
