"""The page of follow-up tasks, and completing them from wherever they are shown."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.desk.deeds import Form
from stepaside.desk.frame import open_frame
from stepaside.desk.listing import parse_place
from stepaside.desk.pages import ROOT, page
from stepaside.desk.task_list import Whose, read_tasks
from stepaside.desk.updates import Toast, Watching
from stepaside.desk.visit import Visited, is_partial
from stepaside.desk.watching import draw
from stepaside.desk.words import _
from stepaside.pipeline import tasks
from stepaside.store.desk_lists import Listing
from stepaside.store.tasks import Task


class TaskForm(Form, kw_only=True):
    """What a task's form says about the page it stands on.

    open_id: the conversation that is open there; empty where none is.
    """

    whose: Whose | None = None
    open_id: str = ""


@get("/tasks")
async def show_tasks(
    visit: Visited, whose: FromQuery[Whose] = Whose.MINE, after: FromQuery[str] = ""
) -> Response[str]:
    """Open tasks, what is due first on top; with `after`, only the next ones."""
    place = parse_place(after) if after else None
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "tasks")
        shown = await read_tasks(tx, visit.me, whose, frame["times"], place)
    return page("more_tasks.html" if after else "tasks.html", **frame, tasks=shown)


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
    if not is_partial(visit.request):
        return Redirect(
            f"{ROOT}/tasks?whose={data.whose or Whose.MINE}", status_code=303
        )
    watching = Watching(
        listing=Listing(view=data.view, me=visit.me.staff_id, search=data.q.strip()),
        conversation_id=data.open_id or None,
        since=data.since,
        tasks=data.whose,
    )
    toasts = [_completed(task)] if deed == "complete" else []
    changed = [data.open_id] if data.open_id else []
    updates = await draw(visit, watching, changed, toasts=toasts)
    return Response(updates.html, media_type="text/html")


def _completed(task: Task) -> Toast:
    return Toast(
        text=_("Task completed."),
        undo=f"tasks/{task.id}/reopen",
        undo_word=_("Undo"),
    )


TASK_ROUTES: Final[Sequence[ControllerRouterHandler]] = (show_tasks, change_task)
