"""The pages of follow-up tasks, and what is done to tasks from wherever they stand."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from stepaside.core.errors import InvalidField, Refusal
from stepaside.core.ids import ContactId, TaskId
from stepaside.desk.bulk import say_refused
from stepaside.desk.contact_shown import name_of_contact, staff_options
from stepaside.desk.forms import Form
from stepaside.desk.frame import go_on, open_frame
from stepaside.desk.listing import parse_place
from stepaside.desk.pages import page
from stepaside.desk.task_forms import Sent, as_it_is, blank_task, parse_task
from stepaside.desk.task_list import State, TaskList, Whose, read_tasks
from stepaside.desk.updates import Toast, Watching
from stepaside.desk.visit import Visit, Visited, is_partial
from stepaside.desk.watching import draw
from stepaside.desk.words import _, plural, why_refused
from stepaside.pipeline import tasks
from stepaside.store.accounts import get_account
from stepaside.store.contact_list import WantedContacts, list_contacts
from stepaside.store.contacts import find_contact
from stepaside.store.desk_tasks import find_task_row
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id
from stepaside.store.staff import load_roster
from stepaside.store.tasks import Task

Search = Annotated[str, Meta(max_length=100)]
MOST_AT_ONCE: Final = 200


class TaskForm(Form, kw_only=True):
    """What a task's form says about the page it stands on.

    whose: the list of tasks there (`TaskList`); empty where none is.
    back: where to go on without scripts, below `/desk`; empty for the list.
    """

    whose: str = ""
    back: str = ""


@get("/tasks")
async def show_tasks(
    visit: Visited,
    *,
    whose: FromQuery[Whose] = Whose.MINE,
    show: FromQuery[State] = State.OPEN,
    contact: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[str]:
    """Tasks by day, what is due first on top; with `after`, only the next ones."""
    place = parse_place(after) if after else None
    listed = TaskList(whose=whose, state=show, contact_id=contact)
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "tasks")
        seen = await read_tasks(tx, visit.me, listed, frame["times"], place)
    return page("more_tasks.html" if after else "tasks.html", **frame, tasks=seen)


@get("/tasks/new")
async def show_new_task(
    visit: Visited, contact: FromQuery[str] = "", q: FromQuery[Search] = ""
) -> Response[str]:
    """A form for a new task; first, whom it is about."""
    if contact:
        return await _new_page(visit, contact, None, "/tasks")
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "tasks")
        wanted = WantedContacts(words=q.strip() or None)
        rows = await list_contacts(tx, wanted, limit=20, newest_first=True)
    return page(
        "task_contact.html", **frame, rows=rows, q=q.strip(), name_of=name_of_contact
    )


@post("/tasks", status_code=HTTP_200_OK)
async def add_task(visit: Visited) -> Response[Any]:
    """Make a task about a contact."""
    form = await visit.request.form()
    contact_id, back = str(form.get("contact_id", "")), str(form.get("back", ""))
    async with visit.transaction() as tx:
        sent = parse_task(form, visit.times((await get_account(tx)).time_zone))
        contact = await find_contact(tx, ContactId(contact_id))
    if sent.errors:
        return await _new_page(visit, contact_id, sent, back)
    now = visit.now()
    task = Task(
        id=TaskId(new_id("task")),
        contact_id=contact.id,
        created_at=now,
        updated_at=now,
        **sent.values,
    )
    try:
        await tasks.create(visit.desk.rt, visit.account_id, task, actor=visit.actor)
    except (InvalidField, NotFound) as wrong:
        return await _new_page(visit, contact_id, _wrongly(sent, wrong), back)
    return go_on(_safe(back), _("Task created."))


@get("/tasks/{task_id:str}")
async def show_task(visit: Visited, task_id: FromPath[str]) -> Response[str]:
    """One task, to be read and changed."""
    return await _task_page(visit, task_id, None)


@post("/tasks/{task_id:str}", status_code=HTTP_200_OK)
async def edit_task(visit: Visited, task_id: FromPath[str]) -> Response[Any]:
    """Change what is to be done, when and by whom; a new assignee is told."""
    form = await visit.request.form()
    async with visit.transaction() as tx:
        sent = parse_task(form, visit.times((await get_account(tx)).time_zone))
    if sent.errors:
        return await _task_page(visit, task_id, sent)
    before = {name: form.get(f"was_{name}") for name in sent.typed}
    fields = {k: v for k, v in sent.values.items() if sent.typed[k] != before[k]}
    rt = visit.desk.rt
    try:
        await tasks.change(
            rt, visit.account_id, task_id, fields=fields, actor=visit.actor
        )
    except (InvalidField, NotFound) as wrong:
        return await _task_page(visit, task_id, _wrongly(sent, wrong))
    return go_on(f"/tasks/{task_id}", _("Saved."))


@post("/tasks/bulk/{deed:str}", status_code=HTTP_200_OK)
async def change_tasks(
    visit: Visited, deed: FromPath[Literal["complete", "reopen", "assign"]]
) -> Response[Any]:
    """Do it to each by itself; one that is refused keeps no other from it."""
    # By hand: a list with one entry is sent as if it were none.
    form = await visit.request.form()
    chosen = list(dict.fromkeys(str(task) for task in form.getall("task", [])))
    refused: list[str] = []
    for task_id in chosen[:MOST_AT_ONCE]:
        try:
            await _change(visit, task_id, deed, str(form.get("assignee_id") or ""))
        except (Refusal, NotFound) as error:
            refused.append(await _why(visit, task_id, error))
    most = _("At most %(n)s at a time.", n=MOST_AT_ONCE)
    refused += [most] * len(chosen[MOST_AT_ONCE:])
    done = len(chosen) - len(refused)
    said = [_said(deed, done)] if done or not refused else []
    said += [say_refused(refused)] if refused else []
    toast = Toast(text=" ".join(said), is_problem=bool(refused))
    return await _answer(visit, TaskForm(whose=str(form.get("whose", ""))), toast)


async def _change(visit: Visit, task_id: str, deed: str, assignee_id: str) -> None:
    here = visit.desk.rt, visit.account_id, task_id
    if deed == "assign":
        fields = {"assignee_id": assignee_id or None}
        await tasks.change(*here, fields=fields, actor=visit.actor)
    else:
        do = tasks.complete if deed == "complete" else tasks.reopen
        await do(*here, actor=visit.actor)


async def _why(visit: Visit, task_id: str, error: Refusal | NotFound) -> str:
    """Why it could not be changed, with the task's name where it has one."""
    async with visit.transaction() as tx:
        row = await find_task_row(tx, task_id)
    if row is None:
        return _("A task is not there any more.")
    return f"{row.task.title}: {getattr(error, 'rule', error)}."


