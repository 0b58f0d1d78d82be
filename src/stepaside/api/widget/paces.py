"""How often one visitor may ask, so that one cannot crowd out all others."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from litestar.di import NamedDependency

from stepaside.core.errors import Refusal

_REMEMBERED: Final = 10_000
"""Callers remembered at most; the one that was quiet longest is forgotten first."""

Clock = Callable[[], float]
"""Monotonic seconds."""


class TooOften(Refusal):
    """The caller asks more often than is allowed. wait: seconds until it may again."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"That was too often; try again in {wait:.0f} s.")
        self.wait = wait


class Pace:
    """A token bucket for each caller, in the memory of this process.

    It takes the edge off floods and guards no secret, so it needs no shared store:
    several processes allow several times as much, and a restart forgets.

    burst: how many at once. every: seconds until one more is allowed.
    """

    def __init__(self, *, burst: int, every: float, clock: Clock) -> None:
        self._burst = burst
        self._every = every
        self._clock = clock
        self._callers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, caller: str) -> None:
        """Count one request. Raises: TooOften: it was not counted."""
        now = self._clock()
        left, counted_at = self._callers.pop(caller, (float(self._burst), now))
        left = min(self._burst, left + (now - counted_at) / self._every)
        is_allowed = left >= 1
        self._callers[caller] = (left - is_allowed, now)
        if len(self._callers) > _REMEMBERED:
            self._callers.popitem(last=False)
        if not is_allowed:
            raise TooOften((1 - left) * self._every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """The limits of one process.

    looks, begins: by network address, which many visitors may share.
    messages, reads, signs: by conversation.
    """

    looks: Pace
    begins: Pace
    messages: Pace
    reads: Pace
    signs: Pace


Paced = NamedDependency[Paces]
"""A handler's parameter `paces`."""


def usual_paces(clock: Clock = time.monotonic) -> Paces:
    """Generous for people, even behind one address; tight for programs."""
    return Paces(
        looks=Pace(burst=120, every=0.25, clock=clock),
        begins=Pace(burst=30, every=2, clock=clock),
        messages=Pace(burst=20, every=1, clock=clock),
        reads=Pace(burst=30, every=1, clock=clock),
        signs=Pace(burst=5, every=2, clock=clock),
    )
