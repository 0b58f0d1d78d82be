"""The one way an outcome is written: state, events and effects in the same commit."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, assert_never

from stepaside.core.bot_settings import Step
from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.effects import (
    CloseEpisode,
    CreateTask,
    Effect,
    GivePromise,
    MessageKind,
    NotificationEvent,
    NotifyStaff,
    OpenEpisode,
    RememberTurn,
    RenewPromise,
    ReopenEpisode,
    Say,
    SettlePromise,
    SwitchBot,
    TagContact,
)
from stepaside.core.events import BOT, Event, EventType
from stepaside.core.ids import StaffId, TaskId
from stepaside.core.outcome import Outcome
from stepaside.core.turn import Author
from stepaside.store import handovers, messages, notifications, promises
from stepaside.store.contacts import add_tags
from stepaside.store.conversations import (
    StoredConversation,
    TurnMark,
    switch_bot,
    update_state,
)
from stepaside.store.database import Tx
from stepaside.store.events import append_events
from stepaside.store.ids import new_id
from stepaside.store.messages import MessageState, insert_message
from stepaside.store.outbox import queue_message
from stepaside.store.queue import defer_wake
from stepaside.store.tasks import Task, create_task, notice_of
from stepaside.store.teams import remember_turn


@dataclass(slots=True, kw_only=True)
class Saved:
    """What a save left to carry out: the streams the process delivers at once."""

    streams: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Writer:
    """One save: the conversation before and after, the instant, what came of it."""

    tx: Tx
    conversation: StoredConversation
    state: Conversation
    now: datetime
    saved: Saved
    told: list[Event]


SAYING: Final = frozenset(
    {
        EventType.MESSAGE_RECEIVED,
        EventType.BOT_REPLIED,
        EventType.STAFF_REPLIED,
        EventType.NOTE_ADDED,
        EventType.HANDOVER_STARTED,
    }
)
"""Events that move a conversation up in the lists."""


async def save_outcome(
    tx: Tx,
    conversation: StoredConversation,
    outcome: Outcome,
    now: datetime,
    turn: TurnMark | None = None,
) -> Saved:
    """Write an outcome of a conversation whose row this transaction holds.

    Everything or nothing: an error anywhere rolls the whole transaction back.
    """
    writer = _Writer(tx, conversation, outcome.conversation, now, Saved(), [])
    if not outcome.events:
        return writer.saved
    said = any(event.type in SAYING for event in outcome.events)
    turn = _turn(outcome, turn or TurnMark())
    if turn.settled:
        await messages.settle_burst(tx, conversation.id)
    due = await update_state(
        tx, outcome.conversation, said_at=now if said else None, turn=turn
    )
    task_id = await _apply_all(writer, outcome.effects)
    for event in outcome.events:
        await _project(writer, event)
    await _notify_all(writer, outcome.effects, task_id)
    await append_events(tx, conversation.id, (*outcome.events, *writer.told))
    if due:
        await defer_wake(tx, conversation.id, due)
    return writer.saved


def _turn(outcome: Outcome, turn: TurnMark) -> TurnMark:
    """What was written to the bot is people's to answer now, or needs no answer."""
    for event in outcome.events:
        to_people = event.changes.get("control", Control.BOT) is not Control.BOT
        if to_people or event.changes.get("status") is Status.RESOLVED:
            return TurnMark(settled=True)
    return turn


async def _apply_all(writer: _Writer, effects: Iterable[Effect]) -> TaskId | None:
    task_id = None
    for effect in effects:
        if isinstance(effect, CreateTask):
            task_id = await _create_task(writer, effect)
        elif not isinstance(effect, NotifyStaff):
            # They come once the task exists that some of them link to.
            await _apply(writer, effect)
    return task_id


async def _apply(
    writer: _Writer,
    effect: Say
    | TagContact
    | OpenEpisode
    | CloseEpisode
    | ReopenEpisode
    | SwitchBot
    | RememberTurn
    | GivePromise
    | SettlePromise
    | RenewPromise,
) -> None:
    match effect:
        case Say():
            await _say(writer, effect)
        case TagContact():
            await _tag(writer, effect)
        case OpenEpisode() | CloseEpisode() | ReopenEpisode():
            await _keep_episode(writer, effect)
        case SwitchBot():
            await switch_bot(writer.tx, writer.conversation.id, effect.bot_id)
        case RememberTurn():
            await remember_turn(writer.tx, effect.team_id, effect.staff_id)
        case GivePromise() | SettlePromise() | RenewPromise():
            await promises.record(writer.tx, writer.conversation.id, effect, writer.now)
        case _:
            assert_never(effect)


async def _notify_all(
    writer: _Writer, effects: Iterable[Effect], task_id: str | None
) -> None:
    for effect in effects:
        if not isinstance(effect, NotifyStaff):
            continue
        about_task = effect.event is NotificationEvent.TASK_ASSIGNED
        await _notify(writer, effect, task_id if about_task else None)
        if effect.event is NotificationEvent.WARNING:
            _tell(writer, EventType.ADMIN_WARNED, warning=effect.body)


