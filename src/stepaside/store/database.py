"""Connections, transactions of one account, and the hint that follows a commit."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from stepaside.core.ids import AccountId
from stepaside.core.reach import NotificationChannel

log = structlog.get_logger(__name__)

APP_ROLE: Final = "stepaside_app"
EVENTS_CHANNEL: Final = "stepaside_events"
JOBS_CHANNEL: Final = "procrastinate_any_queue_v1"
SEARCH_PATH: Final = "stepaside,jobs"
_JOB_HINT: Final = '{"type": "job_inserted", "job_id": 0}'

EVERY_CHANNEL: Final = frozenset(NotificationChannel)

Connection = AsyncConnection[DictRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who changes something, for the audit log.

    actor: `staff:stf_…` or `key:key_…`.
    at: the instant to write down.
    address: the network address it came from; empty where that is not known.
    """

    actor: str
    at: datetime
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A webhook that wants to hear of some events."""

    id: str
    events: frozenset[str]


@dataclass(slots=True, kw_only=True)
class Tx:
    """One transaction that sees one account and nothing else.

    reaches: the notification channels that this installation has.
    wrote_events, deferred_jobs: set by the store; whoever listens is told once it has
        committed, never from inside (a commit that carries a NOTIFY takes a lock on
        the whole database).
    listeners: the account's webhooks, once somebody has looked.
    """

    conn: Connection
    account_id: AccountId
    reaches: frozenset[str] = EVERY_CHANNEL
    wrote_events: bool = False
    deferred_jobs: bool = False
    listeners: tuple[Listener, ...] | None = None

    async def one(self, sql: str, *values: Any) -> DictRow | None:
        """The first row, or None."""
        cursor = await self.conn.execute(sql, values)
        return await cursor.fetchone()

    async def all(self, sql: str, *values: Any) -> list[DictRow]:
        """Every row."""
        cursor = await self.conn.execute(sql, values)
        return await cursor.fetchall()

    async def run(self, sql: str, *values: Any) -> int:
        """Execute; how many rows it touched."""
        cursor = await self.conn.execute(sql, values)
        return cursor.rowcount


@dataclass(slots=True)
class _Hints:
    """What listeners should look for, gathered until the next hint goes out."""

    events: bool = False
    jobs: bool = False
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, tx: Tx) -> None:
        self.events |= tx.wrote_events
        self.jobs |= tx.deferred_jobs
        if self.events or self.jobs:
            self.waiting.set()

    def take(self) -> list[tuple[str, str]]:
        taken = [(EVENTS_CHANNEL, "")] * self.events
        taken += [(JOBS_CHANNEL, _JOB_HINT)] * self.jobs
        self.events = self.jobs = False
        self.waiting.clear()
        return taken


class Database:
    """The pool of one process. Open it once; close it at the end.

    url: a libpq URL or conninfo of a role that is a member of `stepaside_app`. Every
        connection acts as that role, which owns nothing, so that row-level security
        holds for everything this process does.
    size: connections at most.
    reaches: the notification channels that are set up; nobody is told on another.
    """

    def __init__(
        self, url: str, *, size: int = 20, reaches: frozenset[str] = EVERY_CHANNEL
    ) -> None:
        self.url = url
        self._reaches = reaches
        self._pool = AsyncConnectionPool(
            url,
            min_size=min(2, size),
            max_size=size,
            open=False,
            configure=_configure,
            kwargs={
                "row_factory": dict_row,
                "autocommit": True,
                "prepare_threshold": 3,
                "options": f"-c search_path={SEARCH_PATH} -c timezone=UTC "
                "-c idle_in_transaction_session_timeout=10s",
            },
            connection_class=AsyncConnection[DictRow],
            timeout=30,
        )
        self._hints = _Hints()
        self._hinting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect. Raises: psycopg_pool.PoolTimeout: no server answers."""
        await self._pool.open(wait=True, timeout=30)
        self._hinting = asyncio.create_task(self._send_hints())

    async def close(self) -> None:
        """Send the last hint and disconnect."""
        if self._hinting:
            self._hinting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._hinting
            with contextlib.suppress(psycopg.Error):
                await self._send(self._hints.take())
        await self._pool.close()

    @contextlib.asynccontextmanager
    async def transaction(
        self, account_id: str, by: Doer | None = None
    ) -> AsyncIterator[Tx]:
        """A transaction that sees one account. Commits on leaving; an error rolls back.

        by: who does it; changes of the configuration go to the audit log under this
            name, and without one under the installation's own.

        Never call a model or the network inside one: it holds locks, and every
        reader of events waits for the oldest open transaction.
        """
        async with self._pool.connection() as conn:
            tx = Tx(conn=conn, account_id=AccountId(account_id), reaches=self._reaches)
            async with conn.transaction():
                await conn.execute(
                    "SELECT set_config('stepaside.account_id', %s, true)", (account_id,)
                )
                if by:
                    await conn.execute(
                        _NAMES, (by.actor, by.at.isoformat(), by.address)
                    )
                yield tx
        self._hints.add(tx)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection that sees no account: for the look-ups that find one."""
        async with self._pool.connection() as conn:
            yield conn

    async def _send_hints(self) -> None:
        while True:
            await self._hints.waiting.wait()
            try:
                await self._send(self._hints.take())
            except psycopg.Error as error:
                # Lost hints cost listeners half a second: they poll besides.
                log.warning("hint_lost", error=str(error))
            await asyncio.sleep(0.01)

    async def _send(self, hints: list[tuple[str, str]]) -> None:
        if not hints:
            return
        async with self._pool.connection() as conn:
            for channel, payload in hints:
                await conn.execute("SELECT pg_notify(%s, %s)", (channel, payload))


_NAMES: Final = """SELECT set_config('stepaside.actor', %s, true),
    set_config('stepaside.at', %s, true), set_config('stepaside.address', %s, true)"""


async def _configure(conn: AsyncConnection[Any]) -> None:
    await conn.execute(f"SET ROLE {APP_ROLE}")
