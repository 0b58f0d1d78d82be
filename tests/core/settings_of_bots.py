"""What a bot, and the terms it works under, may be set to in a life."""

from datetime import time

from stepaside.core.bot_settings import FollowUp, Watchdog
from stepaside.core.hours import Span, WorkingHours
from stepaside.core.terms import Deadlines, Terms
from tests.core.builders import DAY, HOUR, MINUTE

NO_DEADLINES = Deadlines(first_reply=None, next_reply=None, resolution=None)
OFFICE = WorkingHours(week=((Span(opens=time(9), closes=time(17)),),) * 5 + ((), ()))
OTHER_TERMS = (
    Terms(deadlines=NO_DEADLINES),
    Terms(window=DAY),
    Terms(hours=OFFICE),
    Terms(deadlines=Deadlines(first_reply=9 * DAY, resolution=DAY), window=DAY),
)
FOLLOW_UPS = (
    FollowUp(delay=HOUR, text="Are you there?"),
    FollowUp(delay=DAY, text="Shall I close this?"),
)
WATCHDOGS = (
    Watchdog(),
    Watchdog(every=HOUR, holding_message="", reassign=True),
    Watchdog(every=MINUTE, reassign=True, resume=True),
)
