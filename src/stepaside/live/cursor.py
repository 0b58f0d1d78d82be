"""Where a reader of events stands."""

from typing import NamedTuple, Self

from stepaside.store.events import parse_cursor

_LARGEST_XID = 2**64 - 1
_LARGEST_ID = 2**63 - 1


class Cursor(NamedTuple):
    """The place after an event. Later cursors are greater.

    Ids alone would not do: they are handed out before the commit, so that a reader
    of `id > last` never sees the event of a slower, earlier transaction.
    """

    xid: int
    id: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str()` wrote. Raises: ValueError: it is not one of ours."""
        xid, event_id = parse_cursor(text)
        if not (0 <= xid <= _LARGEST_XID and 0 <= event_id <= _LARGEST_ID):
            raise ValueError(f"out of range: {text}")
        return cls(xid, event_id)

    @classmethod
    def behind(cls, xid: int) -> Self:
        """Return the place after every event of this transaction."""
        return cls(xid, _LARGEST_ID)
