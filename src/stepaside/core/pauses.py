"""When the bot comes back: after a time, once it is settled, once people are quiet."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from stepaside.core.conversation import Conversation
from stepaside.core.roster import Bot

Changes = dict[str, Any]


class Resume(StrEnum):
    """What ends the pause that a handover rule starts."""

    TIME = "time"
    """So long after the handover, or until people hand back."""
    RESOLVED = "resolved"
    """When people say that it is settled."""
    STAFF_INACTIVE = "staff_inactive"
    """So long after a person's last word."""


def pause_begins(
    until: datetime | None, bot: Bot | None, *, by_hand: bool = False
) -> Changes:
    """A pause with this end; None until people hand back.

    by_hand: somebody chose it for this conversation, so that neither settling the
        matter nor the watchdog ends it.
    """
    cap = bot.extension_cap if bot else None
    return {
        "resume_at": until,
        "resume_latest_at": until + cap if until and cap is not None else None,
        "resume_on_resolve": False,
        "inactive_minutes": None,
        "paused_by_hand": by_hand,
    }


def rule_pause_begins(
    resume: Resume, until: datetime | None, inactive: timedelta | None, bot: Bot | None
) -> Changes:
    """The pause of a handover rule.

    until: its end by the clock, where it has one.
    inactive: how long people are silent before the bot comes back.
    """
    begun = pause_begins(until, bot)
    match resume:
        case Resume.RESOLVED:
            return {**pause_begins(None, bot), "resume_on_resolve": True}
        case Resume.STAFF_INACTIVE if inactive is not None:
            minutes = max(1, int(inactive.total_seconds() // 60))
            return {**begun, "resume_latest_at": None, "inactive_minutes": minutes}
        case _:
            return begun


def pause_after_words(
    c: Conversation, bot: Bot | None, at: datetime
) -> datetime | None:
    """The pause's end once a person has spoken or taken it, the same where it stays.

    Never in the middle of a dialogue, but not endlessly either: up to the cap.
    """
    if c.resume_at is None:
        return None
    if c.inactive_minutes is not None:
        return at + timedelta(minutes=c.inactive_minutes)
    quiet = bot.quiet if bot else timedelta(0)
    wanted = max(c.resume_at, at + quiet)
    latest = c.resume_latest_at
    return wanted if latest is None else max(c.resume_at, min(wanted, latest))
