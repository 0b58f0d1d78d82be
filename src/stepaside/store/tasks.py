"""Follow-up tasks as rows of `tasks`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.ids import ContactId, ConversationId, HandoverId, StaffId, TaskId
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound, UnknownPlace


class TaskStatus(StrEnum):
    """Whether a task is still to be done."""

    OPEN = "open"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to do for a contact.

    handover_id: the handover that made it; None for one made by hand.
    completed_at: set exactly while it is completed.
    """

    id: TaskId
    title: str
    body: str = ""
    contact_id: ContactId
    conversation_id: ConversationId | None = None
    handover_id: HandoverId | None = None
    assignee_id: StaffId | None = None
    due_at: datetime
    status: TaskStatus = TaskStatus.OPEN
    completed_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


_COLUMNS: Final = (
    "id, title, body, contact_id, conversation_id, handover_id, assignee_id, due_at, "
    "status, completed_at, created_at, updated_at"
)


async def create_task(tx: Tx, task: Task, *, key: str | None = None) -> bool:
    """Store a new task; False when one with this key exists, which then stays.

    key: what makes it exist once in the account, however often it is asked for.
    """
    created = await tx.run(
        f"INSERT INTO tasks (account_id, key, {_COLUMNS}) "  # noqa: S608
        f"VALUES (%s, %s{', %s' * 12}) ON CONFLICT (account_id, key) DO NOTHING",
        tx.account_id,
        key,
        *(task.id, task.title, task.body, task.contact_id, task.conversation_id),
        *(task.handover_id, task.assignee_id, task.due_at, task.status),
        *(task.completed_at, task.created_at, task.updated_at),
    )
    return bool(created)


async def get_task(tx: Tx, task_id: TaskId, *, lock: bool = False) -> Task:
    """The task. Raises: NotFound.

    lock: hold it until the end of the transaction, to change it.
    """
    locked = "FOR UPDATE" if lock else ""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM tasks WHERE id = %s {locked}",  # noqa: S608
        task_id,
    )
    if row is None:
        raise NotFound("task", task_id)
    return _task(row)


async def due_times(tx: Tx, task_ids: Sequence[str]) -> dict[str, datetime]:
    """When these tasks are due, by their ids; without those that are gone."""
    rows = await tx.all(
        "SELECT id, due_at FROM tasks WHERE id = ANY(%s)", list(task_ids)
    )
    return {row["id"]: row["due_at"] for row in rows}


async def list_tasks(
    tx: Tx,
    *,
    after: str = "",
    limit: int = 50,
    assignee_id: StaffId | None = None,
    unassigned: bool = False,
    status: TaskStatus | None = None,
    due_before: datetime | None = None,
    contact_id: ContactId | None = None,
    conversation_id: ConversationId | None = None,
) -> list[Task]:
    """Tasks by due time, the soonest first, those after the task `after`.

    Every other argument narrows the list; None leaves it wide.
    Raises:
        UnknownPlace: there is no task `after`.
    """
    if after and await tx.one("SELECT 1 FROM tasks WHERE id = %s", after) is None:
        raise UnknownPlace
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM tasks WHERE "  # noqa: S608
        "(%s = '' OR (due_at, id) > (SELECT due_at, id FROM tasks WHERE id = %s)) "
        "AND (%s::text IS NULL OR assignee_id = %s) "
        "AND (NOT %s OR assignee_id IS NULL) "
        "AND (%s::text IS NULL OR status = %s) "
        "AND (%s::timestamptz IS NULL OR due_at < %s) "
        "AND (%s::text IS NULL OR contact_id = %s) "
        "AND (%s::text IS NULL OR conversation_id = %s) "
        "ORDER BY due_at, id LIMIT %s",
        *(after, after, assignee_id, assignee_id, unassigned, status, status),
        *(due_before, due_before, contact_id, contact_id),
        *(conversation_id, conversation_id, limit),
    )
    return [_task(row) for row in rows]


async def save_task(tx: Tx, task: Task) -> None:
    """Store a changed task. Raises: NotFound."""
    touched = await tx.run(
        "UPDATE tasks SET title = %s, body = %s, assignee_id = %s, due_at = %s, "
        "status = %s, completed_at = %s, updated_at = %s WHERE id = %s",
        *(task.title, task.body, task.assignee_id, task.due_at),
        *(task.status, task.completed_at, task.updated_at, task.id),
    )
    if not touched:
        raise NotFound("task", task.id)


async def pass_on(
    tx: Tx, handover_id: str, old: str | None, new: str | None, at: datetime
) -> list[Task]:
    """Give a handover's open tasks to whoever has its conversation now; those tasks.

    old, new: who had it and who has it; None: nobody. A task that neither of them has
        was given to somebody on purpose, and stays.
    """
    rows = await tx.all(
        "UPDATE tasks SET assignee_id = %s, updated_at = %s "  # noqa: S608
        "WHERE handover_id = %s AND status = 'open' "
        "AND assignee_id IS NOT DISTINCT FROM %s::text "
        "AND assignee_id IS DISTINCT FROM %s::text "
        f"RETURNING {_COLUMNS}",
        *(new, at, handover_id, old, new),
    )
    return [_task(row) for row in rows]


def notice_of(task: Task, at: datetime) -> NotifyStaff | None:
    """What tells the assignee that the task was given to them; None without one.

    at: when that happened; each time it is told of once.
    """
    if task.assignee_id is None:
        return None
    return NotifyStaff(
        key=f"notify:{task.id}:assigned:{at.isoformat()}",
        event=NotificationEvent.TASK_ASSIGNED,
        staff_ids=(task.assignee_id,),
        title=task.title,
        body=task.body,
    )


async def to_remind_of(tx: Tx, task_id: TaskId, now: datetime) -> Task | None:
    """The open task, held and marked as reminded of, if it is due and nobody was told.

    None in every other case: done, put off, deleted, or told of by somebody else.
    """
    row = await tx.one(
        "UPDATE tasks SET reminded_of = due_at WHERE id = %s AND status = 'open' "  # noqa: S608
        "AND due_at <= %s AND reminded_of IS DISTINCT FROM due_at "
        f"RETURNING {_COLUMNS}",
        *(task_id, now),
    )
    return _task(row) if row else None


def _task(row: dict[str, Any]) -> Task:
    return Task(**{**row, "status": TaskStatus(row["status"])})
