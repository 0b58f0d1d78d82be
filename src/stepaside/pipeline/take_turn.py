"""Answering a burst: snapshot, think outside any transaction, lock, compare, save."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from stepaside import __version__
from stepaside.core import moves, policy
from stepaside.core.conversation import Control, Conversation
from stepaside.core.events import BOT
from stepaside.core.ids import DecisionId
from stepaside.core.outcome import Situation
from stepaside.core.policy import Decision, DecisionKind, Reading
from stepaside.core.roster import BotMode
from stepaside.core.rules import HandoverRule
from stepaside.pipeline.acting import act
from stepaside.pipeline.briefing import improve_brief
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.leaving_bot import with_wishes
from stepaside.pipeline.people import find_people
from stepaside.pipeline.runtime import Runtime, attempt_abreast, sweep_aside
from stepaside.pipeline.snapshot import Snapshot, read_snapshot
from stepaside.pipeline.thinking import Thought, think
from stepaside.store import messages
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
from stepaside.store.queue import defer_turn
from stepaside.store.save import save_outcome

VERSIONS: Final = {"stepaside": __version__, "policy": policy.VERSION}
_SWEEP: Final = "turns:sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """A burst that was decided."""

    decision_id: DecisionId
    decision: Decision


async def take_turn(
    rt: Runtime, account_id: str, conversation_id: str
) -> TurnTaken | None:
    """Answer the waiting burst once; None when there is nothing to answer now.

    Safe to call from anywhere at any time. While it thinks nothing is locked; when
    control or the burst have changed meanwhile, the thought is thrown away and the
    turn starts over with what is true now. A burst that goes on growing is answered
    as far as it was read, and the rest of it is the next turn.
    """
    before: tuple[Snapshot, str] | None = None
    while True:
        snapshot = await _begin(rt, account_id, conversation_id)
        if snapshot is None:
            return None
        if before:
            snapshot = snapshot.grown_from(*before)
        thought = await _think(rt, account_id, snapshot)
        taken = await _commit(rt, account_id, snapshot, thought)
        if taken:
            rt.turns.done(conversation_id)
            return taken
        before = snapshot, thought.reading.failure


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


async def answer_due_aside(rt: Runtime, limit: int = 100) -> int:
    """Start answering what is overdue in any account, and wait for none of it."""
    return sweep_aside(rt, _SWEEP, answer_due, limit)


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


async def _begin(rt: Runtime, account_id: str, conversation_id: str) -> Snapshot | None:
    async with rt.db.transaction(account_id) as tx:
        now = rt.now()
        conversation = await begin_thinking(
            tx, conversation_id, now, now + rt.limits.thinking
        )
        return await read_snapshot(tx, conversation) if conversation else None


async def _think(rt: Runtime, account_id: str, snapshot: Snapshot) -> Thought:
    bot = snapshot.bot
    if bot is None or bot.mode is BotMode.OFF or not snapshot.burst:
        return Thought(reading=Reading())
    at = snapshot.knowledge_version
    load = partial(rt.indexes.get, rt.db, account_id, bot.id, at)
    thought = await think(
        rt, snapshot.turn, snapshot.rules, load, failure=snapshot.failure
    )
    wishes = await with_wishes(thought.reading, snapshot.turn, bot, snapshot.transfers)
    return replace(thought, reading=wishes)


async def _commit(
    rt: Runtime, account_id: str, snapshot: Snapshot, thought: Thought
) -> TurnTaken | None:
    """Save the turn, unless what it was thought about is no longer so."""
    async with rt.db.transaction(account_id) as tx:
        now = rt.now()
        conversation = await lock_conversation(tx, snapshot.conversation.id)
        waiting = await messages.awaiting_bot(tx, conversation.id)
        if snapshot.is_void(conversation.state.lease, waiting):
            await _start_over(rt, tx, conversation, bool(waiting))
            return None
        unread = {m: at for m, at in waiting.items() if m not in snapshot.read}
        snapshot = replace(snapshot, unread=unread)
        situation = await load_situation(tx, conversation, now)
        decision = _decide(situation, thought.reading, snapshot.rules)
        if decision.kind is DecisionKind.HAND_OVER:
            situation = await find_people(
                tx, situation, decision.rule, snapshot.turn.text
            )
        outcome = moves.record_decision(conversation.state, now, BOT, decision)
        turn_outcome = act(snapshot, thought, decision, outcome, situation)
        passed_on = decision.kind is DecisionKind.TRANSFER
        mark = TurnMark(settled=not passed_on and not unread)
        saved = await save_outcome(tx, conversation, turn_outcome, now, mark)
        decision_id = await insert_decision(
            tx,
            conversation_id=conversation.id,
            message_ids=snapshot.read,
            lease=conversation.state.lease,
            decision=decision,
            signals=thought.reading.signals,
            versions=VERSIONS,
            at=now,
        )
        if passed_on:
            await stop_thinking(tx, conversation.id)
            return None
        if unread:
            await _leave_unread(rt, tx, snapshot, turn_outcome.conversation)
    deliver_soon(rt, account_id, saved.streams)
    _sum_up_soon(rt, account_id, conversation.id, decision)
    if unread:
        rt.background.spawn(take_turn(rt, account_id, conversation.id))
    return TurnTaken(decision_id=decision_id, decision=decision)


def _decide(s: Situation, reading: Reading, rules: Sequence[HandoverRule]) -> Decision:
    c = s.conversation
    return policy.decide(
        control=c.control,
        bot=s.bot,
        bot_messages=c.bot_messages,
        failed_attempts=c.failed_attempts,
        reading=reading,
        rules=rules,
        asked=policy.Asked(offered=c.offered, clarifying=c.clarifying),
    )


async def _leave_unread(
    rt: Runtime, tx: Tx, snapshot: Snapshot, left: Conversation
) -> None:
    """What came while it was thought about is the next turn, or is for people."""
    now = rt.now()
    if left.control is not Control.BOT:
        await record_silence(tx, left, tuple(snapshot.unread), now)
        return
    await messages.settle_messages(tx, snapshot.read)
    await stop_thinking(tx, left.id)
    await defer_turn(tx, left.id, now + rt.limits.net)


async def record_silence(
    tx: Tx, state: Conversation, message_ids: Sequence[str], at: datetime
) -> None:
    """People have control: these messages never reach a detector or the bot."""
    silent = Decision(
        kind=DecisionKind.SILENT,
        reason="People have control.",
        failed_attempts=state.failed_attempts,
    )
    await insert_decision(
        tx,
        conversation_id=state.id,
        message_ids=message_ids,
        lease=state.lease,
        decision=silent,
        signals=(),
        versions=VERSIONS,
        at=at,
    )


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
