"""How pauses end: by the clock, when it is settled, when people fall silent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stepaside.core.bot_settings import FollowUp, check_follow_ups
from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.effects import CloseEpisode, NotifyStaff, OpenEpisode, Say
from stepaside.core.errors import InvalidField
from stepaside.core.events import BOT, EventType
from stepaside.core.following import declines, follow_up, silence_begins
from stepaside.core.moves import (
    bot_replies,
    claim,
    contact_writes,
    hand_back,
    pause,
    resolve,
    staff_replies,
)
from stepaside.core.outcome import nothing
from stepaside.core.pauses import Resume, pause_after_words
from stepaside.core.plan import hand_over
from stepaside.core.policy import Cause
from stepaside.core.returning import Hindrance, comes_back, may_come_back
from stepaside.core.roster import Availability, Bot, BotMode, Roster, StaffMember
from stepaside.core.rules import check_rule
from stepaside.core.schedule import due_at
from stepaside.core.teams import Routing
from stepaside.core.terms import Returning, Terms
from stepaside.core.timers import wake
from tests.core.builders import (
    ANN,
    BO,
    BOT_BELLA,
    BY_ANN,
    DAY,
    EPISODE,
    HOUR,
    MINUTE,
    NEXT_EPISODE,
    NOON,
    a_conversation,
    a_handover,
    a_rule,
    a_situation,
    effects_of,
    for_ann,
    held_by_ann,
    in_the_queue,
    kinds,
    only,
    resolved,
)

EXTENDED = EventType.PAUSE_EXTENDED
TWO = (
    FollowUp(delay=HOUR, text="Are you still there?"),
    FollowUp(delay=DAY, text="Shall I close this?"),
)
ASKING = replace(BOT_BELLA, follow_ups=TWO)
TO_OWNER = Terms(returning=Returning.LAST_OWNER)
TO_BOT = Terms(returning=Returning.BOT)


def handed_over(resume: Resume, pause_: timedelta | None = HOUR) -> Conversation:
    """With Ann since noon, by a rule that ends its pause so."""
    rule = for_ann(resume=resume, pause=pause_)
    return hand_over(a_situation(), a_handover(rule)).conversation


class TestDialogues:
    """Never resumed in the middle of one; never extended without end."""

    PAUSED = handed_over(Resume.TIME)

    def test_a_claim_just_before_the_end_extends_it_s43(self) -> None:
        c = replace(self.PAUSED, control=Control.QUEUE, assignee_id=None)
        s = a_situation(c, NOON + 59 * MINUTE)
        outcome = claim(s, BO.id, BY_ANN, NEXT_EPISODE)
        assert kinds(outcome) == [EventType.CLAIMED, EXTENDED]
        assert outcome.conversation.resume_at == NOON + 74 * MINUTE

    def test_a_claim_long_before_it_does_not(self) -> None:
        c = replace(self.PAUSED, control=Control.QUEUE, assignee_id=None)
        outcome = claim(a_situation(c), BO.id, BY_ANN, NEXT_EPISODE)
        assert kinds(outcome) == [EventType.CLAIMED]

    def test_words_extend_it_up_to_the_cap_and_no_further(self) -> None:
        c, now = self.PAUSED, NOON + 50 * MINUTE
        for _ in range(500):
            s = a_situation(c, now)
            c = staff_replies(s, BY_ANN, "msg", NEXT_EPISODE).conversation
            now += 10 * MINUTE
        assert c.resume_at == c.resume_latest_at == NOON + HOUR + DAY

    def test_without_a_cap_words_extend_it_as_far_as_they_go(self) -> None:
        c = replace(self.PAUSED, resume_latest_at=None)
        assert pause_after_words(c, BOT_BELLA, NOON + DAY) == NOON + DAY + 15 * MINUTE

    def test_without_a_bot_there_is_no_quiet_to_keep(self) -> None:
        end = NOON + HOUR
        assert pause_after_words(self.PAUSED, None, NOON) == end
        assert pause_after_words(held_by_ann(), None, NOON) is None


class TestResumeModes:
    """Each rule has its own."""

    def test_when_it_is_resolved_and_not_before(self) -> None:
        c = handed_over(Resume.RESOLVED)
        assert (c.resume_at, c.resume_on_resolve) == (None, True)
        outcome = resolve(a_situation(c, NOON + HOUR), BY_ANN)
        assert kinds(outcome) == [EventType.RESOLVED, EventType.RESUMED]
        after = outcome.conversation
        assert (after.control, after.status) == (Control.BOT, Status.RESOLVED)
        assert only(CloseEpisode, outcome).how == "resolved"
        assert not after.resume_on_resolve

    @pytest.mark.parametrize("bot", [None, replace(BOT_BELLA, mode=BotMode.OFF)])
    def test_a_bot_that_cannot_answer_gets_nothing(self, bot: Bot | None) -> None:
        c = handed_over(Resume.RESOLVED)
        assert kinds(resolve(a_situation(c, bot=bot), BY_ANN)) == [EventType.RESOLVED]

    def test_when_people_have_been_silent_for_so_long(self) -> None:
        c = handed_over(Resume.STAFF_INACTIVE)
        assert (c.resume_at, c.inactive_minutes) == (NOON + HOUR, 60)
        for hour in range(1, 60):
            s = a_situation(c, NOON + hour * HOUR - MINUTE)
            c = staff_replies(s, BY_ANN, "msg", NEXT_EPISODE).conversation
        assert c.resume_at == NOON + 60 * HOUR - MINUTE
        after = wake(a_situation(c, NOON + 60 * HOUR - MINUTE)).conversation
        assert (after.control, after.inactive_minutes) == (Control.BOT, None)

    def test_silence_needs_a_length(self) -> None:
        rule = for_ann(resume=Resume.STAFF_INACTIVE, pause=None)
        with pytest.raises(InvalidField) as refused:
            check_rule(rule)
        assert refused.value.field == "pause.until"
        assert handed_over(Resume.STAFF_INACTIVE, None).resume_at is None

    def test_a_pause_by_hand_outlasts_resolving_s42(self) -> None:
        for terms in (Terms(), TO_BOT):
            s = a_situation(terms=terms)
            c = pause(s, NOON + DAY, BY_ANN, EPISODE).conversation
            assert c.paused_by_hand
            outcome = resolve(a_situation(c, terms=terms), BY_ANN)
            assert kinds(outcome) == [EventType.RESOLVED]


class TestComingBack:
    """S46: to the bot, or to who had it last."""

    def test_where_it_is_set_so_resolving_gives_it_to_the_bot(self) -> None:
        s = a_situation(held_by_ann(), terms=TO_BOT)
        c = resolve(s, BY_ANN).conversation
        assert (c.control, c.last_holder_id) == (Control.BOT, ANN.id)

    def test_where_it_is_set_so_it_goes_to_who_had_it_last(self) -> None:
        back = hand_back(a_situation(held_by_ann()), BY_ANN).conversation
        c = resolve(a_situation(back), BY_ANN).conversation
        assert may_come_back(c, TO_OWNER)
        s = a_situation(c, NOON + DAY, terms=TO_OWNER)
        outcome = comes_back(s, NOON + DAY, "msg_1", NEXT_EPISODE, ANN.id)
        after = outcome.conversation
        assert (after.control, after.assignee_id) == (Control.HUMAN, ANN.id)
        assert after.reply_due_at == NOON + DAY + 10 * MINUTE
        assert only(OpenEpisode, outcome).cause == Cause.RETURNED
        assert only(NotifyStaff, outcome).staff_ids == (ANN.id,)

    @pytest.mark.parametrize(
        ("ann", "why"),
        [
            (replace(ANN, active=False), Hindrance.LEFT),
            (replace(ANN, availability=Availability.AWAY), Hindrance.AWAY),
            (replace(ANN, availability=Availability.OFFLINE), Hindrance.OFFLINE),
            (replace(ANN, capacity=2), Hindrance.FULL),
        ],
        ids=list(Hindrance),
    )
    def test_the_bot_has_it_where_that_person_cannot_take_it(
        self, ann: StaffMember, why: Hindrance
    ) -> None:
        s = a_situation(
            resolved(a_conversation(last_holder_id=ANN.id)),
            terms=TO_OWNER,
            roster=Roster(staff={ANN.id: ann}),
            routing=Routing(load={ANN.id: 2}),
        )
        outcome = comes_back(s, NOON, "msg_1", NEXT_EPISODE, ANN.id)
        assert outcome.conversation.control is Control.BOT
        assert outcome.events[-1].type is EventType.NOT_RETURNED
        assert outcome.events[-1].data == {"staff_id": ANN.id, "reason": why}

    def test_the_first_message_of_a_new_conversation_may_go_there_too(self) -> None:
        assert may_come_back(a_conversation(), TO_OWNER)

    @pytest.mark.parametrize(
        ("conversation", "terms"),
        [
            (a_conversation(last_holder_id=ANN.id, last_contact_at=NOON), TO_OWNER),
            (resolved(a_conversation()), TO_OWNER),
            (resolved(held_by_ann(last_holder_id=BO.id)), TO_OWNER),
            (in_the_queue(), TO_OWNER),
            (resolved(a_conversation(last_holder_id=ANN.id)), TO_BOT),
            (a_conversation(), TO_BOT),
        ],
        ids=[
            "open",
            "nobody had it",
            "people have it",
            "people began it",
            "not set so",
            "new, and not set so",
        ],
    )
    def test_else_it_stays_where_it_is(
        self, conversation: Conversation, terms: Terms
    ) -> None:
        assert not may_come_back(conversation, terms)


class TestAskingAgain:
    """A contact who says nothing more is asked, each text once."""

    def answered(
        self, bot: Bot | None = ASKING, *, settled: bool = False
    ) -> Conversation:
        """The bot answered at noon."""
        wrote = contact_writes(a_conversation(), NOON, "msg_1").conversation
        s = a_situation(wrote, bot=bot)
        silence = silence_begins(s, settled=settled)
        return bot_replies(nothing(wrote), NOON, BOT, 1, silence).conversation

    def test_each_text_comes_once_in_its_time(self) -> None:
        c, said = self.answered(), []
        for hour in range(60):
            outcome = wake(a_situation(c, NOON + hour * HOUR, bot=ASKING))
            said += [(hour, say.text) for say in effects_of(Say, outcome)]
            c = outcome.conversation
        assert said == [(1, TWO[0].text), (25, TWO[1].text)]
        assert due_at(c) is None
        assert c.bot_messages == 3

    def test_a_reply_a_handover_and_resolving_end_it_s08(self) -> None:
        c = self.answered()
        s = a_situation(c, NOON + MINUTE, bot=ASKING)
        for after in (
            contact_writes(c, NOON + MINUTE, "msg_2").conversation,
            hand_over(s, a_handover(a_rule())).conversation,
            claim(s, ANN.id, BY_ANN, EPISODE).conversation,
            resolve(s, BY_ANN).conversation,
        ):
            assert (after.follow_up_at, after.close_at) == (None, None)

    @pytest.mark.parametrize("settled", [True, False])
    def test_nobody_is_asked_who_is_content_or_where_nothing_is_set(
        self, settled: bool
    ) -> None:
        bot = ASKING if settled else BOT_BELLA
        assert self.answered(bot, settled=settled).follow_up_at is None
        assert self.answered(None).follow_up_at is None

    @pytest.mark.parametrize(
        "around",
        [
            {"bot": replace(ASKING, mode=BotMode.OFF)},
            {"bot": replace(ASKING, follow_ups=())},
            {"bot": None},
        ],
    )
    def test_a_bot_that_may_not_asks_nothing(self, around: dict[str, Bot]) -> None:
        outcome = follow_up(a_situation(self.answered(), NOON + HOUR, **around))
        assert kinds(outcome) == [EventType.FOLLOW_UPS_ENDED]
        assert outcome.conversation.follow_up_at is None

    def test_nothing_is_said_where_the_channel_takes_nothing(self) -> None:
        c = replace(self.answered(), window_closes_at=NOON + MINUTE)
        outcome = follow_up(a_situation(c, NOON + HOUR, bot=ASKING))
        assert effects_of(Say, outcome) == []

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("No thanks, not interested", True),
            ("Nein danke", True),
            ("please don’t contact me", True),
            ("What interest do you pay?", False),
            ("Thanks, and the price?", False),
        ],
    )
    def test_not_interested_is_understood(self, text: str, wanted: bool) -> None:
        assert declines(text) is wanted

    def test_a_silent_conversation_is_resolved_in_the_end(self) -> None:
        bot = replace(ASKING, follow_ups=TWO[:1], close_after=2 * HOUR)
        c = self.answered(bot)
        assert c.close_at == NOON + 2 * HOUR
        c = wake(a_situation(c, NOON + HOUR, bot=bot)).conversation
        assert c.close_at == NOON + 3 * HOUR
        assert kinds(wake(a_situation(c, NOON + 2 * HOUR, bot=bot))) == []
        closed = wake(a_situation(c, NOON + 3 * HOUR, bot=bot))
        assert kinds(closed) == [EventType.RESOLVED]
        assert due_at(closed.conversation) is None


class TestLimits:
    """Told by field."""

    def test_what_is_within_them_is_taken(self) -> None:
        check_follow_ups(TWO)

    @pytest.mark.parametrize(
        ("steps", "field"),
        [
            (TWO * 3, "follow_ups"),
            ((FollowUp(delay=timedelta(0), text="x"),), "follow_ups.0.delay_minutes"),
            ((FollowUp(delay=31 * DAY, text="x"),), "follow_ups.0.delay_minutes"),
            ((*TWO, FollowUp(delay=HOUR, text=" ")), "follow_ups.2.text"),
            ((FollowUp(delay=HOUR, text="x" * 2001),), "follow_ups.0.text"),
        ],
    )
    def test_what_is_not_is_refused(
        self, steps: tuple[FollowUp, ...], field: str
    ) -> None:
        with pytest.raises(InvalidField) as refused:
            check_follow_ups(steps)
        assert refused.value.field == field
