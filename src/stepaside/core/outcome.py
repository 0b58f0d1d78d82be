"""What a decision leads to: the new state, what happened, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stepaside.core.conversation import Conversation
from stepaside.core.effects import Effect
from stepaside.core.events import Actor, Event, EventType
from stepaside.core.roster import Bot, Contact, Roster
from stepaside.core.terms import USUAL, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a move may look at, as it stands at `now`. `bot` None: deleted.

    terms: what is agreed on about time where the conversation takes place.
    """

    conversation: Conversation
    contact: Contact
    bot: Bot | None
    roster: Roster
    now: datetime
    terms: Terms = USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The conversation after `events`, and the effects that go with them.

    All three are saved in one commit, or none is.
    """

    conversation: Conversation
    events: tuple[Event, ...] = ()
    effects: tuple[Effect, ...] = ()

    def then(
        self,
        type_: EventType,
        at: datetime,
        actor: Actor,
        changes: Mapping[str, Any] | None = None,
        *effects: Effect,
        **data: Any,
    ) -> "Outcome":
        """This outcome and one more event, with the effects that go with it."""
        event = Event(
            type=type_, at=at, actor=actor, changes=dict(changes or {}), data=data
        )
        return Outcome(
            conversation=self.conversation.after(event),
            events=(*self.events, event),
            effects=(*self.effects, *effects),
        )

    def followed_by(self, later: "Outcome") -> "Outcome":
        """This outcome and one that was decided on the conversation it leads to."""
        return Outcome(
            conversation=later.conversation,
            events=(*self.events, *later.events),
            effects=(*self.effects, *later.effects),
        )

    def also(self, *effects: Effect) -> "Outcome":
        """This outcome with more effects."""
        return Outcome(
            conversation=self.conversation,
            events=self.events,
            effects=(*self.effects, *effects),
        )


def nothing(conversation: Conversation) -> Outcome:
    """The outcome that changes nothing."""
    return Outcome(conversation=conversation)
