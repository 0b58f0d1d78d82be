"""Teams, skills, working hours, holidays; how a conversation finds its person."""

from stepaside.store.migrations.forward import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward only: mend a mistake with a further migration."""
    run_sql(__file__)
