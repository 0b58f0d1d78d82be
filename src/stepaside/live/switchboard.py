"""Handing events out to feeds, without ever waiting for one of them."""

import asyncio
from collections import defaultdict, deque
from typing import Final

from stepaside.live.cursor import Cursor
from stepaside.store.events import StoredEvent

ROOM: Final = 1000
"""Events that wait for one reader at most."""


Line = tuple[str, str | None]
"""An account and one of its conversations; None for all of them."""


class Inflow:
    """What waits for one reader. A reader who lets it fill up is cut off."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._waiting: deque[tuple[Cursor, StoredEvent]] = deque()
        self._stirred = asyncio.Event()
        self.ended = False

    def offer(self, cursor: Cursor, event: StoredEvent) -> None:
        """Queue an event, or end: what did not fit is not passed over in silence."""
        if len(self._waiting) >= self._room:
            self.end()
        if not self.ended:
            self._waiting.append((cursor, event))
            self._stirred.set()

    def end(self) -> None:
        """Nothing comes any more; what waits can still be taken."""
        self.ended = True
        self._stirred.set()

    async def take(self) -> tuple[Cursor, StoredEvent] | None:
        """Return the next event, waiting for it; None after the last."""
        while not self._waiting:
            if self.ended:
                return None
            self._stirred.clear()
            await self._stirred.wait()
        return self._waiting.popleft()


class Switchboard:
    """Knows up to where events were handed out, and to whom the next ones go."""

    def __init__(self, *, room: int = ROOM) -> None:
        self.position = Cursor(0, 0)
        self.closed = False
        self._room = room
        self._lines: defaultdict[Line, set[Inflow]] = defaultdict(set)

    def plug(self, line: Line) -> Inflow:
        """Return an inflow of what is handed out from now on, after `position`."""
        inflow = Inflow(self._room)
        if self.closed:
            inflow.end()
        self._lines[line].add(inflow)
        return inflow

    def unplug(self, line: Line, inflow: Inflow) -> None:
        """Forget an inflow."""
        inflow.end()
        self._lines[line].discard(inflow)
        if not self._lines[line]:
            del self._lines[line]

    def hand_out(self, cursor: Cursor, event: StoredEvent | None) -> None:
        """Give the event to those who follow its account or its conversation."""
        self.position = cursor
        if event is None:
            return
        everything: Line = event.account_id, None
        for line in {everything, (event.account_id, event.conversation_id)}:
            for inflow in self._lines.get(line, ()):
                inflow.offer(cursor, event)

    def close(self) -> None:
        """End every inflow, now and from now on."""
        self.closed = True
        for inflows in self._lines.values():
            for inflow in inflows:
                inflow.end()

    def __len__(self) -> int:
        return sum(len(inflows) for inflows in self._lines.values())
