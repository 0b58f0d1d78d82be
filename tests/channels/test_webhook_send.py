"""Messages to another system's address: signed, once each, never to a neighbour."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from stepaside.channels.addresses import PrivateAddress, check_public
from stepaside.channels.base import DeliveryError, Outbound, Sender
from stepaside.channels.webhook import signed
from stepaside.channels.webhook.send import webhook_sender
from stepaside.channels.webhook.signature import new_secret
from stepaside.wiring import web_client
from tests.loopback import Answer, Asked, serving

SECRET = new_secret()
OUTBOUND = Outbound(
    key="message:msg_1",
    message_id="msg_1",
    conversation_id="cnv_1",
    recipient="cy-phone",
    author="bot",
    author_name="Pear",
    text="Grüße, Cy!",
    at=datetime(2026, 3, 2, 10, tzinfo=UTC),
    settings={"url": "https://phone.example.org/hook", "secrets": [SECRET]},
)


class OtherSide:
    """What the other system answers, and what it was sent."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.answer = httpx2.Response(200, json={"id": "theirs-1"})

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        self.requests.append(request)
        return self.answer


@pytest.fixture
def other() -> OtherSide:
    """The other system."""
    return OtherSide()


@pytest.fixture
async def send(other: OtherSide) -> AsyncIterator[Sender]:
    """A sender that reaches the other system and nothing else."""
    transport = httpx2.MockTransport(other)
    async with httpx2.AsyncClient(transport=transport) as client:
        yield webhook_sender(client, _real_now, allow_private=True)


def _real_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - signatures are checked by a real clock


async def test_the_other_side_can_check_who_sent_it(
    send: Sender, other: OtherSide
) -> None:
    accepted = await send(OUTBOUND)

    (request,) = other.requests
    told: Any = Webhook(SECRET).verify(request.content, dict(request.headers))
    assert told["data"]["text"] == "Grüße, Cy!"
    assert told["data"]["reference"] == "msg_1"
    assert request.headers["webhook-id"] == OUTBOUND.key
    assert accepted.external_id == "theirs-1"


async def test_an_answer_without_an_id_is_an_answer(
    send: Sender, other: OtherSide
) -> None:
    other.answer = httpx2.Response(204)

    assert (await send(OUTBOUND)).external_id is None


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        *((status, False) for status in (301, 400, 404, 410)),
        *((status, True) for status in (408, 425, 429, 500, 503)),
    ],
)
async def test_only_what_may_pass_is_tried_again(
    send: Sender, other: OtherSide, status: int, retry: bool
) -> None:
    other.answer = httpx2.Response(status, headers={"retry-after": "120"})

    with pytest.raises(DeliveryError) as refused:
        await send(OUTBOUND)

    assert refused.value.retry is retry
    assert refused.value.retry_after is not None
    assert refused.value.retry_after.total_seconds() == 120


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook",
        "http://localhost/hook",
        "http://[::1]/hook",
        "http://10.0.0.7/hook",
        "http://192.168.1.1/hook",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/hook",
        "http://[::ffff:127.0.0.1]/hook",
        "ftp://example.org/hook",
        "file:///etc/passwd",
        "https://",
        "nonsense",
    ],
)
async def test_nobody_makes_this_machine_call_its_neighbours(url: str) -> None:
    with pytest.raises(PrivateAddress):
        await check_public(url)


async def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    other: OtherSide,
) -> None:
    async def looked_at(url: str, *, allow_private: bool) -> str:
        return "203.0.113.7"

    transport = httpx2.MockTransport(other)
    async with httpx2.AsyncClient(transport=transport) as client:
        await webhook_sender(client, _real_now, check=looked_at)(OUTBOUND)
    (request,) = other.requests
    assert request.url == "https://203.0.113.7/hook"
    assert request.headers["host"] == "phone.example.org"
    assert request.extensions["sni_hostname"] == "phone.example.org"
    assert request.headers["connection"] == "close"


async def test_an_answer_without_end_is_not_read_to_its_end(
    other: OtherSide, send: Sender
) -> None:
    parts = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal parts
        while parts < 1000:
            parts += 1
            yield b" " * 10_000

    other.answer = httpx2.Response(200, content=endless())
    assert (await send(OUTBOUND)).external_id is None
    assert parts < 10


@pytest.mark.parametrize("id_", ["m\0", "m\ud800", "x" * 201, 5, ""])
async def test_an_id_that_cannot_be_stored_is_none(
    other: OtherSide, send: Sender, id_: Any
) -> None:
    other.answer = httpx2.Response(200, content=json.dumps({"id": id_}).encode())
    assert (await send(OUTBOUND)).external_id is None


async def test_who_sets_a_cookie_never_sees_it_again() -> None:
    """Accounts whose systems share a machine would read each other's."""
    asked: list[Asked] = []

    async def sets_a_cookie(request: Asked) -> Answer:
        asked.append(request)
        return Answer(headers={"set-cookie": "session=secret; Path=/"})

    async with serving(sets_a_cookie) as url, web_client() as client:
        send = webhook_sender(client, _real_now, allow_private=True)
        settings = {"url": f"{url}/hook", "secrets": [SECRET]}
        for _ in range(2):
            await send(replace(OUTBOUND, settings=settings))

    assert len(asked) == 2
    assert "cookie" not in asked[1].headers


async def test_a_name_that_nobody_looks_up_is_given_up_on(
    other: OtherSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signed, "TIMEOUT", 0.1)

    async def never_answers(url: str, *, allow_private: bool) -> str:
        await asyncio.Event().wait()
        return url

    transport = httpx2.MockTransport(other)
    async with httpx2.AsyncClient(transport=transport) as client:
        send = webhook_sender(client, _real_now, check=never_answers)
        with pytest.raises(DeliveryError) as failed:
            await asyncio.wait_for(send(OUTBOUND), 30)
    assert failed.value.retry
