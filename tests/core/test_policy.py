"""The policy: who wins when several things speak for a person, and how often to try."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import compress, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.conversation import Control
from stepaside.core.ids import RuleId
from stepaside.core.policy import (
    OFFERS_AT,
    Asked,
    Cause,
    Decision,
    DecisionKind,
    Reading,
    count_failures,
    decide,
    without_an_answer,
)
from stepaside.core.roster import Bot, BotMode
from stepaside.core.rules import HandoverRule, Scenario
from stepaside.core.signal import Signal, SignalName
from tests.core.builders import BOT_BELLA, a_reading, a_rule, a_signal

HUMAN, LACK, FAILED, SOLVED, NEW_TOPIC = (
    SignalName.HUMAN_REQUESTED,
    SignalName.LACK_OF_INFORMATION,
    SignalName.ATTEMPT_FAILED,
    SignalName.SOLVED,
    SignalName.NEW_TOPIC,
)
LOAN_RULE = a_rule(Scenario.CUSTOM)
ALL_RULES = [a_rule(s) for s in Scenario]
LOAN = a_signal(SignalName.CUSTOM, rule_id=LOAN_RULE.id)
REPLY, HAND_OVER, SILENT = (
    DecisionKind.REPLY,
    DecisionKind.HAND_OVER,
    DecisionKind.SILENT,
)

OFFER = DecisionKind.OFFER
NEVER_OFFERS = replace(BOT_BELLA, offers_person=False)


def decided(
    reading: Reading,
    rules: Sequence[HandoverRule] = tuple(ALL_RULES),
    bot: Bot | None = BOT_BELLA,
    **changes: Any,
) -> Decision:
    """A decision about Cy's turn with the bot in control."""
    plain: dict[str, Any] = {"control": Control.BOT, "bot_messages": 0}
    plain["failed_attempts"] = 0
    return decide(bot=bot, reading=reading, rules=rules, **plain | changes)


def retrying(times: int) -> list[HandoverRule]:
    """The one rule about failures, with so many retries."""
    return [a_rule(Scenario.FAILED_TO_RESOLVE, max_retries=times)]


def failures(rules: Sequence[HandoverRule], turns: int) -> list[DecisionKind]:
    """What is decided when so many turns in a row show that it did not help."""
    found, count = [], 0
    for _ in range(turns):
        decision = decided(a_reading(FAILED), rules, failed_attempts=count)
        count = decision.failed_attempts
        found.append(decision.kind)
    return found


