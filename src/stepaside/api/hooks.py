"""The door for other systems: signed webhooks in, whatever they report."""

from datetime import datetime
from typing import Any, Final, Literal

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import UNSET, Struct, UnsetType

from stepaside.api.problems import EXCEPTION_HANDLERS
from stepaside.api.request_log import RequestLog
from stepaside.channels.base import Echo, Inbound, Progress, StatusReport
from stepaside.channels.webhook.parse import Fact, parse
from stepaside.channels.webhook.signature import verify
from stepaside.core.ids import InboxId
from stepaside.pipeline.receive import receive, receive_echo, report_status
from stepaside.pipeline.runtime import Runtime
from stepaside.store.errors import NotFound
from stepaside.store.inboxes import InboxKind, find_inbox_account, get_inbox

MAX_BODY: Final = 256 * 1024
"""Bytes. A message of 10,000 characters with its contact is far below."""


_SIGNED: Final = dict.fromkeys(
    ("webhook-id", "webhook-timestamp", "webhook-signature"), True
)


class ReportedContact(Struct, kw_only=True):
    """Who wrote, or was written to. id: yours for them on this channel."""

    id: str
    name: str = ""
    email: str = ""
    phone: str = ""


class ReportedFact(Struct, kw_only=True):
    """What was said, or how far something has come.

    id: yours of the message, by which repeats are recognised.
    author: of a message: `business` is somebody of ours outside the desk, or an echo of
        what we sent.
    reference: of such an echo: the id we gave the message when we sent it.
    text, postback, attachments: of a message, at least one of them.
    private, kind: a note, or anything but `message`, is no concern of ours.
    status: of a report about one of our messages.
    """

    id: str
    author: Literal["contact", "business"] | UnsetType = UNSET
    contact: ReportedContact | UnsetType = UNSET
    text: str | UnsetType = UNSET
    postback: dict[str, Any] | UnsetType = UNSET
    attachments: list[dict[str, Any]] | UnsetType = UNSET
    at: datetime | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    private: bool | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    status: Progress | UnsetType = UNSET


class Reported(Struct, kw_only=True):
    """What happened on a channel. Unknown types and fields are taken and forgotten.

    type: `message.created` or `message.status`.
    timestamp: when, where `data.at` does not say.
    """

    type: str
    timestamp: datetime | UnsetType = UNSET
    data: ReportedFact


class Taken(Struct, kw_only=True):
    """What became of it; empty where it was no concern of ours.

    message_id: the message as it is stored; null for an echo of our own.
    new: whether it was not there before.
    taken: whether the report said something new about one of our messages.
    """

    message_id: str | UnsetType | None = UNSET
    new: bool | UnsetType = UNSET
    taken: bool | UnsetType = UNSET


@post(
    "/v1/inboxes/{inbox_id:str}/webhook",
    status_code=202,
    request_max_body_size=MAX_BODY,
    exception_handlers=EXCEPTION_HANDLERS,
    middleware=[RequestLog()],
    exclude_from_csrf=True,
    needs_no_key=True,
    reads_headers=_SIGNED,
    takes=Reported,
    answers=Taken,
)
async def take_report(
    request: Request[Any, Any, State], inbox_id: FromPath[str]
) -> Response[Taken]:
    """Take what a system reports: a message, an echo, how far a message has come.

    For inboxes of kind `webhook`. Signed with the inbox's secret as Standard Webhooks
    says, instead of an API key. Answered as soon as it is stored; the bot answers
    afterwards. What is no concern of ours is taken and forgotten, so that the other
    side does not repeat it; the same message again is stored once.
    """
    rt: Runtime = request.app.state.rt
    found = await find_inbox_account(rt.db, inbox_id)
    if found is None or found[1] is not InboxKind.WEBHOOK:
        raise NotFound("inbox", inbox_id)
    account_id = found[0]
    async with rt.db.transaction(account_id) as tx:
        settings = (await get_inbox(tx, InboxId(inbox_id))).settings
    body = await request.body()
    verify(body, request.headers, settings.get("secrets", ()))
    fact = parse(inbox_id, body)
    stored = await _store(rt, account_id, fact) if fact else Taken()
    return Response(stored, status_code=202)


async def _store(rt: Runtime, account_id: str, fact: Fact) -> Taken:
    match fact:
        case Inbound():
            received = await receive(rt, account_id, fact)
            return Taken(message_id=received.message_id, new=not received.duplicate)
        case Echo():
            echoed = await receive_echo(rt, account_id, fact)
            return Taken(message_id=echoed.message_id if echoed else None)
        case StatusReport():
            return Taken(taken=await report_status(rt, account_id, fact))


ROUTES: Final = (take_report,)
