"""Open tasks as the desk lists them: what is overdue, what is due today, the rest."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from stepaside.core.roster import Roster
from stepaside.desk.control import name_of
from stepaside.desk.times import Clockwork
from stepaside.desk.visit import Me
from stepaside.desk.words import _
from stepaside.store.database import Tx
from stepaside.store.desk_lists import Place
from stepaside.store.desk_tasks import (
    TaskRow,
    completed_tasks,
    count_open_tasks,
    open_tasks,
)
from stepaside.store.staff import load_roster

PAGE: Final = 50


class Whose(StrEnum):
    """Whose tasks are listed."""

    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some tasks under one heading."""

    key: str
    title: str
    rows: list[TaskRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksShown:
    """One page of tasks. `more`: where the next one begins; None on the last."""

    whose: Whose
    groups: list[Group]
    completed: list[TaskRow]
    count: int
    more: Place | None
    roster: Roster

    def name_of(self, staff_id: str | None) -> str:
        """A staff member's name; empty for nobody."""
        return name_of(staff_id, self.roster)  # type: ignore[arg-type]


async def read_tasks(
    tx: Tx, me: Me, whose: Whose, times: Clockwork, after: Place | None = None
) -> TasksShown:
    """One page of tasks, what is due first on top."""
    assignee = me.staff_id if whose is Whose.MINE else None
    found = await open_tasks(tx, assignee_id=assignee, after=after, limit=PAGE + 1)
    return TasksShown(
        whose=whose,
        groups=_grouped(found[:PAGE], times),
        completed=[] if after else await completed_tasks(tx, assignee_id=assignee),
        count=await count_open_tasks(tx, assignee_id=assignee),
        more=found[PAGE - 1].place if len(found) > PAGE else None,
        roster=await load_roster(tx),
    )


def _grouped(rows: list[TaskRow], times: Clockwork) -> list[Group]:
    start = times.now.astimezone(times.zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    tomorrow = start + timedelta(days=1)
    overdue = [r for r in rows if r.task.due_at < times.now]
    today = [r for r in rows if times.now <= r.task.due_at < tomorrow]
    later = [r for r in rows if r.task.due_at >= max(tomorrow, times.now)]
    groups = (
        Group(key="overdue", title=_("Overdue"), rows=overdue),
        Group(key="today", title=_("Due today"), rows=today),
        Group(key="later", title=_("Later"), rows=later),
    )
    return [group for group in groups if group.rows]
