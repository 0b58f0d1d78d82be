"""The one place that decides what the bot does with a turn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from stepaside.core.conversation import Control
from stepaside.core.ids import BotId, RuleId
from stepaside.core.roster import Bot, BotMode
from stepaside.core.rules import HandoverRule, Scenario
from stepaside.core.signal import Signal, SignalName

VERSION: Final = "policy/3"

OFFERS_AT: Final = 0.3
"""From this score on a request for a person is likely enough to offer one."""


class DecisionKind(StrEnum):
    """What happens with a turn."""

    REPLY = "reply"
    OFFER = "offer"
    HAND_OVER = "hand_over"
    TRANSFER = "transfer"
    """Another bot answers."""
    SILENT = "silent"


class Cause(StrEnum):
    """Why people have control: a rule's scenario, or what else led there."""

    HUMAN_REQUESTED = "human_requested"
    LACK_OF_INFORMATION = "lack_of_information"
    FAILED_TO_RESOLVE = "failed_to_resolve"
    CUSTOM = "custom"
    BOT_ERROR = "bot_error"
    BOT_UNAVAILABLE = "bot_unavailable"
    """The bot was switched off or deleted while it had conversations."""
    MESSAGE_LIMIT = "message_limit"
    PROMISED = "promised"
    """The bot's own words promised a person, so a person it is."""
    MANUAL = "manual"
    TAKEOVER = "takeover"
    PAUSE = "pause"
    RETURNED = "returned"
    """The contact came back to who had it last."""
    STOPPED = "stopped"
    """The contact told the bot to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with a turn, and why, in words for staff.

    rule: the handover rule that fired; None where none did.
    failed_attempts: answers in a row that have failed, this turn included.
    to_bot_id: the bot that gets it; None where it is no transfer.
    clarifies: the reply is the one question asked before a person is given.
    """

    kind: DecisionKind
    reason: str
    cause: Cause | None = None
    rule: HandoverRule | None = None
    evidence: str = ""
    failed_attempts: int = 0
    to_bot_id: BotId | None = None
    clarifies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the bot has asked the contact about a person.

    offered: a person was offered in this conversation; it happens once.
    clarifying: the contact asked for a person and was asked what it is about.
    """

    offered: bool = False
    clarifying: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found out about a turn before anything was decided.

    signals: every detector's finding; at most one `custom` per rule.
    failure: why nothing could be found out (a broken model); empty when it could.
    promise: the words of the drafted answer that promise a person; empty when none
        do. Words without the action would leave the contact waiting for nobody.
    stop: the words with which the contact told the bot to stop; empty when none did.
    to_bot_id: the bot whose subject this is; None: this one's.
    to_bot_words: what of the contact's words says so.
    """

    signals: tuple[Signal, ...] = ()
    failure: str = ""
    promise: str = ""
    stop: str = ""
    to_bot_id: BotId | None = None
    to_bot_words: str = ""

    def of(self, name: SignalName) -> Signal | None:
        """The strongest signal of that name, if it acts."""
        found = [s for s in self.signals if s.name is name and s.acts]
        return max(found, key=lambda s: s.score, default=None)

    def custom(self, rule_id: RuleId) -> Signal | None:
        """The signal of one custom rule, if it acts."""
        mine = (s for s in self.signals if s.rule_id == rule_id and s.acts)
        return next(mine, None)


