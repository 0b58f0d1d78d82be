"""When a staff member may be told outside the desk: quiet hours, and how many at once.

In the desk everything is told at once and completely. Whatever else makes a sound or
fills a mailbox waits where people asked for quiet, and comes as one summary where
much happens at the same time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from stepaside.core.effects import NotificationEvent


class NotificationChannel(StrEnum):
    """Ways to reach a staff member."""

    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    """The staff member's browsers."""
    CHAT = "chat"
    """Slack, Teams, Telegram and the like."""


_SELDOM: Final = {
    NotificationEvent.CONTACT_REPLIED: frozenset(
        {NotificationChannel.IN_APP, NotificationChannel.PUSH}
    )
}
DEFAULTS: Final[Mapping[tuple[NotificationEvent, NotificationChannel], bool]] = {
    (event, channel): channel is not NotificationChannel.SMS
    and channel in _SELDOM.get(event, frozenset(NotificationChannel))
    for event in NotificationEvent
    for channel in NotificationChannel
}
"""What a staff member gets who never changed a setting: everything that they set up
themselves or that costs nothing, but no e-mail about each reply of their contacts."""

_UTC: Final = ZoneInfo("UTC")
URGENT: Final = frozenset(
    {
        NotificationEvent.CONTACT_WAITING,
        NotificationEvent.DEADLINE_MISSED,
        NotificationEvent.WINDOW_CLOSING,
        NotificationEvent.WARNING,
    }
)
"""What breaks through quiet hours unless the staff member says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """When a staff member does not want to be reached outside the desk.

    start, end: local times of a stretch of every day, past midnight where the end is
        the earlier one; equal or None: there is no such stretch.
    urgent: what is told all the same.
    muted_until: nothing is told before, urgent or not.
    """

    start: time | None = None
    end: time | None = None
    zone: ZoneInfo = _UTC
    urgent: frozenset[NotificationEvent] = URGENT
    muted_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many notices one person gets on one channel before they come as a summary."""

    most: int
    within: timedelta


PACES: Final[Mapping[NotificationChannel, Pace]] = {
    NotificationChannel.EMAIL: Pace(most=5, within=timedelta(minutes=10)),
    NotificationChannel.SMS: Pace(most=3, within=timedelta(minutes=15)),
    NotificationChannel.PUSH: Pace(most=8, within=timedelta(minutes=5)),
    NotificationChannel.CHAT: Pace(most=5, within=timedelta(minutes=5)),
}


def quiet_until(quiet: Quiet, event: NotificationEvent, now: datetime) -> datetime:
    """When this may be told: now, or the end of the quiet it falls into."""
    if quiet.muted_until and quiet.muted_until > now:
        return quiet.muted_until
    if quiet.start is None or quiet.end is None or event in quiet.urgent:
        return now
    local = now.astimezone(quiet.zone)
    at = local.time()
    if quiet.start < quiet.end:
        inside, tomorrow = quiet.start <= at < quiet.end, False
    elif quiet.start > quiet.end:
        inside, tomorrow = at >= quiet.start or at < quiet.end, at >= quiet.start
    else:
        inside, tomorrow = False, False
    if not inside:
        return now
    day = local.date() + timedelta(days=int(tomorrow))
    ends = datetime.combine(day, quiet.end, tzinfo=quiet.zone)
    # On the night the clocks go back, an end that comes twice may be past once.
    return max(ends.astimezone(now.tzinfo), now)


def pace_until(
    pace: Pace,
    told_at: Sequence[datetime],
    now: datetime,
    summary_at: datetime | None = None,
) -> datetime:
    """When the next notice may go out: now, or when the burst before it has passed.

    told_at: when earlier ones to the same person on the same channel went out.
    summary_at: when many went out in one, the last time. From then on there is one
        summary at a time, until as much time has passed with nothing to sum up.
    """
    if summary_at and summary_at > now - pace.within:
        return summary_at + pace.within
    recent = sorted(at for at in told_at if at > now - pace.within)
    if len(recent) < pace.most:
        return now
    return recent[-pace.most] + pace.within
