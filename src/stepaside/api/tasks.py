"""Follow-up tasks: `/v1/tasks`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import READ, WRITE
from stepaside.api.call import Call, Called
from stepaside.api.paging import Items, Paged
from stepaside.api.wire import PROSE, Id, Instant, Request, Title, named
from stepaside.core.errors import InvalidField
from stepaside.core.ids import ContactId, ConversationId, StaffId, TaskId
from stepaside.pipeline import tasks
from stepaside.store import tasks as stored_tasks
from stepaside.store.contacts import find_contact
from stepaside.store.conversations import find_conversation
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.listing import UNASSIGNED
from stepaside.store.tasks import Task, TaskStatus

DUE_IN: Final = timedelta(hours=24)
"""From now, where nobody says when."""

Body = Annotated[str, Meta(max_length=10_000, pattern=PROSE)]


class NewTask(Request):
    """A task to make, about a contact or about a conversation of theirs.

    due_at: left out: in 24 hours.
    status: `completed` for what was done already; nobody is told of it then.
    """

    title: Title
    body: Body = ""
    contact_id: Id | None = None
    conversation_id: Id | None = None
    assignee_id: Id | None = None
    due_at: Instant | None = None
    status: TaskStatus = TaskStatus.OPEN


class TaskChange(Request):
    """What to change of a task; the rest stays."""

    title: Title | UnsetType = UNSET
    body: Body | UnsetType = UNSET
    assignee_id: Id | UnsetType | None = UNSET
    due_at: Instant | UnsetType = UNSET
    status: TaskStatus | UnsetType = UNSET


class TaskView(Struct, kw_only=True):
    """A task. `handover_id`: the handover that made it."""

    id: str
    title: str
    body: str
    contact_id: str
    conversation_id: str | None
    handover_id: str | None
    assignee_id: str | None
    due_at: datetime
    status: TaskStatus
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@get("/tasks", scopes=READ)
async def list_tasks(
    call: Called,
    page: Paged,
    *,
    assignee: FromQuery[str | None] = None,
    status: FromQuery[TaskStatus | None] = None,
    due_before: FromQuery[datetime | None] = None,
    contact_id: FromQuery[str | None] = None,
    conversation_id: FromQuery[str | None] = None,
) -> Items[TaskView]:
    """List tasks, what is due soonest first.

    `assignee` is a staff member's id, or `unassigned`.
    """
    if due_before is not None and due_before.tzinfo is None:
        raise InvalidField("due_before", "must say its offset, such as Z")
    nobodys = assignee == UNASSIGNED
    async with call.transaction() as tx:
        rows = await stored_tasks.list_tasks(
            tx,
            after=page.after,
            limit=page.one_more,
            assignee_id=StaffId(assignee) if assignee and not nobodys else None,
            unassigned=nobodys,
            status=status,
            due_before=due_before,
            contact_id=ContactId(contact_id) if contact_id else None,
            conversation_id=ConversationId(conversation_id)
            if conversation_id
            else None,
        )
    return page.of(rows, view, lambda task: task.id)


@post("/tasks", scopes=WRITE)
async def create_task(call: Called, data: JSONBody[NewTask]) -> TaskView:
    """Make a task. Its assignee is told."""
    now = call.now()
    async with call.transaction() as tx:
        contact_id = await _contact(tx, data)
    task = Task(
        id=TaskId(new_id("task")),
        title=data.title,
        body=data.body,
        contact_id=contact_id,
        conversation_id=ConversationId(data.conversation_id)
        if data.conversation_id
        else None,
        assignee_id=StaffId(data.assignee_id) if data.assignee_id else None,
        due_at=_due(data.due_at) if data.due_at else now + DUE_IN,
        status=data.status,
        completed_at=now if data.status is TaskStatus.COMPLETED else None,
        created_at=now,
        updated_at=now,
    )
    return view(await tasks.create(call.rt, call.account_id, task, actor=call.actor))


@get("/tasks/{task_id:str}", scopes=READ)
async def get_task(call: Called, task_id: FromPath[str]) -> TaskView:
    """Read one task."""
    async with call.transaction() as tx:
        return view(await stored_tasks.get_task(tx, TaskId(task_id)))


@patch("/tasks/{task_id:str}", scopes=WRITE)
async def change_task(
    call: Called, task_id: FromPath[str], data: JSONBody[TaskChange]
) -> TaskView:
    """Change the fields that are named. A new assignee is told."""
    fields = named(data)
    status = fields.pop("status", None)
    if "due_at" in fields:
        fields["due_at"] = _due(fields["due_at"])
    task = await tasks.change(
        call.rt, call.account_id, task_id, fields=fields, actor=call.actor
    )
    return await _set_status(call, task_id, status) if status else view(task)


@put("/tasks/{task_id:str}/completion", scopes=WRITE)
async def complete_task(call: Called, task_id: FromPath[str]) -> TaskView:
    """Say that a task is done."""
    return await _set_status(call, task_id, TaskStatus.COMPLETED)


@delete("/tasks/{task_id:str}/completion", scopes=WRITE, status_code=200)
async def reopen_task(call: Called, task_id: FromPath[str]) -> TaskView:
    """Say that a task is not done after all."""
    return await _set_status(call, task_id, TaskStatus.OPEN)


ROUTES: Final = (
    list_tasks,
    create_task,
    get_task,
    change_task,
    complete_task,
    reopen_task,
)


def view(task: Task) -> TaskView:
    """A task as it is shown."""
    shown: dict[str, Any] = {n: getattr(task, n) for n in TaskView.__struct_fields__}
    return TaskView(**shown)


async def _contact(tx: Tx, new: NewTask) -> ContactId:
    """Whom it is about, seeing that contact and conversation belong together."""
    if new.conversation_id is None:
        if new.contact_id is None:
            raise InvalidField("contact_id", "required: the contact it is about")
        return (await find_contact(tx, ContactId(new.contact_id))).id
    conversation = await find_conversation(tx, new.conversation_id)
    if new.contact_id not in (None, conversation.contact_id):
        raise InvalidField("contact_id", "the conversation is another contact's")
    return conversation.contact_id


def _due(instant: datetime) -> datetime:
    # Beyond these, a reader's own clock could not show it.
    if not 1970 < instant.year < 9000:
        raise InvalidField("due_at", "between the years 1971 and 8999")
    return instant.astimezone(UTC)


async def _set_status(call: Call, task_id: str, status: TaskStatus) -> TaskView:
    done = status is TaskStatus.COMPLETED
    move = tasks.complete if done else tasks.reopen
    return view(await move(call.rt, call.account_id, task_id, actor=call.actor))
