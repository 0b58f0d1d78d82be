"""The live hub: each event of an account, once and in order, to whoever follows it.

One connection per process reads what has committed and hands it to the feeds. A hint
after each commit makes it look at once, and half a second without a hint makes it look
as well, so that a lost hint or a lost connection costs time and never an event.
The same connection hears who is present, which nobody looks up later.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from stepaside.live.cursor import Cursor
from stepaside.live.feed import Feed
from stepaside.live.presence import SIGNS_CHANNEL, Presence
from stepaside.live.reading import (
    PAGE,
    is_of_this_database,
    read_all_accounts,
    settled_position,
)
from stepaside.live.switchboard import ROOM, Switchboard
from stepaside.store.database import (
    APP_ROLE,
    EVENTS_CHANNEL,
    SEARCH_PATH,
    Connection,
    Database,
)

log = structlog.get_logger(__name__)

CONNECTION_NAME: Final = "stepaside live hub"
"""What an administrator sees in `pg_stat_activity`."""
POLL: Final = 0.5
"""Seconds without a hint after which the hub looks by itself."""
_GIVE_UP: Final = 10.0
"""Seconds without an answer after which a connection counts as lost."""
_FIRST_DELAY: Final = 0.05
_LONGEST_DELAY: Final = 5.0


class Hub:
    """Follows the events of one database for all readers of one process.

    Start it before the first subscription; close it before the database.

    poll: seconds between two looks without a hint.
    room: events that wait for one reader at most, before it is cut off.
    clock: monotonic seconds, for `presence`: who looks at which conversation.
    """

    def __init__(
        self,
        db: Database,
        *,
        poll: float = POLL,
        room: int = ROOM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.presence = Presence(clock)
        self._db = db
        self._poll = poll
        self._switchboard = Switchboard(room=room)
        self._following: asyncio.Task[None] | None = None

    @property
    def position(self) -> Cursor:
        """Everything up to here was handed out.

        Take it before you read what a page shows: what is not on the page comes after.
        """
        return self._switchboard.position

    @property
    def readers(self) -> int:
        """How many feeds are being followed."""
        return len(self._switchboard)

    async def start(self) -> None:
        """Begin to follow. Raises: psycopg.Error: the database does not answer."""
        async with self._db.connection() as conn:
            self._switchboard.position = await settled_position(conn)
        self._following = asyncio.create_task(self._follow(), name="live hub")

    async def close(self) -> None:
        """End all feeds, so that their readers go elsewhere, and stop following."""
        self._switchboard.close()
        if self._following:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following

    def subscribe(
        self,
        account_id: str,
        after: Cursor | None = None,
        conversation_id: str | None = None,
    ) -> Feed:
        """Follow one account, or one of its conversations.

        after: where the reader left off; what happened since comes first. None, or a
            place from before a restored backup: from now on.
        """
        return Feed(
            self._db,
            self._switchboard,
            account_id=account_id,
            conversation_id=conversation_id,
            after=after,
        )

    async def _follow(self) -> None:
        delay = _FIRST_DELAY
        while True:
            try:
                async with self._listening() as conn:
                    delay = _FIRST_DELAY
                    await self._hand_out_forever(conn)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning("live_hub_reconnects", error=str(error))
            # Spread out, or all processes come back to a restarted server at once.
            await asyncio.sleep(delay * (1 + random.random()))  # noqa: S311
            delay = min(delay * 2, _LONGEST_DELAY)

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[Connection]:
        connecting = asyncio.ensure_future(_connect(self._db.url))
        try:
            conn = await asyncio.shield(connecting)
        except asyncio.CancelledError:
            # Cut short while it is made, a connection would be left open.
            with contextlib.suppress(Exception):
                await (await connecting).close()
            raise
        try:
            await conn.execute(f"LISTEN {EVENTS_CHANNEL}; LISTEN {SIGNS_CHANNEL}")
            if not await is_of_this_database(conn, self.position):
                self._switchboard.position = await settled_position(conn)
            yield conn
        finally:
            await conn.close()

    async def _hand_out_forever(self, conn: Connection) -> None:
        while True:
            async with asyncio.timeout(_GIVE_UP):
                await self._hand_out_all(conn)
            await self._wait_for_hint(conn)

    async def _wait_for_hint(self, conn: Connection) -> None:
        """Wait until events may have come; signs of life are taken on the way."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._poll
        is_hinted = False
        while not is_hinted and (left := until - loop.time()) > 0:
            async for hint in conn.notifies(timeout=left, stop_after=1):
                if hint.channel == SIGNS_CHANNEL:
                    self.presence.hear(hint.payload)
                else:
                    is_hinted = True

    async def _hand_out_all(self, conn: Connection) -> None:
        is_more = True
        while is_more:
            page = await read_all_accounts(conn, self.position)
            for cursor, event in page:
                self._switchboard.hand_out(cursor, event)
            is_more = len(page) == PAGE


async def _connect(url: str) -> AsyncConnection[DictRow]:
    conn = await AsyncConnection[DictRow].connect(
        url,
        autocommit=True,
        row_factory=dict_row,
        connect_timeout=int(_GIVE_UP),
        application_name=CONNECTION_NAME,
        options=f"-c search_path={SEARCH_PATH} -c timezone=UTC",
        # A server that vanished without a word is noticed within half a minute.
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )
    await conn.execute(f"SET ROLE {APP_ROLE}")
    return conn