class TestEachReason:
    """One reason at a time."""

    def test_with_nothing_found_the_bot_replies(self) -> None:
        decision = decided(a_reading())
        assert (decision.kind, decision.cause) == (REPLY, None)
        assert decision.reason == "Nothing speaks for a person."

    @pytest.mark.parametrize(
        ("signal", "cause"),
        [(HUMAN, Cause.HUMAN_REQUESTED), (LACK, Cause.LACK_OF_INFORMATION)],
    )
    def test_a_signal_with_its_rule_hands_over(
        self, signal: SignalName, cause: Cause
    ) -> None:
        decision = decided(a_reading(signal))
        assert (decision.kind, decision.cause) == (HAND_OVER, cause)
        assert decision.rule == a_rule(Scenario(cause))
        assert decision.reason == f"{signal} because."
        assert decision.evidence == f"{signal} seen"

    @pytest.mark.parametrize("signal", [HUMAN, LACK, FAILED])
    def test_without_a_rule_for_it_the_bot_replies(self, signal: SignalName) -> None:
        assert decided(a_reading(signal), rules=[]).kind is REPLY

    @pytest.mark.parametrize("name", [HUMAN, LACK, FAILED])
    def test_a_weak_signal_changes_nothing(self, name: SignalName) -> None:
        weak = Reading(signals=(a_signal(name, score=0.49),))
        decision = decided(weak, [*retrying(0), *ALL_RULES], NEVER_OFFERS)
        assert (decision.kind, decision.failed_attempts) == (REPLY, 0)

    def test_the_strongest_signal_gives_the_evidence(self) -> None:
        weaker = a_signal(HUMAN, score=0.6, evidence="a person?")
        stronger = a_signal(HUMAN, score=0.9, evidence="HUMAN PLEASE")
        for signals in [(weaker, stronger), (stronger, weaker)]:
            assert decided(Reading(signals=signals)).evidence == "HUMAN PLEASE"

    def test_a_custom_rule_fires_on_its_own_signal(self) -> None:
        decision = decided(Reading(signals=(LOAN,)))
        assert (decision.cause, decision.rule) == (Cause.CUSTOM, LOAN_RULE)
        assert decision.evidence == LOAN.evidence

    def test_a_custom_rule_does_not_fire_on_another_rules_signal(self) -> None:
        other = replace(LOAN, rule_id=RuleId("rul_other"))
        assert decided(Reading(signals=(other,))).kind is REPLY

    def test_a_custom_rule_does_not_fire_on_a_weak_signal(self) -> None:
        assert decided(Reading(signals=(replace(LOAN, score=0.4),))).kind is REPLY

    def test_the_first_of_two_custom_rules_whose_conditions_hold_fires(self) -> None:
        second = replace(LOAN_RULE, id=RuleId("rul_second"))
        signals = (replace(LOAN, rule_id=second.id), LOAN)
        decision = decided(Reading(signals=signals), [LOAN_RULE, second])
        assert decision.rule == LOAN_RULE
        assert decided(Reading(signals=signals), [second]).rule == second

    def test_a_broken_bot_is_a_handover_without_a_rule(self) -> None:
        decision = decided(a_reading(failure="The model timed out."), rules=[])
        assert (decision.kind, decision.cause) == (HAND_OVER, Cause.BOT_ERROR)
        assert (decision.reason, decision.rule) == ("The model timed out.", None)

    def test_a_bot_that_promises_a_person_hands_over_s14(self) -> None:
        decision = decided(Reading(promise="I will transfer you."), rules=[])
        assert (decision.kind, decision.cause) == (HAND_OVER, Cause.PROMISED)
        assert "“I will transfer you.”" in decision.reason

    @pytest.mark.parametrize(
        ("bot", "reason"),
        [
            (None, "The bot was switched off or deleted."),
            (replace(BOT_BELLA, mode=BotMode.OFF), "The bot was switched off or dele"),
            (replace(BOT_BELLA, mode=BotMode.SUGGEST), "The bot only drafts for staf"),
        ],
        ids=["deleted", "off", "suggest"],
    )
    def test_a_bot_that_cannot_answer_is_a_handover_s70(
        self, bot: Bot | None, reason: str
    ) -> None:
        decision = decided(a_reading(), rules=[], bot=bot)
        assert (decision.kind, decision.cause) == (HAND_OVER, Cause.BOT_UNAVAILABLE)
        assert decision.reason.startswith(reason)

    @pytest.mark.parametrize(
        ("sent", "kind"), [(74, REPLY), (75, HAND_OVER), (76, HAND_OVER)]
    )
    def test_a_bot_talks_no_more_than_it_may(
        self, sent: int, kind: DecisionKind
    ) -> None:
        decision = decided(a_reading(), bot_messages=sent)
        assert decision.kind is kind
        assert decision.cause is (Cause.MESSAGE_LIMIT if kind is HAND_OVER else None)
        assert (str(sent) in decision.reason) is (kind is HAND_OVER)


class TestPeopleHaveControl:
    """Then nothing whatever makes the bot speak, or hand over again (S10, S21)."""

    @pytest.mark.parametrize("control", [Control.QUEUE, Control.HUMAN])
    @pytest.mark.parametrize("bot", [BOT_BELLA, None], ids=["a bot", "no bot"])
    @pytest.mark.parametrize("failure", ["", "The model timed out."])
    def test_the_bot_is_silent_and_the_count_stays(
        self, control: Control, bot: Bot | None, failure: str
    ) -> None:
        decision = decided(
            a_reading(HUMAN, LACK, FAILED, failure=failure),
            bot=bot,
            control=control,
            failed_attempts=2,
            bot_messages=75,
        )
        assert (decision.kind, decision.cause) == (SILENT, None)
        assert decision.reason == "People have control."
        assert decision.failed_attempts == 2


