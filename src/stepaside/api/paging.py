"""Lists a page at a time: `limit`, `after`, and what comes next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from stepaside.store.errors import UnknownPlace

T = TypeVar("T")
Row = TypeVar("Row")


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
        """The page out of everything there is, for lists that stay short.

        Raises: UnknownPlace: `after` is in none of the rows.
        """
        places = [cursor(row) for row in rows]
        if self.after and self.after not in places:
            raise UnknownPlace
        start = places.index(self.after) + 1 if self.after else 0
        return self.of(rows[start : start + self.one_more], render, cursor)


Paged = NamedDependency[Page]
"""A handler's parameter `page`."""
Limit = Annotated[int, QueryParameter(ge=1, le=200), Meta(ge=1, le=200)]
After = Annotated[str, QueryParameter(max_length=100), Meta(max_length=100)]
"""Litestar checks by the one, the OpenAPI document is made from the other."""


def provide_page(limit: Limit = 50, after: After = "") -> Page:
    """Make the `page` of a request for a list."""
    return Page(limit=limit, after=after)
