"""What waits goes to whoever is free; what absent people have goes to somebody else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from stepaside.core.conversation import (
    Control,
    Conversation,
    Status,
    broken_laws,
)
from stepaside.core.dispatch import (
    Waiting,
    assign_waiting,
    give_to_team,
    plan_dispatch,
    reassign,
    reassign_at,
)
from stepaside.core.effects import (
    NotificationEvent,
    NotifyStaff,
    OpenEpisode,
    RememberTurn,
)
from stepaside.core.events import TIMER, EventType
from stepaside.core.ids import ConversationId, TeamId
from stepaside.core.outcome import Situation, nothing
from stepaside.core.policy import Cause
from stepaside.core.roster import Availability, Roster
from stepaside.core.teams import Routing, TeamMode
from tests.core.builders import (
    ANN,
    BO,
    BOT_BELLA,
    BY_ANN,
    EVERYONE,
    HOUR,
    MINUTE,
    NEXT_EPISODE,
    NOON,
    a_conversation,
    a_situation,
    effects_of,
    held_by_ann,
    in_the_queue,
    kinds,
    only,
    resolved,
    snoozed,
)
from tests.core.test_teams import SUPPORT, support, with_teams

QUEUED: Final = in_the_queue(team_id=SUPPORT, waiting_since=NOON)
ANNS: Final = held_by_ann(team_id=SUPPORT, waiting_since=NOON)
OTHER_TEAM: Final = TeamId("tea_other")
HASTY: Final = replace(BOT_BELLA, reassign_after=5 * MINUTE)
ANN_AWAY: Final = Roster(
    staff={ANN.id: replace(ANN, availability=Availability.AWAY), BO.id: BO}
)


def with_support(conversation: Conversation, **changes: Any) -> Situation:
    """The situation in which Ann and Bo are the support."""
    routing = Routing(teams={SUPPORT: support(ANN, BO)})
    return a_situation(conversation, **{"routing": routing, **changes})


class TestGivingToATeam:
    """Into a team's queue, from wherever it is."""

    @pytest.mark.parametrize("conversation", [a_conversation(), in_the_queue(), ANNS])
    def test_it_waits_there_and_the_team_is_told(
        self, conversation: Conversation
    ) -> None:
        routing = Routing(teams={SUPPORT: support(BO)})
        s = a_situation(conversation, routing=routing)
        given = give_to_team(s, SUPPORT, BY_ANN, NEXT_EPISODE)
        c = given.conversation
        assert (c.control, c.assignee_id, c.team_id) == (Control.QUEUE, None, SUPPORT)
        assert broken_laws(c) == []
        assert kinds(given) == [EventType.GIVEN_TO_TEAM]
        told = only(NotifyStaff, given)
        assert told.event is NotificationEvent.HANDOVER_WAITING
        assert told.staff_ids == (BO.id,)
        opened = effects_of(OpenEpisode, given)
        causes = [Cause.MANUAL] if conversation.control is Control.BOT else []
        assert [episode.cause for episode in opened] == causes

    @pytest.mark.parametrize("conversation", [a_conversation(), in_the_queue(), ANNS])
    def test_what_was_put_aside_is_seen_by_the_team_at_once(
        self, conversation: Conversation
    ) -> None:
        aside = snoozed(conversation, NOON + HOUR)
        given = give_to_team(with_support(aside), OTHER_TEAM, BY_ANN, NEXT_EPISODE)
        c = given.conversation
        assert (c.status, c.snoozed_until) == (Status.OPEN, None)
        assert kinds(given) == [EventType.GIVEN_TO_TEAM]

    def test_what_waits_there_already_stays(self) -> None:
        s = with_support(QUEUED)
        assert give_to_team(s, SUPPORT, BY_ANN, NEXT_EPISODE) == nothing(QUEUED)


class TestWaiting:
    """Out of a team's queue."""

    def test_whoever_is_next_gets_it_and_is_told_why(self) -> None:
        given = assign_waiting(with_support(QUEUED))
        c = given.conversation
        assert (c.control, c.assignee_id, c.team_id) == (Control.HUMAN, ANN.id, SUPPORT)
        assert c.lease == QUEUED.lease + 1
        assert broken_laws(c) == []
        (event,) = given.events
        assert (event.type, event.actor) == (EventType.ASSIGNED, TIMER)
        assert event.data["reason"] == "Support: Ann Abara is next in turn"
        told = only(NotifyStaff, given)
        assert told.event is NotificationEvent.CONVERSATION_ASSIGNED
        assert told.staff_ids == (ANN.id,)
        assert told.body == "Support: Ann Abara is next in turn."
        assert only(RememberTurn, given) == RememberTurn(
            team_id=SUPPORT, staff_id=ANN.id
        )

    @pytest.mark.parametrize(
        "conversation",
        [
            ANNS,
            resolved(QUEUED),
            snoozed(QUEUED, NOON + HOUR),
            in_the_queue(),
        ],
        ids=["held", "resolved", "snoozed", "without a team"],
    )
    def test_what_does_not_wait_in_a_team_is_left_alone(
        self, conversation: Conversation
    ) -> None:
        assert assign_waiting(with_support(conversation)).events == ()

    def test_while_nobody_is_free_it_goes_on_waiting(self) -> None:
        away = {m.id: replace(m, availability=Availability.AWAY) for m in (ANN, BO)}
        there = with_support(QUEUED, roster=Roster(staff=away))
        assert assign_waiting(there).events == ()