class TestRetries:
    """The first answer, and at most so many further attempts."""

    @pytest.mark.parametrize(
        ("retries", "kinds"),
        [
            (0, [HAND_OVER]),
            (1, [REPLY, HAND_OVER]),
            (2, [REPLY, REPLY, HAND_OVER]),
        ],
    )
    def test_the_failure_after_the_last_retry_hands_over(
        self, retries: int, kinds: list[DecisionKind]
    ) -> None:
        assert failures(retrying(retries), len(kinds)) == kinds

    def test_the_handover_says_how_often_and_by_which_rule(self) -> None:
        for before, words in [(0, "Once"), (1, "Twice"), (2, "3 times")]:
            rules = retrying(before)
            decision = decided(a_reading(FAILED), rules, failed_attempts=before)
            assert decision.cause is Cause.FAILED_TO_RESOLVE
            assert decision.rule == rules[0]
            assert decision.reason == f"{words} in a row the answer did not help."
            assert decision.evidence == "attempt_failed seen"
            assert decision.failed_attempts == before + 1

    def test_an_attempt_within_the_retries_says_how_many_are_left(self) -> None:
        first = decided(a_reading(FAILED), retrying(2))
        second = decided(a_reading(FAILED), retrying(2), failed_attempts=1)
        assert "2 more before a person" in first.reason
        assert "1 more before a person" in second.reason
        assert first.evidence == "attempt_failed seen"

    def test_missing_knowledge_does_not_cut_the_attempts_short(self) -> None:
        both = a_reading(FAILED, LACK)
        assert decided(both, bot=NEVER_OFFERS).kind is REPLY
        assert decided(both, failed_attempts=2).cause is Cause.FAILED_TO_RESOLVE

    def test_missing_knowledge_hands_over_where_no_rule_counts_failures(self) -> None:
        decision = decided(a_reading(FAILED, LACK), [a_rule(Scenario(LACK))])
        assert decision.cause is Cause.LACK_OF_INFORMATION

    def test_a_neutral_turn_after_too_many_failures_does_not_hand_over(self) -> None:
        decision = decided(a_reading(), retrying(0), failed_attempts=5)
        assert (decision.kind, decision.failed_attempts) == (REPLY, 5)

    def test_failures_are_counted_where_no_rule_asks_for_it(self) -> None:
        assert decided(a_reading(FAILED), rules=[]).failed_attempts == 1

    @pytest.mark.parametrize(
        ("names", "before", "after"),
        [
            ((), 2, 2),
            ((LACK,), 2, 2),
            ((SOLVED,), 2, 0),
            ((NEW_TOPIC,), 2, 0),
            ((SOLVED, NEW_TOPIC), 1, 0),
            ((FAILED,), 0, 1),
            ((FAILED, SOLVED), 1, 2),
            ((FAILED, NEW_TOPIC), 1, 2),
        ],
        ids=str,
    )
    def test_solved_or_new_resets_neutral_keeps_and_a_failure_counts(
        self, names: tuple[SignalName, ...], before: int, after: int
    ) -> None:
        assert count_failures(before, a_reading(*names)) == after
        decision = decided(a_reading(*names), rules=[], failed_attempts=before)
        assert decision.failed_attempts == after

    def test_after_a_reset_the_attempts_start_anew(self) -> None:
        count = decided(a_reading(SOLVED), retrying(2), failed_attempts=2)
        again = decided(
            a_reading(FAILED), retrying(2), failed_attempts=count.failed_attempts
        )
        assert (again.kind, again.failed_attempts) == (REPLY, 1)

    def test_a_handover_for_another_reason_keeps_the_count(self) -> None:
        decision = decided(a_reading(HUMAN, FAILED), failed_attempts=1)
        assert decision.cause is Cause.HUMAN_REQUESTED
        assert decision.failed_attempts == 2


PRIORITY = [
    Cause.BOT_UNAVAILABLE,
    Cause.HUMAN_REQUESTED,
    Cause.CUSTOM,
    Cause.FAILED_TO_RESOLVE,
    Cause.BOT_ERROR,
    Cause.PROMISED,
    Cause.MESSAGE_LIMIT,
    Cause.LACK_OF_INFORMATION,
]
"""First come, first served: the order the policy promises, written down again."""


