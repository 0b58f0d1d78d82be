"""Deciding about a transcript that is stored nowhere: for trying and for measuring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from stepaside.bot import local
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.conversation import Control
from stepaside.core.ids import BotId, RuleId
from stepaside.core.policy import Asked, Decision, Reading, count_failures, decide
from stepaside.core.roster import Bot
from stepaside.core.rules import HandoverRule, Scenario, default_rule
from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors import attempt_failed
from stepaside.pipeline.thinking import read_signals, weigh

DEFAULT_RULES = tuple(
    replace(default_rule(RuleId(f"default-{scenario}"), scenario), enabled=True)
    for scenario in Scenario
    if scenario is not Scenario.CUSTOM
)
"""The three built-in rules with their defaults, switched on."""

_ANY_BOT = Bot(id=BotId("any"), name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What would be decided about the last thing the contact said.

    answer: what the bot would say; None where it would say nothing.
    scores: by signal, 0 to 1; 0.5 is where the default rules act.
    """

    decision: Decision
    signals: tuple[Signal, ...]
    answer: str | None
    scores: Mapping[str, float]


def decide_transcript(
    transcript: Sequence[Line],
    *,
    rules: Sequence[HandoverRule] = DEFAULT_RULES,
    index: KnowledgeIndex | None = None,
) -> Verdict:
    """Decide about the contact's last burst given everything before it.

    Stores nothing and calls nothing outside. Without knowledge (None) nothing is said
    about missing information; with an empty one everything is missing.

    Raises:
        ValueError: the contact says nothing in the transcript.
    """
    turn = last_turn(transcript)
    signals = read_signals(turn, rules)
    answer = None
    if index is not None:
        thought = weigh(turn, signals, local.draft(turn, index))
        signals, reading = thought.reading.signals, thought.reading
        answer = thought.draft.text if thought.draft else None
    else:
        reading = Reading(signals=signals)
    decision = decide(
        control=Control.BOT,
        bot=_ANY_BOT,
        bot_messages=0,
        failed_attempts=turn.failed_attempts,
        reading=reading,
        rules=[rule for rule in rules if rule.enabled],
        asked=asked_before(turn, rules, _ANY_BOT),
    )
    scores = _scores(signals, decision.failed_attempts, rules)
    return Verdict(decision=decision, signals=signals, answer=answer, scores=scores)


def asked_before(turn: Turn, rules: Sequence[HandoverRule], bot: Bot) -> Asked:
    """What the bot has asked about a person, as far as its own words show it."""
    said = [line.text for line in turn.history if line.author is Author.BOT]
    before = turn.previous_answer
    question = next(
        (r.clarifying_question for r in rules if r.clarifying_questions), ""
    )
    return Asked(
        offered=any(bot.offer_message in text for text in said),
        clarifying=bool(question and before and before.text == question),
    )


def last_turn(transcript: Sequence[Line]) -> Turn:
    """The contact's last burst, with the failures counted over the ones before it.

    Raises:
        ValueError: the contact says nothing in the transcript.
    """
    turns = bursts(transcript)
    if not turns:
        raise ValueError("the contact says nothing in the transcript")
    failed = 0
    for history, burst in turns[:-1]:
        failed = _failed_after(history, burst, failed)
    history, burst = turns[-1]
    if _people_since(history, turns):
        failed = 0
    return Turn(burst=burst, history=history, failed_attempts=failed)


def bursts(
    transcript: Sequence[Line],
) -> list[tuple[tuple[Line, ...], tuple[Line, ...]]]:
    """Each burst of the contact with everything before it, oldest first."""
    found = []
    seen: tuple[Line, ...] = ()
    for author, lines in groupby(transcript, key=lambda line: line.author):
        group = tuple(lines)
        if author is Author.CONTACT:
            found.append((seen, group))
        seen += group
    return found


def _failed_after(
    history: tuple[Line, ...], burst: tuple[Line, ...], before: int
) -> int:
    turn = Turn(burst=burst, history=history, failed_attempts=before)
    if turn.after_people:
        return 0
    return count_failures(before, Reading(signals=attempt_failed.detect(turn)))


def _people_since(
    history: tuple[Line, ...],
    turns: Sequence[tuple[tuple[Line, ...], tuple[Line, ...]]],
) -> bool:
    """Whether a person spoke between the last two bursts: then the count is new."""
    before = len(turns[-2][0]) + len(turns[-2][1]) if len(turns) > 1 else 0
    return any(line.author is Author.STAFF for line in history[before:])


def _scores(
    signals: Sequence[Signal], failed: int, rules: Sequence[HandoverRule]
) -> dict[str, float]:
    best = {
        name: max((s.score for s in signals if s.name is name), default=0.0)
        for name in SignalName
    }
    limit = next(
        (r.max_retries for r in rules if r.scenario is Scenario.FAILED_TO_RESOLVE), 2
    )
    attempt = best[SignalName.ATTEMPT_FAILED]
    # Below the limit the score says how near it is, and never reaches the threshold.
    resolve = attempt if failed > limit else min(0.49, attempt * failed / (limit + 1))
    return {
        "human_requested": round(best[SignalName.HUMAN_REQUESTED], 4),
        "lack_of_information": round(best[SignalName.LACK_OF_INFORMATION], 4),
        "failed_to_resolve": round(resolve, 4),
        "attempt_failed": round(attempt, 4),
    }
