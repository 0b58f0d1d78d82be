"""What every way of reaching staff takes."""

from dataclasses import dataclass
from typing import Protocol

from stepaside.core.retry import AttemptError


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell one staff member.

    key: the idempotency key, the same at every try.
    link: where in the desk to act on it; empty when there is no such place.
    lines: the last few messages, as `(who, text)`, oldest first; hostile text.
    """

    key: str
    to_name: str
    to_address: str
    title: str
    body: str
    link: str
    lines: tuple[tuple[str, str], ...] = ()


class NoticeError(AttemptError):
    """A notice could not be delivered now."""


class Notifier(Protocol):
    """Delivers a notice on one channel."""

    async def __call__(self, notice: Notice) -> None:
        """Deliver it. Raises: NoticeError: it could not be delivered now."""
        ...
