"""Follow-up tasks made and changed by hand, with the event and whoever must know."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.errors import InvalidField
from stepaside.core.events import Actor, Event, EventType
from stepaside.core.ids import TaskId
from stepaside.core.schedule import within_window
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.runtime import Runtime, attempt
from stepaside.store import tasks
from stepaside.store.conversations import find_conversation
from stepaside.store.database import Tx
from stepaside.store.events import append_events
from stepaside.store.notifications import notify
from stepaside.store.staff import get_staff, load_roster
from stepaside.store.tasks import Task, TaskStatus


async def create(rt: Runtime, account_id: str, task: Task, *, actor: Actor) -> Task:
    """Store a new task and tell its assignee; the task as stored.

    Of one that is completed already nobody is told. One about a conversation is never
    due after its channel's reply window closes.

    Raises:
        NotFound: there is no such assignee.
        InvalidField: the assignee is disabled.
    """
    async with rt.db.transaction(account_id) as tx:
        await _check_assignee(tx, task)
        task = await _in_window(tx, task, task.created_at)
        await tasks.create_task(tx, task)
        await _record(tx, EventType.TASK_CREATED, task, actor, task.created_at)
        if task.status is TaskStatus.COMPLETED:
            await _record(tx, EventType.TASK_COMPLETED, task, actor, task.created_at)
            return task
        streams = await _tell_assignee(tx, task, actor, task.created_at)
    deliver_soon(rt, account_id, streams)
    return task


async def change(
    rt: Runtime,
    account_id: str,
    task_id: str,
    *,
    fields: Mapping[str, Any],
    actor: Actor,
) -> Task:
    """Change some fields of a task, by name; a new assignee is told.

    Raises:
        NotFound: there is no such task or assignee.
        InvalidField: the assignee is disabled.
    """
    async with rt.db.transaction(account_id) as tx:
        now = rt.now()
        task = await tasks.get_task(tx, TaskId(task_id), lock=True)
        changed = replace(task, **fields)
        if changed.due_at != task.due_at:
            changed = await _in_window(tx, changed, now)
        if changed == task:
            return task
        changed = replace(changed, updated_at=now)
        await tasks.save_task(tx, changed)
        await _record(tx, EventType.TASK_CHANGED, changed, actor, now)
        streams: list[str] = []
        if changed.assignee_id != task.assignee_id:
            await _check_assignee(tx, changed)
            streams = await _tell_assignee(tx, changed, actor, now)
    deliver_soon(rt, account_id, streams)
    return changed


async def complete(rt: Runtime, account_id: str, task_id: str, *, actor: Actor) -> Task:
    """Say that a task is done. Done already: nothing changes. Raises: NotFound."""
    return await _set_status(rt, account_id, task_id, TaskStatus.COMPLETED, actor)


async def reopen(rt: Runtime, account_id: str, task_id: str, *, actor: Actor) -> Task:
    """Say that a task is open after all. Open already: no change. Raises: NotFound."""
    return await _set_status(rt, account_id, task_id, TaskStatus.OPEN, actor)


async def remind_due(rt: Runtime, limit: int = 100) -> int:
    """Tell of tasks that fell due in any account, each once; how many were found.

    The assignee is told; everyone where nobody at work has it. A task that is put off
    is told of again at its new time.
    """
    async with rt.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT * FROM due_tasks(%s, %s)", (rt.now(), limit)
        )
        rows = await cursor.fetchall()
    for row in rows:
        await attempt(_remind(rt, row["account_id"], TaskId(row["id"])))
    return len(rows)


async def _remind(rt: Runtime, account_id: str, task_id: TaskId) -> None:
    async with rt.db.transaction(account_id) as tx:
        now = rt.now()
        task = await tasks.to_remind_of(tx, task_id, now)
        if task is None:
            return
        roster = await load_roster(tx)
        holder = roster.active(task.assignee_id)
        due = NotifyStaff(
            key=f"notify:{task.id}:due:{task.due_at.isoformat()}",
            event=NotificationEvent.TASK_DUE,
            staff_ids=(holder.id,) if holder else roster.who_may_claim(),
            title=task.title,
            body=task.body,
        )
        streams = await notify(
            tx, due, conversation_id=task.conversation_id, task_id=task.id, now=now
        )
    deliver_soon(rt, account_id, streams)


async def _set_status(
    rt: Runtime, account_id: str, task_id: str, status: TaskStatus, actor: Actor
) -> Task:
    done = status is TaskStatus.COMPLETED
    async with rt.db.transaction(account_id) as tx:
        now = rt.now()
        task = await tasks.get_task(tx, TaskId(task_id), lock=True)
        if task.status is status:
            return task
        changed = replace(
            task, status=status, completed_at=now if done else None, updated_at=now
        )
        await tasks.save_task(tx, changed)
        happened = EventType.TASK_COMPLETED if done else EventType.TASK_REOPENED
        await _record(tx, happened, changed, actor, now)
    return changed


async def _in_window(tx: Tx, task: Task, now: datetime) -> Task:
    if task.conversation_id is None:
        return task
    conversation = await find_conversation(tx, task.conversation_id)
    due = within_window(conversation.state, task.due_at, now)
    return replace(task, due_at=due)


async def _check_assignee(tx: Tx, task: Task) -> None:
    if task.assignee_id and not (await get_staff(tx, task.assignee_id)).member.active:
        raise InvalidField("assignee_id", "this staff member is disabled")


async def _record(
    tx: Tx, type_: EventType, task: Task, actor: Actor, at: datetime
) -> None:
    data = {"task_id": task.id, "handover_id": task.handover_id}
    event = Event(type=type_, at=at, actor=actor, data=data)
    await append_events(tx, task.conversation_id, [event])


async def _tell_assignee(tx: Tx, task: Task, actor: Actor, now: datetime) -> list[str]:
    """Tell whoever got the task, unless they took it themselves."""
    assigned = tasks.notice_of(task, now)
    if assigned is None or task.assignee_id == actor.staff_id:
        return []
    return await notify(
        tx, assigned, conversation_id=task.conversation_id, task_id=task.id, now=now
    )
