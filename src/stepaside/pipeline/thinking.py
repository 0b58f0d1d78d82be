"""Finding out about a turn, outside any transaction: detectors and the bot's draft."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from stepaside.bot import lines
from stepaside.bot.draft import BotFailure, BotStopped, Draft
from stepaside.bot.guard import promised_person
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.opinion import second_opinions
from stepaside.core.policy import Decision, DecisionKind, Reading
from stepaside.core.roster import Bot, BotMode
from stepaside.core.rules import HandoverRule, Scenario
from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Turn
from stepaside.detectors import (
    attempt_failed,
    custom,
    human_requested,
    lack_of_information,
)
from stepaside.pipeline.runtime import Runtime

log = structlog.get_logger(__name__)


LONG: Final = 1000
"""Characters of a burst that is read in a thread. A shorter one that is plain at once
takes a millisecond, sooner than a thread would get its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """What was found out. `draft` is None when the bot failed or was not asked."""

    reading: Reading
    draft: Draft | None = None


async def think(
    rt: Runtime,
    turn: Turn,
    rules: Sequence[HandoverRule],
    load_index: Callable[[], Awaitable[KnowledgeIndex]],
    *,
    failure: str = "",
) -> Thought:
    """Read a turn and draft an answer; whatever is broken is a finding, not an error.

    The detectors work without the bot, so that somebody who asks for a person gets
    one however broken the bot is, and however slow.

    failure: why the bot could not answer this turn a moment ago, when less had been
        said; it is only read then.
    """
    signals: tuple[Signal, ...] = ()
    try:
        signals = await _read(turn, rules)
        if failure or _gets_person_at_once(turn, rules, signals):
            return Thought(reading=Reading(signals=signals, failure=failure))
        draft = await _draft(rt, turn, load_index)
        return weigh(turn, signals, draft)
    except Exception as error:  # noqa: BLE001 - people take over from any failure
        log.warning("bot_failed", error=repr(error))
        return Thought(reading=Reading(signals=signals, failure=_failure(error)))


def under_rules(turn: Turn, rules: Sequence[HandoverRule]) -> Turn:
    """The turn with what the rules in force say about it."""
    return replace(
        turn,
        person_on_request=any(r.scenario is Scenario.HUMAN_REQUESTED for r in rules),
        conditions={r.id: r.trigger_condition for r in rules if r.trigger_condition},
    )


def _gets_person_at_once(
    turn: Turn, rules: Sequence[HandoverRule], signals: tuple[Signal, ...]
) -> bool:
    """Whether the contact asks for a person and no draft could change who answers.

    One that is asked first what it is about is not meant; and a bot that only suggests
    drafts for staff all the same.
    """
    suggests = turn.bot is not None and turn.bot.mode is BotMode.SUGGEST
    at_once = any(
        rule.scenario is Scenario.HUMAN_REQUESTED and not rule.clarifying_questions
        for rule in rules
    )
    asked = Reading(signals=signals).of(SignalName.HUMAN_REQUESTED)
    return at_once and not suggests and asked is not None


def _failure(error: Exception) -> str:
    if isinstance(error, BotFailure):
        return str(error)
    if isinstance(error, TimeoutError):
        return "The bot took too long to answer."
    return f"The bot could not answer ({type(error).__name__})."


async def _read(turn: Turn, rules: Sequence[HandoverRule]) -> tuple[Signal, ...]:
    if _is_quick(turn, rules):
        return read_signals(turn, rules)
    return await asyncio.to_thread(read_signals, turn, rules)


def _is_quick(turn: Turn, rules: Sequence[HandoverRule]) -> bool:
    """Whether reading takes a millisecond: nothing is compared by its meaning."""
    if len(turn.text) >= LONG or turn.history:
        return False
    if any(rule.scenario is Scenario.CUSTOM for rule in rules):
        return False
    return not human_requested.in_doubt(turn)


