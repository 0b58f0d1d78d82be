"""Reading what an HTTP service says when it does not take something."""

from datetime import timedelta
from typing import Final

import httpx2

LONGEST_WAIT: Final = timedelta(days=1)
_LATER: Final = frozenset({408, 409, 425, 429})


def may_try_again(status: int) -> bool:
    """Whether the same request may succeed later."""
    return status in _LATER or status >= 500


def retry_after(answer: httpx2.Response) -> timedelta | None:
    """The wait a service asks for; None where it asks for none.

    Seconds only; the date form is as rare as clocks that agree.
    """
    value = answer.headers.get("retry-after", "")
    if not value.isdigit():
        return None
    return min(timedelta(seconds=min(int(value), 10**6)), LONGEST_WAIT)
