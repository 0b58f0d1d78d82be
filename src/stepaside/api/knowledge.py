"""What a bot may answer from: `/v1/bots/{id}/knowledge`."""

from dataclasses import replace
from typing import Annotated, Final

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import ADMIN, READ
from stepaside.api.call import Called
from stepaside.api.paging import Page, Paged
from stepaside.api.wire import PROSE, Request, Title, named
from stepaside.bot.imports import ArticleFormat, guess_format, read_articles
from stepaside.core.ids import BotId, KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.store import configuration, knowledge
from stepaside.store.bots import get_bot
from stepaside.store.ids import new_id

MAX_BODY: Final = 16 * 1024 * 1024
"""Bytes of a whole knowledge base in one request."""

Text = Annotated[str, Meta(min_length=1, max_length=50_000, pattern=PROSE)]
Question = Annotated[str, Meta(min_length=1, max_length=500, pattern=PROSE)]
Url = Annotated[str, Meta(max_length=2000, pattern=r"^https?://\S+$(?!\n)")]


Words = Annotated[str, QueryParameter(max_length=200), Meta(max_length=200)]


class NewItem(Request):
    """One article. `question` is the question it answers, where it has one."""

    title: Title
    text: Text
    question: Question | None = None
    url: Url | None = None


class ItemChange(Request):
    """What to change of an article; the rest stays. Null takes away."""

    title: Title | UnsetType = UNSET
    text: Text | UnsetType = UNSET
    question: Question | UnsetType | None = UNSET
    url: Url | UnsetType | None = UNSET


class NewKnowledge(Request):
    """Everything the bot is to know."""

    items: Annotated[list[NewItem], Meta(max_length=5000)]


class Pasted(Request):
    """Many articles in one text.

    format: left out: seen from the text.
    anyway: add what is right even where something is wrong.
    """

    text: Annotated[str, Meta(min_length=1, max_length=8_000_000, pattern=PROSE)]
    format: ArticleFormat | None = None
    anyway: bool = False


class Broken(Struct, kw_only=True):
    """What is wrong in one line of the text, counted from 1."""

    line: int
    message: str


class Imported(Struct, kw_only=True):
    """How an import went. `ready`: articles that could be read."""

    added: int
    ready: int
    faults: list[Broken]


class ItemView(Struct, kw_only=True):
    """One article."""

    id: str
    title: str
    text: str
    question: str | None
    url: str | None


class KnowledgeView(Struct, kw_only=True):
    """One page of what the bot knows. `version` grows with every change."""

    version: int
    items: list[ItemView]
    next: str | None = None


@get("/bots/{bot_id:str}/knowledge", scopes=READ)
async def get_knowledge(
    call: Called, page: Paged, bot_id: FromPath[str], q: Words = ""
) -> KnowledgeView:
    """Read what a bot knows, in the order it was given; `q`: what holds this text."""
    async with call.transaction() as tx:
        stored = await get_bot(tx, BotId(bot_id))
        rows = await knowledge.list_items(
            tx, BotId(bot_id), after=page.after, limit=page.one_more, words=q
        )
    shown = page.of(rows, view, lambda item: item.id)
    return KnowledgeView(
        version=stored.knowledge_version, items=shown.items, next=shown.next
    )


@put(
    "/bots/{bot_id:str}/knowledge",
    scopes=ADMIN,
    request_max_body_size=MAX_BODY,
)
async def replace_knowledge(
    call: Called, bot_id: FromPath[str], data: JSONBody[NewKnowledge]
) -> KnowledgeView:
    """Make these the only articles of a bot, all at once. Answers the first page."""
    items = [_item(item) for item in data.items]
    async with call.transaction() as tx:
        await configuration.replace_items(tx, BotId(bot_id), items, call.by)
        version = await knowledge.version(tx, BotId(bot_id))
    page = Page(limit=50, after="").of(items[:51], view, lambda item: item.id)
    return KnowledgeView(version=version, items=page.items, next=page.next)


@post("/bots/{bot_id:str}/knowledge/items", scopes=ADMIN)
async def add_item(
    call: Called, bot_id: FromPath[str], data: JSONBody[NewItem]
) -> ItemView:
    """Add one article."""
    item = _item(data)
    async with call.transaction() as tx:
        await configuration.add_item(tx, BotId(bot_id), item, call.by)
    return view(item)


@patch("/bots/{bot_id:str}/knowledge/items/{item_id:str}", scopes=ADMIN)
async def change_item(
    call: Called,
    bot_id: FromPath[str],
    item_id: FromPath[str],
    data: JSONBody[ItemChange],
) -> ItemView:
    """Change the fields of an article that are named."""
    async with call.transaction() as tx:
        await get_bot(tx, BotId(bot_id))
        stored = await knowledge.get_item(tx, BotId(bot_id), item_id)
        changed = replace(stored, **named(data))
        await configuration.change_item(tx, BotId(bot_id), changed, call.by)
    return view(changed)


@delete("/bots/{bot_id:str}/knowledge/items/{item_id:str}", scopes=ADMIN)
async def delete_item(
    call: Called, bot_id: FromPath[str], item_id: FromPath[str]
) -> None:
    """Take one article away."""
    async with call.transaction() as tx:
        await configuration.delete_item(
            tx, BotId(bot_id), KnowledgeItemId(item_id), call.by
        )


@post(
    "/bots/{bot_id:str}/knowledge/import",
    scopes=ADMIN,
    request_max_body_size=MAX_BODY,
    status_code=200,
)
async def import_knowledge(
    call: Called, bot_id: FromPath[str], data: JSONBody[Pasted]
) -> Imported:
    """Add the articles of a text. Where one is wrong, none is added unless asked."""
    how = data.format or guess_format(data.text)
    found = read_articles(data.text, how)
    faults = [Broken(line=fault.line, message=fault.rule) for fault in found.faults]
    if faults and not data.anyway:
        async with call.transaction() as tx:
            await get_bot(tx, BotId(bot_id))
        return Imported(added=0, ready=len(found.items), faults=faults)
    items = [
        replace(item, id=KnowledgeItemId(new_id("knowledge_item")))
        for item in found.items
    ]
    async with call.transaction() as tx:
        await configuration.add_items(tx, BotId(bot_id), items, call.by)
    return Imported(added=len(items), ready=len(items), faults=faults)


@post("/bots/{bot_id:str}/changes/{change_id:str}/undo", scopes=ADMIN, status_code=204)
async def restore_item(
    call: Called, bot_id: FromPath[str], change_id: FromPath[str]
) -> None:
    """Bring back the article that a change deleted."""
    async with call.transaction() as tx:
        await configuration.restore_item(tx, BotId(bot_id), change_id, call.by)


ROUTES: Final = (
    get_knowledge,
    replace_knowledge,
    add_item,
    change_item,
    delete_item,
    import_knowledge,
    restore_item,
)


def view(item: KnowledgeItem) -> ItemView:
    """An article as it is shown."""
    return ItemView(
        id=item.id,
        title=item.title,
        text=item.text,
        question=item.question,
        url=item.url,
    )


def _item(new: NewItem) -> KnowledgeItem:
    return KnowledgeItem(
        id=KnowledgeItemId(new_id("knowledge_item")),
        title=new.title,
        text=new.text,
        question=new.question,
        url=new.url,
    )
