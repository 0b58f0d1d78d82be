"""Sending one message to a system's own address, signed, with a stable id."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import httpx2
from standardwebhooks import Webhook

from stepaside.channels.addresses import PrivateAddress, check_public
from stepaside.channels.base import Accepted, DeliveryError, Outbound, Sender

TIMEOUT: Final = 15.0
"""Seconds. Source: Standard Webhooks asks for 15 to 30."""
_LATER: Final = frozenset({408, 409, 425, 429})


def webhook_sender(
    client: httpx2.AsyncClient,
    now: Callable[[], datetime],
    *,
    allow_private: bool = False,
) -> Sender:
    """A sender for inboxes of kind `webhook`.

    allow_private: whether addresses inside the network may be called; off, so that
        nobody who configures an inbox can make this machine call its neighbours.
    """

    async def send(outbound: Outbound) -> Accepted:
        url = str(outbound.settings.get("url") or "")
        if not url:
            raise DeliveryError("The inbox has no url to send to.", retry=False)
        try:
            await check_public(url, allow_private=allow_private)
        except PrivateAddress as error:
            raise DeliveryError(str(error), retry=False) from error
        return await _post(client, url, outbound, now())

    return send


async def _post(
    client: httpx2.AsyncClient, url: str, outbound: Outbound, now: datetime
) -> Accepted:
    body = _body(outbound, now)
    secrets = outbound.settings.get("secrets") or [""]
    headers = {
        "content-type": "application/json",
        "webhook-id": outbound.key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secrets[0]).sign(outbound.key, now, body),
    }
    try:
        answer = await client.post(
            url, content=body, headers=headers, timeout=TIMEOUT, follow_redirects=False
        )
    except httpx2.HTTPError as error:
        raise DeliveryError(f"No answer ({type(error).__name__}).", retry=True) from (
            error
        )
    return _read(answer)


def _read(answer: httpx2.Response) -> Accepted:
    if answer.is_success:
        return Accepted(external_id=_their_id(answer))
    status = answer.status_code
    raise DeliveryError(
        f"The other side answered {status}.",
        retry=status in _LATER or status >= 500,
        retry_after=_retry_after(answer.headers.get("retry-after")),
    )


def _their_id(answer: httpx2.Response) -> str | None:
    try:
        found = answer.json()
    except ValueError:
        return None
    value = found.get("id") if isinstance(found, dict) else None
    return value if isinstance(value, str) and value else None


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
