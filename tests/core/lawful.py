"""One conversation as it lives, and the laws that hold whatever happens to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)

from stepaside.core import moves
from stepaside.core.conversation import (
    Control,
    Status,
    broken_laws,
    replay,
)
from stepaside.core.effects import (
    CloseEpisode,
    MessageKind,
    NotifyStaff,
    OpenEpisode,
    ReopenEpisode,
    Say,
)
from stepaside.core.errors import Refusal
from stepaside.core.events import BOT, Event
from stepaside.core.ids import BotId, HandoverId
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.roster import Bot, Roster
from stepaside.core.schedule import due_at
from stepaside.core.teams import Routing, Team
from stepaside.core.terms import USUAL
from stepaside.core.timers import wake
from tests.core.builders import (
    ANN,
    BO,
    BOT_BELLA,
    CY,
    DAY,
    DEE,
    MINUTE,
    NOON,
    a_conversation,
    a_handover,
    keys,
    numbered,
)
from tests.core.codec import stored_and_read
from tests.core.strategies import TEAM

STAFF = st.sampled_from([ANN, BO])
ANYBODY = st.sampled_from([ANN, BO, DEE])
OTHER_BOT = BotId("bot_other")
MOMENT = timedelta(microseconds=1)


class Lawful(RuleBasedStateMachine):
    """One conversation from its start, and a simple record of what must be true."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOON
        self.bot: Bot | None = replace(BOT_BELLA, reassign_after=MINUTE)
        self.c = self.start = a_conversation()
        self.events: list[Event] = []
        self.keys: list[str] = []
        self.opened: list[HandoverId] = []
        self.closed: list[HandoverId] = []
        self.roster = Roster(staff={ANN.id: ANN, BO.id: BO})
        self.contact = CY
        self.teams = {TEAM: Team(id=TEAM, name="Support", member_ids=(ANN.id, BO.id))}
        self.terms, self.other_terms = USUAL, False
        self.episodes, self.messages = numbered("hnd"), numbered("msg")
        # What a reader of the transcript alone would expect.
        self.waits_since: datetime | None = None
        self.draft: int | None = None
        self.person_came_between = False

    # -- what the test does with every deed ------------------------------------

    @property
    def situation(self) -> Situation:
        return Situation(
            conversation=self.c,
            contact=self.contact,
            bot=self.bot,
            roster=self.roster,
            now=self.now,
            terms=self.terms,
            routing=Routing(teams=self.teams),
        )

    def woken(self, situation: Situation) -> Outcome:
        """What the clock does, with the handover that whoever asked for one gets."""
        return wake(situation, a_handover(id=HandoverId(next(self.episodes))))

    def do(self, deed: Callable[[Situation], Outcome]) -> bool:
        """Do it and store what follows, unless it is refused. Whether it was done."""
        try:
            outcome = deed(self.situation)
        except Refusal:
            return False
        self.store(outcome)
        return True

    def store(self, outcome: Outcome) -> None:
        stored = [stored_and_read(event) for event in outcome.events]
        assert replay(self.c, stored) == outcome.conversation
        self._lease_grows_with_every_move(outcome)
        self._effects_are_new(outcome)
        if not outcome.events:
            assert outcome == nothing(self.c)
        self.events += stored
        self.c = outcome.conversation

    def _lease_grows_with_every_move(self, outcome: Outcome) -> None:
        c = self.c
        for event in outcome.events:
            after = c.after(event)
            assert after.lease == c.lease + ("lease" in event.changes)
            if (after.control, after.assignee_id) != (c.control, c.assignee_id):
                assert after.lease == c.lease + 1
            c = after

    def _effects_are_new(self, outcome: Outcome) -> None:
        self.keys += keys(outcome.effects)
        for effect in outcome.effects:
            match effect:
                case OpenEpisode():
                    self.opened.append(effect.handover_id)
                case CloseEpisode():
                    self.closed.append(effect.handover_id)
                case ReopenEpisode():
                    self.closed.remove(effect.handover_id)
                case NotifyStaff():
                    assert all(map(self.roster.active, effect.staff_ids))
                case Say():
                    assert effect.kind is MessageKind.FINAL
                    assert effect.lease == outcome.conversation.lease
                case _:
                    pass

    # -- what may happen -------------------------------------------------------

    # -- what must always be so ------------------------------------------------

    @invariant()
    def no_law_is_broken(self) -> None:
        assert broken_laws(self.c) == []

    @invariant()
    def never_none(self) -> None:
        """Somebody looks at what people have, within a day of the last thing done.

        Deadlines of days, and offices that close, may make it that much longer.
        """
        if self.c.control is Control.BOT or self.c.status is not Status.OPEN:
            return
        due = due_at(self.c)
        assert due is not None
        assert due <= self.now + (12 * DAY if self.other_terms else DAY)

    @invariant()
    def never_two(self) -> None:
        """Whoever may not speak is refused."""
        try:
            moves.bot_replies(nothing(self.c), self.now, BOT, 1)
            bot_may = True
        except Refusal:
            bot_may = False
        assert bot_may is (self.c.control is Control.BOT)
        assert bot_may is (self.c.handover_id is None)

    @invariant()
    def what_is_due_is_done_and_not_before(self) -> None:
        due = due_at(self.c)
        if due is None:
            assert not self.woken(
                replace(self.situation, now=self.now + 999 * DAY)
            ).events
            return
        assert self.woken(replace(self.situation, now=max(due, self.now))).events
        assert not self.woken(replace(self.situation, now=due - MOMENT)).events

    @invariant()
    def the_wait_is_what_the_transcript_says(self) -> None:
        assert self.c.waiting_since == self.waits_since

    @invariant()
    def every_step_is_taken_once_in_an_episode(self) -> None:
        taken = [
            (event.data["handover_id"], event.data["step"])
            for event in self.events
            if event.data.get("step") not in (None, "again", "left")
        ]
        assert len(taken) == len(set(taken))

    @invariant()
    def every_effect_is_one_of_a_kind(self) -> None:
        assert len(self.keys) == len(set(self.keys))

    @invariant()
    def every_episode_is_opened_once_and_closed_once(self) -> None:
        assert len(self.opened) == len(set(self.opened))
        open_now = [self.c.handover_id] if self.c.handover_id else []
        assert self.opened == self.closed + open_now

    def teardown(self) -> None:
        assert replay(self.start, self.events) == self.c
