"""What every migration after the first does: run its SQL, keep accounts apart."""

from pathlib import Path
from typing import Final

from alembic import op

_KEEP_APART: Final = """
DO $$
DECLARE t text;
BEGIN
    FOR t IN SELECT c.relname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id'
        WHERE c.relnamespace = 'stepaside'::regnamespace AND c.relkind = 'r'
            AND NOT c.relrowsecurity
    LOOP
        EXECUTE format('ALTER TABLE stepaside.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($f$CREATE POLICY account ON stepaside.%I USING
            (account_id = current_setting('stepaside.account_id', true))$f$, t);
    END LOOP;
END $$;
"""


def run_sql(migration: str) -> None:
    """Run the SQL file beside a migration; new tables get their row-level policy.

    migration: the migration's `__file__`.
    """
    connection = op.get_bind().connection.driver_connection
    assert connection is not None  # noqa: S101 - for the type checker
    connection.execute(Path(migration).with_suffix(".sql").read_text())
    connection.execute(_KEEP_APART)
