"""Words of the wire: the small types that requests and answers are made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Generic, TypeVar

from msgspec import UNSET, Meta, Struct, inspect

T = TypeVar("T")
Row = TypeVar("Row")

ONE_LINE: Final = r"^(?=.*\S)[^\x00-\x1f\x7f]+$(?!\n)"
MAYBE_ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$(?!\n)"
PROSE: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
ADDRESS: Final = r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$(?!\n)"
MAYBE_ADDRESS: Final = r"^([^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+)?$(?!\n)"

Id = Annotated[str, Meta(min_length=1, max_length=100, pattern=ONE_LINE)]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=ONE_LINE)]
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
Email = Annotated[str, Meta(max_length=254, pattern=ADDRESS)]
MaybeName = Annotated[str, Meta(max_length=200, pattern=MAYBE_ONE_LINE)]
MaybeEmail = Annotated[str, Meta(max_length=254, pattern=MAYBE_ADDRESS)]
Phone = Annotated[str, Meta(max_length=50, pattern=MAYBE_ONE_LINE)]
ExternalId = Annotated[str, Meta(min_length=1, max_length=255, pattern=ONE_LINE)]
Tag = Annotated[str, Meta(min_length=1, max_length=50, pattern=ONE_LINE)]
Prose = Annotated[str, Meta(max_length=20_000, pattern=PROSE)]
Instant = Annotated[datetime, Meta(tz=True)]
"""RFC 3339 with an offset; answered in UTC."""


class Request(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is sent to us: a field we do not know is refused, never dropped."""


class Items(Struct, Generic[T], kw_only=True):
    """One page of a list. `next` is what to send as `after`; null at the end."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list is asked for."""

    limit: int
    after: str

    @property
    def one_more(self) -> int:
        """How many rows to read, to know whether there is a next page."""
        return self.limit + 1

    def of(
        self,
        rows: Sequence[Row],
        render: Callable[[Row], T],
        cursor: Callable[[Row], str],
    ) -> Items[T]:
        """The page out of rows that were read with `one_more`.

        cursor: what to go on after, from a row.
        """
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        return Items(
            items=[render(row) for row in shown],
            next=cursor(shown[-1]) if more else None,
        )

    def part(
        self,
        rows: Sequence[Row],
        render: Callable[[Row], T],
        cursor: Callable[[Row], str],
    ) -> Items[T]:
        """The page out of everything there is, for lists that stay short."""
        places = [cursor(row) for row in rows]
        start = places.index(self.after) + 1 if self.after in places else 0
        return self.of(rows[start : start + self.one_more], render, cursor)


KEY: Final = "<key>"
"""In a path: the keys of an object, not its values."""


def allowed_at(wire_type: Any, path: Sequence[str]) -> list[str]:
    """The values an enumeration at this path of a type allows; empty where none is.

    path: names of fields, `[…]` for a place in a list or a value of an object, `KEY`.
    """
    found = _choices(inspect.type_info(wire_type), list(path))
    return [str(getattr(value, "value", value)) for value in found]


def _choices(info: inspect.Type, path: list[str]) -> list[Any]:
    inside = path[:1] and path[0].startswith("[")
    found: list[Any] = []
    match info:
        case inspect.Metadata(type=inner):
            found = _choices(inner, path)
        case inspect.UnionType(types=members):
            found = [value for m in members for value in _choices(m, path)]
        case inspect.ListType(item_type=inner) | inspect.DictType(value_type=inner) if (
            inside
        ):
            found = _choices(inner, path[1:])
        case inspect.DictType(key_type=inner) if path == [KEY]:
            found = _choices(inner, [])
        case inspect.StructType(fields=fields) if path:
            named = next((f for f in fields if f.encode_name == path[0]), None)
            found = _choices(named.type, path[1:]) if named else []
        case inspect.EnumType(cls=enum) if not path:
            found = list(enum)
        case inspect.LiteralType(values=values) if not path:
            found = list(values)
        case _:
            pass
    return found


_IN_WORDS: Final = {
    ONE_LINE: "must be one line and not blank",
    MAYBE_ONE_LINE: "must be one line",
    PROSE: "may not contain control characters except tab and line break",
    ADDRESS: "must be an e-mail address",
    MAYBE_ADDRESS: "must be an e-mail address, or empty",
}


def in_words(what: str, allowed: Sequence[str] = ()) -> str:
    """What msgspec says of a value, in words for people.

    allowed: the values there are, where only some are allowed.
    """
    if what.startswith("Invalid enum value"):
        return f"must be one of {', '.join(allowed)}"
    for pattern, words in _IN_WORDS.items():
        if repr(pattern)[1:-1] in what or pattern in what:
            return words
    return what[:1].lower() + what[1:]


class Duration(Request):
    """A length of time: the sum of its parts."""

    days: Annotated[int, Meta(ge=0, le=365)] = 0
    hours: Annotated[int, Meta(ge=0, le=8760)] = 0
    minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0

    @classmethod
    def of(cls, length: timedelta) -> "Duration":
        """Take a length apart; seconds are left out."""
        minutes = length.seconds // 60
        return cls(days=length.days, hours=minutes // 60, minutes=minutes % 60)

    def timedelta(self) -> timedelta:
        """The length."""
        return timedelta(days=self.days, hours=self.hours, minutes=self.minutes)


def named(change: Struct) -> dict[str, Any]:
    """The fields that a request named, with their values."""
    fields = ((name, getattr(change, name)) for name in change.__struct_fields__)
    return {name: value for name, value in fields if value is not UNSET}
