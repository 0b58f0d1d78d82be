"""Who looks at a conversation now, and who writes: told to the others who look.

Passed from process to process as hints of the database and kept in memory, because it
is worth nothing a moment later. Nothing depends on it: a lost sign is followed by the
next one, and who may speak is decided by the row's lock and lease.
"""

import asyncio
import json
import secrets
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stepaside.store.database import Tx

SIGNS_CHANNEL: Final = "stepaside_signs"
HERE_FOR: Final = 50.0
"""Seconds a sign of life lasts; pages give one every 20 seconds."""
WRITES_FOR: Final = 6.0
"""Whoever has not typed for so many seconds has stopped."""
CONTACT: Final = "contact"
"""Who writes, where it is the contact and no staff member."""

Place = tuple[str, str]
"""An account and a conversation in it."""


class What(StrEnum):
    """What a sign of life says."""

    HERE = "here"
    WRITING = "writing"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Somebody's sign of life. who: a staff member's id, or `CONTACT`."""

    place: Place
    who: str
    what: What


@dataclass(frozen=True, slots=True)
class _Seen:
    seen_at: float
    typed_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody who is there: a staff member's id, or `CONTACT`."""

    who: str
    writes: bool


class Presence:
    """Signs of life by conversation, of all processes of the installation.

    clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._process = secrets.token_hex(8)
        self._seen: OrderedDict[Place, dict[str, _Seen]] = OrderedDict()
        self._followers: dict[Place, list[asyncio.Event]] = defaultdict(list)

    async def give(self, tx: Tx, sign: Sign) -> None:
        """Tell whoever looks at the conversation: here now, elsewhere at the commit."""
        self._take(sign)
        payload = json.dumps([self._process, *sign.place, sign.who, sign.what])
        await tx.run("SELECT pg_notify(%s, %s)", SIGNS_CHANNEL, payload)

    def hear(self, payload: str) -> None:
        """Take a sign another process gave; what is none of ours is passed over."""
        try:
            process, account_id, conversation_id, who, what = json.loads(payload)
            place = str(account_id), str(conversation_id)
            sign = Sign(place=place, who=str(who), what=What(what))
        except (ValueError, TypeError):
            return
        if process != self._process:
            self._take(sign)

    def others(self, place: Place, me: str) -> list[Present]:
        """Who else is there, in the order they came."""
        return [one for one in self._told(place) if one.who != me]

    def writes(self, place: Place, who: str) -> bool:
        """Whether they are writing now."""
        return Present(who=who, writes=True) in self._told(place)

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

    def _take(self, sign: Sign) -> None:
        before = self._told(sign.place)
        now = self._clock()
        here = self._seen.setdefault(sign.place, {})
        self._seen.move_to_end(sign.place)
        if sign.what is What.GONE:
            here.pop(sign.who, None)
        else:
            here[sign.who] = _Seen(now, now if sign.what is What.WRITING else None)
        self._forget(now)
        # Whoever goes on writing is told again: pages forget it by themselves.
        if sign.what is What.WRITING or self._told(sign.place) != before:
            for changed in self._followers.get(sign.place, ()):
                changed.set()

    def _forget(self, now: float) -> None:
        """Let go of conversations that nobody looks at any more, the oldest first."""
        while self._seen:
            place, here = next(iter(self._seen.items()))
            if any(now - one.seen_at < HERE_FOR for one in here.values()):
                return
            del self._seen[place]

    def _told(self, place: Place) -> list[Present]:
        now = self._clock()
        return [
            Present(
                who=who,
                writes=one.typed_at is not None and now - one.typed_at < WRITES_FOR,
            )
            for who, one in self._seen.get(place, {}).items()
            if now - one.seen_at < HERE_FOR
        ]