def with_causes(causes: set[Cause]) -> Decision:
    """The decision when exactly these reasons are there, failures out of retries."""
    signals: list[Signal] = []
    signals += [a_signal(HUMAN)] * (Cause.HUMAN_REQUESTED in causes)
    signals += [LOAN] * (Cause.CUSTOM in causes)
    signals += [a_signal(FAILED)] * (Cause.FAILED_TO_RESOLVE in causes)
    signals += [a_signal(LACK)] * (Cause.LACK_OF_INFORMATION in causes)
    reading = Reading(
        signals=tuple(signals),
        failure="Broken." * (Cause.BOT_ERROR in causes),
        promise="I will transfer you." * (Cause.PROMISED in causes),
    )
    return decided(
        reading,
        bot=None if Cause.BOT_UNAVAILABLE in causes else BOT_BELLA,
        bot_messages=75 if Cause.MESSAGE_LIMIT in causes else 0,
        failed_attempts=2,
    )


class TestPriorities:
    """Every combination of reasons, and the one that is told."""

    def test_the_first_reason_in_the_order_wins(self) -> None:
        for present in product([False, True], repeat=len(PRIORITY)):
            causes = [*compress(PRIORITY, present)]
            decision = with_causes(set(causes))
            assert (causes, decision.cause) == (causes, next(iter(causes), None))
            assert decision.kind is (HAND_OVER if causes else REPLY)

    def test_a_request_for_a_person_survives_a_broken_model(self) -> None:
        decision = decided(a_reading(HUMAN, failure="The model timed out."))
        assert decision.cause is Cause.HUMAN_REQUESTED
        assert decision.rule == a_rule(Scenario.HUMAN_REQUESTED)

    def test_while_a_model_is_down_the_owners_rules_still_decide(self) -> None:
        down = "The model timed out."
        condition = decided(Reading(signals=(LOAN,), failure=down))
        assert (condition.cause, condition.rule) == (Cause.CUSTOM, LOAN_RULE)
        third = decided(a_reading(FAILED, failure=down), failed_attempts=2)
        assert third.cause is Cause.FAILED_TO_RESOLVE
        assert third.rule == a_rule(Scenario.FAILED_TO_RESOLVE)

    def test_a_further_attempt_is_not_owed_by_a_bot_that_cannot_make_it(self) -> None:
        decision = decided(a_reading(FAILED, failure="The model timed out."))
        assert (decision.kind, decision.cause) == (HAND_OVER, Cause.BOT_ERROR)
        assert decision.failed_attempts == 1

    def test_the_order_of_the_rules_does_not_matter(self) -> None:
        signals = (*map(a_signal, [LACK, FAILED, HUMAN]), LOAN)
        everything = Reading(signals=signals)
        for rules in [ALL_RULES, ALL_RULES[::-1]]:
            assert decided(everything, rules).cause is Cause.HUMAN_REQUESTED


SIGNALS = st.builds(
    Signal,
    name=st.sampled_from(SignalName),
    score=st.floats(0, 1),
    rule_id=st.sampled_from([None, LOAN_RULE.id]),
    reason=st.just("Because."),
)
READINGS = st.builds(
    Reading,
    signals=st.lists(SIGNALS, max_size=6).map(tuple),
    failure=st.sampled_from(["", "Broken."]),
    promise=st.sampled_from(["", "I will transfer you."]),
)
BOTS = st.sampled_from([None, *(replace(BOT_BELLA, mode=m) for m in BotMode)])
RULES = st.lists(st.sampled_from(ALL_RULES), unique=True)
COUNTS = st.tuples(st.integers(0, 90), st.integers(0, 5))


class TestAnything:
    """Whatever a detector says."""

    @given(st.sampled_from(Control), READINGS, RULES, BOTS, COUNTS)
    def test_every_decision_is_told_and_fits_who_has_control(
        self,
        control: Control,
        reading: Reading,
        rules: list[HandoverRule],
        bot: Bot | None,
        counts: tuple[int, int],
    ) -> None:
        sent, failed = counts
        decision = decided(
            reading,
            rules,
            bot,
            control=control,
            bot_messages=sent,
            failed_attempts=failed,
        )
        assert decision.reason
        assert (decision.kind is SILENT) == (control is not Control.BOT)
        assert (decision.cause is not None) == (decision.kind is HAND_OVER)
        assert decision.rule is None or decision.rule in rules
        assert decision.failed_attempts in {0, failed, failed + 1}
        if decision.kind is REPLY:
            assert bot is not None
            assert bot.mode is BotMode.AUTO
            assert sent < bot.max_messages
            assert not reading.failure
            assert not reading.promise


