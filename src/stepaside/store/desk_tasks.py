"""Follow-up tasks as the desk lists them, each with the name of its contact."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stepaside.core.ids import ContactId, StaffId
from stepaside.store.database import Tx
from stepaside.store.desk_lists import COUNTED, Place
from stepaside.store.tasks import Task, TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task and whom it is about."""

    task: Task
    contact_name: str

    @property
    def place(self) -> Place:
        """Where it stands in a list by due time."""
        return Place(at=self.task.due_at, id=self.task.id)


_TASK: Final = """t.id, t.title, t.body, t.contact_id, t.conversation_id, t.handover_id,
    t.assignee_id, t.due_at, t.status, t.completed_at, t.created_at, t.updated_at"""
_ROWS: Final = f"""
SELECT {_TASK}, p.name AS contact_name FROM tasks t
JOIN contacts p ON p.id = t.contact_id
WHERE t.account_id = %(account)s
    AND (%(assignee)s::text IS NULL OR t.assignee_id = %(assignee)s)
"""  # noqa: S608 - the columns are the constant above


async def open_tasks(
    tx: Tx,
    *,
    assignee_id: StaffId | None,
    after: Place | None = None,
    limit: int = 50,
) -> list[TaskRow]:
    """Open tasks, what is due first on top. `assignee_id` None: everybody's."""
    return await _fetch(
        tx,
        f"""{_ROWS} AND t.status = 'open' AND (%(after_at)s::timestamptz IS NULL
            OR (t.due_at, t.id) > (%(after_at)s, %(after_id)s))
        ORDER BY t.due_at, t.id LIMIT %(limit)s""",
        assignee=assignee_id,
        after_at=after.at if after else None,
        after_id=after.id if after else None,
        limit=limit,
    )


async def completed_tasks(
    tx: Tx, *, assignee_id: StaffId | None, limit: int = 10
) -> list[TaskRow]:
    """Some completed tasks, those that were due last on top."""
    return await _fetch(
        tx,
        f"""{_ROWS} AND t.status = 'completed'
        ORDER BY t.due_at DESC, t.id DESC LIMIT %(limit)s""",
        assignee=assignee_id,
        limit=limit,
    )


async def tasks_about(tx: Tx, contact_id: ContactId) -> list[TaskRow]:
    """A contact's open tasks, then some completed ones; by due time."""
    return await _fetch(
        tx,
        f"""{_ROWS} AND t.contact_id = %(contact)s
        ORDER BY t.status = 'completed', t.due_at, t.id LIMIT 20""",
        assignee=None,
        contact=contact_id,
    )


async def find_task_row(tx: Tx, task_id: str) -> TaskRow | None:
    """One task, or None."""
    rows = await _fetch(tx, f"{_ROWS} AND t.id = %(task)s", assignee=None, task=task_id)
    return rows[0] if rows else None


async def count_open_tasks(tx: Tx, *, assignee_id: StaffId | None) -> int:
    """How many tasks are open, up to `COUNTED` and one."""
    row = await tx.one(
        f"""SELECT count(*) AS n FROM (SELECT 1 FROM tasks
            WHERE account_id = %s AND status = 'open'
                AND (%s::text IS NULL OR assignee_id = %s)
            LIMIT {COUNTED + 1}) AS counted""",  # noqa: S608
        *(tx.account_id, assignee_id, assignee_id),
    )
    return int(row["n"]) if row else 0


async def _fetch(tx: Tx, sql: str, **values: Any) -> list[TaskRow]:
    cursor = await tx.conn.execute(sql, {"account": tx.account_id, **values})
    return [_row(row) for row in await cursor.fetchall()]


def _row(row: Mapping[str, Any]) -> TaskRow:
    fields = {name: row[name] for name in Task.__slots__}
    fields["status"] = TaskStatus(row["status"])
    return TaskRow(task=Task(**fields), contact_name=row["contact_name"])
