"""The first run: five steps from nothing to a bot that steps aside for a person.

Every step shows what there is and can be left and taken up again; what is done is seen
from the account itself, so that nothing depends on the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.bot.imports import Fault, guess_format, read_articles
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId, InboxId, KnowledgeItemId, StaffId
from stepaside.core.roster import Bot, StaffMember
from stepaside.desk.bots.channels import make_widget, snippet
from stepaside.desk.bots.fields import Faults, Sent, in_words
from stepaside.desk.bots.making import make_bot
from stepaside.desk.bots.sentence import people, sentence
from stepaside.desk.frame import go_on, only_admins, open_frame
from stepaside.desk.pages import page
from stepaside.desk.settings.frame import Sent as StaffSent
from stepaside.desk.settings.invitation import (
    INVITED_FOR,
    invitation_link,
    mail_invitation,
)
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, again, mark
from stepaside.store import configuration
from stepaside.store.bots import get_bot
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id
from stepaside.store.inboxes import InboxKind, get_inbox
from stepaside.store.rules import list_rules
from stepaside.store.setup import LATER, Setup, Step, note_step, read_setup
from stepaside.store.staff import StoredStaff, create_staff

FAULTS: Final = {
    "name": mark("Give it a name, up to 100 characters."),
}
TITLES: Final = {
    Step.BOT: mark("Make your bot"),
    Step.KNOWLEDGE: mark("Tell it what it knows"),
    Step.RULES: mark("When it steps aside"),
    Step.COLLEAGUE: mark("Invite a colleague"),
    Step.INSTALL: mark("Put it on your website"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What somebody wrote in a step that could not be taken yet.

    link: lets the colleague in who was just invited; shown this once.
    mailed: how mailing it to them went, as `mail_invitation` says it.
    """

    texts: Faults = field(default_factory=Faults)
    faults: Faults = field(default_factory=Faults)
    lines: Sequence[Fault] = ()
    ready: int = 0
    link: str = ""
    invited: StaffMember | None = None
    mailed: str = ""


@get("/start")
async def show_start(visit: Visited, step: FromQuery[str] = "") -> Response[str]:
    """The checklist, with one step open: the asked one, or the first to do."""
    async with visit.transaction() as tx:
        return await _page(tx, visit, step, Begun(), 200)


@post("/start/{step:str}", status_code=HTTP_200_OK)
async def take_step(visit: Visited, step: FromPath[Step]) -> Response[Any]:
    """Take a step, or leave it out for now."""
    sent = Sent(form=await visit.request.form())
    async with visit.transaction() as tx:
        me = await only_admins(tx, visit)
        setup = await read_setup(tx)
        if sent.line("do") == "later":
            if step in LATER:
                await note_step(tx, step, "left_out", visit.by)
            return go_on("/start")
        if sent.line("do") == "done":
            await note_step(tx, step, "done", visit.by)
            return go_on("/start")
        begun = await _take(tx, visit, setup, step, sent)
        if begun is None:
            return go_on("/start")
        if begun.invited is None:
            return await _page(tx, visit, step, begun, 422)
    mailed = await mail_invitation(visit, begun.invited, me.name, begun.link)
    async with visit.transaction() as tx:
        return await _page(tx, visit, step, replace(begun, mailed=mailed), 200)


@get("/try/{inbox_id:str}")
async def show_try(visit: Visited, inbox_id: FromPath[str]) -> Response[str]:
    """A page of ours with the real chat on it, as a website would have it."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        inbox = await get_inbox(tx, InboxId(inbox_id))
        if inbox.kind is not InboxKind.WIDGET:
            raise NotFound("chat", inbox_id)
    return page("bots/try_page.html", inbox=inbox)


START_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_start,
    take_step,
    show_try,
)


async def _take(
    tx: Tx, visit: Visit, setup: Setup, step: Step, sent: Sent
) -> Begun | None:
    """Do what the step says; what is to be shown again, or None once it is done."""
    if step is Step.BOT:
        return await _make_bot(tx, visit, setup, sent)
    if setup.bot_id is None:
        return None
    match step:
        case Step.INSTALL if sent.line("do") == "widget" and not setup.inbox_id:
            await make_widget(tx, setup.bot_id, _("Website"), visit.by)
            return None
        case Step.KNOWLEDGE:
            return await _learn(tx, visit, setup.bot_id, sent)
        case Step.COLLEAGUE:
            return await _invite(tx, visit, sent)
        case _:
            await note_step(tx, step, "done", visit.by)
            return None


async def _make_bot(tx: Tx, visit: Visit, setup: Setup, sent: Sent) -> Begun | None:
    name, personality = sent.line("name"), sent.text("personality")
    fresh = Bot(id=BotId(""), name=name, personality=personality)
    try:
        if setup.bot_id:
            was = (await get_bot(tx, setup.bot_id, lock=True)).bot
            changed = replace(was, name=name, personality=personality)
            await configuration.change_bot(tx, changed, visit.by)
        else:
            made = await make_bot(tx, fresh, visit.by)
            await make_widget(tx, made, _("Website"), visit.by)
    except InvalidField as fault:
        texts = Faults(name=name, personality=personality)
        told = Faults({fault.field: in_words(fault, FAULTS)})
        return Begun(texts=texts, faults=told)
    return None


async def _learn(tx: Tx, visit: Visit, bot_id: BotId, sent: Sent) -> Begun | None:
    text = sent.text("text")
    found = read_articles(text, guess_format(text))
    if not found.items or (found.faults and not sent.has("anyway")):
        return Begun(
            texts=Faults(text=text), lines=found.faults, ready=len(found.items)
        )
    items = [
        replace(item, id=KnowledgeItemId(new_id("knowledge_item")))
        for item in found.items
    ]
    await configuration.add_items(tx, bot_id, items, visit.by)
    return None


async def _invite(tx: Tx, visit: Visit, sent: Sent) -> Begun:
    asked, now = StaffSent(form=sent.form, problems={}), visit.now()
    member = StaffMember(
        id=StaffId(new_id("staff")),
        name=asked.text("name", most=100, required=True),
        email=asked.email("email"),
    )
    if not asked.problems:
        try:
            async with tx.conn.transaction():
                stored = StoredStaff(member=member, created_at=now, updated_at=now)
                await create_staff(tx, stored)
        except InvalidField as error:
            asked.refuse(error)
        else:
            link = await invitation_link(tx, visit, member)
            return Begun(link=link, invited=member)
    texts = Faults(name=sent.line("name"), email=sent.line("email"))
    return Begun(texts=texts, faults=Faults(asked.problems))


async def _page(
    tx: Tx, visit: Visit, step: str, begun: Begun, status: int
) -> Response[str]:
    frame = await open_frame(tx, visit, "start", admins=True)
    setup = await read_setup(tx)
    bot = (await get_bot(tx, setup.bot_id)).bot if setup.bot_id else None
    there = await people(tx)
    rules = await list_rules(tx, setup.bot_id) if setup.bot_id else ()
    first = setup.left[0] if setup.left else ""
    return page(
        "bots/start.html",
        status=status,
        **frame,
        setup=setup,
        steps=[(key, _(title)) for key, title in TITLES.items()],
        later=LATER,
        open_step=step if step in list(Step) else first,
        begun=begun,
        days=INVITED_FOR.days,
        bot=bot,
        sentences=[(again(rule.title), sentence(rule, there)) for rule in rules],
        snippet=snippet(visit.desk.base_url, setup.inbox_id or ""),
    )
