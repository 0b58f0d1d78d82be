"""What a decided turn comes to: a reply, a handover, another bot, or nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, assert_never

from stepaside.core import moves
from stepaside.core.effects import MessageKind, Say
from stepaside.core.events import BOT
from stepaside.core.following import declines, silence_begins
from stepaside.core.ids import BotId, HandoverId
from stepaside.core.leaving import stop_bot, transfer
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.plan import Handover, hand_over
from stepaside.core.policy import Cause, Decision, DecisionKind
from stepaside.core.roster import BotMode
from stepaside.core.signal import SignalName
from stepaside.pipeline.snapshot import Snapshot
from stepaside.pipeline.thinking import Thought, quoted, words_of
from stepaside.store.ids import new_id


def act(
    snapshot: Snapshot,
    thought: Thought,
    decision: Decision,
    decided: Outcome,
    situation: Situation,
) -> Outcome:
    """Carry a decision out on what was recorded of it. Pure but for new ids."""
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


def _silence(snapshot: Snapshot, thought: Thought, s: Situation) -> dict[str, Any]:
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


def _suggestion(snapshot: Snapshot, thought: Thought, handed: Outcome) -> Iterator[Say]:
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
