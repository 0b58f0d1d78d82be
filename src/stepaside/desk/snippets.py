"""Snippets: replies written once, for the composer, and the page that keeps them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler
from msgspec import Meta, Struct

from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId
from stepaside.core.rules import VARIABLES, render_message
from stepaside.desk.frame import go_on, open_frame
from stepaside.desk.pages import page
from stepaside.desk.visit import Me, Visit, Visited
from stepaside.desk.words import _, again
from stepaside.store.bots import find_bot
from stepaside.store.contacts import get_contact
from stepaside.store.conversations import find_conversation
from stepaside.store.database import Tx
from stepaside.store.snippets import (
    delete_snippet,
    get_snippet,
    list_snippets,
    save_snippet,
)
from stepaside.store.staff import load_roster


class SnippetForm(Struct, kw_only=True):
    """A snippet as it is written."""

    csrf: str = ""
    shortcut: Annotated[str, Meta(max_length=100)] = ""
    text: Annotated[str, Meta(max_length=10_000)] = ""


@get("/snippets")
async def show_snippets(visit: Visited) -> Response[str]:
    """All of them."""
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "settings")
        found = await list_snippets(tx)
        roster = await load_roster(tx)
    return page("snippets.html", **frame, snippets=found, roster=roster)


@get("/snippets/new")
async def new_snippet(visit: Visited) -> Response[str]:
    """An empty one to fill."""
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "settings")
    return _form(frame, None, SnippetForm(), {})


@get("/snippets/{snippet_id:str}")
async def edit_snippet(visit: Visited, snippet_id: FromPath[str]) -> Response[str]:
    """One of them."""
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "settings")
        found = await get_snippet(tx, snippet_id)
    form = SnippetForm(shortcut=found.shortcut, text=found.text)
    return _form(frame, snippet_id, form, {})


@post("/snippets/new", status_code=HTTP_200_OK)
async def add_snippet(
    visit: Visited, data: URLEncodedBody[SnippetForm]
) -> Response[Any]:
    """Store a new one."""
    return await _keep(visit, None, data)


@post("/snippets/{snippet_id:str}", status_code=HTTP_200_OK)
async def change_snippet(
    visit: Visited, snippet_id: FromPath[str], data: URLEncodedBody[SnippetForm]
) -> Response[Any]:
    """Store a changed one."""
    return await _keep(visit, snippet_id, data)


async def _keep(
    visit: Visit, snippet_id: str | None, form: SnippetForm
) -> Response[Any]:
    text = form.text.replace("\r\n", "\n").strip()
    shortcut = form.shortcut.strip().lstrip("/")
    by, now = visit.me.staff_id, visit.now()
    try:
        async with visit.transaction() as tx:
            await save_snippet(tx, snippet_id, shortcut, text, by=by, now=now)
    except InvalidField as refusal:
        async with visit.transaction() as tx:
            frame = await open_frame(tx, visit, "settings")
        return _form(frame, snippet_id, form, {refusal.field: again(refusal.rule)})
    return go_on("/snippets", _("Snippet saved."))


@post("/snippets/{snippet_id:str}/delete", status_code=HTTP_200_OK)
async def drop_snippet(visit: Visited, snippet_id: FromPath[str]) -> Response[Any]:
    """Let it go."""
    async with visit.transaction() as tx:
        gone = await delete_snippet(tx, snippet_id)
    return go_on("/snippets", _("Snippet /%(name)s is deleted.", name=gone.shortcut))


@get("/conversations/{conversation_id:str}/snippets")
async def offer_snippets(
    visit: Visited, conversation_id: FromPath[str]
) -> list[dict[str, str]]:
    """All of them with their variables filled in, for the composer."""
    async with visit.transaction() as tx:
        values = await _values(tx, visit, conversation_id)
        return [
            {"shortcut": s.shortcut, "text": render_message(s.text, values)}
            for s in await list_snippets(tx)
        ]


def _form(
    frame: Mapping[str, Any],
    snippet_id: str | None,
    form: SnippetForm,
    errors: Mapping[str, str],
) -> Response[str]:
    return page(
        "snippet.html",
        status=422 if errors else 200,
        **frame,
        snippet_id=snippet_id,
        form=form,
        errors=errors,
        variables=["{{" + name + "}}" for name in VARIABLES],
    )


async def _values(tx: Tx, visit: Visit, conversation_id: str) -> Mapping[str, str]:
    stored = await find_conversation(tx, conversation_id)
    contact = (await get_contact(tx, stored.contact_id)).contact
    bot = await find_bot(tx, BotId(stored.bot_id)) if stored.bot_id else None
    me: Me = visit.me
    member = (await load_roster(tx)).staff[me.staff_id]
    return {
        "contact.name": contact.name,
        "contact.first_name": contact.first_name,
        "bot.name": bot.name if bot else "",
        "staff.name": member.name,
        "staff.first_name": member.first_name,
    }


SNIPPET_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_snippets,
    new_snippet,
    edit_snippet,
    add_snippet,
    change_snippet,
    drop_snippet,
    offer_snippets,
)
