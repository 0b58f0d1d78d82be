"""Alembic's entry: run the migrations of this package on the given database."""

import psycopg
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

_url = context.config.attributes["url"]
_engine = create_engine(
    "postgresql+psycopg://",
    creator=lambda: psycopg.connect(
        _url, options="-c search_path=stepaside -c timezone=UTC"
    ),
    poolclass=NullPool,
)
with _engine.connect() as connection:
    context.configure(
        connection=connection,
        version_table_schema="stepaside",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
