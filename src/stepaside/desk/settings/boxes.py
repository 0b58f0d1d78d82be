"""Inboxes: where contacts write, what a website has to hold, and webhook secrets."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.channels.webhook.signature import new_secret
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId, InboxId, WorkflowId
from stepaside.core.terms import USUAL_DEADLINES, Deadlines, check_deadlines
from stepaside.desk.bots.fields import Faults
from stepaside.desk.bots.fields import Sent as FormSent
from stepaside.desk.bots.settings_form import told
from stepaside.desk.bots.settings_people import Promised
from stepaside.desk.bots.settings_said import deadlines_said
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.settings.addresses import check_origins, check_url
from stepaside.desk.settings.frame import Sent, open_settings, settings_page
from stepaside.desk.settings.names import INBOX
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _
from stepaside.store import configuration
from stepaside.store.bots import find_bot, list_bots
from stepaside.store.changes import By
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind, get_inbox, list_inboxes
from stepaside.store.workflows import list_workflows

MOST: Final = 500
_SNIPPET: Final = (
    '<script type="module" src="{base}/widget/stepaside-widget.js"></script>\n'
    '<stepaside-chat inbox="{inbox}"></stepaside-chat>'
)


@get("/settings/inboxes")
async def show_inboxes(visit: Visited) -> Response[str]:
    """Every inbox."""
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "inboxes")
        found = await list_inboxes(tx, limit=MOST)
        choices = await _choices(tx)
    return settings_page("inboxes", frame, inboxes=found, kinds=INBOX, **choices)


@get("/settings/inboxes/new")
async def show_new(visit: Visited) -> Response[str]:
    """The form for an inbox to make."""
    return await _new_page(visit, Sent.of({"kind": InboxKind.WIDGET}))


@post("/settings/inboxes/new", status_code=HTTP_200_OK)
async def make_inbox(visit: Visited) -> Response[Any]:
    """Make it; where it has a secret, the page shows it this once."""
    sent = await Sent.by(visit)
    kind = sent.choice("kind", InboxKind, InboxKind.WIDGET)
    now = visit.now()
    blank = Inbox(
        id=InboxId(new_id("inbox")),
        kind=kind,
        name="",
        settings={"secrets": [new_secret()]} if kind is InboxKind.WEBHOOK else {},
        created_at=now,
        updated_at=now,
    )
    inbox = _read(sent, blank)
    try:
        async with visit.transaction() as tx:
            await only_admins(tx, visit)
            if not sent.problems:
                await configuration.create_inbox(tx, inbox, _by(visit))
    except InvalidField as error:
        sent.refuse(error)
    if sent.problems:
        return await _new_page(visit, sent)
    secret = inbox.settings.get("secrets", [""])[0]
    return await _page(visit, inbox.id, secret=secret)


@get("/settings/inboxes/{inbox_id:str}")
async def show_inbox(visit: Visited, inbox_id: FromPath[str]) -> Response[str]:
    """One inbox, to be changed."""
    return await _page(visit, inbox_id)


@post("/settings/inboxes/{inbox_id:str}", status_code=HTTP_200_OK)
async def change_inbox(visit: Visited, inbox_id: FromPath[str]) -> Response[Any]:
    """Store what was changed."""
    sent = await Sent.by(visit)
    try:
        async with visit.transaction() as tx:
            await only_admins(tx, visit)
            inbox = _read(sent, await get_inbox(tx, InboxId(inbox_id), lock=True))
            inbox = replace(inbox, deadlines=_deadlines(sent))
            if not sent.problems:
                await configuration.change_inbox(tx, inbox, _by(visit))
                return go_on(f"/settings/inboxes/{inbox_id}", _("Saved."))
    except InvalidField as error:
        sent.refuse(error)
    return await _page(visit, inbox_id, sent=sent)


@post("/settings/inboxes/{inbox_id:str}/secret", status_code=HTTP_200_OK)
async def renew_secret(visit: Visited, inbox_id: FromPath[str]) -> Response[str]:
    """A new secret, shown this once. The one before is taken until `end_secret`."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        inbox = await get_inbox(tx, InboxId(inbox_id), lock=True)
        before = list(inbox.settings.get("secrets", []))
        secret = new_secret()
        settings = {**inbox.settings, "secrets": [secret, *before[:1]]}
        changed = replace(inbox, settings=settings, updated_at=visit.now())
        await configuration.change_inbox(tx, changed, _by(visit))
    return await _page(visit, inbox_id, secret=secret)


