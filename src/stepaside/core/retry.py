"""How long to wait before trying a delivery again."""

from datetime import timedelta
from typing import Final

from stepaside.core.errors import StepasideError

MAX_ATTEMPTS: Final = 12
"""Tries before a delivery is given up and shown to people; a day and a half at most."""
FIRST: Final = timedelta(seconds=2)
LONGEST: Final = timedelta(hours=8)


class AttemptError(StepasideError):
    """Something could not be carried out this time.

    retry: whether a later try may succeed.
    retry_after: the wait the other side asked for; None where it asked for none.
    """

    def __init__(
        self, detail: str, *, retry: bool, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(detail)
        self.retry = retry
        self.retry_after = retry_after


def retry_delay(
    attempt: int, jitter: float, retry_after: timedelta | None = None
) -> timedelta | None:
    """The wait before the next try; None when this was the last.

    attempt: tries made so far, 1 or more.
    jitter: 0 to 1, so that many failures at once do not come back at once; the wait
        is shortened by up to a half.
    retry_after: what the other side asked for; never cut short.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    grown: timedelta = FIRST * int(4 ** (attempt - 1))
    wait = min(grown, LONGEST) * (1 - jitter / 2)
    return max(wait, retry_after) if retry_after else wait
