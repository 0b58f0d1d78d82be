"""Follow-up tasks as the desk lists them, each with the name of its contact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
        """Where it stands in a list: by due time, or by when it was done."""
        return Place(at=self.task.completed_at or self.task.due_at, id=self.task.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTasks:
    """Which tasks a list shows; None leaves it wide.

    is_done: completed ones, and else open ones.
    due_from, due_before: due from the first instant to before the second.
    """

    assignee_id: StaffId | None = None
    contact_id: ContactId | None = None
    is_done: bool = False
    due_from: datetime | None = None
    due_before: datetime | None = None


_TASK: Final = """t.id, t.title, t.body, t.contact_id, t.conversation_id, t.handover_id,
    t.assignee_id, t.due_at, t.status, t.completed_at, t.created_at, t.updated_at"""
_ROWS: Final = f"""
SELECT {_TASK}, coalesce(nullif(p.name, ''), p.email) AS contact_name FROM tasks t
JOIN contacts p ON p.id = t.contact_id
WHERE t.account_id = %(account)s
"""  # noqa: S608 - the columns are the constant above


async def list_tasks(
    tx: Tx, wanted: WantedTasks, *, after: Place | None = None, limit: int = 50
) -> list[TaskRow]:
    """Tasks after a place: open ones by due time, completed ones the last done first.

    Costs the same for the first page and the thousandth.
    """
    at = "t.completed_at" if wanted.is_done else "t.due_at"
    way, further = ("DESC", "<") if wanted.is_done else ("", ">")
    which, values = _which(wanted)
    if after:
        which.append(f"({at}, t.id) {further} (%(after_at)s, %(after_id)s)")
    return await _fetch(
        tx,
        f"""{_ROWS} AND {" AND ".join(which)}
        ORDER BY {at} {way}, t.id {way} LIMIT %(limit)s""",
        after_at=after.at if after else None,
        after_id=after.id if after else None,
        limit=limit,
        **values,
    )


async def count_tasks(tx: Tx, wanted: WantedTasks) -> int:
    """How many tasks a list holds, up to `COUNTED` and one."""
    which, values = _which(wanted)
    cursor = await tx.conn.execute(
        f"""SELECT count(*) AS n FROM (SELECT 1 FROM tasks t
            WHERE t.account_id = %(account)s AND {" AND ".join(which)}
            LIMIT {COUNTED + 1}) AS counted""",  # noqa: S608 - constants of ours
        {"account": tx.account_id, **values},
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


def _which(wanted: WantedTasks) -> tuple[list[str], dict[str, Any]]:
    clauses = {
        "assignee_id": "t.assignee_id = %(assignee_id)s",
        "contact_id": "t.contact_id = %(contact_id)s",
        "due_from": "t.due_at >= %(due_from)s",
        "due_before": "t.due_at < %(due_before)s",
    }
    values = {name: getattr(wanted, name) for name in clauses}
    given = [sql for name, sql in clauses.items() if values[name] is not None]
    status = "completed" if wanted.is_done else "open"
    return [f"t.status = '{status}'", *given], values


async def tasks_about(tx: Tx, contact_id: ContactId) -> list[TaskRow]:
    """A contact's open tasks, then some completed ones; by due time."""
    return await _fetch(
        tx,
        f"""{_ROWS} AND t.contact_id = %(contact)s
        ORDER BY t.status = 'completed', t.due_at, t.id LIMIT 20""",
        contact=contact_id,
    )


async def find_task_row(tx: Tx, task_id: str) -> TaskRow | None:
    """One task, or None."""
    rows = await _fetch(tx, f"{_ROWS} AND t.id = %(task)s", task=task_id)
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
