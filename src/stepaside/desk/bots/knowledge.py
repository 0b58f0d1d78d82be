"""What a bot knows: the list, one article, and many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.bot.imports import ArticleFormat, Fault, guess_format, read_articles
from stepaside.core.checks import check_item
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId, KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.desk.bots.fields import Faults, Sent, clean, in_words
from stepaside.desk.bots.frame import open_bot
from stepaside.desk.bots.listing import PERIOD
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.pages import page
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, mark, plural
from stepaside.store import configuration
from stepaside.store.bot_lists import times_quoted
from stepaside.store.bots import get_bot
from stepaside.store.ids import new_id
from stepaside.store.knowledge import get_item, list_items

PAGE: Final = 50
FAULTS: Final[Mapping[str, str]] = {
    "title": mark("Give it a title, up to 200 characters."),
    "text": mark("Write what the bot is to say, up to 50,000 characters."),
    "question": mark("At most 500 characters."),
    "url": mark("An address begins with https:// and has no spaces."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemForm:
    """An article as it is typed. item_id: empty for a new one."""

    item_id: str = ""
    title: str = ""
    text: str = ""
    question: str = ""
    url: str = ""
    faults: Faults = field(default_factory=Faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportForm:
    """A pasted text and what is wrong in it. ready: articles that could be read."""

    text: str = ""
    ready: int = 0
    faults: Sequence[Fault] = ()


@get("/bots/{bot_id:str}/knowledge")
async def show_knowledge(
    visit: Visited,
    bot_id: FromPath[str],
    q: FromQuery[str] = "",
    after: FromQuery[str] = "",
    gone: FromQuery[str] = "",
) -> Response[str]:
    """The articles, or those with these words. `gone`: the deletion to take back."""
    here, words = BotId(bot_id), clean(q).strip()[:200]
    async with visit.transaction() as tx:
        frame = await open_bot(tx, visit, here, "knowledge")
        found = await list_items(tx, here, after=after, limit=PAGE + 1, words=words)
        quoted = await times_quoted(tx, here, visit.now() - PERIOD)
    return page(
        "bots/knowledge.html",
        **frame,
        items=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else "",
        quoted=quoted,
        q=words,
        gone=gone,
        is_first=not after,
    )


@get("/bots/{bot_id:str}/knowledge/new")
async def show_new_item(visit: Visited, bot_id: FromPath[str]) -> Response[str]:
    """The form for a new article."""
    return await _item_page(visit, BotId(bot_id), ItemForm(), 200)


@get("/bots/{bot_id:str}/knowledge/import")
async def show_import(visit: Visited, bot_id: FromPath[str]) -> Response[str]:
    """The form for many articles at once."""
    return await _import_page(visit, BotId(bot_id), ImportForm(), 200)


@get("/bots/{bot_id:str}/knowledge/{item_id:str}")
async def show_item(
    visit: Visited, bot_id: FromPath[str], item_id: FromPath[str]
) -> Response[str]:
    """The form with one article."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        await get_bot(tx, BotId(bot_id))
        item = await get_item(tx, BotId(bot_id), item_id)
    form = ItemForm(
        item_id=item.id,
        title=item.title,
        text=item.text,
        question=item.question or "",
        url=item.url or "",
    )
    return await _item_page(visit, BotId(bot_id), form, 200)


@post("/bots/{bot_id:str}/knowledge", status_code=HTTP_200_OK)
async def save_item(visit: Visited, bot_id: FromPath[str]) -> Response[Any]:
    """Add an article, or change the one that the form names."""
    here, sent = BotId(bot_id), Sent(form=await visit.request.form())
    form = ItemForm(
        item_id=sent.line("item_id"),
        title=sent.line("title"),
        text=sent.text("text"),
        question=sent.text("question"),
        url=sent.line("url"),
    )
    item = _item(form)
    try:
        check_item(item)
    except InvalidField as fault:
        told = Faults({fault.field: in_words(fault, FAULTS)})
        return await _item_page(visit, here, replace(form, faults=told), 422)
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        if form.item_id:
            await configuration.change_item(tx, here, item, visit.by)
        else:
            await configuration.add_item(tx, here, item, visit.by)
    said = _("Saved.") if form.item_id else _("Added. The bot knows it from now on.")
    return go_on(f"/bots/{bot_id}/knowledge", said)


@post("/bots/{bot_id:str}/knowledge/import", status_code=HTTP_200_OK)
async def import_items(visit: Visited, bot_id: FromPath[str]) -> Response[Any]:
    """Add every article of a pasted text; with faults, only once that was wished."""
    here, sent = BotId(bot_id), Sent(form=await visit.request.form())
    text = sent.text("text")
    wanted = sent.line("format")
    how = ArticleFormat(wanted) if wanted in list(ArticleFormat) else guess_format(text)
    found = read_articles(text, how)
    if not found.items or (found.faults and not sent.has("anyway")):
        form = ImportForm(text=text, ready=len(found.items), faults=found.faults)
        return await _import_page(visit, here, form, 422)
    items = [
        replace(item, id=KnowledgeItemId(new_id("knowledge_item")))
        for item in found.items
    ]
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        await configuration.add_items(tx, here, items, visit.by)
    said = plural("Added %(n)s article.", "Added %(n)s articles.", len(items))
    return go_on(f"/bots/{bot_id}/knowledge", said)


@post("/bots/{bot_id:str}/knowledge/{item_id:str}/delete", status_code=HTTP_200_OK)
async def delete_item(
    visit: Visited, bot_id: FromPath[str], item_id: FromPath[str]
) -> Response[Any]:
    """Delete an article; the page that follows offers to take that back."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        change = await configuration.delete_item(
            tx, BotId(bot_id), KnowledgeItemId(item_id), visit.by
        )
    return go_on(f"/bots/{bot_id}/knowledge?gone={change}")


@post("/bots/{bot_id:str}/changes/{change_id:str}/undo", status_code=HTTP_200_OK)
async def restore_item(
    visit: Visited, bot_id: FromPath[str], change_id: FromPath[str]
) -> Response[Any]:
    """Bring a deleted article back as it was."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        await configuration.restore_item(tx, BotId(bot_id), change_id, visit.by)
    return go_on(f"/bots/{bot_id}/knowledge", _("It is back, as it was."))


KNOWLEDGE_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_knowledge,
    show_new_item,
    show_import,
    show_item,
    save_item,
    import_items,
    delete_item,
    restore_item,
)


def _item(form: ItemForm) -> KnowledgeItem:
    return KnowledgeItem(
        id=KnowledgeItemId(form.item_id or new_id("knowledge_item")),
        title=form.title or form.question.split("\n")[0][:200],
        text=form.text,
        question=form.question or None,
        url=form.url or None,
    )


async def _item_page(
    visit: Visit, bot_id: BotId, form: ItemForm, status: int
) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_bot(tx, visit, bot_id, "knowledge")
    return page("bots/item.html", status=status, **frame, form=form)


async def _import_page(
    visit: Visit, bot_id: BotId, form: ImportForm, status: int
) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_bot(tx, visit, bot_id, "knowledge")
    return page("bots/import.html", status=status, **frame, form=form)
