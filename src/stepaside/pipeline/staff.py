"""What people may do to a conversation, from the desk, the API or anywhere else.

Every function locks the conversation, asks the core, and saves in one commit. A
refusal of the core reaches the caller unchanged, and then nothing was changed.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from stepaside.core import dispatch, leaving, moves
from stepaside.core.effects import MessageKind
from stepaside.core.errors import InvalidField
from stepaside.core.events import Actor
from stepaside.core.ids import BotId, HandoverId, MessageId, RuleId, StaffId, TeamId
from stepaside.core.mentions import add_note
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.pauses import Resume
from stepaside.core.plan import Handover
from stepaside.core.plan import hand_over as plan_handover
from stepaside.core.policy import Cause, Decision, DecisionKind
from stepaside.core.rules import HandoverRule
from stepaside.core.schedule import pause_until_opening
from stepaside.core.turn import Author
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.dispatch import drain_if_freed
from stepaside.pipeline.people import contacts_words, find_people
from stepaside.pipeline.receive import Received
from stepaside.pipeline.runtime import Runtime
from stepaside.store import messages
from stepaside.store.bots import get_bot
from stepaside.store.conversations import (
    StoredConversation,
    load_situation,
    lock_conversation,
)
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id
from stepaside.store.messages import MessageState
from stepaside.store.outbox import queue_message
from stepaside.store.rules import list_rules
from stepaside.store.save import save_outcome
from stepaside.store.teams import find_chains, get_team

Decide = Callable[[Situation], Outcome]


async def claim(
    rt: Runtime, account_id: str, conversation_id: str, *, staff_id: str, actor: Actor
) -> None:
    """Take a conversation for oneself. Raises: AlreadyClaimed, NotOnStaff, NotFound."""
    await _do(
        rt,
        account_id,
        conversation_id,
        lambda s: moves.claim(s, StaffId(staff_id), actor, _episode()),
    )


async def assign(
    rt: Runtime, account_id: str, conversation_id: str, *, staff_id: str, actor: Actor
) -> None:
    """Give a conversation to a staff member. Raises: NotOnStaff, NotFound."""
    await _do(
        rt,
        account_id,
        conversation_id,
        lambda s: moves.assign(s, StaffId(staff_id), actor, _episode()),
    )


async def release(
    rt: Runtime,
    account_id: str,
    conversation_id: str,
    *,
    actor: Actor,
    held_by: StaffId | None = None,
) -> None:
    """Give a conversation back to the queue. Raises: IllegalMove, NotFound.

    held_by: leave it where it is if somebody else has it by now.
    """

    def decide(s: Situation) -> Outcome:
        if held_by and s.conversation.assignee_id != held_by:
            return nothing(s.conversation)
        return moves.release(s, actor)

    await _do(rt, account_id, conversation_id, decide)


async def give_to_team(
    rt: Runtime, account_id: str, conversation_id: str, *, team_id: str, actor: Actor
) -> None:
    """Put a conversation into a team's queue; whoever is free there gets it at once.

    Raises: NotFound: there is no such conversation or team.
    """
    async with rt.db.transaction(account_id) as tx:
        team = await get_team(tx, TeamId(team_id))
        conversation = await lock_conversation(tx, conversation_id)
        situation = await load_situation(tx, conversation, rt.now())
        known = replace(situation.routing, teams=await find_chains(tx, [team.id]))
        outcome = dispatch.give_to_team(
            replace(situation, routing=known), team.id, actor, _episode()
        )
        saved = await save_outcome(tx, conversation, outcome, situation.now)
    deliver_soon(rt, account_id, saved.streams)
    drain_if_freed(rt, account_id, conversation.state, outcome.conversation)


async def hand_back(
    rt: Runtime, account_id: str, conversation_id: str, *, actor: Actor
) -> None:
    """Return control to the bot. Raises: IllegalMove: it has it; NotFound."""
    await _do(rt, account_id, conversation_id, lambda s: moves.hand_back(s, actor))


async def pause(
    rt: Runtime,
    account_id: str,
    conversation_id: str,
    *,
    until: datetime | None,
    actor: Actor,
    resume: Resume = Resume.TIME,
    next_opening: bool = False,
) -> None:
    """Silence the bot until an instant, or until people hand back when None.

    resume: what ends it instead.
    next_opening: until people are next there, instead of `until`.
    Raises:
        InvalidField: the end is not in the future.
    """
    await _do(
        rt,
        account_id,
        conversation_id,
        lambda s: moves.pause(
            s,
            pause_until_opening(s.now, s.terms.hours) if next_opening else until,
            actor,
            _episode(),
            resume,
        ),
    )


async def resolve(
    rt: Runtime, account_id: str, conversation_id: str, *, actor: Actor
) -> None:
    """Say that the work is done. Raises: IllegalMove: it is resolved; NotFound."""
    await _do(rt, account_id, conversation_id, lambda s: moves.resolve(s, actor))


async def reopen(
    rt: Runtime, account_id: str, conversation_id: str, *, actor: Actor
) -> None:
    """Open a resolved conversation. Raises: IllegalMove: it is not; NotFound."""
    await _do(rt, account_id, conversation_id, lambda s: moves.reopen(s, actor))


async def snooze(
    rt: Runtime, account_id: str, conversation_id: str, *, until: datetime, actor: Actor
) -> None:
    """Put a conversation aside. Raises: InvalidField, IllegalMove, NotFound."""
    await _do(rt, account_id, conversation_id, lambda s: moves.snooze(s, until, actor))


async def unsnooze(
    rt: Runtime, account_id: str, conversation_id: str, *, actor: Actor
) -> None:
    """End a snooze early. Raises: IllegalMove: it is not snoozed; NotFound."""
    await _do(rt, account_id, conversation_id, lambda s: moves.unsnooze(s, actor))


async def transfer(
    rt: Runtime, account_id: str, conversation_id: str, *, bot_id: str, actor: Actor
) -> None:
    """Have another bot answer here, also one that was left before.

    Raises:
        NotFound: there is no such conversation or bot.
        IllegalMove: people have control.
    """
    async with rt.db.transaction(account_id) as tx:
        bot = (await get_bot(tx, BotId(bot_id))).bot
        conversation = await lock_conversation(tx, conversation_id)
        if conversation.bot_id == bot.id:
            return
        situation = await load_situation(tx, conversation, rt.now())
        given = leaving.transfer(
            situation, bot.id, actor, reason="Given to another bot by hand."
        )
        saved = await save_outcome(tx, conversation, given, situation.now)
    deliver_soon(rt, account_id, saved.streams)


async def hand_over(
    rt: Runtime,
    account_id: str,
    conversation_id: str,
    *,
    actor: Actor,
    reason: str = "",
    rule_id: str | None = None,
) -> None:
    """Start a handover by hand, with a rule's actions or the defaults.

    Raises:
        IllegalMove: people already have control.
        InvalidField: the rule does not belong to this conversation's bot.
    """
    async with rt.db.transaction(account_id) as tx:
        conversation = await lock_conversation(tx, conversation_id)
        situation = await load_situation(tx, conversation, rt.now())
        rule = await _rule(tx, conversation, rule_id)
        said = await messages.transcript(tx, conversation.id)
        decision = Decision(
            kind=DecisionKind.HAND_OVER,
            cause=Cause.MANUAL,
            reason=reason or "Handed over by hand.",
            rule=rule,
        )
        lines = tuple(m.line for m in said if not m.private)
        handover = Handover(id=_episode(), decision=decision, actor=actor, lines=lines)
        situation = await find_people(tx, situation, rule, contacts_words(lines))
        outcome = plan_handover(situation, handover)
        saved = await save_outcome(tx, conversation, outcome, situation.now)
    deliver_soon(rt, account_id, saved.streams)


async def reply(
    rt: Runtime,
    account_id: str,
    conversation_id: str,
    *,
    actor: Actor,
    text: str,
    external_id: str | None = None,
) -> Received:
    """Send a person's message to the contact; a takeover if nobody held it.

    actor: a staff member; they need not have claimed it.
    external_id: the sender's own id; the same again sends nothing and returns the
        first message.
    Raises:
        NotOnStaff: the staff member is disabled or deleted.
    """
    async with rt.db.transaction(account_id) as tx:
        conversation = await lock_conversation(tx, conversation_id)
        situation = await load_situation(tx, conversation, rt.now())
        moves.require_active(situation, actor.staff_id)
        message_id = await _store(
            tx,
            conversation,
            situation,
            actor=actor,
            text=text,
            external_id=external_id,
            kind=MessageKind.REPLY,
        )
        if message_id is None:
            return await _first(tx, conversation, external_id)
        outcome = moves.staff_replies(situation, actor, message_id, _episode())
        saved = await save_outcome(tx, conversation, outcome, situation.now)
        if not conversation.local:
            await queue_message(
                tx,
                conversation_id=conversation.id,
                message_id=message_id,
                now=situation.now,
            )
            saved.streams.append(conversation.id)
        stored = await messages.find_message(tx, message_id)
    deliver_soon(rt, account_id, saved.streams)
    return Received(
        message_id=message_id, conversation_id=conversation.id, message=stored
    )


async def note(
    rt: Runtime,
    account_id: str,
    conversation_id: str,
    *,
    actor: Actor,
    text: str,
    external_id: str | None = None,
) -> Received:
    """Write a private note. It is never sent, and it is no takeover.

    Whom it mentions is notified.

    Raises:
        NotOnStaff: the staff member is disabled or deleted.
    """
    async with rt.db.transaction(account_id) as tx:
        conversation = await lock_conversation(tx, conversation_id)
        situation = await load_situation(tx, conversation, rt.now())
        moves.require_active(situation, actor.staff_id)
        message_id = await _store(
            tx,
            conversation,
            situation,
            actor=actor,
            text=text,
            external_id=external_id,
            kind=MessageKind.NOTE,
        )
        if message_id is None:
            return await _first(tx, conversation, external_id)
        noted = add_note(situation, actor, message_id, text)
        saved = await save_outcome(tx, conversation, noted, situation.now)
        stored = await messages.find_message(tx, message_id)
    deliver_soon(rt, account_id, saved.streams)
    return Received(
        message_id=message_id, conversation_id=conversation.id, message=stored
    )


async def _do(
    rt: Runtime, account_id: str, conversation_id: str, decide: Decide
) -> None:
    async with rt.db.transaction(account_id) as tx:
        conversation = await lock_conversation(tx, conversation_id)
        situation = await load_situation(tx, conversation, rt.now())
        outcome = decide(situation)
        saved = await save_outcome(tx, conversation, outcome, situation.now)
    deliver_soon(rt, account_id, saved.streams)
    drain_if_freed(rt, account_id, conversation.state, outcome.conversation)


async def _store(
    tx: Tx,
    conversation: StoredConversation,
    situation: Situation,
    *,
    actor: Actor,
    text: str,
    external_id: str | None,
    kind: MessageKind,
) -> MessageId | None:
    at_once = conversation.local or kind is MessageKind.NOTE
    return await messages.insert_message(
        tx,
        conversation_id=conversation.id,
        inbox_id=conversation.inbox_id,
        author=Author.STAFF,
        staff_id=actor.staff_id,
        kind=kind,
        text=text,
        key=messages.sender_key(external_id) if external_id else None,
        state=MessageState.SENT if at_once else MessageState.QUEUED,
        at=situation.now,
        now=situation.now,
    )


async def _first(
    tx: Tx, conversation: StoredConversation, external_id: str | None
) -> Received:
    key = messages.sender_key(str(external_id))
    first = await messages.find_by_key(tx, conversation.id, key)
    if first is None:
        raise NotFound("message", str(external_id))
    return Received(
        message_id=first.id, conversation_id=conversation.id, duplicate=True
    )


async def _rule(
    tx: Tx, conversation: StoredConversation, rule_id: str | None
) -> HandoverRule | None:
    if rule_id is None:
        return None
    rules = await list_rules(tx, conversation.bot_id) if conversation.bot_id else ()
    found = next((r for r in rules if r.id == RuleId(rule_id)), None)
    if found is None:
        raise InvalidField("rule_id", "not a handover rule of this conversation's bot")
    return replace(found, enabled=True)


def _episode() -> HandoverId:
    return HandoverId(new_id("handover"))
