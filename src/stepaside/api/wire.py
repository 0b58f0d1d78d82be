"""The small types that requests and answers are made of."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Self

from litestar.typing import FieldDefinition
from msgspec import UNSET, Meta, Struct

ONE_LINE: Final = r"^(?=.*\S)[^\x00-\x1f\x7f]+$(?!\n)"
MAYBE_ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$(?!\n)"
PROSE: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
SAYING: Final = r"^(?=[\s\S]*\S)[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
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
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}$(?!\n)")]
"""Without a region: `de`, not `de-AT`."""
Languages = Annotated[list[Language], Meta(max_length=20)]
Tag = Annotated[str, Meta(min_length=1, max_length=50, pattern=ONE_LINE)]
Prose = Annotated[str, Meta(max_length=20_000, pattern=PROSE)]
Instant = Annotated[datetime, Meta(tz=True)]
"""RFC 3339 with an offset; answered in UTC."""


class Request(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is sent to us: a field we do not know is refused, never dropped."""


class Duration(Request):
    """A length of time: the sum of its parts."""

    days: Annotated[int, Meta(ge=0, le=365)] = 0
    hours: Annotated[int, Meta(ge=0, le=8760)] = 0
    minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0

    @classmethod
    def of(cls, length: timedelta) -> Self:
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


def sent_as(field: FieldDefinition) -> str:
    """What callers name a handler's parameter: `from` is no name in Python."""
    return getattr(field.kwarg_definition, "name", None) or field.name
