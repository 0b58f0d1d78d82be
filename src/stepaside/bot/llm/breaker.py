"""Leaving a language model alone for a while once it keeps failing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FAILURES: Final = 5
"""Failures in a row after which a model rests."""
REST: Final = timedelta(seconds=30)
"""How long; then one call tries, and its failure starts the rest afresh."""
LONGEST: Final = timedelta(minutes=5)
"""The longest rest a provider is given, whatever it asks for."""


@dataclass(slots=True)
class Breaker:
    """One model's recent luck, in one process. A restart forgets it, at no harm."""

    now: Callable[[], datetime]
    failures: int = 0
    resting_until: datetime | None = None

    def may_try(self) -> bool:
        """Whether to ask the model now; the first to be told so after a rest tries."""
        if self.resting_until is None:
            return True
        if self.now() < self.resting_until:
            return False
        self.resting_until = self.now() + REST
        return True

    def succeeded(self) -> None:
        """It answered, if not usably: it is there, for others too."""
        self.failures, self.resting_until = 0, None

    def failed(self, wait: float = 0.0) -> None:
        """It did not answer, and would have answered nobody.

        wait: seconds for which it asked not to be asked again; for anybody.
        """
        self.failures += 1
        rest = REST if self.failures >= FAILURES else timedelta()
        rest = max(rest, min(timedelta(seconds=wait), LONGEST))
        if rest:
            self.resting_until = self.now() + rest

    def left(self) -> float:
        """Seconds of its rest that are left."""
        until = self.resting_until or self.now()
        return max(0.0, (until - self.now()).total_seconds())
