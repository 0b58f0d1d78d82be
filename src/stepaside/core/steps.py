"""How far the watchdog has come in an episode, and when its next step is due."""

from typing import Any

from stepaside.core import clock
from stepaside.core.bot_settings import USUAL_WATCHDOG, Step, Watchdog, past
from stepaside.core.outcome import Situation
from stepaside.core.schedule import reminders_by

Changes = dict[str, Any]


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
    if following is None:
        at = None
    elif following is Step.CONTACT:
        at = s.now  # with the reminder before it
    else:
        at = s.terms.working(s.now, dog.every)
    changes = {"steps": steps, "step_at": at, "chases": reminders_by(c, s.now)}
    return clock.only_changed(c, changes) | {"chases": changes["chases"]}
