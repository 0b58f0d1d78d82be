"""Inboxes: `/v1/inboxes`."""

import base64
import secrets
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import ADMIN, READ
from stepaside.api.call import Called
from stepaside.api.paging import Items, Paged
from stepaside.api.terms_wire import (
    DeadlinesChange,
    DeadlinesSet,
    deadlines_from,
    deadlines_set,
)
from stepaside.api.wire import Id, Name, Request, named
from stepaside.core.errors import InvalidField
from stepaside.core.ids import InboxId
from stepaside.store import configuration, inboxes
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind

Url = Annotated[
    str, Meta(max_length=2000, pattern=r"^https?://[^\s/?#@]+([/?#]\S*)?$(?!\n)")
]
Origin = Annotated[str, Meta(max_length=300, pattern=r"^https?://[^\s/?#@]+$(?!\n)")]
_SETTINGS: Final = {
    "url": InboxKind.WEBHOOK,
    "allowed_origins": InboxKind.WIDGET,
}
"""What only one kind of inbox has."""


class InboxChange(Request):
    """What to change of an inbox; its kind stays.

    bot_id: who answers; null: only people do.
    workflow_id: the entry point of every conversation there; it picks the bot.
    url: kind `webhook`: where our messages are sent.
    allowed_origins: kind `widget`: the sites that may show it; empty: any.
    deadlines: in place of the bot's; null: the bot's.
    reply_window_hours: kind `webhook`: how long after the contact's last message the
        channel behind it takes free words; null: for ever.
    """

    name: Name | UnsetType = UNSET
    bot_id: Id | UnsetType | None = UNSET
    workflow_id: Id | UnsetType | None = UNSET
    url: Url | UnsetType = UNSET
    allowed_origins: Annotated[list[Origin], Meta(max_length=50)] | UnsetType = UNSET
    deadlines: DeadlinesChange | UnsetType | None = UNSET
    reply_window_hours: Annotated[int, Meta(ge=1, le=720)] | UnsetType | None = UNSET


class NewInbox(InboxChange, kw_only=True):
    """An inbox to make. Kind `webhook` needs a `url`."""

    kind: InboxKind
    name: Name


class InboxView(Struct, kw_only=True, omit_defaults=True):
    """An inbox.

    secret: kind `webhook`: signs what is sent either way. Shown once, when it is made.
    """

    id: str
    kind: InboxKind
    name: str
    bot_id: str | None
    workflow_id: str | None
    deadlines: DeadlinesSet | None
    reply_window_hours: int | None
    created_at: datetime
    updated_at: datetime
    url: str | UnsetType = UNSET
    allowed_origins: list[str] | UnsetType = UNSET
    secret: str | UnsetType = UNSET


@get("/inboxes", scopes=READ)
async def list_inboxes(call: Called, page: Paged) -> Items[InboxView]:
    """List the inboxes, the oldest first."""
    async with call.transaction() as tx:
        rows = await inboxes.list_inboxes(tx, after=page.after, limit=page.one_more)
    return page.of(rows, view, lambda inbox: inbox.id)


@post("/inboxes", scopes=ADMIN, once=("secret",))
async def create_inbox(call: Called, data: JSONBody[NewInbox]) -> InboxView:
    """Make an inbox. The answer holds its secret, where it has one, this once."""
    if data.kind is InboxKind.WEBHOOK and data.url is UNSET:
        raise InvalidField("url", "required for kind webhook")
    now = call.now()
    blank = Inbox(
        id=InboxId(new_id("inbox")),
        kind=data.kind,
        name=data.name,
        settings=_first_settings(data.kind),
        created_at=now,
        updated_at=now,
    )
    inbox = _changed(blank, data)
    async with call.transaction() as tx:
        await configuration.create_inbox(tx, inbox, call.by)
    shown = view(inbox)
    shown.secret = inbox.settings.get("secrets", [UNSET])[0]
    return shown


@get("/inboxes/{inbox_id:str}", scopes=READ)
async def get_inbox(call: Called, inbox_id: FromPath[str]) -> InboxView:
    """Read one inbox."""
    async with call.transaction() as tx:
        return view(await inboxes.get_inbox(tx, InboxId(inbox_id)))


@patch("/inboxes/{inbox_id:str}", scopes=ADMIN)
async def change_inbox(
    call: Called, inbox_id: FromPath[str], data: JSONBody[InboxChange]
) -> InboxView:
    """Change the fields that are named. Open conversations keep their bot."""
    async with call.transaction() as tx:
        stored = await inboxes.get_inbox(tx, InboxId(inbox_id), lock=True)
        inbox = replace(_changed(stored, data), updated_at=call.now())
        await configuration.change_inbox(tx, inbox, call.by)
    return view(inbox)


@delete("/inboxes/{inbox_id:str}", scopes=ADMIN)
async def delete_inbox(call: Called, inbox_id: FromPath[str]) -> None:
    """Delete an inbox. Its conversations stay to be read."""
    async with call.transaction() as tx:
        stored = await inboxes.get_inbox(tx, InboxId(inbox_id), lock=True)
        await configuration.delete_inbox(tx, stored, call.by)


ROUTES: Final = (list_inboxes, create_inbox, get_inbox, change_inbox, delete_inbox)


def view(inbox: Inbox) -> InboxView:
    """An inbox as it is shown, without its secrets."""
    return InboxView(
        id=inbox.id,
        kind=inbox.kind,
        name=inbox.name,
        bot_id=inbox.bot_id,
        workflow_id=inbox.workflow_id,
        deadlines=deadlines_set(inbox.deadlines) if inbox.deadlines else None,
        reply_window_hours=inbox.reply_window_hours,
        created_at=inbox.created_at,
        updated_at=inbox.updated_at,
        **{name: inbox.settings[name] for name in _SETTINGS if name in inbox.settings},
    )


def _changed(inbox: Inbox, change: InboxChange) -> Inbox:
    fields: dict[str, Any] = named(change)
    fields.pop("kind", None)
    settings = dict(inbox.settings)
    for name, kind in _SETTINGS.items():
        if name in fields and inbox.kind is not kind:
            raise InvalidField(name, f"only an inbox of kind {kind} has it")
        if name in fields:
            settings[name] = fields.pop(name)
    if fields.get("deadlines"):
        fields["deadlines"] = deadlines_from(fields["deadlines"])
    if fields.get("reply_window_hours") and inbox.kind is not InboxKind.WEBHOOK:
        raise InvalidField("reply_window_hours", "only an inbox of kind webhook has it")
    return replace(inbox, **fields, settings=settings)


def _first_settings(kind: InboxKind) -> dict[str, Any]:
    match kind:
        case InboxKind.WEBHOOK:
            return {"secrets": [_new_secret()]}
        case InboxKind.WIDGET:
            return {"allowed_origins": []}
        case InboxKind.API:
            return {}


def _new_secret() -> str:
    """A signing secret. Source: Standard Webhooks, "Symmetric": 24 to 64 bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
