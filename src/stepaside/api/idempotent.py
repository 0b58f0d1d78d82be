"""`Idempotency-Key`: the same request sent twice is carried out once."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from stepaside.api.problems import KeyMalformed, send_problem
from stepaside.pipeline.runtime import Runtime
from stepaside.store.api_keys import Caller
from stepaside.store.idempotency import Answer, begin, finish, give_back

_KEY: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")


class Idempotency(ASGIMiddleware):
    """Gives the first answer again to a POST that carries the same key.

    Only what was carried out is remembered: a request that was refused changed
    nothing, so its key may be used again. The answer is kept before it is sent, so that
    a caller who lost it gets it by asking again; but what a handler names in `once=`,
    a secret shown this once, is not kept and not given again.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(
        self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        """Pass on what has no key."""
        key = Headers.from_scope(scope).get("idempotency-key")
        if key is None or Request(scope).method != "POST":
            await next_app(scope, receive, send)
            return
        try:
            given = await _begin(key, scope, receive)
        except Exception as error:  # noqa: BLE001 - each kind has its answer
            await send_problem(error, scope, receive, send)
            return
        if given:
            await _send_again(given, send)
            return
        answer = _Answer()
        await next_app(scope, receive, answer.take)
        await _remember(key, scope, answer)
        for message in answer.messages:
            await send(message)


@dataclass(slots=True)
class _Answer:
    """An answer held back until it is remembered."""

    messages: list[Message] = field(default_factory=list)
    status: int = 0
    body: bytes = b""

    async def take(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.body += message["body"]

    @property
    def carried_out(self) -> bool:
        return 200 <= self.status < 300


async def _begin(key: str, scope: Scope, receive: Receive) -> Answer | None:
    if not _KEY.fullmatch(key):
        raise KeyMalformed
    request: Request[Any, Any, Any] = Request(scope, receive=receive)
    rt: Runtime = scope["litestar_app"].state.rt
    caller: Caller = scope["auth"]
    mark = _fingerprint(request, await request.body())
    async with rt.db.transaction(caller.account_id) as tx:
        return await begin(tx, key, mark, rt.now())


async def _remember(key: str, scope: Scope, answer: _Answer) -> None:
    rt: Runtime = scope["litestar_app"].state.rt
    caller: Caller = scope["auth"]
    async with rt.db.transaction(caller.account_id) as tx:
        if answer.carried_out:
            body = _without(answer.body, scope["route_handler"].opt.get("once", ()))
            await finish(tx, key, Answer(status=answer.status, body=body))
        else:
            await give_back(tx, key)


def _without(body: bytes, secrets: Collection[str]) -> bytes:
    if not secrets:
        return body
    shown = msgspec.json.decode(body)
    return msgspec.json.encode({k: v for k, v in shown.items() if k not in secrets})


def _fingerprint(request: Request[Any, Any, Any], body: bytes) -> bytes:
    """What makes a request this one: who asks (and so may), where, and for what."""
    caller: Caller = request.scope["auth"]
    query = request.scope["query_string"]
    parts = (caller.key_id.encode(), request.url.path.encode(), query, body)
    return hashlib.sha256(b"\0".join(parts)).digest()


async def _send_again(answer: Answer, send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer.body)).encode()),
        (b"idempotency-replayed", b"true"),
    ]
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
