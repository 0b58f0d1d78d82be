"""Sending one message to a system's own address, signed, with a stable id."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import httpx2

from stepaside.channels.addresses import check_public
from stepaside.channels.base import Accepted, DeliveryError, Outbound, Sender
from stepaside.channels.webhook.signed import (
    Answered,
    Call,
    Check,
    NoAnswer,
    signed_caller,
)

_LATER: Final = frozenset({408, 409, 425, 429})


def webhook_sender(
    client: httpx2.AsyncClient,
    now: Callable[[], datetime],
    *,
    allow_private: bool = False,
    check: Check = check_public,
) -> Sender:
    """A sender for inboxes of kind `webhook`. The rest is as in `signed_caller`."""
    call = signed_caller(client, allow_private=allow_private, check=check)

    async def send(outbound: Outbound) -> Accepted:
        url = str(outbound.settings.get("url") or "")
        if not url:
            raise DeliveryError("The inbox has no url to send to.", retry=False)
        secret = (outbound.settings.get("secrets") or [""])[0]
        at = now()
        body = _body(outbound, at)
        try:
            answered = await call(
                Call(url=url, secrets=[secret], id=outbound.key, body=body, at=at)
            )
        except NoAnswer as error:
            raise DeliveryError(str(error), retry=not error.is_refused) from error
        return _read(answered)

    return send


def _read(answered: Answered) -> Accepted:
    if answered.is_success:
        return Accepted(external_id=_their_id(answered.body))
    status = answered.status
    raise DeliveryError(
        f"The other side answered {status}.",
        retry=status in _LATER or status >= 500,
        retry_after=retry_after(answered.headers.get("retry-after")),
    )


def _their_id(said: bytes) -> str | None:
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        return None
    value = found.get("id") if isinstance(found, dict) else None
    good = isinstance(value, str) and value.isprintable() and 1 <= len(value) <= 200
    return value if good else None


def retry_after(value: str | None) -> timedelta | None:
    """The wait that was asked for, a day at most; None where none was.

    Seconds only; the date form is as rare as clocks that agree.
    """
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
