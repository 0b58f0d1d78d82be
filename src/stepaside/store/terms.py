"""What is agreed on about time, as columns of bots and inboxes."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.core.bot_settings import USUAL_WATCHDOG, Watchdog
from stepaside.core.terms import Deadlines, Returning, Terms, reply_window
from stepaside.store.hours import hours_from_row

TERMS: Final = """b.deadlines AS bot_deadlines, i.deadlines AS inbox_deadlines,
    b.on_return, i.reply_window_hours, a.time_zone, a.working_hours, a.holidays"""
"""Columns for `terms_from_row`, where `i` is the inbox, `b` the bot, if any, and `a`
the account."""


def terms_from_row(row: Mapping[str, Any]) -> Terms:
    """The terms of a conversation: the inbox's own deadlines, else its bot's."""
    stored = row["inbox_deadlines"] or row["bot_deadlines"]
    return Terms(
        deadlines=deadlines_from_json(stored),
        window=reply_window(row["inbox_kind"], row["reply_window_hours"]),
        hours=hours_from_row(row),
        returning=Returning(row["on_return"] or Returning.STAY),
    )


def deadlines_to_json(deadlines: Deadlines | None) -> Jsonb | None:
    """Deadlines as a column: seconds; None: those of the bot, or the defaults."""
    if deadlines is None:
        return None
    return Jsonb(
        {
            "first_reply": _seconds(deadlines.first_reply),
            "next_reply": _seconds(deadlines.next_reply),
            "resolution": _seconds(deadlines.resolution),
            "in_working_hours": deadlines.in_working_hours,
        }
    )


def deadlines_from_json(stored: Mapping[str, Any] | None) -> Deadlines:
    """What `deadlines_to_json` wrote; the defaults where nothing was."""
    if stored is None:
        return Deadlines()
    lengths = {
        name: None if stored[name] is None else timedelta(seconds=stored[name])
        for name in ("first_reply", "next_reply", "resolution")
    }
    return Deadlines(**lengths, in_working_hours=stored["in_working_hours"])


def watchdog_to_json(watchdog: Watchdog) -> Jsonb:
    """A watchdog as a column: seconds."""
    return Jsonb({**asdict(watchdog), "every": _seconds(watchdog.every)})


def watchdog_from_json(stored: Mapping[str, Any] | None) -> Watchdog:
    """What `watchdog_to_json` wrote; the usual one where nothing was."""
    if stored is None:
        return USUAL_WATCHDOG
    return Watchdog(**{**stored, "every": timedelta(seconds=stored["every"])})


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
