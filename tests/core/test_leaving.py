"""A bot leaves: told to stop, or for another bot; and never to and fro."""

from dataclasses import replace

import pytest

from stepaside.core.bot_settings import (
    Step,
    Transfer,
    Watchdog,
    check_leaving,
    past,
)
from stepaside.core.conversation import Control, Conversation, IllegalMove
from stepaside.core.effects import MessageKind, OpenEpisode, Say, SwitchBot
from stepaside.core.errors import InvalidField
from stepaside.core.events import BOT, EventType
from stepaside.core.ids import BotId
from stepaside.core.leaving import stop_bot, transfer
from stepaside.core.moves import contact_writes, resolve
from stepaside.core.policy import Cause, Decision, DecisionKind, Reading, decide
from stepaside.core.rules import HandoverRule, Scenario
from stepaside.core.schedule import due_at
from stepaside.core.signal import SignalName
from stepaside.core.terms import Returning, Terms
from stepaside.core.timers import wake
from tests.core.builders import (
    BOT_BELLA,
    BY_ANN,
    DAY,
    EPISODE,
    NEXT_EPISODE,
    NOON,
    PEOPLE,
    a_conversation,
    a_rule,
    a_signal,
    a_situation,
    effects_of,
    in_the_queue,
    only,
)

OTHER = BotId("bot_other")
POLITE = replace(BOT_BELLA, stop_message="I will be silent. Bye!")


class TestStopping:
    """Silent for the whole conversation, and nobody is chased."""

    WAITING = a_situation(a_conversation(waiting_since=NOON), bot=POLITE)

    def test_the_bot_is_silent_and_people_may_take_it(self) -> None:
        outcome = stop_bot(self.WAITING, "STOP", BOT, EPISODE)
        c = outcome.conversation
        assert (c.control, c.lease, c.resume_at) == (Control.QUEUE, 1, None)
        assert (c.waiting_since, c.reply_due_at, c.resolve_due_at) == (None,) * 3
        assert outcome.events[0].type is EventType.BOT_STOPPED
        assert outcome.events[0].data["words"] == "STOP"
        assert only(OpenEpisode, outcome).cause == Cause.STOPPED
        assert due_at(c) == NOON + DAY

    def test_only_people_give_it_back_to_the_bot(self) -> None:
        c = stop_bot(self.WAITING, "STOP", BOT, EPISODE).conversation
        to_bot = Terms(returning=Returning.BOT)
        settled = resolve(a_situation(c, terms=to_bot), BY_ANN).conversation
        assert settled.control is Control.QUEUE
        asked = contact_writes(c, NOON, "msg_2").conversation
        waiting = replace(asked, reply_missed=True, steps=past(Step.REASSIGN))
        waiting = replace(waiting, step_at=NOON)
        eager = replace(BOT_BELLA, watchdog=Watchdog(resume=True))
        woken = wake(a_situation(waiting, bot=eager))
        assert woken.conversation.control is Control.QUEUE
        assert effects_of(Say, woken) == []

    def test_it_says_one_last_thing_or_nothing(self) -> None:
        last = only(Say, stop_bot(self.WAITING, "STOP", BOT, EPISODE))
        assert (last.text, last.kind) == (POLITE.stop_message, MessageKind.FINAL)
        assert last.lease == 1
        for bot in (BOT_BELLA, None):
            mute = stop_bot(replace(self.WAITING, bot=bot), "STOP", BOT, EPISODE)
            assert effects_of(Say, mute) == []

    def test_with_people_it_stays_in_their_episode(self) -> None:
        outcome = stop_bot(a_situation(in_the_queue()), "STOP", BOT, NEXT_EPISODE)
        assert outcome.conversation.handover_id == EPISODE
        assert effects_of(OpenEpisode, outcome) == []