class TestOffer:
    """A doubtful answer offers a person, once in a conversation."""

    @pytest.mark.parametrize("score", [OFFERS_AT, 0.49])
    def test_who_may_want_a_person_is_offered_one(self, score: float) -> None:
        doubt = Reading(signals=(a_signal(HUMAN, score=score),))
        assert decided(doubt).kind is OFFER

    def test_below_that_nothing_is_offered(self) -> None:
        calm = Reading(signals=(a_signal(HUMAN, score=OFFERS_AT - 0.01),))
        assert decided(calm).kind is REPLY

    def test_the_last_attempt_comes_with_an_offer(self) -> None:
        rules = [*retrying(2), a_rule(Scenario.HUMAN_REQUESTED)]
        kinds = [
            decided(a_reading(FAILED), rules, failed_attempts=n).kind for n in range(3)
        ]
        assert kinds == [REPLY, OFFER, HAND_OVER]

    def test_missing_knowledge_without_a_rule_for_it_comes_with_an_offer(self) -> None:
        decision = decided(a_reading(LACK), [a_rule(Scenario.HUMAN_REQUESTED)])
        assert decision.kind is OFFER
        assert "knowledge" in decision.reason

    @pytest.mark.parametrize(
        "never",
        [
            {"asked": Asked(offered=True)},
            {"bot": NEVER_OFFERS},
            {"bot": None},
            {"rules": retrying(1)},
        ],
    )
    def test_it_is_not_made_twice_nor_in_vain_nor_unwanted(
        self, never: dict[str, Any]
    ) -> None:
        doubt = Reading(signals=(a_signal(HUMAN, score=0.4),))
        assert decided(doubt, **never).kind is not OFFER


class TestClarifying:
    """If so set, one question is asked before a person is given."""

    ASKS_FIRST = (a_rule(Scenario.HUMAN_REQUESTED, clarifying_questions=1),)
    PENDING = Asked(clarifying=True)

    def test_the_question_is_asked_first(self) -> None:
        decision = decided(a_reading(HUMAN), self.ASKS_FIRST)
        assert (decision.kind, decision.clarifies) == (REPLY, True)
        assert decision.evidence

    @pytest.mark.parametrize("names", [(), (HUMAN,), (FAILED,), (HUMAN, SOLVED)])
    def test_whatever_is_answered_a_person_is_given(
        self, names: tuple[SignalName, ...]
    ) -> None:
        decision = decided(a_reading(*names), self.ASKS_FIRST, asked=self.PENDING)
        assert (decision.kind, decision.cause) == (HAND_OVER, Cause.HUMAN_REQUESTED)

    def test_who_is_settled_needs_nobody_any_more(self) -> None:
        decision = decided(a_reading(SOLVED), self.ASKS_FIRST, asked=self.PENDING)
        assert decision.kind is REPLY

    def test_a_broken_bot_asks_nothing(self) -> None:
        broken = replace(a_reading(HUMAN), failure="The bot is down.")
        assert decided(broken, self.ASKS_FIRST).kind is HAND_OVER

    def test_by_default_nothing_is_asked(self) -> None:
        assert decided(a_reading(HUMAN)).kind is HAND_OVER

    def test_who_never_answers_it_gets_the_person_they_asked_for(self) -> None:
        decision = without_an_answer(self.ASKS_FIRST, 1)
        assert (decision.kind, decision.cause) == (HAND_OVER, Cause.HUMAN_REQUESTED)
        assert decision.rule in self.ASKS_FIRST
        assert decision.failed_attempts == 1

    def test_also_where_no_rule_is_left(self) -> None:
        decision = without_an_answer((), 0)
        assert (decision.kind, decision.rule) == (HAND_OVER, None)