@post("/settings/inboxes/{inbox_id:str}/end-secret", status_code=HTTP_200_OK)
async def end_secret(visit: Visited, inbox_id: FromPath[str]) -> Response[Any]:
    """Take the secret before no longer."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        inbox = await get_inbox(tx, InboxId(inbox_id), lock=True)
        secrets = list(inbox.settings.get("secrets", []))[:1]
        settings = {**inbox.settings, "secrets": secrets}
        changed = replace(inbox, settings=settings, updated_at=visit.now())
        await configuration.change_inbox(tx, changed, _by(visit))
    said = _("The old secret is no longer taken.")
    return go_on(f"/settings/inboxes/{inbox_id}", said)


@post("/settings/inboxes/{inbox_id:str}/delete", status_code=HTTP_200_OK)
async def remove_inbox(visit: Visited, inbox_id: FromPath[str]) -> Response[Any]:
    """Delete it; its conversations stay to be read."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        inbox = await get_inbox(tx, InboxId(inbox_id), lock=True)
        await configuration.delete_inbox(tx, inbox, _by(visit))
    return go_on("/settings/inboxes", _("The inbox is deleted."))


def _read(sent: Sent, inbox: Inbox) -> Inbox:
    bot, workflow = sent.text("bot_id"), sent.text("workflow_id")
    settings = dict(inbox.settings)
    if inbox.kind is InboxKind.WIDGET:
        settings["allowed_origins"] = check_origins(sent, "allowed_origins")
    if inbox.kind is InboxKind.WEBHOOK:
        settings["url"] = check_url(sent, "url")
        window = sent.number("reply_window_hours", least=1, most=720)
        inbox = replace(inbox, reply_window_hours=window)
    return replace(
        inbox,
        name=sent.text("name", most=100, required=True),
        bot_id=BotId(bot) if bot else None,
        workflow_id=WorkflowId(workflow) if workflow else None,
        settings=settings,
    )


def _deadlines(sent: Sent) -> Deadlines | None:
    """Deadlines of the inbox's own; None where its bot's hold."""
    if not sent.text("own_deadlines"):
        return None
    typed = Promised.read(FormSent(form=sent.form))
    try:
        return check_deadlines(typed.deadlines())
    except InvalidField as fault:
        sent.problems[fault.field] = told(fault)
        return None


def _by(visit: Visit) -> By:
    return By(actor=visit.actor, at=visit.now())


async def _choices(tx: Tx) -> dict[str, Any]:
    bots = [row.bot for row in await list_bots(tx, limit=MOST)]
    flows = await list_workflows(tx, limit=MOST)
    return {
        "bots": {bot.id: bot.name for bot in bots},
        "workflows": {flow.id: flow.name for flow in flows},
    }


async def _new_page(visit: Visit, sent: Sent) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "inboxes")
        choices = await _choices(tx)
    return settings_page(
        "inbox_new", frame, sent.problems, sent=sent, kinds=INBOX, **choices
    )


async def _page(
    visit: Visit, inbox_id: str, *, sent: Sent | None = None, secret: str = ""
) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "inboxes")
        inbox = await get_inbox(tx, InboxId(inbox_id))
        bot = await find_bot(tx, inbox.bot_id)
        of_bot = bot.deadlines if bot else USUAL_DEADLINES
        choices = await _choices(tx)
    kept = {
        "name": inbox.name,
        "bot_id": inbox.bot_id or "",
        "workflow_id": inbox.workflow_id or "",
        "url": inbox.settings.get("url", ""),
        "reply_window_hours": inbox.reply_window_hours or "",
        "own_deadlines": "on" if inbox.deadlines else "",
        "allowed_origins": "\n".join(inbox.settings.get("allowed_origins", [])),
    }
    base = visit.desk.base_url
    stored = Promised.holding(inbox.deadlines or of_bot)
    typed = Promised.read(FormSent(form=sent.form)) if sent else stored
    form = {"promised": typed, "faults": Faults(sent.problems if sent else {})}
    return settings_page(
        "inbox",
        frame,
        sent.problems if sent else None,
        sent=sent or Sent.of(kept),
        inbox=inbox,
        kinds=INBOX,
        secret=secret,
        form=form,
        of_bot=deadlines_said(of_bot),
        has_old_secret=len(inbox.settings.get("secrets", [])) > 1,
        snippet=_SNIPPET.format(base=base, inbox=inbox.id),
        receives_at=f"{base}/v1/inboxes/{inbox.id}/webhook",
        **choices,
    )


BOX_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_inboxes,
    show_new,
    make_inbox,
    show_inbox,
    change_inbox,
    renew_secret,
    end_secret,
    remove_inbox,
)
