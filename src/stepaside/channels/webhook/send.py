"""Sending one message to a system's own address, signed, with a stable id."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx2
from standardwebhooks import Webhook

from stepaside.channels.addresses import PrivateAddress, check_public
from stepaside.channels.base import Accepted, DeliveryError, Outbound, Sender

TIMEOUT: Final = 15.0
"""Seconds, for all of it. Source: Standard Webhooks asks for 15 to 30."""
MAX_ANSWER: Final = 64 * 1024
"""Bytes; all we read of an answer is an id."""
_LATER: Final = frozenset({408, 409, 425, 429})


def webhook_sender(
    client: httpx2.AsyncClient,
    now: Callable[[], datetime],
    *,
    allow_private: bool = False,
    check: Callable[..., Awaitable[str | None]] = check_public,
) -> Sender:
    """A sender for inboxes of kind `webhook`.

    allow_private: whether addresses inside the network may be called; off, so that
        nobody who configures an inbox can make this machine call its neighbours.
    check: says whether a url may be called, and at which IP address.
    """

    async def send(outbound: Outbound) -> Accepted:
        url = str(outbound.settings.get("url") or "")
        if not url:
            raise DeliveryError("The inbox has no url to send to.", retry=False)
        try:
            address = await check(url, allow_private=allow_private)
        except PrivateAddress as error:
            raise DeliveryError(str(error), retry=False) from error
        return await _post(client, _target(url, address), outbound, now())

    return send


def _target(url: str, address: str | None) -> dict[str, Any]:
    """The url, at an address that was looked at; names may change what they mean.

    Not kept open: connections are kept by address, and another name may live there.
    """
    named = httpx2.URL(url)
    if address is None:
        return {"url": named, "headers": {}}
    return {
        "url": named.copy_with(host=address),
        "headers": {"host": named.netloc.decode(), "connection": "close"},
        "extensions": {"sni_hostname": named.raw_host.decode()},
    }


async def _post(
    client: httpx2.AsyncClient,
    target: Mapping[str, Any],
    outbound: Outbound,
    now: datetime,
) -> Accepted:
    body = _body(outbound, now)
    secrets = outbound.settings.get("secrets") or [""]
    headers = {
        **target["headers"],
        "content-type": "application/json",
        "accept-encoding": "identity",
        "webhook-id": outbound.key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secrets[0]).sign(outbound.key, now, body),
    }
    try:
        async with (
            asyncio.timeout(TIMEOUT),
            client.stream(
                "POST",
                content=body,
                timeout=TIMEOUT,
                follow_redirects=False,
                **{**target, "headers": headers},
            ) as answer,
        ):
            said = await _beginning(answer)
    except (httpx2.HTTPError, TimeoutError) as error:
        raise DeliveryError(f"No answer ({type(error).__name__}).", retry=True) from (
            error
        )
    return _read(answer, said)


async def _beginning(answer: httpx2.Response) -> bytes:
    """What was answered, or none of it: an answer without end must end here."""
    said = b""
    if "content-encoding" in answer.headers:  # nobody asked; it may swell in unpacking
        return said
    async for part in answer.aiter_bytes():
        said += part
        if len(said) > MAX_ANSWER:
            return b""
    return said


def _read(answer: httpx2.Response, said: bytes) -> Accepted:
    if answer.is_success:
        return Accepted(external_id=_their_id(said))
    status = answer.status_code
    raise DeliveryError(
        f"The other side answered {status}.",
        retry=status in _LATER or status >= 500,
        retry_after=_retry_after(answer.headers.get("retry-after")),
    )


def _their_id(said: bytes) -> str | None:
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        return None
    value = found.get("id") if isinstance(found, dict) else None
    good = isinstance(value, str) and value.isprintable() and 1 <= len(value) <= 200
    return value if good else None


def _retry_after(value: str | None) -> timedelta | None:
    """Seconds only; the date form is as rare as clocks that agree."""
    if value is None or not value.isdigit():
        return None
    return timedelta(seconds=min(int(value), 86_400))


def _body(outbound: Outbound, now: datetime) -> str:
    return json.dumps(
        {
            "type": "message.created",
            "timestamp": now.isoformat(),
            "data": {
                "reference": outbound.message_id,
                "conversation_id": outbound.conversation_id,
                "contact": {"id": outbound.recipient},
                "author": outbound.author,
                "author_name": outbound.author_name,
                "text": outbound.text,
                "at": outbound.at.isoformat(),
            },
        },
        ensure_ascii=False,
    )
