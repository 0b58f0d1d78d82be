"""Who looks at a conversation now, and who writes: told to the others who look.

Kept in the memory of one process, because it is worth nothing a moment later: with
several processes, colleagues on another one are not seen. Nothing depends on it; who
may speak is decided by the row's lock and lease.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stepaside.core.ids import StaffId

HERE_FOR: Final = timedelta(seconds=50)
"""A sign of life lasts so long; pages give one every 20 seconds."""
WRITES_FOR: Final = timedelta(seconds=6)
"""Whoever has not typed for so long has stopped."""

Place = tuple[str, str]
"""An account and a conversation in it."""


@dataclass(frozen=True, slots=True)
class _Sign:
    seen_at: datetime
    typed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A colleague who is there."""

    staff_id: StaffId
    writes: bool


class Presence:
    """Signs of life by conversation."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._signs: dict[Place, dict[StaffId, _Sign]] = {}
        self._followers: dict[Place, list[asyncio.Event]] = defaultdict(list)

    def note(self, place: Place, staff_id: StaffId, *, writes: bool) -> None:
        """Keep that somebody is there, and whether they are writing."""
        before = self._told(place)
        now = self._now()
        sign = _Sign(seen_at=now, typed_at=now if writes else None)
        self._signs.setdefault(place, {})[staff_id] = sign
        self._tell(place, before)

    def leave(self, place: Place, staff_id: StaffId) -> None:
        """Forget somebody who went elsewhere."""
        before = self._told(place)
        signs = self._signs.get(place, {})
        signs.pop(staff_id, None)
        if not signs:
            self._signs.pop(place, None)
        self._tell(place, before)

    def others(self, place: Place, me: StaffId) -> list[Present]:
        """Who else is there, in the order they came."""
        return [one for one in self._told(place) if one.staff_id != me]

    @contextmanager
    def follow(self, place: Place) -> Iterator[asyncio.Event]:
        """An event that is set whenever somebody comes, goes, writes or stops."""
        changed = asyncio.Event()
        self._followers[place].append(changed)
        try:
            yield changed
        finally:
            self._followers[place].remove(changed)
            if not self._followers[place]:
                del self._followers[place]

    def _told(self, place: Place) -> list[Present]:
        now = self._now()
        return [
            Present(
                staff_id=staff_id,
                writes=sign.typed_at is not None and now - sign.typed_at < WRITES_FOR,
            )
            for staff_id, sign in self._signs.get(place, {}).items()
            if now - sign.seen_at < HERE_FOR
        ]

    def _tell(self, place: Place, before: list[Present]) -> None:
        if self._told(place) != before:
            for changed in self._followers.get(place, ()):
                changed.set()
