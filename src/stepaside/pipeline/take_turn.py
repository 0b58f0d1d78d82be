"""Answering a burst: snapshot, think outside any transaction, lock, compare, save."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final, assert_never

from stepaside import __version__
from stepaside.core import moves, policy
from stepaside.core.bot_settings import Transfer
from stepaside.core.effects import MessageKind, Say
from stepaside.core.events import BOT
from stepaside.core.following import declines, silence_begins
from stepaside.core.ids import BotId, DecisionId, HandoverId
from stepaside.core.leaving import stop_bot, transfer
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.plan import Handover, hand_over
from stepaside.core.policy import Cause, Decision, DecisionKind, Reading
from stepaside.core.roster import Bot, BotMode
from stepaside.core.rules import HandoverRule, effective_rules
from stepaside.core.signal import SignalName
from stepaside.core.turn import Line, Turn
from stepaside.pipeline.briefing import improve_brief
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.leaving_bot import open_transfers, with_wishes
from stepaside.pipeline.people import find_people
from stepaside.pipeline.runtime import Runtime, attempt_abreast
from stepaside.pipeline.thinking import Thought, quoted, think, under_rules, words_of
from stepaside.store import messages
from stepaside.store.bots import find_stored_bot
from stepaside.store.conversations import (
    StoredConversation,
    TurnMark,
    begin_thinking,
    clear_turn,
    find_conversation,
    load_situation,
    lock_conversation,
    stop_thinking,
)
from stepaside.store.database import Tx
from stepaside.store.decisions import find_decision_about, insert_decision
from stepaside.store.ids import new_id
from stepaside.store.messages import Message
from stepaside.store.queue import defer_turn
from stepaside.store.rules import list_rules
from stepaside.store.save import save_outcome
from stepaside.store.workflows import overrides

VERSIONS: Final = {"stepaside": __version__, "policy": policy.VERSION}


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """A burst that was decided."""

    decision_id: DecisionId
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """What a turn was thought about with. Void once lease or burst have changed."""

    conversation: StoredConversation
    burst: tuple[Message, ...]
    turn: Turn
    bot: Bot | None
    rules: tuple[HandoverRule, ...]
    knowledge_version: int
    transfers: tuple[Transfer, ...] = ()

    @property
    def burst_ids(self) -> frozenset[str]:
        return frozenset(message.id for message in self.burst)


async def take_turn(
    rt: Runtime, account_id: str, conversation_id: str
) -> TurnTaken | None:
    """Answer the waiting burst once; None when there is nothing to answer now.

    Safe to call from anywhere at any time. While it thinks nothing is locked; when
    control or the burst have changed meanwhile, the thought is thrown away and the
    turn starts over with what is true now.
    """
    while True:
        snapshot = await _begin(rt, account_id, conversation_id)
        if snapshot is None:
            return None
        thought = await _think(rt, account_id, snapshot)
        taken = await _commit(rt, account_id, snapshot, thought)
        if taken:
            rt.turns.done(conversation_id)
            return taken


async def answer_or_wait(rt: Runtime, account_id: str, conversation_id: str) -> None:
    """What a worker does about a burst: answer it, or look again when it may.

    It may not while another process thinks about it. If that process has died, its
    mark lapses, and this is who comes back for the burst.
    """
    await take_turn(rt, account_id, conversation_id)
    async with rt.db.transaction(account_id) as tx:
        left = await find_conversation(tx, conversation_id)
        if left.turn_due_at:
            later = max(left.turn_due_at, left.thinking_until or left.turn_due_at)
            soonest = rt.now() + timedelta(milliseconds=200)
            await defer_turn(tx, left.id, max(later, soonest))


async def answer_due(rt: Runtime, limit: int = 100) -> int:
    """Answer bursts that are overdue, in any account; how many were found.

    The net under the net: finds what lost both its process and its job.
    """
    async with rt.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT * FROM unanswered_conversations(%s, %s)",
            (rt.now() - rt.limits.net, limit),
        )
        rows = await cursor.fetchall()
    works = (take_turn(rt, row["account_id"], row["id"]) for row in rows)
    await attempt_abreast(rt.lanes.of("turns"), works)
    return len(rows)


async def wait_for_turn(
    rt: Runtime, account_id: str, conversation_id: str, message_id: str, seconds: float
) -> DecisionId | None:
    """The decision about a message once there is one; None when the time is over.

    Decisions of this process are seen at once, those of others within half a second.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        settled = rt.turns.expect(conversation_id)
        async with rt.db.transaction(account_id) as tx:
            found = await find_decision_about(tx, message_id)
        left = deadline - loop.time()
        if found or left <= 0:
            return found.id if found else None
        await settled.wait(min(left, 0.5))


