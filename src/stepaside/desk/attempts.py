"""How often somebody may try to sign in."""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

_REMEMBERED: Final = 10_000
"""Keys at most, so that trying cannot fill the memory; the oldest is forgotten."""


class Attempts:
    """Counts failures by key, for example an address, over a sliding window.

    In the memory of one process: with several, each allows as many. Guessing stays
    hopeless, and nobody who is let in is slowed down.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        most: int = 10,
        window: timedelta = timedelta(minutes=10),
    ) -> None:
        self._now = now
        self._most = most
        self._window = window
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, *keys: str) -> timedelta | None:
        """How long these have to wait before the next try; None when they need not."""
        waits = [self._wait(key) for key in keys]
        return max((w for w in waits if w), default=None)

    def failed(self, *keys: str) -> None:
        """Count a failure against each."""
        for key in keys:
            failures = self._failures.setdefault(key, deque(maxlen=self._most))
            failures.append(self._now())
            self._failures.move_to_end(key)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        """Start afresh: whoever holds this key has shown who they are."""
        self._failures.pop(key, None)

    def take_back(self, key: str) -> None:
        """Count one failure less: the latest try was none."""
        if failures := self._failures.get(key):
            failures.pop()

    def _wait(self, key: str) -> timedelta | None:
        failures = self._failures.get(key)
        if not failures or len(failures) < self._most:
            return None
        left = failures[0] + self._window - self._now()
        return left if left > timedelta(0) else None
