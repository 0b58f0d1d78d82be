"""The door for other systems: signed webhooks in, whatever they report."""

from typing import Any, Final

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath

from stepaside.api.problems import EXCEPTION_HANDLERS
from stepaside.api.request_log import RequestLog
from stepaside.channels.base import Echo, Inbound, StatusReport
from stepaside.channels.webhook.parse import Fact, parse
from stepaside.channels.webhook.signature import verify
from stepaside.core.ids import InboxId
from stepaside.pipeline.receive import receive, receive_echo, report_status
from stepaside.pipeline.runtime import Runtime
from stepaside.store.errors import NotFound
from stepaside.store.inboxes import InboxKind, find_inbox_account, get_inbox

MAX_BODY: Final = 256 * 1024
"""Bytes. A message of 10,000 characters with its contact is far below."""


@post(
    "/v1/inboxes/{inbox_id:str}/webhook",
    status_code=202,
    request_max_body_size=MAX_BODY,
    exception_handlers=EXCEPTION_HANDLERS,
    middleware=[RequestLog()],
    exclude_from_csrf=True,
)
async def take(
    request: Request[Any, Any, State], inbox_id: FromPath[str]
) -> Response[dict[str, Any]]:
    """Take what a system reports: a message, an echo, how far a message has come.

    Answered as soon as it is stored; the bot answers afterwards. What is no concern
    of ours is taken and forgotten, so that the other side does not repeat it.
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
    stored = await _store(rt, account_id, fact) if fact else {}
    return Response(stored, status_code=202)


async def _store(rt: Runtime, account_id: str, fact: Fact) -> dict[str, Any]:
    match fact:
        case Inbound():
            received = await receive(rt, account_id, fact)
            return {"message_id": received.message_id, "new": not received.duplicate}
        case Echo():
            echoed = await receive_echo(rt, account_id, fact)
            return {"message_id": echoed.message_id if echoed else None}
        case StatusReport():
            return {"taken": await report_status(rt, account_id, fact)}


ROUTES: Final = (take,)
