"""Numbers about handovers: `/v1/reports`."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from stepaside.api.auth import READ
from stepaside.api.call import Called
from stepaside.core.csv_table import csv_table
from stepaside.core.period import parse_period
from stepaside.store.accounts import get_account
from stepaside.store.database import Tx
from stepaside.store.report_names import names_of
from stepaside.store.reports import Asked, Figures, GroupBy, report

FromText = Annotated[str, QueryParameter(name="from", max_length=40)]
ToText = Annotated[str, QueryParameter(name="to", max_length=40)]


class Format(StrEnum):
    """How a report is written."""

    JSON = "json"
    CSV = "csv"


class FiguresView(Struct, kw_only=True):
    """One line of a report.

    key: the group: an id, a day, a channel, a cause; null for what belongs to none.
    name: what people call it.
    conversations: conversations the bot had; by scenario, reason and staff the whole
        period's, of which the group is a share.
    handed_over: of these, the ones handed over; rate is their share, 0 to 1, null
        where the bot had none.
    handovers: handovers; a conversation may have several. What follows counts these.
    median_seconds, p90_seconds: from the handover to a person's first words.
    promises_kept, promises_broken: of the times that contacts were told.
    """

    key: str | None
    name: str
    conversations: int
    handed_over: int
    rate: float | None
    handovers: int
    claimed: int
    unclaimed: int
    answered: int
    unanswered: int
    median_seconds: float | None
    p90_seconds: float | None
    handed_back: int
    resumed: int
    right: int
    too_early: int
    too_late: int
    promises_kept: int
    promises_broken: int


class HandoverReport(Struct, kw_only=True):
    """A report. `time_zone`: whose days are counted; `total`: all groups together."""

    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")
    time_zone: str
    group_by: GroupBy | None
    total: FiguresView
    items: list[FiguresView]


@get(
    "/reports/handovers",
    scopes=READ,
    answers=HandoverReport,
    or_text_in="text/csv",
)
async def report_handovers(
    call: Called,
    *,
    start: FromText = "",
    end: ToText = "",
    group_by: FromQuery[GroupBy | None] = None,
    format: FromQuery[Format] = Format.JSON,  # noqa: A002 - its name in the API
    scenario: FromQuery[str | None] = None,
    reason: FromQuery[str | None] = None,
    bot_id: FromQuery[str | None] = None,
    inbox_id: FromQuery[str | None] = None,
    channel: FromQuery[str | None] = None,
    staff_id: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Count handovers and how people answered them.

    `from` and `to`: dates of the account's time zone, each meant with all of its day,
    or instants; left out: the last 30 days. The other parameters narrow the report.
    `format=csv` answers the items as a table (`text/csv`), without a group the total.
    """
    async with call.transaction() as tx:
        zone = (await get_account(tx)).time_zone
        period = parse_period(start, end, call.now(), ZoneInfo(zone))
        asked = Asked(
            start=period.start,
            end=period.end,
            zone=zone,
            scenario=scenario,
            reason=reason,
            bot_id=bot_id,
            inbox_id=inbox_id,
            channel=channel,
            staff_id=staff_id,
        )
        found = await _read(tx, asked, group_by)
    if format is Format.CSV:
        return _as_csv(found.items if group_by else [found.total], group_by)
    return Response(msgspec.json.encode(found), media_type="application/json")


ROUTES: Final = (report_handovers,)


async def _read(tx: Tx, asked: Asked, group_by: GroupBy | None) -> HandoverReport:
    (total,) = await report(tx, asked, None)
    lines = await report(tx, asked, group_by) if group_by else []
    names = await names_of(tx, group_by) if group_by else {}
    return HandoverReport(
        start=asked.start,
        end=asked.end,
        time_zone=asked.zone,
        group_by=group_by,
        total=_view(total, {}),
        items=[_view(line, names) for line in lines],
    )


def _view(line: Figures, names: Mapping[str | None, str]) -> FiguresView:
    counts: dict[str, Any] = {f.name: getattr(line, f.name) for f in fields(line)}
    name = names.get(line.key, line.key or "")
    return FiguresView(**counts, name=name, rate=line.rate)


def _as_csv(lines: Iterable[FiguresView], group_by: GroupBy | None) -> Response[bytes]:
    names = FiguresView.__struct_fields__
    rows = [[getattr(line, name) for name in names] for line in lines]
    table = csv_table([str(group_by or "total"), *names[1:]], rows)
    return Response(
        table,
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="handovers.csv"'},
    )