def decide(
    *,
    control: Control,
    bot: Bot | None,
    bot_messages: int,
    failed_attempts: int,
    reading: Reading,
    rules: Sequence[HandoverRule],
    asked: Asked = Asked(),
) -> Decision:
    """Decide one turn. Pure; every way out carries its reason.

    control: who has control at the moment of deciding, not of reading.
    bot: None when it was deleted.
    bot_messages: replies since the bot last got control, or since the contact came back
        to what was resolved.
    failed_attempts: failures in a row before this turn.
    rules: the enabled ones, workflow overrides laid over them.

    First a bot that is gone or answers nobody. Then the contact's wishes: a person when
    asked for, silence when the bot is told to stop, another bot for its subject. Then
    the owner's own conditions and the count of failures; then what forbids the bot to
    answer (it failed, it promised a person, it has said enough). A failed answer that
    is owed a further attempt gets it before missing knowledge counts. So a handover
    that the owner has a rule for goes by that rule, also while a model is down. What is
    left is answered, and where it is doubtful a person is offered besides, once.
    """
    if control is not Control.BOT:
        return Decision(
            kind=DecisionKind.SILENT,
            reason="People have control.",
            failed_attempts=failed_attempts,
        )
    case = _Case(
        bot=bot,
        bot_messages=bot_messages,
        count=count_failures(failed_attempts, reading),
        reading=reading,
        rules=rules,
        asked=asked,
    )
    found = next(
        _candidates(case),
        Decision(kind=DecisionKind.REPLY, reason="Nothing speaks for a person."),
    )
    return replace(_offering(found, case), failed_attempts=case.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One turn as `decide` was told it; `count` is the failures, this turn included."""

    bot: Bot | None
    bot_messages: int
    count: int
    reading: Reading
    rules: Sequence[HandoverRule]
    asked: Asked


def count_failures(before: int, reading: Reading) -> int:
    """The failures in a row after this turn.

    A failure counts one. Solved or a new topic resets. A neutral turn does neither.
    A turn that shows both ("thanks, but it still fails") counts as a failure.
    """
    if reading.of(SignalName.ATTEMPT_FAILED):
        return before + 1
    if reading.of(SignalName.SOLVED) or reading.of(SignalName.NEW_TOPIC):
        return 0
    return before


def _candidates(case: _Case) -> Iterator[Decision]:
    reading, rules = case.reading, case.rules
    yield from _nobody_to_answer(case.bot)
    yield from _human_requested(reading, rules, case.asked)
    yield from _stopped(reading)
    yield from _transferred(reading)
    yield from _custom(reading, rules)
    yield from _failed_to_resolve(case.count, reading, rules)
    yield from _broken(reading)
    yield from _promised(reading)
    yield from _too_many_messages(case.bot, case.bot_messages)
    yield from _further_attempt(case.count, reading, rules)
    yield from _lack_of_information(reading, rules)


def _nobody_to_answer(bot: Bot | None) -> Iterator[Decision]:
    if bot is None or bot.mode is BotMode.OFF:
        reason = "The bot was switched off or deleted."
        yield _hand_over(Cause.BOT_UNAVAILABLE, reason, None)
    elif bot.mode is BotMode.SUGGEST:
        reason = "The bot only drafts for staff."
        yield _hand_over(Cause.BOT_UNAVAILABLE, reason, None)


def _human_requested(
    reading: Reading, rules: Sequence[HandoverRule], asked: Asked
) -> Iterator[Decision]:
    signal = reading.of(SignalName.HUMAN_REQUESTED)
    settled = not signal and reading.of(SignalName.SOLVED)
    for rule in _rules_for(rules, Scenario.HUMAN_REQUESTED):
        if asked.clarifying and not settled:
            reason = "The contact asked for a person and was asked what it is about."
            yield _hand_over(Cause.HUMAN_REQUESTED, reason, rule, signal)
        elif signal and rule.clarifying_questions and not reading.failure:
            yield Decision(
                kind=DecisionKind.REPLY,
                reason=f"{signal.reason} One question is asked first; without an "
                "answer a person is given all the same.",
                rule=rule,
                evidence=signal.evidence,
                clarifies=True,
            )
        elif signal:
            yield _hand_over(Cause.HUMAN_REQUESTED, signal.reason, rule, signal)


def without_an_answer(rules: Sequence[HandoverRule], failed_attempts: int) -> Decision:
    """Give the person that was asked for: the one question was never answered.

    Also where the rule was switched off meanwhile: the question said it would happen.
    """
    rule = next(iter(_rules_for(rules, Scenario.HUMAN_REQUESTED)), None)
    reason = "The contact asked for a person and did not say what it is about."
    asked = _hand_over(Cause.HUMAN_REQUESTED, reason, rule)
    return replace(asked, failed_attempts=failed_attempts)


def _stopped(reading: Reading) -> Iterator[Decision]:
    if reading.stop:
        yield Decision(
            kind=DecisionKind.SILENT,
            cause=Cause.STOPPED,
            reason="The contact told the bot to stop.",
            evidence=reading.stop,
        )


def _transferred(reading: Reading) -> Iterator[Decision]:
    if reading.to_bot_id:
        yield Decision(
            kind=DecisionKind.TRANSFER,
            reason="This is the subject of another bot.",
            evidence=reading.to_bot_words,
            to_bot_id=reading.to_bot_id,
        )


def _custom(reading: Reading, rules: Sequence[HandoverRule]) -> Iterator[Decision]:
    for rule in _rules_for(rules, Scenario.CUSTOM):
        signal = reading.custom(rule.id)
        if signal:
            yield _hand_over(Cause.CUSTOM, signal.reason, rule, signal)


def _failed_to_resolve(
    count: int, reading: Reading, rules: Sequence[HandoverRule]
) -> Iterator[Decision]:
    signal = reading.of(SignalName.ATTEMPT_FAILED)
    for rule in _rules_for(rules, Scenario.FAILED_TO_RESOLVE):
        if signal and count > rule.max_retries:
            reason = f"{_times(count)} in a row the answer did not help."
            yield _hand_over(Cause.FAILED_TO_RESOLVE, reason, rule, signal)


def _broken(reading: Reading) -> Iterator[Decision]:
    if reading.failure:
        yield _hand_over(Cause.BOT_ERROR, reading.failure, None)


def _promised(reading: Reading) -> Iterator[Decision]:
    if reading.promise:
        reason = f"The bot's answer promised a person: “{reading.promise}”"
        yield _hand_over(Cause.PROMISED, reason, None)


def _too_many_messages(bot: Bot | None, sent: int) -> Iterator[Decision]:
    if bot and sent >= bot.max_messages:
        yield _hand_over(
            Cause.MESSAGE_LIMIT,
            f"The bot has sent {sent} messages, as many as it may.",
            None,
        )


def _further_attempt(
    count: int, reading: Reading, rules: Sequence[HandoverRule]
) -> Iterator[Decision]:
    """Owe a further attempt, before missing knowledge may hand over."""
    signal = reading.of(SignalName.ATTEMPT_FAILED)
    for rule in _rules_for(rules, Scenario.FAILED_TO_RESOLVE):
        if signal:
            left = rule.max_retries + 1 - count
            yield Decision(
                kind=DecisionKind.REPLY,
                reason=f"The answer did not help; {left} more before a person.",
                evidence=signal.evidence,
            )


def _lack_of_information(
    reading: Reading, rules: Sequence[HandoverRule]
) -> Iterator[Decision]:
    signal = reading.of(SignalName.LACK_OF_INFORMATION)
    for rule in _rules_for(rules, Scenario.LACK_OF_INFORMATION):
        if signal:
            yield _hand_over(Cause.LACK_OF_INFORMATION, signal.reason, rule, signal)


def _rules_for(
    rules: Sequence[HandoverRule], scenario: Scenario
) -> Iterable[HandoverRule]:
    return (rule for rule in rules if rule.scenario is scenario)


def _hand_over(
    cause: Cause,
    reason: str,
    rule: HandoverRule | None,
    signal: Signal | None = None,
) -> Decision:
    return Decision(
        kind=DecisionKind.HAND_OVER,
        cause=cause,
        reason=reason,
        rule=rule,
        evidence=signal.evidence if signal else "",
    )


def _offering(found: Decision, case: _Case) -> Decision:
    """Offer a person beside a doubtful answer, where asking gets the contact one.

    Once in a conversation, unless the bot's owner does not want it.
    """
    may = case.bot is not None and case.bot.offers_person and not case.asked.offered
    gets_one = any(_rules_for(case.rules, Scenario.HUMAN_REQUESTED))
    answers = found.kind is DecisionKind.REPLY and not found.clarifies
    why = _why_offer(case) if may and gets_one and answers else ""
    return replace(found, kind=DecisionKind.OFFER, reason=why) if why else found


def _why_offer(case: _Case) -> str:
    """What makes the answer doubtful, in words for staff; empty when nothing does."""
    reading = case.reading
    asks = (s.score for s in reading.signals if s.name is SignalName.HUMAN_REQUESTED)
    if max(asks, default=0.0) >= OFFERS_AT:
        return "The contact may want a person; one is offered."
    counting = _rules_for(case.rules, Scenario.FAILED_TO_RESOLVE)
    last = any(case.count == rule.max_retries for rule in counting)
    if last and reading.of(SignalName.ATTEMPT_FAILED):
        return "It is the last attempt; a person is offered besides."
    if reading.of(SignalName.LACK_OF_INFORMATION):
        return "The knowledge does not answer it; a person is offered."
    return ""


def _times(count: int) -> str:
    return {1: "Once", 2: "Twice"}.get(count, f"{count} times")
