"""Episodes: people's stretches of control, opened and closed with the move itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from stepaside.core import clock
from stepaside.core.conversation import Conversation, Status
from stepaside.core.effects import (
    CloseEpisode,
    Effect,
    OpenEpisode,
    PromiseState,
    SettlePromise,
)
from stepaside.core.events import Actor, EventType
from stepaside.core.ids import HandoverId, StaffId
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.pauses import pause_begins
from stepaside.core.policy import Cause
from stepaside.core.schedule import IDLE, pause_end


def with_people(
    s: Situation,
    type_: EventType,
    actor: Actor,
    changes: dict[str, Any],
    new_handover: HandoverId,
    **data: Any,
) -> Outcome:
    """A move that leaves people in control; opens an episode where none is open."""
    c = s.conversation
    effects: tuple[Effect, ...] = ()
    episode = c.handover_id or new_handover
    if c.handover_id is None:
        until = pause_end(s.now, s.bot.takeover_pause if s.bot else None)
        begun = pause_begins(until, s.bot)
        began = _began(s) if c.status is not Status.RESOLVED else {}
        changes = {**clock.only_changed(c, begun), **began, **changes}
        changes["handover_id"] = new_handover
        cause = _CAUSES.get(type_, Cause.TAKEOVER)
        effects = (_opened(new_handover, cause, changes.get("assignee_id")),)
    return nothing(c).then(
        type_,
        s.now,
        actor,
        changes,
        *effects,
        handover_id=episode,
        staff_id=changes.get("assignee_id", c.assignee_id),
        **data,
    )


def _began(s: Situation) -> dict[str, Any]:
    waits = s.conversation.waiting_since is not None
    return clock.episode_begins(waits, s.now, s.terms)


def _opened(
    handover_id: HandoverId, cause: Cause, assignee_id: StaffId | None
) -> OpenEpisode:
    return OpenEpisode(
        handover_id=handover_id,
        cause=cause,
        rule_id=None,
        evidence="",
        reason=_REASONS[cause],
        summary="",
        tried=(),
        assignee_id=assignee_id,
    )


_CAUSES: Final = {
    EventType.PAUSED: Cause.PAUSE,
    EventType.BOT_STOPPED: Cause.STOPPED,
    EventType.RETURNED: Cause.RETURNED,
    EventType.GIVEN_TO_TEAM: Cause.MANUAL,
}
_REASONS: Final = {
    Cause.PAUSE: "The bot was paused.",
    Cause.STOPPED: "The contact told the bot to stop.",
    Cause.RETURNED: "The contact came back to who had the conversation last.",
    Cause.TAKEOVER: "A person took it over.",
    Cause.MANUAL: "Given to a team by hand.",
}


def end_episode(
    s: Situation, type_: EventType, actor: Actor, moved: dict[str, Any], how: str
) -> Outcome:
    """A move that gives the bot control; closes the open episode."""
    c = s.conversation
    changes = {
        **moved,
        "assignee_id": None,
        "team_id": None,
        "handover_id": None,
        "resume_at": None,
        "failed_attempts": 0,
        "bot_messages": 0,
        "answered": False,
        "steps": 0,
        **clock.only_changed(c, pause_begins(None, None)),
        **({"last_holder_id": c.assignee_id} if c.assignee_id else {}),
        **clock.only_changed(c, clock.NOTHING_OWED),
        # The bot will not answer what was written to people: staff are told again.
        "step_at": s.now + IDLE if c.waiting_since else None,
    }
    effects: tuple[Effect, ...] = (
        (CloseEpisode(handover_id=c.handover_id, how=how),) if c.handover_id else ()
    )
    effects += tuple(withdrawn(c))
    return nothing(c).then(
        type_, s.now, actor, changes, *effects, handover_id=c.handover_id
    )


def withdrawn(c: Conversation) -> Iterable[SettlePromise]:
    """A promise whose time had not come when people gave it back or settled it."""
    if c.promised_at and c.handover_id:
        state = PromiseState.WITHDRAWN
        yield SettlePromise(handover_id=c.handover_id, state=state)


def contact_name(s: Situation) -> str:
    """What to call the contact in a line for staff."""
    return s.contact.name or "A contact"


def iso(instant: datetime | None) -> str | None:
    """An instant as text for an event's data."""
    return instant.isoformat() if instant else None
