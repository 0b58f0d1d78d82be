"""Answering a burst: snapshot, think outside any transaction, lock, compare, save."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, assert_never

from stepaside import __version__
from stepaside.core import moves, policy
from stepaside.core.bot_settings import Transfer
from stepaside.core.conversation import Control, Conversation
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
from stepaside.core.turn import Turn
from stepaside.models.text import ends
from stepaside.pipeline.briefing import improve_brief
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.leaving_bot import open_transfers, with_wishes
from stepaside.pipeline.people import find_people
from stepaside.pipeline.runtime import Runtime, attempt_abreast, sweep_aside
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
_SWEEP: Final = "turns:sweep"
MOST: Final = 200
"""Messages of one burst that are thought about; of more, the first and the last."""
GROWTHS: Final = 2
"""How often a turn starts over because the contact wrote more. Then it is decided about
what was read: somebody who writes faster than the bot thinks is answered too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """A burst that was decided."""

    decision_id: DecisionId
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """What a turn was thought about with. Void once lease or burst have changed.

    read: the ids of all that waited, in the order of the transcript, with what lies
        between the first and the last messages of a very long burst.
    unread: what came since and is left to the next turn, by id: since when.
    growths: how often this burst was thought about before it had grown to this.
    failure: why the bot could not answer it then; it is not asked once more.
    """

    conversation: StoredConversation
    burst: tuple[Message, ...]
    read: tuple[str, ...]
    turn: Turn
    bot: Bot | None
    rules: tuple[HandoverRule, ...]
    knowledge_version: int
    transfers: tuple[Transfer, ...] = ()
    unread: Mapping[str, datetime] = field(default_factory=dict)
    growths: int = 0
    failure: str = ""

    @property
    def lease(self) -> int:
        return self.conversation.state.lease

    def is_void(self, lease: int, waiting: Iterable[str]) -> bool:
        """Whether control has moved or the burst changed.

        That it only grew is accepted in the end, or nobody would ever be answered.
        """
        now, read = set(waiting), set(self.read)
        if lease != self.lease or not read or not read <= now:
            return True
        in_the_end = self.growths >= GROWTHS or bool(self.failure)
        return read != now and not in_the_end

    def grown_from(self, before: "_Snapshot", failure: str) -> "_Snapshot":
        """The same, knowing what came of thinking about it when it was shorter."""
        if self.lease != before.lease or not set(before.read) <= set(self.read):
            return self
        return replace(self, growths=before.growths + 1, failure=failure)


async def take_turn(
    rt: Runtime, account_id: str, conversation_id: str
) -> TurnTaken | None:
    """Answer the waiting burst once; None when there is nothing to answer now.

    Safe to call from anywhere at any time. While it thinks nothing is locked; when
    control or the burst have changed meanwhile, the thought is thrown away and the
    turn starts over with what is true now. A burst that goes on growing is answered
    as far as it was read, and the rest of it is the next turn.
    """
    before: tuple[_Snapshot, str] | None = None
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
    read = tuple(await messages.awaiting_bot(tx, conversation.id))
    burst = await messages.find_messages(tx, ends(read, MOST))
    heard = await messages.heard_so_far(tx, conversation.id)
    stored = await find_stored_bot(tx, conversation.bot_id)
    bot = stored.bot if stored else None
    rules = await list_rules(tx, bot.id) if bot else ()
    laid = await overrides(tx, conversation.workflow_id)
    rules = effective_rules(rules, laid)
    return _Snapshot(
        conversation=conversation,
        burst=burst,
        read=read,
        turn=under_rules(
            Turn(
                burst=tuple(m.line for m in burst),
                history=tuple(m.line for m in heard),
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


async def _think(rt: Runtime, account_id: str, snapshot: _Snapshot) -> Thought:
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
    rt: Runtime, account_id: str, snapshot: _Snapshot, thought: Thought
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
        turn_outcome = _act(snapshot, thought, decision, outcome, situation)
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
    rt: Runtime, tx: Tx, snapshot: _Snapshot, left: Conversation
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
    """When the bot asks again, if the contact says nothing more.

    Where they have written more already, they go on waiting instead.
    """
    if snapshot.unread:
        return {"waiting_since": min(snapshot.unread.values())}
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