@post("/tasks/{task_id:str}/{deed:str}", status_code=HTTP_200_OK)
async def change_task(
    visit: Visited,
    task_id: FromPath[str],
    deed: FromPath[Literal["complete", "reopen"]],
    data: URLEncodedBody[TaskForm],
) -> Response[Any]:
    """Complete a task, or open it again."""
    do = tasks.complete if deed == "complete" else tasks.reopen
    task = await do(visit.desk.rt, visit.account_id, task_id, actor=visit.actor)
    toast = _completed(task) if deed == "complete" else None
    return await _answer(visit, data, toast)


TASK_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_tasks,
    show_new_task,
    add_task,
    show_task,
    edit_task,
    change_tasks,
    change_task,
)


async def _answer(
    visit: Visit, form: TaskForm, toast: Toast | str | None
) -> Response[Any]:
    """The page's pieces as they are now, or the page again."""
    listed = TaskList.parse(form.whose)
    if not is_partial(visit.request):
        said = toast.text if isinstance(toast, Toast) else toast or ""
        return go_on(_safe(form.back, listed), said)
    watching = Watching(
        listing=form.listing(visit.me.staff_id),
        conversation_id=form.open_id or None,
        since=form.since,
        tasks=listed,
    )
    toasts = [Toast(text=toast) if isinstance(toast, str) else toast] if toast else []
    changed = [form.open_id] if form.open_id else []
    updates = await draw(visit, watching, changed, toasts=toasts)
    return Response(updates.html, media_type="text/html")


def _said(deed: str, n: int) -> str:
    if deed == "assign":
        return plural("Task given away.", "%(n)s tasks given away.", n)
    if deed == "reopen":
        return plural("Task reopened.", "%(n)s tasks reopened.", n)
    return plural("Task completed.", "%(n)s tasks completed.", n)


def _safe(back: str, listed: TaskList | None = None) -> str:
    """Where to go on: a page of the desk, whatever the form said."""
    if back.startswith(("/contacts/", "/tasks/", "/conversations/")):
        return back
    query = "&".join(f"{k}={v}" for k, v in (listed or TaskList()).query().items())
    return f"/tasks?{query}"


async def _new_page(
    visit: Visit, contact_id: str, sent: Sent | None, back: str
) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "tasks")
        contact = await find_contact(tx, ContactId(contact_id))
        people = staff_options(await load_roster(tx))
    return page(
        "task_new.html",
        status=422 if sent else 200,
        **frame,
        sent=sent or blank_task(frame["times"], visit.me.staff_id),
        people=people,
        contact=contact,
        contact_name=name_of_contact(contact),
        back=_safe(back),
    )


async def _task_page(visit: Visit, task_id: str, sent: Sent | None) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "tasks")
        row = await find_task_row(tx, task_id)
        if row is None:
            raise NotFound("task", task_id)
        roster = await load_roster(tx)
    was = as_it_is(row.task, frame["times"])
    return page(
        "task.html",
        status=422 if sent else 200,
        **frame,
        row=row,
        sent=sent or was,
        was=was.typed,
        people=staff_options(roster, row.task.assignee_id),
    )


def _wrongly(sent: Sent, wrong: InvalidField | NotFound) -> Sent:
    """The form as it was typed; what is not found can only be the assignee."""
    field = wrong.field if isinstance(wrong, InvalidField) else "assignee_id"
    return Sent(typed=sent.typed, errors={field: why_refused(wrong)})


def _completed(task: Task) -> Toast:
    return Toast(
        text=_("Task completed."),
        undo=f"tasks/{task.id}/reopen",
        undo_word=_("Undo"),
    )
