"""What a decision leads to: the new state, what happened, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from stepaside.core.assignment import Circumstances
from stepaside.core.conversation import Conversation
from stepaside.core.effects import Effect
from stepaside.core.events import Actor, Event, EventType
from stepaside.core.hours import WorkingHours
from stepaside.core.ids import StaffId, TeamId
from stepaside.core.promises import UNKNOWN, Pace
from stepaside.core.roster import Bot, Contact, Roster
from stepaside.core.teams import Routing
from stepaside.core.terms import USUAL, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a move may look at, as it stands at `now`. `bot` None: deleted.

    terms: what is agreed on about time where the conversation takes place.
    pace: how quickly people answer; read where a message is to promise a time.
    routing: read where somebody may be chosen; the conversation's own team always.
    """

    conversation: Conversation
    contact: Contact
    bot: Bot | None
    roster: Roster
    now: datetime
    terms: Terms = USUAL
    pace: Pace = UNKNOWN
    routing: Routing = field(default_factory=Routing)

    @property
    def language(self) -> str:
        """What the contact writes in, as `de`; empty when it is not known."""
        return self.contact.language or self.routing.language

    @property
    def there(self) -> Circumstances:
        """Who there is to choose from."""
        return Circumstances(
            roster=self.roster,
            routing=replace(self.routing, language=self.language),
            now=self.now,
        )

    def hours_of(self, team_id: TeamId | None) -> WorkingHours:
        """When a team works; the hours agreed on here without one."""
        team = self.routing.teams.get(team_id) if team_id else None
        return team.hours if team else self.terms.hours

    def who_may_claim(self, team_id: TeamId | None = None) -> tuple[StaffId, ...]:
        """Whom it concerns while it waits: a team's members, or everybody.

        team_id: the conversation's own team unless another one is named.
        """
        team = team_id or self.conversation.team_id
        return self.routing.who_may_claim(team, self.roster)


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
