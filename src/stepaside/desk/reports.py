"""The pages of reports: the numbers, the conversations behind each, and as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Annotated, Any, Final

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from stepaside.core.csv_table import csv_table
from stepaside.core.errors import InvalidField
from stepaside.desk import report_words
from stepaside.desk.frame import open_frame
from stepaside.desk.listing import parse_place
from stepaside.desk.pages import page
from stepaside.desk.report_asked import (
    CUSTOM,
    NARROWED_BY,
    PERIODS,
    Chosen,
    choose,
)
from stepaside.desk.report_shown import read_options, read_report
from stepaside.desk.report_words import NUMBER, group_name
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, again
from stepaside.store.accounts import get_account
from stepaside.store.database import Tx
from stepaside.store.desk_lists import Place
from stepaside.store.report_names import names_of
from stepaside.store.reports import Figures, GroupBy, Number, list_behind, report

PAGE: Final = 50
FromText = Annotated[str, QueryParameter(name="from", max_length=40)]
ToText = Annotated[str, QueryParameter(name="to", max_length=40)]


@get("/reports")
async def show_reports(
    visit: Visited,
    *,
    period: FromQuery[str] = "",
    first: FromText = "",
    last: ToText = "",
) -> Response[str]:
    """How often the bot steps aside, why, and how soon people answer."""
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "reports")
        try:
            chosen, error = await _choose(tx, visit, period, first, last), ""
        except InvalidField as wrong:
            chosen = await _choose(tx, visit, "30", "", "")
            chosen = replace(chosen, period=CUSTOM, first=first, last=last)
            error = again(wrong.rule)
        shown = await read_report(tx, chosen, frame["times"])
    return page(
        "reports.html",
        status=422 if error else 200,
        **frame,
        seen=shown,
        chosen=chosen,
        error=error,
        periods=_periods(),
        say=report_words,
    )


@get("/reports/conversations")
async def show_behind(
    visit: Visited,
    *,
    number: FromQuery[Number] = Number.HANDOVERS,
    period: FromQuery[str] = "",
    first: FromText = "",
    last: ToText = "",
    over: FromQuery[int | None] = None,
    under: FromQuery[int | None] = None,
    after: FromQuery[str] = "",
) -> Response[str]:
    """The conversations behind one number of a report."""
    place = parse_place(after) if after else None
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "reports")
        chosen = await _choose(tx, visit, period, first, last)
        asked = replace(chosen.asked, over=over, under=under)
        rows = await list_behind(
            tx,
            asked,
            number,
            after=(place.at, place.id) if place else None,
            limit=PAGE + 1,
        )
        (total,) = await report(tx, asked, None)
        options = await read_options(tx)
        staff = await names_of(tx, GroupBy.STAFF)
    spans = {
        "over": str(over) if over else None,
        "under": str(under) if under else None,
    }
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    return page(
        "report_list.html",
        **frame,
        chosen=chosen,
        heading=_(NUMBER[number]),
        narrowed=_narrowed(chosen, options),
        count=getattr(total, number),
        rows=rows[:PAGE],
        staff=staff,
        older=chosen.behind(number, **spans, after=str(Place(at=more.at, id=more.id)))
        if more
        else "",
        newest=chosen.behind(number, **spans) if after else "",
        say=report_words,
    )


@get("/reports/handovers.csv")
async def download_table(
    visit: Visited,
    *,
    group_by: FromQuery[GroupBy] = GroupBy.DAY,
    period: FromQuery[str] = "",
    first: FromText = "",
    last: ToText = "",
) -> Response[bytes]:
    """A breakdown of the report, for a table program."""
    async with visit.transaction() as tx:
        chosen = await _choose(tx, visit, period, first, last)
        lines = await report(tx, chosen.asked, group_by)
        names = await names_of(tx, group_by)
    head = [str(group_by), "name", *_COLUMNS, "rate"]
    rows = [_cells(line, group_by, names) for line in lines]
    name = f"handovers-by-{group_by}-{chosen.first}-{chosen.last}.csv"
    return Response(
        csv_table(head, rows),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


REPORT_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_reports,
    show_behind,
    download_table,
)
_COLUMNS: Final = tuple(field.name for field in fields(Figures) if field.name != "key")


def _cells(
    line: Figures, group_by: GroupBy, names: Mapping[str | None, str]
) -> list[Any]:
    counts = [getattr(line, name) for name in _COLUMNS]
    name = group_name(group_by, line.key, names)
    return [line.key, name, *counts, None if line.rate is None else round(line.rate, 4)]


async def _choose(tx: Tx, visit: Visit, period: str, first: str, last: str) -> Chosen:
    query = visit.request.query_params
    return choose(
        period=period,
        first=first,
        last=last,
        narrow={name: str(query.get(name, "")) for name in NARROWED_BY},
        now=visit.now(),
        zone=(await get_account(tx)).time_zone,
    )


def _periods() -> list[tuple[str, str]]:
    named = [(key, _(name)) for key, (_days, name) in PERIODS.items()]
    return [*named, (CUSTOM, _("From … to …"))]


def _narrowed(
    chosen: Chosen, options: Mapping[str, Sequence[tuple[str, str]]]
) -> list[str]:
    """What narrows a list, in words."""
    given = ((name, getattr(chosen.asked, name)) for name in NARROWED_BY)
    return [
        dict(options[name]).get(value, value)
        for name, value in given
        if value is not None
    ]