def weigh(turn: Turn, signals: tuple[Signal, ...], draft: Draft) -> Thought:
    """Add what the draft itself tells: missing knowledge, a promise of a person.

    A draft that quotes no article but has something to say is small talk, which needs
    no knowledge. A bot that judged by itself whether its answer stands in the
    knowledge is not asked twice.
    """
    signals = second_opinions(signals, draft.signals)
    lack = [s for s in draft.signals if s.name is SignalName.LACK_OF_INFORMATION]
    small_talk = draft.text is not None and not draft.item_ids
    if not small_talk and not lack:
        found = [(p.item.title, p.text, p.score) for p in draft.passages]
        best = draft.passages[0] if draft.passages else None
        near, sentence = (best.near, best.sentence) if best else (None, "")
        lack = [
            lack_of_information.detect(turn.text, found, near=near, sentence=sentence)
        ]
    signals = (*signals, *lack)
    cited = [x.item for x in draft.passages if x.item.id in draft.item_ids]
    quoted = [f"{x.title}\n{x.text}" for x in cited]
    promise = promised_person(draft.text, quoted) if draft.text else ""
    return Thought(reading=Reading(signals=signals, promise=promise), draft=draft)


def read_signals(turn: Turn, rules: Sequence[HandoverRule]) -> tuple[Signal, ...]:
    """What the detectors find in the contact's own words."""
    asked = [r for r in rules if r.scenario is Scenario.HUMAN_REQUESTED]
    phrases = [phrase for rule in asked for phrase in rule.example_phrases]
    return (
        human_requested.detect(turn, phrases),
        *attempt_failed.detect(turn),
        *(
            custom.detect(
                turn, rule.trigger_condition or "", rule.example_phrases, rule.id
            )
            for rule in rules
            if rule.scenario is Scenario.CUSTOM
        ),
    )


def words_of(thought: Thought, decision: Decision, bot: Bot | None) -> str:
    """What the bot says when it answers, offers a person, or asks before it does."""
    if decision.clarifies and decision.rule:
        return decision.rule.clarifying_question
    answer = _answer(thought)
    if decision.kind is DecisionKind.OFFER and bot:
        return f"{answer}\n\n{bot.offer_message}"
    return answer


def quoted(thought: Thought, decision: Decision) -> tuple[str, ...]:
    """The articles that these words quote."""
    return thought.draft.item_ids if thought.draft and not decision.clarifies else ()


def _answer(thought: Thought) -> str:
    """The draft, or why there is none."""
    if thought.draft and thought.draft.text:
        return thought.draft.text
    if thought.reading.of(SignalName.ATTEMPT_FAILED):
        return lines.TRY_ANOTHER_WAY
    return lines.NO_ANSWER


async def _draft(
    rt: Runtime, turn: Turn, load_index: Callable[[], Awaitable[KnowledgeIndex]]
) -> Draft:
    """Ask the bot, again after a failure, within the time limit for all tries.

    Knowledge that must be read first takes of the same time. A wait that would outlast
    the time is not waited: people are told at once.
    """
    clock = asyncio.get_running_loop().time
    seconds = rt.limits.answering.total_seconds()
    until = clock() + seconds
    failure: Exception = TimeoutError()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            index = await load_index()
            for attempt in range(1, rt.limits.brain_tries + 1):
                try:
                    return await rt.brain(turn, index)
                except BotStopped:
                    raise
                except Exception as error:  # noqa: BLE001 - tried again below
                    failure, name = error, type(error).__name__
                    log.info("bot_try_failed", attempt=attempt, error=name)
                wait = _wait(rt, attempt, failure)
                if attempt == rt.limits.brain_tries or clock() + wait > until:
                    break
                await rt.sleep(wait)
    raise failure


def _wait(rt: Runtime, attempt: int, failure: Exception) -> float:
    """Seconds until the next try: longer each time, and as long as is asked for."""
    backoff = rt.limits.brain_backoff * (1 << attempt - 1) * (1 - rt.jitter() / 2)
    asked = failure.wait if isinstance(failure, BotFailure) else 0.0
    return max(backoff.total_seconds(), asked)
