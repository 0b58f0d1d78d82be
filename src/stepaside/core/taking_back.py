"""Taking back what one has just done: as it was before, deadlines and holder included.

The events tell how it was. Only the last thing that happened can be taken back, so that
nothing anybody did or wrote since is lost with it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from stepaside.core import clock
from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.effects import Effect, RenewPromise, ReopenEpisode
from stepaside.core.episode import iso
from stepaside.core.errors import Refusal
from stepaside.core.events import Actor, Event, EventType
from stepaside.core.moves import require_active
from stepaside.core.outcome import Outcome, Situation, nothing

TAKEN_BACK: Final[Mapping[EventType, frozenset[EventType]]] = {
    EventType.RESOLVED: frozenset({EventType.RESUMED}),
    EventType.HANDED_BACK: frozenset(),
    EventType.RELEASED: frozenset(),
    EventType.SNOOZED: frozenset(),
}
"""What can be taken back, and what may come with it in the same commit."""

Step = tuple[Conversation, Event]
"""An event, and the conversation just before it."""


class ChangedSince(Refusal):
    """It is not as that deed left it any more."""

    def __init__(self) -> None:
        super().__init__("It has changed since; see how it stands now.")


def take_back(
    s: Situation, deed: EventType, events: Iterable[Event], actor: Actor
) -> Outcome:
    """Have it as it was before a deed of `TAKEN_BACK`; only the lease goes on.

    events: all of the conversation's, oldest first.
    Raises:
        ChangedSince: it is not the last that happened, or somebody else's, or the
            contact would be left without an answer (see `can_be_taken_back`).
        NotOnStaff: whoever had it is disabled or deleted by now.
    """
    steps = _last_steps(s.conversation, deed, events)
    follow = TAKEN_BACK[deed]
    if not steps or any(event.actor != actor for _, event in steps):
        raise ChangedSince
    if any(event.type not in follow for _, event in steps[1:]):
        raise ChangedSince
    before = steps[0][0]
    if not can_be_taken_back(before, s.conversation):
        raise ChangedSince
    if before.assignee_id != s.conversation.assignee_id:
        require_active(s, before.assignee_id)
    outcome = nothing(s.conversation)
    for prior, event in reversed(steps):
        outcome = _back(outcome, s, prior, event, actor)
    return outcome


def can_be_taken_back(before: Conversation, after: Conversation) -> bool:
    """Whether nobody is left out when it is as it was before again.

    Not where the bot was about to answer, which it will not do any more, nor where a
    person outside the desk had it, to whom nobody can give it.
    """
    answered = before.control is not Control.BOT or before.step_at is not None
    stays = before.waiting_since == after.waiting_since
    outside = before.control is Control.HUMAN and before.assignee_id is None
    return (answered or stays) and not (outside and before.lease != after.lease)


def _last_steps(
    c: Conversation, deed: EventType, events: Iterable[Event]
) -> list[Step]:
    """From the last such deed on, whatever changed the conversation."""
    prior, steps = Conversation(id=c.id), list[Step]()
    for event in events:
        if event.type is deed:
            steps = []
        if event.changes and (steps or event.type is deed):
            steps.append((prior, event))
        prior = prior.after(event)
    return steps


def _back(
    outcome: Outcome, s: Situation, prior: Conversation, event: Event, actor: Actor
) -> Outcome:
    """One event undone: what it set is as it was, and the lease one further."""
    c = outcome.conversation
    was = {name: getattr(prior, name) for name in event.changes if name != "lease"}
    changes = clock.only_changed(c, was)
    if "lease" in event.changes:
        changes["lease"] = c.lease + 1
    effects = _given_again(c, prior)
    if event.type is EventType.RESOLVED:
        return outcome.then(EventType.REOPENED, s.now, actor, changes, *effects)
    if event.type is EventType.SNOOZED:
        return _snooze_back(outcome, s, prior, changes, actor)
    return outcome.then(
        EventType.ASSIGNED if prior.assignee_id else EventType.RELEASED,
        s.now,
        actor,
        changes,
        *effects,
        handover_id=prior.handover_id,
        staff_id=prior.assignee_id,
    )


def _snooze_back(
    outcome: Outcome,
    s: Situation,
    prior: Conversation,
    changes: clock.Changes,
    actor: Actor,
) -> Outcome:
    if prior.status is Status.SNOOZED:
        until = iso(prior.snoozed_until)
        return outcome.then(EventType.SNOOZED, s.now, actor, changes, until=until)
    return outcome.then(EventType.WOKEN, s.now, actor, changes)


def _given_again(c: Conversation, prior: Conversation) -> Iterable[Effect]:
    """The records that ended with the deed go on: the episode, and the promise."""
    if prior.handover_id and c.handover_id is None:
        yield ReopenEpisode(handover_id=prior.handover_id)
    if prior.handover_id and prior.promised_at and c.promised_at is None:
        yield RenewPromise(handover_id=prior.handover_id)
