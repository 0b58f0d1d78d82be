"""How far the watchdog has come in an episode, and when its next step is due."""

from datetime import datetime
from typing import Any, Final

from stepaside.core import clock
from stepaside.core.bot_settings import USUAL_WATCHDOG, Step, Watchdog, past
from stepaside.core.outcome import Situation
from stepaside.core.schedule import LONGEST_PATIENCE, PATIENCE, reminders_by

Changes = dict[str, Any]

_DOUBLINGS: Final = 10
"""More of them than the longest wait allows."""


def watchdog_of(s: Situation) -> Watchdog:
    """The bot's, or the usual one where the bot was deleted."""
    return s.bot.watchdog if s.bot else USUAL_WATCHDOG


def may_reassign(s: Situation) -> bool:
    """Whether the next step chooses somebody else in the conversation's team."""
    c = s.conversation
    is_next = watchdog_of(s).next_step(c.steps) is Step.REASSIGN
    return is_next and c.step_at is not None and c.team_id is not None


def wait_is_too_long(s: Situation) -> Changes:
    """The changes that begin the steps, once a deadline or a promise has passed.

    Whoever has it was just told so, which is the first step.
    """
    held = s.roster.active(s.conversation.assignee_id) is not None
    first = past(Step.ASSIGNEE if held else Step.TEAM)
    return after_steps(s, max(s.conversation.steps, first))


def after_steps(s: Situation, steps: int) -> Changes:
    """The state once so many steps are past: when the next one is due."""
    c, dog = s.conversation, watchdog_of(s)
    following = dog.next_step(steps) if c.waiting_since else None
    chases = max(reminders_by(c, s.now), c.chases + 1)
    if c.waiting_since is None:
        at = None
    elif following is None:
        at = _again_at(s, chases)
    elif following is Step.CONTACT:
        at = s.now  # with the reminder before it
    else:
        at = s.terms.working(s.now, dog.every)
    changes = {"steps": steps, "step_at": at, "chases": chases}
    return clock.only_changed(c, changes) | {"chases": chases}


def _again_at(s: Situation, reminders: int) -> datetime:
    """The next reminder once all steps are past: ever later, and while people work."""
    doublings = max(1, min(reminders - len(Step) // 2, _DOUBLINGS))
    wait = min(PATIENCE * 2**doublings, LONGEST_PATIENCE)
    at = s.now + wait
    return s.terms.hours.next_opening(at) or at
