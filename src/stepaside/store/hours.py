"""Working hours as JSON, and the account's own."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from stepaside.core.hours import ALWAYS, WEEKDAYS, Holiday, Span, Week, WorkingHours

_CLOCK: Final = "%H:%M"


def hours_from_row(row: Mapping[str, Any]) -> WorkingHours:
    """The hours in a row with `time_zone`, `working_hours` and `holidays`."""
    return WorkingHours(
        time_zone=row["time_zone"],
        week=week_from_json(row["working_hours"]),
        holidays=holidays_from_json(row["holidays"]),
    )


def week_to_json(week: Week) -> dict[str, Any]:
    """A week by its days, each a list of spans."""
    return {
        day: [
            {"from": f"{span.opens:{_CLOCK}}", "to": f"{span.closes:{_CLOCK}}"}
            for span in spans
        ]
        for day, spans in zip(WEEKDAYS, week, strict=True)
    }


def week_from_json(stored: Mapping[str, Any] | None) -> Week:
    """What `week_to_json` wrote; always open where nothing was.

    A day that is left out is closed.
    """
    if stored is None:
        return ALWAYS
    return tuple(
        tuple(
            Span(
                opens=time.fromisoformat(span["from"]),
                closes=time.fromisoformat(span["to"]),
            )
            for span in stored.get(day, ())
        )
        for day in WEEKDAYS
    )


def holidays_to_json(holidays: Sequence[Holiday]) -> list[dict[str, Any]]:
    """Holidays with their first and last day."""
    return [
        {
            "from": holiday.first.isoformat(),
            "to": holiday.last.isoformat(),
            "yearly": holiday.yearly,
            "name": holiday.name,
        }
        for holiday in holidays
    ]


def holidays_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Holiday, ...]:
    """What `holidays_to_json` wrote."""
    return tuple(
        Holiday(
            first=date.fromisoformat(one["from"]),
            last=date.fromisoformat(one["to"]),
            yearly=one["yearly"],
            name=one["name"],
        )
        for one in stored
    )
