"""One signed call to another system's address, and nobody else's.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import httpx2
from standardwebhooks import Webhook

from stepaside.channels.addresses import PrivateAddress, check_public
from stepaside.core.errors import StepasideError

TIMEOUT: Final = 15.0
"""Seconds, for all of it. Source: Standard Webhooks asks for 15 to 30."""
MAX_ANSWER: Final = 64 * 1024
"""Bytes; all we read of an answer is an id and how it begins."""

Check = Callable[..., Awaitable[str | None]]


class NoAnswer(StepasideError):
    """Nothing answered; says why.

    is_refused: the address may not be called, and another try changes nothing.
    """

    def __init__(self, why: str, *, is_refused: bool = False) -> None:
        super().__init__(why)
        self.is_refused = is_refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What to send.

    id: the idempotency key, the same at every try.
    secrets: each signs, so that the receiver may know either.
    """

    url: str
    secrets: Sequence[str]
    id: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back. body: empty where it was too long or packed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the other side took it."""
        return 200 <= self.status < 300


class Caller(Protocol):
    """Makes one signed call."""

    async def __call__(self, call: Call) -> Answered:
        """Make it. Raises: NoAnswer."""
        ...


def signed_caller(
    http: httpx2.AsyncClient,
    *,
    allow_private: bool = False,
    check: Check = check_public,
) -> Caller:
    """Calls addresses on the public internet. Redirects are answers, never followed.

    allow_private: whether addresses inside the network may be called; off, so that
        nobody who configures an address can make this machine call its neighbours.
    check: says whether a url may be called, and at which IP address.
    """

    async def send(call: Call) -> Answered:
        try:
            async with asyncio.timeout(TIMEOUT):  # looking the name up is part of it
                address = await check(call.url, allow_private=allow_private)
                return await _post(http, _target(call.url, address), call)
        except PrivateAddress as error:
            raise NoAnswer(str(error), is_refused=True) from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise NoAnswer(f"No answer ({type(error).__name__}).") from error

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
    http: httpx2.AsyncClient, target: Mapping[str, Any], call: Call
) -> Answered:
    headers = {**target["headers"], **_signed(call)}
    async with http.stream(
        "POST",
        content=call.body,
        timeout=TIMEOUT,
        follow_redirects=False,
        **{**target, "headers": headers},
    ) as answer:
        body = await _beginning(answer)
    return Answered(status=answer.status_code, headers=answer.headers, body=body)


def _signed(call: Call) -> dict[str, str]:
    signatures = (
        Webhook(secret).sign(call.id, call.at, call.body) for secret in call.secrets
    )
    return {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "user-agent": "Stepaside",
        "webhook-id": call.id,
        "webhook-timestamp": str(int(call.at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


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
