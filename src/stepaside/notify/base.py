"""What every way of reaching staff takes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from stepaside.core.retry import AttemptError
from stepaside.sayings.reader import IN_ENGLISH, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell one staff member, or one chat.

    key: the idempotency key, the same at every try.
    to_address: where: an e-mail address, a number, a browser's or a chat's secret url.
    to_keys: what a browser's messages are encrypted with.
    link: where in the desk to act on it; empty when there is no such place.
    claim_link: where the person told may take the conversation with one tap; empty
        when there is nothing to take, or nobody in particular is told.
    thread: what it is about; notices of one thread belong together. May be empty.
    lines: the last few messages, as `(who, text)`, oldest first; hostile text.
    reader: in whose language it is told; title and body are in it already.
    """

    key: str
    to_name: str
    to_address: str = field(repr=False)
    title: str
    body: str
    link: str
    to_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    claim_link: str = field(default="", repr=False)
    thread: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    reader: Reader = IN_ENGLISH


class NoticeError(AttemptError):
    """A notice could not be delivered now.

    gone: the place it was to go to exists no more; nothing will ever arrive there.
    """

    def __init__(
        self,
        detail: str,
        *,
        retry: bool,
        retry_after: timedelta | None = None,
        gone: bool = False,
    ) -> None:
        super().__init__(detail, retry=retry, retry_after=retry_after)
        self.gone = gone


class Notifier(Protocol):
    """Delivers a notice on one channel."""

    async def __call__(self, notice: Notice) -> None:
        """Deliver it. Raises: NoticeError: it could not be delivered now."""
        ...


CheckAddress = Callable[[str], Awaitable[str | None]]
"""Says at which IP address a url may be called; None: at any.

Raises: Refusal: it may not be called; the message says why.
"""


def one_line(text: str, longest: int = 200) -> str:
    """Text without line breaks, and not endless."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"