class TestForecast:
    """Which of many that wait somebody is free for."""

    def ids(self, *waiting: Waiting, **more: Any) -> list[str]:
        return list(plan_dispatch(waiting, with_teams(support(ANN, BO), **more)))

    def waits(self, name: str, **more: Any) -> Waiting:
        return Waiting(id=ConversationId(name), team_id=SUPPORT, **more)

    def test_the_oldest_get_the_room_there_is(self) -> None:
        one = [replace(m, capacity=1) for m in (ANN, BO)]
        waiting = [self.waits(f"cnv_{n}") for n in range(4)]
        assert self.ids(*waiting, staff=one) == ["cnv_0", "cnv_1"]
        assert self.ids(*waiting, staff=one, load={BO.id: 1}) == ["cnv_0"]

    def test_a_later_one_goes_first_where_only_for_it_somebody_is_free(self) -> None:
        staff = (
            replace(ANN, languages=("en",)),
            replace(BO, languages=("de",), availability=Availability.AWAY),
        )
        german = self.waits("cnv_1", language="de")
        english = self.waits("cnv_2", language="en")
        assert self.ids(german, english, staff=staff) == ["cnv_2"]

    def test_who_gave_one_back_still_gets_others(self) -> None:
        back = self.waits("cnv_1", passed=frozenset({ANN.id, BO.id}))
        assert self.ids(back, self.waits("cnv_2")) == ["cnv_2"]

    def test_least_loaded_counts_what_the_forecast_gives_away(self) -> None:
        team = support(ANN, BO, mode=TeamMode.LEAST_LOADED)
        staff = [replace(m, capacity=2) for m in (ANN, BO)]
        waiting = [self.waits(f"cnv_{n}") for n in range(6)]
        there = with_teams(team, staff=staff)
        assert len(plan_dispatch(waiting, there)) == 4

    def test_a_team_that_is_gone_gets_nothing(self) -> None:
        lost = Waiting(id=ConversationId("cnv_1"), team_id=TeamId("tea_gone"))
        assert self.ids(lost) == []


class TestAbsent:
    """The assignee is away or offline while the contact waits."""

    def test_after_the_bots_time_it_goes_to_somebody_else(self) -> None:
        there = with_support(ANNS, bot=HASTY, roster=ANN_AWAY, now=NOON + 5 * MINUTE)
        given = reassign(there)
        assert given.conversation.assignee_id == BO.id
        assert given.events[0].data["reason"] == (
            "Ann Abara is away while the contact waits; "
            "Support: Bo Berg is next in turn"
        )
        assert only(NotifyStaff, given).staff_ids == (BO.id,)

    @pytest.mark.parametrize("team_id", [SUPPORT, None])
    def test_with_nobody_else_free_it_goes_to_the_queue(
        self, team_id: TeamId | None
    ) -> None:
        both = {m.id: replace(m, availability=Availability.AWAY) for m in (ANN, BO)}
        there = with_support(
            replace(ANNS, team_id=team_id),
            bot=HASTY,
            roster=Roster(staff=both),
            now=NOON + HOUR,
        )
        given = reassign(there)
        c = given.conversation
        assert (c.control, c.assignee_id) == (Control.QUEUE, None)
        assert kinds(given) == [EventType.RELEASED]
        told = only(NotifyStaff, given)
        assert told.event is NotificationEvent.HANDOVER_WAITING
        assert told.staff_ids == (ANN.id, BO.id)
        assert effects_of(RememberTurn, given) == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"now": NOON + 4 * MINUTE},
            {"roster": EVERYONE},
            {"bot": BOT_BELLA},
            {"bot": None},
            {"conversation": replace(ANNS, waiting_since=None)},
            {"conversation": resolved(ANNS)},
            {"conversation": QUEUED},
        ],
        ids=[
            "too early",
            "ann is there",
            "the rule keeps it",
            "no bot",
            "nobody waits",
            "resolved",
            "nobody has it",
        ],
    )
    def test_otherwise_it_stays_where_it_is(self, changes: dict[str, Any]) -> None:
        plain = with_support(ANNS, bot=HASTY, roster=ANN_AWAY, now=NOON + HOUR)
        assert reassign(replace(plain, **changes)).events == ()

    def test_whoever_has_just_got_it_has_the_whole_time(self) -> None:
        late = replace(ANNS, control_since=NOON + HOUR)
        due = reassign_at(late, HASTY, ANN_AWAY)
        assert due == NOON + HOUR + timedelta(minutes=5)
        first = replace(ANNS, control_since=None)
        assert reassign_at(first, HASTY, ANN_AWAY) == NOON + timedelta(minutes=5)
