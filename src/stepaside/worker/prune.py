"""Forgetting what is over: sessions, answers kept for repeats, finished jobs."""

from datetime import datetime
from typing import Final

import structlog
from procrastinate.manager import JobManager

from stepaside.store.audit import KEPT as AUDIT_KEPT
from stepaside.store.database import Database
from stepaside.store.idempotency import KEPT
from stepaside.store.webhook_log import KEPT as LOG_KEPT

log = structlog.get_logger(__name__)

FAILED_JOBS_KEPT_HOURS: Final = 7 * 24
"""Long enough to look into what failed. Jobs that did well are deleted at once."""

_EXPIRED: Final = (
    "DELETE FROM sessions WHERE expires_at <= %(now)s",
    "DELETE FROM login_links WHERE expires_at <= %(now)s",
    "DELETE FROM widget_sessions WHERE expires_at <= %(now)s",
    "DELETE FROM idempotency_keys WHERE created_at <= %(now)s - %(kept)s",
    "DELETE FROM webhook_deliveries WHERE state <> 'queued' "
    "AND created_at <= %(now)s - %(log_kept)s",
    "DELETE FROM audit WHERE at <= %(now)s - %(audit_kept)s",
    "DELETE FROM login_attempts WHERE at <= %(now)s - interval '1 day'",
)


async def prune(db: Database, jobs: JobManager, now: datetime) -> None:
    """Delete what nobody can use any more, in all accounts."""
    await jobs.delete_old_jobs(
        FAILED_JOBS_KEPT_HOURS,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )
    # Across accounts, and so in the role that owns the tables.
    async with db.connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL ROLE NONE")
        cursor = await conn.execute("SELECT row_security_active('sessions') AS blind")
        row = await cursor.fetchone()
        if row and row["blind"]:
            log.warning("not_pruned", reason="the database role owns no tables")
            return
        kept = {"kept": KEPT, "log_kept": LOG_KEPT, "audit_kept": AUDIT_KEPT}
        for sql in _EXPIRED:
            await conn.execute(sql, {"now": now, **kept})