class TestTransfers:
    """Another bot answers what waits; the first one's draft is void."""

    def test_the_lease_grows_and_the_counts_begin_anew(self) -> None:
        c = a_conversation(failed_attempts=2, bot_messages=9, waiting_since=NOON)
        outcome = transfer(a_situation(c), OTHER, BOT, reason="r", evidence="loan")
        after = outcome.conversation
        assert (after.control, after.lease) == (Control.BOT, 1)
        assert (after.failed_attempts, after.bot_messages) == (0, 0)
        assert after.waiting_since == NOON
        assert only(SwitchBot, outcome).bot_id == OTHER
        assert outcome.events[0].data == {
            "from_bot_id": BOT_BELLA.id,
            "to_bot_id": OTHER,
            "reason": "r",
            "evidence": "loan",
        }

    def test_one_whose_bot_was_deleted_can_be_given_to_another(self) -> None:
        outcome = transfer(a_situation(bot=None), OTHER, BOT, reason="r")
        assert outcome.events[0].data["from_bot_id"] is None

    @pytest.mark.parametrize("conversation", PEOPLE)
    def test_while_people_have_control_it_is_refused(
        self, conversation: Conversation
    ) -> None:
        with pytest.raises(IllegalMove, match="hand back"):
            transfer(a_situation(conversation), OTHER, BOT, reason="r")


class TestDeciding:
    """A person on request goes before; everything else waits."""

    STOP = Reading(stop="please stop", failure="The model timed out.")
    PASS_ON = Reading(to_bot_id=OTHER, to_bot_words="a loan", failure="Broken.")

    def test_stop_is_silence_with_its_own_cause(self) -> None:
        found = _decide(self.STOP)
        assert (found.kind, found.cause) == (DecisionKind.SILENT, Cause.STOPPED)
        assert found.evidence == "please stop"

    def test_another_bots_subject_is_passed_on_even_when_this_one_is_broken(
        self,
    ) -> None:
        found = _decide(self.PASS_ON)
        assert (found.kind, found.to_bot_id) == (DecisionKind.TRANSFER, OTHER)
        assert found.evidence == "a loan"

    @pytest.mark.parametrize("reading", [STOP, PASS_ON])
    def test_who_asks_for_a_person_gets_one(self, reading: Reading) -> None:
        asks = (a_signal(SignalName.HUMAN_REQUESTED),)
        found = _decide(replace(reading, signals=asks))
        assert found.kind is DecisionKind.HAND_OVER

    @pytest.mark.parametrize("reading", [STOP, PASS_ON])
    def test_both_come_before_the_owners_own_conditions(self, reading: Reading) -> None:
        rule = a_rule(Scenario.CUSTOM)
        meets = replace(a_signal(SignalName.CUSTOM), rule_id=rule.id)
        both = replace(reading, signals=(meets,))
        assert _decide(both, rule).kind is not DecisionKind.HAND_OVER
        alone = Reading(signals=(meets,))
        assert _decide(alone, rule).kind is DecisionKind.HAND_OVER


def _decide(reading: Reading, *rules: HandoverRule) -> Decision:
    return decide(
        control=Control.BOT,
        bot=BOT_BELLA,
        bot_messages=0,
        failed_attempts=0,
        reading=reading,
        rules=[a_rule(), *rules],
    )


def _to(bot_id: BotId, phrase: str) -> Transfer:
    return Transfer(bot_id=bot_id, phrases=(phrase,))


class TestLimits:
    """Told by field."""

    def test_what_is_within_them_is_taken(self) -> None:
        loans = Transfer(bot_id=OTHER, phrases=("a loan",))
        check_leaving(("stop",), "Bye.", (loans,))
        check_leaving((), "", ())

    @pytest.mark.parametrize(
        ("phrases", "message", "transfers", "field"),
        [
            (("x",) * 51, "", (), "stop_phrases"),
            ((" ",), "", (), "stop_phrases"),
            ((), "x" * 2001, (), "stop_message"),
            ((), "", (Transfer(bot_id=OTHER),), "transfers.0.phrases"),
            (
                (),
                "",
                (Transfer(bot_id=OTHER, phrases=("x" * 501,)),),
                "transfers.0.phrases",
            ),
            ((), "", (Transfer(bot_id=OTHER, phrases=("x",)),) * 2, "transfers"),
            (
                (),
                "",
                tuple(
                    Transfer(bot_id=BotId(f"bot_{n}"), phrases=("x",))
                    for n in range(11)
                ),
                "transfers",
            ),
        ],
    )
    def test_what_is_not_is_refused(
        self,
        phrases: tuple[str, ...],
        message: str,
        transfers: tuple[Transfer, ...],
        field: str,
    ) -> None:
        with pytest.raises(InvalidField) as refused:
            check_leaving(phrases, message, transfers)
        assert refused.value.field == field
