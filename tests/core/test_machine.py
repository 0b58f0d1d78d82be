"""A conversation's life: everybody does anything at any time, and the laws hold."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
)

from stepaside.core import moves
from stepaside.core.bot_settings import FollowUp, Watchdog
from stepaside.core.conversation import (
    Control,
    Status,
)
from stepaside.core.dispatch import assign_waiting, give_to_team, reassign
from stepaside.core.events import (
    API,
    BOT,
    OUTSIDE,
    Actor,
    Event,
    EventType,
    staff_actor,
)
from stepaside.core.following import silence_begins
from stepaside.core.ids import BotId, HandoverId, StaffId, TeamId
from stepaside.core.leaving import stop_bot, transfer
from stepaside.core.outcome import nothing
from stepaside.core.plan import hand_over
from stepaside.core.policy import Asked, Decision, DecisionKind, Reading, decide
from stepaside.core.roster import Availability, BotMode, Roster, StaffMember
from stepaside.core.rules import HandoverRule
from stepaside.core.schedule import due_at
from stepaside.core.taking_back import TAKEN_BACK, take_back
from stepaside.core.teams import Team
from stepaside.core.terms import USUAL, Terms
from tests.core.builders import (
    ANN,
    BO,
    BOT_BELLA,
    CY,
    DAY,
    DEE,
    MINUTE,
    a_conversation,
    a_decision,
    a_handover,
)
from tests.core.lawful import Lawful
from tests.core.settings_of_bots import FOLLOW_UPS, OTHER_TERMS, WATCHDOGS
from tests.core.strategies import FUTURE, PAUSES, SPANS, TEAM, readings, rules

STAFF = st.sampled_from([ANN, BO])
ANYBODY = st.sampled_from([ANN, BO, DEE])
OTHER_BOT = BotId("bot_other")
MOMENT = timedelta(microseconds=1)


class Life(Lawful):
    """Everything that may happen to it, in any order."""

    @initialize(sent=st.sampled_from([0, 74]))
    def it_starts(self, sent: int) -> None:
        self.c = self.start = a_conversation(bot_messages=sent)

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        self.now += span

    @rule(late=st.sampled_from([timedelta(0), MINUTE, DAY]))
    def the_contact_writes(self, late: timedelta) -> None:
        at = self.now - late
        self.waits_since = self.waits_since or at
        message = next(self.messages)
        assert self.do(
            lambda s: moves.contact_writes(s.conversation, at, message, self.terms)
        )
        assert self.c.status is Status.OPEN

    @rule(reading=readings(), of=st.lists(rules(), max_size=3))
    def a_turn_is_decided(self, reading: Reading, of: list[HandoverRule]) -> None:
        decision = decide(
            control=self.c.control,
            bot=self.bot,
            bot_messages=self.c.bot_messages,
            failed_attempts=self.c.failed_attempts,
            reading=reading,
            rules=of,
            asked=Asked(clarifying=self.c.clarifying, offered=self.c.offered),
        )
        self.store(moves.record_decision(self.c, self.now, BOT, decision))
        match decision.kind:
            case DecisionKind.SILENT:
                assert self.c.control is not Control.BOT
            case DecisionKind.HAND_OVER:
                self._hand_over(decision, BOT)
            case _:
                self._the_bot_replies()

    def _the_bot_replies(self) -> None:
        bot_had_it = self.c.control is Control.BOT
        replied = self.do(
            lambda s: moves.bot_replies(
                nothing(self.c), s.now, BOT, 1, silence_begins(s, settled=False)
            )
        )
        assert replied is bot_had_it
        if replied:
            self.waits_since = None

    @rule(by=rules())
    def the_api_hands_over(self, by: HandoverRule) -> None:
        self._hand_over(a_decision(by), API)

    def _hand_over(self, decision: Decision, actor: Actor) -> None:
        episode = HandoverId(next(self.episodes))
        handover = a_handover(id=episode, decision=decision, actor=actor)
        done = self.c.status is Status.RESOLVED
        possible = self.c.control is Control.BOT and not done
        assert self.do(lambda s: hand_over(s, handover)) is possible
        if possible:
            self.waits_since = self.waits_since or self.now
            self.person_came_between = True

    @precondition(lambda self: self.c.control is Control.BOT)
    @rule()
    def the_bot_starts_a_draft(self) -> None:
        self.draft, self.person_came_between = self.c.lease, False

    @precondition(lambda self: self.draft is not None)
    @rule()
    def the_draft_is_ready(self) -> None:
        if self.draft == self.c.lease:
            assert not self.person_came_between
            self._the_bot_replies()
            assert self.waits_since is None
        else:
            assert self.person_came_between
        self.draft = None

    @rule(actor=st.sampled_from([staff_actor(ANN.id), staff_actor(BO.id), OUTSIDE]))
    def a_person_replies(self, actor: Actor) -> None:
        episode, message = HandoverId(next(self.episodes)), next(self.messages)
        assert self.do(lambda s: moves.staff_replies(s, actor, message, episode))
        self.waits_since, self.person_came_between = None, True
        assert self.c.control is Control.HUMAN
        assert self.c.last_staff_at == self.now
        self._no_end_in_the_middle_of_a_dialogue()

    def _no_end_in_the_middle_of_a_dialogue(self) -> None:
        c, quiet = self.c, self.now + self._quiet()
        if c.resume_at and c.inactive_minutes is None:
            assert c.resume_at >= min(quiet, c.resume_latest_at or quiet)

    def _quiet(self) -> timedelta:
        return self.bot.quiet if self.bot else -10_000 * DAY

    @rule(who=ANYBODY)
    def somebody_claims_it(self, who: StaffMember) -> None:
        holder, episode = self.c.assignee_id, HandoverId(next(self.episodes))
        actor = staff_actor(who.id)
        done = self.do(lambda s: moves.claim(s, who.id, actor, episode))
        free = holder in (None, who.id)
        assert done is (free and self.roster.active(who.id) is not None)
        if done:
            assert self.c.assignee_id == who.id
            self.person_came_between = True

    @rule(to=ANYBODY, by=ANYBODY)
    def it_is_assigned(self, to: StaffMember, by: StaffMember) -> None:
        episode = HandoverId(next(self.episodes))
        done = self.do(lambda s: moves.assign(s, to.id, staff_actor(by.id), episode))
        assert done is (self.roster.active(to.id) is not None)
        if done:
            assert self.c.assignee_id == to.id
            self.person_came_between = True

    @rule()
    def it_is_released(self) -> None:
        held = self.c.control is Control.HUMAN
        assert self.do(lambda s: moves.release(s, API)) is held

    @rule(team=st.sampled_from([TEAM, TeamId("tea_gone")]))
    def it_is_given_to_a_team(self, team: TeamId) -> None:
        episode = HandoverId(next(self.episodes))
        before = self.c
        assert self.do(lambda s: give_to_team(s, team, API, episode))
        assert (self.c.control, self.c.team_id) == (Control.QUEUE, team)
        self.person_came_between |= before != self.c

    @rule()
    def it_is_handed_back(self) -> None:
        people = self.c.control is not Control.BOT
        assert self.do(lambda s: moves.hand_back(s, API)) is people
        assert self.c.control is Control.BOT

    @rule()
    def another_bot_gets_it(self) -> None:
        had_it = self.c.control is Control.BOT
        assert self.do(lambda s: transfer(s, OTHER_BOT, API, reason="")) is had_it
        self.person_came_between |= had_it

    @rule()
    def the_contact_tells_the_bot_to_stop(self) -> None:
        episode = HandoverId(next(self.episodes))
        assert self.do(lambda s: stop_bot(s, "stop", BOT, episode))
        assert self.c.control is not Control.BOT
        self.waits_since, self.person_came_between = None, True

    @rule(length=PAUSES)
    def the_bot_is_paused(self, length: timedelta | None) -> None:
        until = self.now + length if length else None
        episode = HandoverId(next(self.episodes))
        assert self.do(lambda s: moves.pause(s, until, API, episode))
        assert self.c.control is not Control.BOT
        assert self.c.resume_at == until
        self.person_came_between = True

    @rule()
    def it_is_resolved(self) -> None:
        if self.do(lambda s: moves.resolve(s, API)):
            self.waits_since = None
        assert self.c.status is Status.RESOLVED

    @rule()
    def it_is_reopened(self) -> None:
        done = self.c.status is Status.RESOLVED
        assert self.do(lambda s: moves.reopen(s, API)) is done

    @rule(
        deed=st.sampled_from(sorted(TAKEN_BACK)),
        length=FUTURE,
        passes=st.sampled_from([timedelta(0), MINUTE]),
    )
    def a_deed_is_taken_back(
        self, deed: EventType, length: timedelta, passes: timedelta
    ) -> None:
        before, until, by = self.c, self.now + length, staff_actor(ANN.id)
        deeds = {
            EventType.RESOLVED: lambda s: moves.resolve(s, by),
            EventType.HANDED_BACK: lambda s: moves.hand_back(s, by),
            EventType.RELEASED: lambda s: moves.release(s, by),
            EventType.SNOOZED: lambda s: moves.snooze(s, until, by),
        }
        if not self.do(deeds[deed]):
            return
        self.now += passes
        begun = Event(
            type=EventType.CONVERSATION_STARTED,
            at=self.now,
            actor=BOT,
            changes={"bot_messages": self.start.bot_messages},
        )
        if self.do(lambda s: take_back(s, deed, [begun, *self.events], by)):
            assert replace(self.c, lease=before.lease) == before
            moves_made = 2 * (deed in (EventType.HANDED_BACK, EventType.RELEASED))
            assert self.c.lease >= before.lease + moves_made
        elif deed is EventType.RESOLVED:
            self.waits_since = None

    @rule(length=FUTURE)
    def it_is_put_aside(self, length: timedelta) -> None:
        until = self.now + length
        open_ = self.c.status is not Status.RESOLVED
        assert self.do(lambda s: moves.snooze(s, until, API)) is open_

    @rule()
    def it_is_taken_up_early(self) -> None:
        aside = self.c.status is Status.SNOOZED
        assert self.do(lambda s: moves.unsnooze(s, API)) is aside

    @rule(asks=st.sampled_from([(), FOLLOW_UPS]), closes=st.sampled_from([None, DAY]))
    def the_bot_asks_again(
        self, asks: tuple[FollowUp, ...], closes: timedelta | None
    ) -> None:
        if self.bot:
            self.bot = replace(self.bot, follow_ups=asks, close_after=closes)

    @rule(watchdog=st.sampled_from(WATCHDOGS))
    def the_watchdog_is_set_up(self, watchdog: Watchdog) -> None:
        if self.bot:
            self.bot = replace(self.bot, watchdog=watchdog)

    @rule(who=STAFF)
    def somebody_leaves_or_comes_back(self, who: StaffMember) -> None:
        member = self.roster.staff[who.id]
        changed = replace(member, active=not member.active)
        self.roster = Roster(staff={**self.roster.staff, who.id: changed})

    @rule(who=STAFF, availability=st.sampled_from(Availability))
    def somebody_says_whether_they_are_there(
        self, who: StaffMember, availability: Availability
    ) -> None:
        changed = replace(self.roster.staff[who.id], availability=availability)
        self.roster = Roster(staff={**self.roster.staff, who.id: changed})

    @rule()
    def the_team_is_deleted_or_made_again(self) -> None:
        team = Team(id=TEAM, name="Support", member_ids=(BO.id,))
        self.teams = {} if self.teams else {TEAM: team}

    @rule()
    def the_teams_queue_is_drained(self) -> None:
        waited = self.c.control is Control.QUEUE and self.c.status is Status.OPEN
        before = self.c.assignee_id
        assert self.do(assign_waiting)
        if self.c.assignee_id != before:
            assert waited
            assert self.c.team_id
            self._they_are_there()

    @rule()
    def what_absent_people_have_goes_to_others(self) -> None:
        before = self.c
        assert self.do(reassign)
        if self.c != before:
            assert before.waiting_since
            assert before.control is Control.HUMAN
            if self.c.assignee_id:
                self._they_are_there()

    def _they_are_there(self) -> None:
        member = self.roster.active(self.c.assignee_id)
        assert member
        assert member.availability is Availability.ONLINE

    @rule(owner=st.sampled_from([None, ANN.id, BO.id, DEE.id]))
    def the_contact_gets_an_owner(self, owner: StaffId | None) -> None:
        self.contact = replace(CY, owner_id=owner)

    @rule(terms=st.sampled_from([USUAL, *OTHER_TERMS]))
    def other_terms_are_agreed_on(self, terms: Terms) -> None:
        self.terms, self.other_terms = terms, True

    @rule(mode=st.none() | st.sampled_from(BotMode))
    def the_bot_is_switched(self, mode: BotMode | None) -> None:
        self.bot = replace(BOT_BELLA, mode=mode) if mode else None

    @rule(down=SPANS)
    def the_clock_wakes_it(self, down: timedelta) -> None:
        """Perhaps after the server was down; at once is the ordinary case."""
        self.now += down
        before = len(self.events)
        for _ in range(9):
            self.store(self.woken(self.situation))
        if EventType.HANDOVER_STARTED in {e.type for e in self.events[before:]}:
            self.waits_since, self.person_came_between = self.now, True
        happened = [
            (event.type, event.data.get("deadline"), event.data.get("step"))
            for event in self.events[before:]
        ]
        assert len(happened) == len(set(happened)) <= 8
        due = due_at(self.c)
        assert due is None or due > self.now


TestLife = Life.TestCase
TestLife.settings = settings(
    stateful_step_count=40, max_examples=max(150, settings().max_examples)
)
