"""Talking to a configuration that nobody has saved: nothing is stored, nothing sent.

The same reading, the same decision and the same plan as for a real contact, over a
situation that exists only here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.bot_settings import Transfer
from stepaside.core.conversation import Control, Conversation
from stepaside.core.effects import MessageKind, Say
from stepaside.core.events import BOT
from stepaside.core.ids import ConversationId, HandoverId
from stepaside.core.leaving import stop_bot
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.plan import Handover, hand_over
from stepaside.core.policy import Cause, Decision, DecisionKind, Reading, decide
from stepaside.core.roster import Bot, BotMode, Contact, Roster
from stepaside.core.rules import HandoverRule
from stepaside.core.signal import Signal
from stepaside.core.terms import Terms
from stepaside.core.turn import Author, Line
from stepaside.pipeline.decide_once import asked_before, bursts, last_turn
from stepaside.pipeline.leaving_bot import with_wishes
from stepaside.pipeline.runtime import Runtime
from stepaside.pipeline.thinking import Thought, quoted, think, under_rules, words_of
from stepaside.store.accounts import get_account
from stepaside.store.routing import with_choice

MOST_LINES = 500
"""Lines of one trial, so that nobody keeps a server busy with one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A configuration to be tried, and the world it is tried in.

    bot: whatever its mode says, it is tried as if it answered by itself.
    rules: those in force: switched on, a workflow's overrides laid over them.
    transfers: the other bots this one may give the conversation to.
    knowledge_version: of the bot's stored knowledge, which is what it answers from.
    """

    bot: Bot
    rules: Sequence[HandoverRule]
    knowledge_version: int
    contact: Contact
    roster: Roster
    transfers: Sequence[Transfer] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What would have become of one burst.

    said: the burst, as the contact wrote it.
    answer: what the contact would read; empty where nothing would be said.
    item_ids: the articles the answer quotes.
    outcome: the handover in full, with all its effects; None where none starts.
    control: who would have control afterwards.
    """

    said: tuple[Line, ...]
    decision: Decision
    signals: tuple[Signal, ...]
    answer: str
    item_ids: tuple[str, ...] = ()
    outcome: Outcome | None = None
    control: Control


async def try_turn(
    rt: Runtime,
    account_id: str,
    trial: Trial,
    transcript: Sequence[Line],
    *,
    control: Control = Control.BOT,
) -> Tried:
    """Say what would become of the contact's last burst.

    transcript: everything said, the oldest first.
    control: who has control before it; people are not interrupted.
    Raises:
        ValueError: the contact says nothing in the transcript.
    """
    turn = replace(last_turn(transcript), account_id=account_id, bot=trial.bot)
    turn = under_rules(turn, trial.rules)
    thought = Thought(reading=Reading())
    if control is Control.BOT:
        load = partial(_index, rt, account_id, trial)
        thought = await think(rt, turn, trial.rules, load)
        wishes = await with_wishes(thought.reading, turn, trial.bot, trial.transfers)
        thought = replace(thought, reading=wishes)
    bot = replace(trial.bot, mode=BotMode.AUTO)
    decision = decide(
        control=control,
        bot=bot,
        bot_messages=_said_by_bot(transcript),
        failed_attempts=turn.failed_attempts,
        reading=thought.reading,
        rules=trial.rules,
        asked=asked_before(turn, trial.rules, bot),
    )
    tried = Tried(
        said=turn.burst,
        decision=decision,
        signals=thought.reading.signals,
        answer="",
        control=control,
    )
    match decision.kind:
        case DecisionKind.HAND_OVER:
            lines = (*turn.history, *turn.burst)
            situation = await _situation(rt, account_id, trial, decision)
            return _handed_over(tried, situation, lines)
        case DecisionKind.SILENT if decision.cause is Cause.STOPPED:
            situation = await _situation(rt, account_id, trial, decision)
            return _stopped(tried, situation)
        case DecisionKind.SILENT | DecisionKind.TRANSFER:
            return tried
        case DecisionKind.REPLY | DecisionKind.OFFER:
            said = words_of(thought, decision, bot)
            return replace(tried, answer=said, item_ids=quoted(thought, decision))
        case _:
            assert_never(decision.kind)


async def try_transcript(
    rt: Runtime, account_id: str, trial: Trial, transcript: Sequence[Line]
) -> list[Tried]:
    """Say what would become of every burst of a transcript, one after the other.

    Where the transcript holds no answer of a bot or of staff, each line of the contact
    is a burst of its own, and the bot's answers of today stand between them.
    """
    spoken = any(line.author is not Author.CONTACT for line in transcript)
    if spoken:
        upto = [(*before, *burst) for before, burst in bursts(transcript)]
        return await _try_each(rt, account_id, trial, upto)
    found: list[Tried] = []
    said: list[Line] = []
    control = Control.BOT
    for line in transcript:
        said.append(line)
        tried = await try_turn(rt, account_id, trial, said, control=control)
        found.append(tried)
        control = tried.control
        said += lines_of(tried)
    return found


def lines_of(tried: Tried) -> list[Line]:
    """What the contact would have read in answer."""
    return [Line(author=Author.BOT, text=tried.answer)] if tried.answer else []


async def _try_each(
    rt: Runtime, account_id: str, trial: Trial, upto: Sequence[Sequence[Line]]
) -> list[Tried]:
    found: list[Tried] = []
    control = Control.BOT
    for said in upto:
        tried = await try_turn(rt, account_id, trial, said, control=control)
        found.append(tried)
        control = tried.control
    return found


async def _index(rt: Runtime, account_id: str, trial: Trial) -> KnowledgeIndex:
    at = trial.knowledge_version
    return await rt.indexes.get(rt.db, account_id, trial.bot.id, at)


def _said_by_bot(transcript: Sequence[Line]) -> int:
    """Answers since a person last spoke, as the bot's own count goes."""
    said = 0
    for line in transcript:
        said = 0 if line.author is Author.STAFF else said + (line.author is Author.BOT)
    return said


async def _situation(
    rt: Runtime, account_id: str, trial: Trial, decision: Decision
) -> Situation:
    """A conversation that exists only here, and everybody who could get it now."""
    now = rt.now()
    async with rt.db.transaction(account_id) as tx:
        situation = Situation(
            conversation=Conversation(id=ConversationId("trial"), last_contact_at=now),
            contact=trial.contact,
            bot=replace(trial.bot, mode=BotMode.AUTO),
            roster=trial.roster,
            now=now,
            terms=Terms(hours=(await get_account(tx)).hours),
        )
        rule = decision.rule
        return await with_choice(tx, situation, rule) if rule else situation


def _stopped(tried: Tried, situation: Situation) -> Tried:
    """The bot's last words, and silence from then on."""
    words = tried.decision.evidence
    outcome = stop_bot(situation, words, BOT, HandoverId("trial"))
    return replace(tried, answer=_finals(outcome), control=outcome.conversation.control)


def _handed_over(tried: Tried, situation: Situation, lines: tuple[Line, ...]) -> Tried:
    handover = Handover(
        id=HandoverId("trial"), decision=tried.decision, actor=BOT, lines=lines
    )
    outcome = hand_over(situation, handover)
    return replace(
        tried,
        answer=_finals(outcome),
        outcome=outcome,
        control=outcome.conversation.control,
    )


def _finals(outcome: Outcome) -> str:
    """What the bot says last."""
    return "\n".join(
        effect.text
        for effect in outcome.effects
        if isinstance(effect, Say) and effect.kind is MessageKind.FINAL
    )
