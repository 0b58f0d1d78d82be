"""One reader's events: what was missed, then what happens, with no seam between."""

from collections.abc import AsyncGenerator
from typing import Self

from stepaside.live.cursor import Cursor
from stepaside.live.reading import PAGE, Read, is_of_this_database, replay
from stepaside.live.switchboard import Switchboard
from stepaside.store.database import Database
from stepaside.store.events import StoredEvent


class Feed:
    """The events of one account, or of one conversation, after a cursor.

    Iterate over it once, and close it (`async with`, or `aclose`). It ends when the hub
    closes or its reader has fallen too far behind; nothing is left out before that.
    """

    def __init__(
        self,
        db: Database,
        switchboard: Switchboard,
        *,
        account_id: str,
        conversation_id: str | None,
        after: Cursor | None,
    ) -> None:
        self._db = db
        self._switchboard = switchboard
        self._account_id = account_id
        self._conversation_id = conversation_id
        self._after = switchboard.position if after is None else after
        self._is_checked = after is None
        self._events = self._replay_and_follow()

    async def start(self) -> Cursor:
        """Return the cursor the feed goes on from, for readers who see no event."""
        if not self._is_checked and self._after > self._switchboard.position:
            async with self._db.connection() as conn:
                if not await is_of_this_database(conn, self._after):
                    self._after = self._switchboard.position
        self._is_checked = True
        return self._after

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StoredEvent:
        return await anext(self._events)

    async def aclose(self) -> None:
        """Stop following. May be called more than once."""
        await self._events.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _replay_and_follow(self) -> AsyncGenerator[StoredEvent]:
        await self.start()
        # The long way is gone before plugging in, so that it cannot fill the inflow.
        async for event in self._replayed():
            yield event
        line = self._account_id, self._conversation_id
        inflow = self._switchboard.plug(line)
        try:
            async for event in self._replayed():
                yield event
            while taken := await inflow.take():
                cursor, event = taken
                # A reader from another process may be ahead of this one.
                if cursor > self._after:
                    yield event
        finally:
            self._switchboard.unplug(line, inflow)

    async def _replayed(self) -> AsyncGenerator[StoredEvent]:
        """Yield what lies between the reader and where the hub stands now."""
        until = self._switchboard.position
        while self._after < until:
            page = await self._page(until)
            for cursor, event in page:
                self._after = cursor
                if event is not None:
                    yield event
            if len(page) < PAGE:
                self._after = until

    async def _page(self, until: Cursor) -> list[Read]:
        return await replay(
            self._db,
            self._account_id,
            after=self._after,
            until=until,
            conversation_id=self._conversation_id,
        )
