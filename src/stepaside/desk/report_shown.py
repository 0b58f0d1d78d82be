"""Reading a report as the desk shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stepaside.desk.charts import Bars, draw_bars, marked
from stepaside.desk.report_asked import Chosen
from stepaside.desk.report_words import SPAN, channel, group_name
from stepaside.desk.times import Clockwork
from stepaside.desk.words import CAUSE, _, mark
from stepaside.store.database import Tx
from stepaside.store.report_names import channels_in_use, custom_rules, names_of
from stepaside.store.reports import (
    NOBODY,
    SPANS,
    Figures,
    GroupBy,
    Number,
    reply_times,
    report,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One group of a breakdown: its name, its address, its numbers.

    share: of the longest line, 0 to 1, for its bar.
    """

    name: str
    figures: Figures
    narrow: Mapping[str, str]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A table by one thing."""

    group_by: GroupBy
    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The chart of days.

    said: the days that have a word below their column.
    """

    lines: Sequence[Figures]
    chart: Bars
    rates: Bars
    said: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The chart of how soon people answered; the last bar nobody answered."""

    chart: Bars
    bars: Sequence[tuple[str, int, Mapping[str, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportShown:
    """A whole report, ready to be drawn."""

    chosen: Chosen
    total: Figures
    days: Days
    times: Times
    reasons: Breakdown
    tables: Sequence[Breakdown]
    options: Mapping[str, Sequence[tuple[str, str]]]


_PARAMETER = {
    GroupBy.REASON: "reason",
    GroupBy.BOT: "bot_id",
    GroupBy.INBOX: "inbox_id",
    GroupBy.CHANNEL: "channel",
    GroupBy.STAFF: "staff_id",
}


async def read_report(tx: Tx, chosen: Chosen, times: Clockwork) -> ReportShown:
    """Everything on the page of reports."""
    (total,) = await report(tx, chosen.asked, None)
    tables = [
        await read_breakdown(tx, chosen, group_by, total.conversations)
        for group_by in (GroupBy.STAFF, GroupBy.CHANNEL, GroupBy.BOT)
    ]
    return ReportShown(
        chosen=chosen,
        total=total,
        days=_days(await report(tx, chosen.asked, GroupBy.DAY), times),
        times=_times(await reply_times(tx, chosen.asked), total),
        reasons=await read_breakdown(tx, chosen, GroupBy.REASON, total.conversations),
        tables=tables,
        options=await read_options(tx),
    )


async def read_breakdown(
    tx: Tx, chosen: Chosen, group_by: GroupBy, whole: int
) -> Breakdown:
    """The report by one thing, the longest line on top. `whole`: as in `report`."""
    names = await names_of(tx, group_by)
    found = await report(tx, chosen.asked, group_by, whole=whole)
    longest = max((line.handovers for line in found), default=0) or 1
    return Breakdown(
        group_by=group_by,
        title=_(_TITLE[group_by]),
        lines=[
            Line(
                name=group_name(group_by, line.key, names),
                figures=line,
                narrow=_narrow(group_by, line.key),
                share=line.handovers / longest,
            )
            for line in found
        ],
    )


async def read_options(tx: Tx) -> Mapping[str, Sequence[tuple[str, str]]]:
    """What the report may be narrowed to, as pairs of value and name."""
    bots, inboxes, staff = [
        await names_of(tx, group)
        for group in (GroupBy.BOT, GroupBy.INBOX, GroupBy.STAFF)
    ]
    rules = await custom_rules(tx)
    causes = [(key, _(text)) for key, text in CAUSE.items() if key in _HANDED_OVER]
    return {
        "reason": [*causes, *_pairs(rules)],
        "bot_id": _pairs(bots),
        "inbox_id": _pairs(inboxes),
        "channel": [(kind, channel(kind)) for kind in await channels_in_use(tx)],
        "staff_id": [*_pairs(staff), (NOBODY, _("Nobody"))],
    }


_HANDED_OVER = frozenset(CAUSE) - {"takeover", "pause", "stopped", "custom"}
_TITLE = {
    GroupBy.REASON: mark("By reason"),
    GroupBy.STAFF: mark("By staff member"),
    GroupBy.CHANNEL: mark("By channel"),
    GroupBy.BOT: mark("By bot"),
    GroupBy.INBOX: mark("By inbox"),
    GroupBy.SCENARIO: mark("By scenario"),
    GroupBy.DAY: mark("By day"),
}


def _pairs(names: Mapping[str | None, str]) -> list[tuple[str, str]]:
    found = [(key, name) for key, name in names.items() if key is not None]
    return sorted(found, key=lambda pair: pair[1].casefold())


def _narrow(group_by: GroupBy, key: str | None) -> Mapping[str, str]:
    if key is None:
        return {"staff_id": NOBODY} if group_by is GroupBy.STAFF else {}
    return {_PARAMETER[group_by]: key}


def _days(lines: Sequence[Figures], times: Clockwork) -> Days:
    columns = [
        (line.handed_over, line.conversations - line.handed_over) for line in lines
    ]
    rates = [(100 * (line.rate or 0),) for line in lines]
    said = {n: times.on(lines[n].key or "") for n in marked(len(lines))}
    return Days(
        lines=lines,
        chart=draw_bars(columns, height=220, foot=10),
        rates=draw_bars(rates, height=120, foot=26, most=100),
        said=said,
    )


def _times(counts: Sequence[int], total: Figures) -> Times:
    bounds = [None, *SPANS, None]
    bars: list[tuple[str, int, Mapping[str, str]]] = []
    for n, count in enumerate(counts):
        over, under = bounds[n], bounds[n + 1]
        narrow: dict[str, str] = {"number": Number.ANSWERED}
        narrow |= {"over": str(over)} if over else {}
        narrow |= {"under": str(under)} if under else {}
        bars.append((_(SPAN[n]), count, narrow))
    bars.append((_("not answered"), total.unanswered, {"number": Number.UNANSWERED}))
    chart = draw_bars([(count,) for _name, count, _narrow in bars], height=340, foot=8)
    return Times(chart=chart, bars=bars)
