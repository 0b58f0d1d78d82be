"""Working hours and holidays in a form, the same for the account and for a team."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any, Final

from stepaside.core.errors import InvalidField
from stepaside.core.hours import ALWAYS, WEEKDAYS, Holiday, Span, Week, check_hours
from stepaside.core.hours import WorkingHours as Hours
from stepaside.desk.settings.frame import Sent
from stepaside.desk.words import _, again, mark

SPANS: Final = 2
"""Stretches of a day the form has room for; what the API stored besides is kept."""
BLANK: Final = 3
"""Empty lines for further holidays."""
DAY: Final = dict(
    zip(
        WEEKDAYS,
        (
            mark("Monday"),
            mark("Tuesday"),
            mark("Wednesday"),
            mark("Thursday"),
            mark("Friday"),
            mark("Saturday"),
            mark("Sunday"),
        ),
        strict=True,
    )
)
_USUAL: Final = Span(opens=time(9), closes=time(17))


def hours_fields(
    week: Week | None, holidays: Sequence[Holiday], otherwise: str
) -> dict[str, Any]:
    """What the form shows of stored hours.

    otherwise: what `open` says where no week is stored or it is open always.
    """
    usual = week is None or week == ALWAYS
    shown = _usual_week() if week is None or week == ALWAYS else week
    fields: dict[str, Any] = {"open": otherwise if usual else "week"}
    for day, spans in zip(WEEKDAYS, shown, strict=True):
        for n, span in enumerate(spans[:SPANS]):
            fields[f"{day}-{n}-from"] = f"{span.opens:%H:%M}"
            fields[f"{day}-{n}-to"] = f"{span.closes:%H:%M}"
    for n, holiday in enumerate(holidays):
        fields[f"holiday-{n}-from"] = holiday.first.isoformat()
        fields[f"holiday-{n}-to"] = holiday.last.isoformat()
        fields[f"holiday-{n}-name"] = holiday.name
        fields[f"holiday-{n}-yearly"] = "on" if holiday.yearly else ""
    return fields


def hours_names(sent: Sent) -> dict[str, Any]:
    """What the template needs besides the values."""
    filled = [n for n in range(400) if sent.form.get(f"holiday-{n}-from")]
    return {
        "days": DAY,
        "spans": range(SPANS),
        "holiday_rows": range((max(filled) + 1 if filled else 0) + BLANK),
    }


def read_week(sent: Sent, kept: Week | None) -> Week | None:
    """The week that was sent; None where none is to be."""
    match sent.text("open"):
        case "always":
            return ALWAYS
        case "account":
            return None
        case "":
            return kept  # the form did not ask
        case _:
            before = kept or tuple(() for _day in WEEKDAYS)
            pairs = zip(WEEKDAYS, before, strict=True)
            return tuple(_day(sent, day, spans[SPANS:]) for day, spans in pairs)


def read_holidays(sent: Sent) -> tuple[Holiday, ...]:
    """The holidays that were sent; a line without a first day is none."""
    found = []
    for n in range(400):
        first = _date(sent, f"holiday-{n}-from")
        last = _date(sent, f"holiday-{n}-to") or first
        if first is None or last is None:
            continue
        if last < first:
            sent.problems["holidays"] = _("A holiday ends before it begins.")
        yearly, name = sent.ticked(f"holiday-{n}-yearly"), f"holiday-{n}-name"
        found.append(
            Holiday(
                first=first, last=last, yearly=yearly, name=sent.text(name, most=100)
            )
        )
    return tuple(found)


def check(sent: Sent, hours: Hours) -> None:
    """Put beside the hours what makes no sense about them."""
    try:
        check_hours(hours)
    except InvalidField as error:
        sent.problems.setdefault("hours", again(error.rule))


def _day(sent: Sent, day: str, further: tuple[Span, ...]) -> tuple[Span, ...]:
    spans = []
    for n in range(SPANS):
        opens = _clock(sent, f"{day}-{n}-from")
        closes = _clock(sent, f"{day}-{n}-to")
        if (opens is None) is not (closes is None):
            sent.problems["hours"] = _("Fill in both times of a stretch, or neither.")
        elif opens is not None and closes is not None:
            spans.append(Span(opens=opens, closes=closes))
    return (*spans, *further)


def _clock(sent: Sent, name: str) -> time | None:
    text = sent.text(name, most=8)
    try:
        return time.fromisoformat(text[:5]) if text else None
    except ValueError:
        sent.problems["hours"] = _("A time such as 09:00.")
        return None


def _date(sent: Sent, name: str) -> date | None:
    text = sent.text(name, most=10)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        sent.problems["holidays"] = _("A day such as 2026-12-24.")
        return None


def _usual_week() -> Week:
    return tuple((_USUAL,) if n < 5 else () for n, _name in enumerate(WEEKDAYS))