async def _begin(
    rt: Runtime, account_id: str, conversation_id: str
) -> _Snapshot | None:
    async with rt.db.transaction(account_id) as tx:
        now = rt.now()
        conversation = await begin_thinking(
            tx, conversation_id, now, now + rt.limits.thinking
        )
        return await _read(tx, conversation) if conversation else None


async def _read(tx: Tx, conversation: StoredConversation) -> _Snapshot:
    said = [m for m in await messages.transcript(tx, conversation.id) if not m.private]
    burst = tuple(m for m in said if m.awaits_bot)
    stored = await find_stored_bot(tx, conversation.bot_id)
    bot = stored.bot if stored else None
    rules = await list_rules(tx, bot.id) if bot else ()
    laid = await overrides(tx, conversation.workflow_id)
    rules = effective_rules(rules, laid)
    return _Snapshot(
        conversation=conversation,
        burst=burst,
        turn=under_rules(
            Turn(
                burst=tuple(m.line for m in burst),
                history=_history(said),
                failed_attempts=conversation.state.failed_attempts,
                account_id=tx.account_id,
                bot=bot,
            ),
            rules,
        ),
        bot=bot,
        rules=rules,
        knowledge_version=stored.knowledge_version if stored else 0,
        transfers=await open_transfers(tx, bot, conversation.left_bots),
    )


def _history(said: list[Message]) -> tuple[Line, ...]:
    """What had been said. A message the contact never saw was not said."""
    unseen = (messages.MessageState.DROPPED, messages.MessageState.FAILED)
    return tuple(m.line for m in said if not m.awaits_bot and m.state not in unseen)


async def _think(rt: Runtime, account_id: str, snapshot: _Snapshot) -> Thought:
    bot = snapshot.bot
    if bot is None or bot.mode is BotMode.OFF or not snapshot.burst:
        return Thought(reading=Reading())
    at = snapshot.knowledge_version
    load = partial(rt.indexes.get, rt.db, account_id, bot.id, at)
    thought = await think(rt, snapshot.turn, snapshot.rules, load)
    wishes = await with_wishes(thought.reading, snapshot.turn, bot, snapshot.transfers)
    return replace(thought, reading=wishes)


async def _commit(
    rt: Runtime, account_id: str, snapshot: _Snapshot, thought: Thought
) -> TurnTaken | None:
    """Save the turn, unless what it was thought about is no longer so."""
    async with rt.db.transaction(account_id) as tx:
        now = rt.now()
        conversation = await lock_conversation(tx, snapshot.conversation.id)
        waiting = await messages.awaiting_bot(tx, conversation.id)
        moved = conversation.state.lease != snapshot.conversation.state.lease
        if moved or waiting != snapshot.burst_ids or not waiting:
            await _start_over(rt, tx, conversation, bool(waiting))
            return None
        situation = await load_situation(tx, conversation, now)
        decision = policy.decide(
            control=conversation.state.control,
            bot=situation.bot,
            bot_messages=conversation.state.bot_messages,
            failed_attempts=conversation.state.failed_attempts,
            reading=thought.reading,
            rules=snapshot.rules,
            asked=policy.Asked(
                offered=conversation.state.offered,
                clarifying=conversation.state.clarifying,
            ),
        )
        if decision.kind is DecisionKind.HAND_OVER:
            situation = await find_people(
                tx, situation, decision.rule, snapshot.turn.text
            )
        outcome = moves.record_decision(conversation.state, now, BOT, decision)
        turn_outcome = _act(snapshot, thought, decision, outcome, situation)
        passed_on = decision.kind is DecisionKind.TRANSFER
        saved = await save_outcome(
            tx, conversation, turn_outcome, now, TurnMark(settled=not passed_on)
        )
        decision_id = await insert_decision(
            tx,
            conversation_id=conversation.id,
            message_ids=[message.id for message in snapshot.burst],
            lease=conversation.state.lease,
            decision=decision,
            signals=thought.reading.signals,
            versions=VERSIONS,
            at=now,
        )
        if passed_on:
            await stop_thinking(tx, conversation.id)
            return None
    deliver_soon(rt, account_id, saved.streams)
    _sum_up_soon(rt, account_id, conversation.id, decision)
    return TurnTaken(decision_id=decision_id, decision=decision)


