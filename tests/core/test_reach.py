"""When somebody is told outside the desk."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from stepaside.core.effects import NotificationEvent
from stepaside.core.reach import (
    DEFAULTS,
    NotificationChannel,
    Pace,
    Quiet,
    pace_until,
    quiet_until,
)

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Quiet(start=time(22), end=time(7), zone=BERLIN)
LUNCH = Quiet(start=time(12), end=time(13), zone=BERLIN)
WAITING = NotificationEvent.HANDOVER_WAITING


def berlin(*parts: int) -> datetime:
    """An instant by the clocks of Berlin."""
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("quiet", "at", "until"),
    [
        (NIGHT, berlin(2026, 3, 2, 21, 59), berlin(2026, 3, 2, 21, 59)),
        (NIGHT, berlin(2026, 3, 2, 22, 0), berlin(2026, 3, 3, 7, 0)),
        (NIGHT, berlin(2026, 3, 3, 3, 0), berlin(2026, 3, 3, 7, 0)),
        (NIGHT, berlin(2026, 3, 3, 7, 0), berlin(2026, 3, 3, 7, 0)),
        (LUNCH, berlin(2026, 3, 3, 12, 30), berlin(2026, 3, 3, 13, 0)),
        (LUNCH, berlin(2026, 3, 3, 13, 30), berlin(2026, 3, 3, 13, 30)),
        (Quiet(), berlin(2026, 3, 3, 3, 0), berlin(2026, 3, 3, 3, 0)),
        (
            Quiet(start=time(8), end=time(8)),
            berlin(2026, 3, 3, 9, 0),
            berlin(2026, 3, 3, 9, 0),
        ),
    ],
)
def test_quiet_hours_follow_the_clock_on_the_wall(
    quiet: Quiet, at: datetime, until: datetime
) -> None:
    assert quiet_until(quiet, WAITING, at) == until


def test_the_night_the_clocks_go_forward_is_an_hour_shorter() -> None:
    evening = berlin(2026, 3, 28, 23, 0)
    assert quiet_until(NIGHT, WAITING, evening) - evening == timedelta(hours=7)


def test_what_is_urgent_breaks_through_quiet_hours_but_not_through_muting() -> None:
    at = berlin(2026, 3, 3, 3, 0)
    later = at + timedelta(hours=8)
    muted = Quiet(start=time(22), end=time(7), zone=BERLIN, muted_until=later)

    assert quiet_until(NIGHT, NotificationEvent.CONTACT_WAITING, at) == at
    assert quiet_until(muted, NotificationEvent.CONTACT_WAITING, at) == later
    assert quiet_until(muted, WAITING, later) == later


def test_a_burst_goes_out_and_what_follows_waits_for_its_end() -> None:
    pace = Pace(most=2, within=timedelta(minutes=10))
    now = berlin(2026, 3, 2, 12, 0)
    before = [now - timedelta(minutes=m) for m in (1, 4, 30)]

    assert pace_until(pace, before[:1], now) == now
    assert pace_until(pace, before, now) == now + timedelta(minutes=6)
    assert pace_until(pace, [*before, now], now) == now + timedelta(minutes=9)


def test_after_a_summary_there_is_one_summary_at_a_time() -> None:
    pace = Pace(most=2, within=timedelta(minutes=10))
    now = berlin(2026, 3, 2, 12, 0)
    recently, long_ago = now - timedelta(minutes=3), now - timedelta(minutes=10)

    assert pace_until(pace, [], now, recently) == now + timedelta(minutes=7)
    assert pace_until(pace, [], now, long_ago) == now


def test_who_changed_nothing_is_told_of_what_is_theirs_in_the_desk_and_by_e_mail() -> (
    None
):
    for event in (
        NotificationEvent.CONVERSATION_ASSIGNED,
        NotificationEvent.TASK_ASSIGNED,
    ):
        assert DEFAULTS[event, NotificationChannel.IN_APP]
        assert DEFAULTS[event, NotificationChannel.EMAIL]
    replied = NotificationEvent.CONTACT_REPLIED
    assert not DEFAULTS[replied, NotificationChannel.EMAIL]
    assert not any(
        DEFAULTS[event, NotificationChannel.SMS] for event in NotificationEvent
    )
