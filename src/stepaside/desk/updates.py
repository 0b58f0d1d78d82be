"""What changed, as pieces of the page: for the stream, and in answer to a deed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from stepaside.core.events import ActorKind, Event, EventType
from stepaside.desk.control import name_of
from stepaside.desk.listing import Row, read_counts, read_rows
from stepaside.desk.pages import render
from stepaside.desk.shown import Shown, read_conversation
from stepaside.desk.task_list import TaskList, read_tasks
from stepaside.desk.times import Clockwork
from stepaside.desk.visit import Me
from stepaside.desk.words import _, mark
from stepaside.store.database import Tx
from stepaside.store.desk_lists import Listing
from stepaside.store.errors import NotFound
from stepaside.store.events import StoredEvent
from stepaside.store.staff import load_roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What a page shows, and so what has to be kept up to date on it.

    conversation_id: the open conversation; None where there is none.
    since: from when on its transcript is shown.
    tasks: which tasks the page lists; None where it lists none.
    """

    listing: Listing
    conversation_id: str | None = None
    since: datetime | None = None
    tasks: TaskList | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """A short message about something that was done.

    undo: where to post to take it back, below `/desk`; empty where nothing does.
    undo_fields: what to post there besides.
    """

    text: str
    is_problem: bool = False
    undo: str = ""
    undo_word: str = ""
    undo_fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """Pieces of a page as HTML. `look_again`: something is under way silently."""

    html: str
    look_again: bool


async def draw_updates(
    tx: Tx,
    me: Me,
    watching: Watching,
    times: Clockwork,
    changed: Sequence[str],
    *,
    events: Sequence[StoredEvent] = (),
    toasts: Iterable[Toast] = (),
) -> Updates:
    """Everything on the page that these conversations have a part in, as it is now.

    Tells the state and not the steps, so that pieces may come twice or late.
    """
    rows = await read_rows(tx, watching.listing, list(changed), times)
    shown = None
    if watching.conversation_id in changed:
        shown = await _open_conversation(tx, me, watching, times)
    tasks = await read_tasks(tx, me, watching.tasks, times) if watching.tasks else None
    html = render(
        "updates.html",
        me=me,
        myself=(await load_roster(tx)).staff[me.staff_id],
        times=times,
        rows=rows,
        listing=watching.listing,
        open_id=watching.conversation_id,
        counts=await read_counts(tx, me),
        shown=shown,
        tasks=tasks,
        toasts=[*toasts, *_elsewhere(me, shown, events)],
        announcement=_announcement(rows, events, me),
    )
    return Updates(html=html, look_again=shown is not None and shown.is_unsettled)


async def _open_conversation(
    tx: Tx, me: Me, watching: Watching, times: Clockwork
) -> Shown | None:
    try:
        return await read_conversation(
            tx, me, str(watching.conversation_id), times, watching.since
        )
    except NotFound:
        return None


def _elsewhere(
    me: Me, shown: Shown | None, events: Sequence[StoredEvent]
) -> Iterable[Toast]:
    """What colleagues did to the conversation the reader looks at."""
    if shown is None:
        return
    for stored in events:
        event = stored.event
        by_colleague = (
            event.actor.kind is ActorKind.STAFF and event.actor.staff_id != me.staff_id
        )
        text = _DONE.get(event.type)
        if stored.conversation_id == shown.id and by_colleague and text:
            yield Toast(text=_(text, who=name_of(event.actor.staff_id, shown.roster)))


_DONE = {
    EventType.CLAIMED: mark("%(who)s claimed this conversation."),
    EventType.TAKEN_OVER: mark("%(who)s took this conversation over."),
    EventType.RELEASED: mark("%(who)s released this conversation to the queue."),
    EventType.HANDED_BACK: mark("%(who)s handed this conversation back to the bot."),
    EventType.RESOLVED: mark("%(who)s resolved this conversation."),
    EventType.REOPENED: mark("%(who)s reopened this conversation."),
}


def _announcement(rows: Sequence[Row], events: Sequence[StoredEvent], me: Me) -> str:
    """What a screen reader says about the list; empty for nothing of note."""
    names = {row.row.id: row for row in rows}
    said = []
    for stored in events:
        row = names.get(stored.conversation_id) if stored.conversation_id else None
        if row:
            said.append(_news(row, stored.event, me))
    return " ".join(dict.fromkeys(text for text in said if text))


def _news(row: Row, event: Event, me: Me) -> str:
    if event.type is EventType.HANDOVER_STARTED:
        return _("Handover: %(name)s. %(why)s.", name=row.name, why=row.cause)
    mine = row.row.assignee_id == me.staff_id
    if event.type is EventType.MESSAGE_RECEIVED and mine:
        return _("%(name)s wrote.", name=row.name)
    return ""