def _sum_up_soon(
    rt: Runtime, account_id: str, conversation_id: str, decision: Decision
) -> None:
    if rt.summarise and decision.kind is DecisionKind.HAND_OVER:
        rt.background.spawn(improve_brief(rt, account_id, conversation_id))


async def _start_over(
    rt: Runtime, tx: Tx, conversation: StoredConversation, waiting: bool
) -> None:
    """Leave the turn to whoever comes next, or to nobody when none is left."""
    if waiting:
        await stop_thinking(tx, conversation.id)
        await defer_turn(tx, conversation.id, rt.now() + rt.limits.net)
    else:
        await clear_turn(tx, conversation.id)


def _act(
    snapshot: _Snapshot,
    thought: Thought,
    decision: Decision,
    decided: Outcome,
    situation: Situation,
) -> Outcome:
    now, key = situation.now, snapshot.burst[-1].id
    after = replace(situation, conversation=decided.conversation)
    match decision.kind:
        case DecisionKind.REPLY | DecisionKind.OFFER:
            reply = Say(
                key=f"reply:{key}",
                text=words_of(thought, decision, snapshot.bot),
                kind=MessageKind.REPLY,
                lease=decided.conversation.lease,
                item_ids=quoted(thought, decision),
            )
            return moves.bot_replies(
                decided, now, BOT, 1, _silence(snapshot, thought, situation)
            ).also(reply)
        case DecisionKind.HAND_OVER:
            handover = Handover(
                id=HandoverId(new_id("handover")),
                decision=decision,
                actor=BOT,
                lines=(*snapshot.turn.history, *snapshot.turn.burst),
                trigger_message_id=key,
            )
            handed = decided.followed_by(hand_over(after, handover))
            return handed.also(*_suggestion(snapshot, thought, handed))
        case DecisionKind.TRANSFER:
            return decided.followed_by(_passed_on(after, decision))
        case DecisionKind.SILENT if decision.cause is Cause.STOPPED:
            episode = HandoverId(new_id("handover"))
            stopped = stop_bot(after, decision.evidence, BOT, episode)
            return decided.followed_by(stopped)
        case DecisionKind.SILENT:
            return decided
        case _:
            assert_never(decision.kind)


def _silence(snapshot: _Snapshot, thought: Thought, s: Situation) -> dict[str, Any]:
    """When the bot asks again, if the contact says nothing more."""
    content = thought.reading.of(SignalName.SOLVED) is not None
    return silence_begins(s, settled=content or declines(snapshot.turn.text))


def _passed_on(s: Situation, decision: Decision) -> Outcome:
    to = BotId(str(decision.to_bot_id))
    return transfer(s, to, BOT, reason=decision.reason, evidence=decision.evidence)


def _suggestion(
    snapshot: _Snapshot, thought: Thought, handed: Outcome
) -> Iterator[Say]:
    """What a bot that only suggests would have said, as a note for the staff."""
    suggests = snapshot.bot is not None and snapshot.bot.mode is BotMode.SUGGEST
    if suggests and thought.draft and thought.draft.text:
        yield Say(
            key=f"suggestion:{snapshot.burst[-1].id}",
            text=thought.draft.text,
            kind=MessageKind.NOTE,
            lease=handed.conversation.lease,
            item_ids=thought.draft.item_ids,
        )
