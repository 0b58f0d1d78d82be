"""Tasks as the desk lists them: a day after the other, on the reader's own clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

from stepaside.core.ids import ContactId, StaffId
from stepaside.core.roster import Roster
from stepaside.desk.contact_shown import staff_options
from stepaside.desk.control import name_of
from stepaside.desk.times import Clockwork
from stepaside.desk.visit import Me
from stepaside.desk.words import _
from stepaside.store.contacts import get_contact
from stepaside.store.database import Tx
from stepaside.store.desk_lists import Place
from stepaside.store.desk_tasks import (
    TaskRow,
    WantedTasks,
    count_tasks,
    list_tasks,
)
from stepaside.store.errors import NotFound
from stepaside.store.staff import load_roster

PAGE: Final = 50


class Whose(StrEnum):
    """Whose tasks are listed."""

    MINE = "mine"
    ALL = "all"


class State(StrEnum):
    """Which of them."""

    OPEN = "open"
    TODAY = "today"
    OVERDUE = "overdue"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskList:
    """One list of tasks. As text it names the list in forms, addresses and pages.

    contact_id: only tasks about this contact; empty for all.
    """

    whose: Whose = Whose.MINE
    state: State = State.OPEN
    contact_id: str = ""

    def __str__(self) -> str:
        parts = (self.whose, self.state, self.contact_id)
        return "-".join(part for part in parts if part)

    @classmethod
    def parse(cls, text: str) -> "TaskList | None":
        """Read what `str()` wrote; None for anything else."""
        whose, _dash, rest = text.partition("-")
        state, _dash, contact_id = rest.partition("-")
        if whose not in list(Whose) or (state or State.OPEN) not in list(State):
            return None
        return cls(
            whose=Whose(whose),
            state=State(state or State.OPEN),
            contact_id=contact_id if contact_id.replace("_", "").isalnum() else "",
        )

    def query(self, **more: str) -> dict[str, str]:
        """The list's parameters in an address, with something changed."""
        given = {"whose": self.whose, "show": self.state, "contact": self.contact_id}
        return {k: v for k, v in {**given, **more}.items() if v}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The tasks of one day, or all that are overdue."""

    key: str
    title: str
    rows: list[TaskRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksShown:
    """One page of tasks.

    counts: how many each state holds, up to `COUNTED` and one.
    contact_name: of the contact the list is about; empty for all.
    more: where the next page begins; None on the last.
    """

    listed: TaskList
    groups: list[Group]
    counts: dict[State, int]
    contact_name: str
    more: Place | None
    roster: Roster

    @property
    def whose(self) -> TaskList:
        """The list's name in forms and addresses."""
        return self.listed

    @property
    def people(self) -> Sequence[tuple[str, str]]:
        """Who may be given a task."""
        return staff_options(self.roster)

    def name_of(self, staff_id: StaffId | None) -> str:
        """A staff member's name; empty for nobody."""
        return name_of(staff_id, self.roster)


async def read_tasks(
    tx: Tx, me: Me, listed: TaskList, times: Clockwork, after: Place | None = None
) -> TasksShown:
    """One page of tasks: what is due first on top, or what was done last."""
    found = await list_tasks(
        tx, _wanted(listed, listed.state, me, times), after=after, limit=PAGE + 1
    )
    roster = await load_roster(tx)
    is_done = listed.state is State.COMPLETED
    return TasksShown(
        listed=listed,
        groups=_grouped(found[:PAGE], times, is_done=is_done),
        counts={
            state: await count_tasks(tx, _wanted(listed, state, me, times))
            for state in State
            if state is not State.COMPLETED
        },
        contact_name=await _contact_name(tx, listed.contact_id),
        more=found[PAGE - 1].place if len(found) > PAGE else None,
        roster=roster,
    )


def _wanted(listed: TaskList, state: State, me: Me, times: Clockwork) -> WantedTasks:
    midnight = _midnight(times)
    before = {State.OVERDUE: times.now, State.TODAY: midnight + timedelta(days=1)}
    return WantedTasks(
        assignee_id=me.staff_id if listed.whose is Whose.MINE else None,
        contact_id=ContactId(listed.contact_id) if listed.contact_id else None,
        is_done=state is State.COMPLETED,
        due_from=midnight if state is State.TODAY else None,
        due_before=before.get(state),
    )


async def _contact_name(tx: Tx, contact_id: str) -> str:
    if not contact_id:
        return ""
    try:
        contact = (await get_contact(tx, ContactId(contact_id))).contact
    except NotFound:
        return _("Nobody")
    return contact.name or contact.email or contact.phone or _("Unnamed contact")


def _midnight(times: Clockwork) -> datetime:
    return times.now.astimezone(times.zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )


def _grouped(rows: list[TaskRow], times: Clockwork, *, is_done: bool) -> list[Group]:
    if is_done:
        return _by_day(rows, times, [_done_at(row) for row in rows])
    late = [row for row in rows if row.task.due_at < times.now]
    rest = [row for row in rows if row.task.due_at >= times.now]
    overdue = [Group(key="overdue", title=_("Overdue"), rows=late)] if late else []
    return overdue + _by_day(rest, times, [row.task.due_at for row in rest])


def _by_day(
    rows: list[TaskRow], times: Clockwork, instants: list[datetime]
) -> list[Group]:
    today = times.now.astimezone(times.zone).date()

    def day_of(pair: tuple[TaskRow, datetime]) -> date:
        return pair[1].astimezone(times.zone).date()

    groups = []
    for day, pairs in groupby(zip(rows, instants, strict=True), key=day_of):
        members = list(pairs)
        key = "today" if day == today else str(day)
        title = times.day(members[0][1])
        groups.append(Group(key=key, title=title, rows=[row for row, _at in members]))
    return groups


def _done_at(row: TaskRow) -> datetime:
    return row.task.completed_at or row.task.due_at
