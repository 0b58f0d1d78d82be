"""What a report's address asks for: a period, and what narrows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from stepaside.core.period import last_days, parse_period
from stepaside.desk.pages import ROOT
from stepaside.desk.words import mark
from stepaside.store.reports import Asked, Number

PERIODS: Final[Mapping[str, tuple[int, str]]] = {
    "today": (1, mark("Today")),
    "7": (7, mark("Last 7 days")),
    "30": (30, mark("Last 30 days")),
    "90": (90, mark("Last 90 days")),
}
"""Periods with a name: how many days up to today, and the name."""
CUSTOM: Final = "custom"
NARROWED_BY: Final = ("reason", "bot_id", "inbox_id", "channel", "staff_id")
"""What a report can be narrowed by, as it stands in the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A report as somebody chose it.

    first, last: the days it is about, as ISO dates.
    query: the address's parameters, without those that are as usual.
    """

    period: str
    first: str
    last: str
    asked: Asked
    query: Mapping[str, str]

    def link(self, **more: str | None) -> str:
        """The report's address with something changed; None takes a parameter away."""
        return f"{ROOT}/reports{self._query(more)}"

    def behind(self, number: Number | str, **more: str | None) -> str:
        """The address of the conversations behind a number."""
        return f"{ROOT}/reports/conversations{self._query({'number': number, **more})}"

    def table(self, group_by: str) -> str:
        """The address of a breakdown as CSV."""
        return f"{ROOT}/reports/handovers.csv{self._query({'group_by': group_by})}"

    def on_day(self, day: str, number: Number | str) -> str:
        """The address of what is behind a number on one day."""
        return self.behind(number, period=CUSTOM, **{"from": day, "to": day})

    def _query(self, more: Mapping[str, str | None]) -> str:
        merged = {k: str(v) for k, v in {**self.query, **more}.items() if v is not None}
        return f"?{urlencode(merged)}" if merged else ""


def choose(
    *,
    period: str,
    first: str,
    last: str,
    narrow: Mapping[str, str],
    now: datetime,
    zone: str,
) -> Chosen:
    """Read an address. Raises: InvalidField: not a date, or not a period."""
    there = ZoneInfo(zone)
    if period == CUSTOM or (first and period not in PERIODS):
        span, period = parse_period(first, last, now, there), CUSTOM
    else:
        period = period if period in PERIODS else "30"
        span = last_days(PERIODS[period][0], now, there)
    given = {name: value for name, value in narrow.items() if value}
    first = str(span.start.astimezone(there).date())
    last = str((span.end - timedelta(microseconds=1)).astimezone(there).date())
    usual = {} if period == "30" else {"period": period}
    dates = {"from": first, "to": last} if period == CUSTOM else {}
    return Chosen(
        period=period,
        first=first,
        last=last,
        asked=Asked(start=span.start, end=span.end, zone=zone, **given),  # type: ignore[arg-type]
        query={**usual, **dates, **given},
    )