async def _notify(writer: _Writer, effect: NotifyStaff, task_id: str | None) -> None:
    writer.saved.streams += await notifications.notify(
        writer.tx,
        effect,
        conversation_id=writer.conversation.id,
        task_id=task_id,
        now=writer.now,
    )
    _tell(writer, EventType.NOTIFIED, event=effect.event, staff=effect.staff_ids)


async def _say(writer: _Writer, effect: Say) -> None:
    local = writer.conversation.local or effect.kind is MessageKind.NOTE
    message_id = await insert_message(
        writer.tx,
        conversation_id=writer.conversation.id,
        inbox_id=writer.conversation.inbox_id,
        author=Author.BOT,
        text=effect.text,
        kind=effect.kind,
        key=effect.key,
        lease=effect.lease,
        item_ids=effect.item_ids,
        state=MessageState.SENT if local else MessageState.QUEUED,
        at=writer.now,
        now=writer.now,
    )
    if message_id is None:
        return
    if local:
        _tell(writer, EventType.MESSAGE_SENT, message_id=message_id)
    else:
        await queue_message(
            writer.tx,
            conversation_id=writer.conversation.id,
            message_id=message_id,
            now=writer.now,
        )
        writer.saved.streams.append(writer.conversation.id)


async def _create_task(writer: _Writer, effect: CreateTask) -> TaskId | None:
    episode = writer.state.handover_id
    task = Task(
        id=TaskId(new_id("task")),
        contact_id=writer.conversation.contact_id,
        conversation_id=writer.conversation.id,
        handover_id=episode,
        title=effect.title,
        body=effect.description,
        assignee_id=effect.assignee_id,
        due_at=effect.due_at,
        created_at=writer.now,
        updated_at=writer.now,
    )
    if not await create_task(writer.tx, task, key=effect.key):
        return None
    _tell(writer, EventType.TASK_CREATED, task_id=task.id, handover_id=episode)
    return task.id


async def _tag(writer: _Writer, effect: TagContact) -> None:
    contact_id = writer.conversation.contact_id
    for tag in await add_tags(writer.tx, contact_id, effect.tags, writer.now):
        _tell(writer, EventType.CONTACT_TAGGED, tag=tag)


async def _keep_episode(
    writer: _Writer, effect: OpenEpisode | CloseEpisode | ReopenEpisode
) -> None:
    match effect:
        case OpenEpisode():
            await handovers.open_handover(
                writer.tx,
                effect,
                conversation_id=writer.conversation.id,
                inbox_id=writer.conversation.inbox_id,
                bot_id=writer.conversation.bot_id,
                at=writer.now,
            )
        case CloseEpisode():
            await handovers.close_handover(
                writer.tx, effect.handover_id, effect.how, writer.now
            )
        case ReopenEpisode():
            await handovers.reopen_handover(writer.tx, effect.handover_id)
        case _:
            assert_never(effect)


async def _project(writer: _Writer, event: Event) -> None:
    """Keep the records that are read often in step with the events."""
    tx = writer.tx
    episode = event.data.get("handover_id")
    match event.type:
        case (
            EventType.TAKEN_OVER
            | EventType.CLAIMED
            | EventType.ASSIGNED
            | EventType.RELEASED
            | EventType.GIVEN_TO_TEAM
        ):
            # Where a deed is taken back, nobody may have had it before either.
            holder = event.changes.get("assignee_id", event.data.get("staff_id"))
            gone = await handovers.set_holder(tx, str(episode), holder, event.at)
            await _tell_of_tasks(writer, event, gone)
        case EventType.STAFF_REPLIED:
            await handovers.set_first_reply(
                tx, str(episode), event.actor.staff_id, event.at
            )
        case _:
            pass
    if passed := _passed_over(writer, event):
        await handovers.note_released(tx, str(episode), passed)


async def _tell_of_tasks(writer: _Writer, event: Event, gone: Iterable[Task]) -> None:
    """Tasks went with the conversation: whoever got it and did not take it is told."""
    for task in gone:
        data = {"task_id": task.id, "handover_id": task.handover_id}
        changed = EventType.TASK_CHANGED
        writer.told.append(
            Event(type=changed, at=writer.now, actor=event.actor, data=data)
        )
        given = event.type is EventType.ASSIGNED
        notice = notice_of(task, event.at)
        if notice and given and event.actor.staff_id != task.assignee_id:
            await _notify(writer, notice, task.id)


def _passed_over(writer: _Writer, event: Event) -> StaffId | None:
    """Who does not get it by itself again: they gave it back, or left it waiting."""
    holder = writer.conversation.state.assignee_id
    by_themselves = event.actor.staff_id == holder
    gave_back = event.type is EventType.RELEASED and by_themselves
    too_long = event.data.get("step") == Step.REASSIGN
    return holder if gave_back or too_long else None


def _tell(writer: _Writer, type_: EventType, **data: object) -> None:
    """An event that changes no state: somebody reads it in the transcript."""
    event = Event(type=type_, at=writer.now, actor=BOT, data=data)
    writer.told.append(event)
