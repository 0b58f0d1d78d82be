"""Notifications in browsers: really encrypted, signed, and read by a receiver."""

import base64
import json
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import http_ece
import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from stepaside.channels.addresses import PrivateAddress
from stepaside.core.errors import InvalidField
from stepaside.notify.base import Notice, NoticeError
from stepaside.notify.push.send import (
    check_subscription,
    new_vapid_key,
    public_key,
    push_notifier,
)
from tests.loopback import Answer, Asked, serving

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Browser:
    """A browser that subscribed, and the push service in front of it."""

    url: str = ""
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def endpoint(self) -> str:
        """Where its push service takes messages."""
        return f"{self.url}/push/abc"

    @property
    def keys(self) -> dict[str, str]:
        """What the browser gives when it subscribes."""
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"p256dh": _b64(point), "auth": _b64(self.secret)}

    def reads(self) -> dict[str, str]:
        """What the last message says, decrypted as a browser does."""
        plain = http_ece.decrypt(
            self.taken[-1][1],
            private_key=self.key,
            auth_secret=self.secret,
            version="aes128gcm",
        )
        shown: dict[str, str] = json.loads(plain)
        return shown

    async def answer(self, asked: Asked) -> Answer:
        """Take one message."""
        self.taken.append((asked.headers, asked.body))
        return Answer(status=self.status, headers=self.headers)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser whose push service is on a free port."""
    fake = Browser()
    async with serving(fake.answer) as fake.url:
        yield fake


def _notice(browser: Browser) -> Notice:
    return Notice(
        key="notification:ntf_1",
        to_name="Bo Berg",
        to_address=browser.endpoint,
        to_keys=browser.keys,
        title="Cy Clark asked for a person",
        body="“I want to talk to a human” 😀",
        link="https://desk.example.org/desk/conversations/cnv_1",
        thread="cnv_1",
    )


async def _anywhere(url: str) -> str | None:
    del url
    return None


async def _nowhere(url: str) -> str | None:
    raise PrivateAddress(f"{url} is inside a private network.")


async def _push(browser: Browser, *, key: bytes | None = None) -> None:
    async with httpx2.AsyncClient() as client:
        notify = push_notifier(
            client,
            lambda: NOW,
            vapid_key=key or new_vapid_key(),
            contact="mailto:desk@pearstreet.example",
            check=_anywhere,
        )
        await notify(_notice(browser))


async def test_only_the_browser_it_is_for_can_read_a_notification(
    browser: Browser,
) -> None:
    await _push(browser)

    shown = browser.reads()
    assert shown["title"] == "Cy Clark asked for a person"
    assert shown["body"] == "“I want to talk to a human” 😀"
    assert shown["link"].endswith("/desk/conversations/cnv_1")
    assert b"human" not in browser.taken[0][1]
    browser.secret = os.urandom(16)
    with pytest.raises(http_ece.ECEException):
        browser.reads()


async def test_the_push_service_knows_whom_it_comes_from(browser: Browser) -> None:
    key = new_vapid_key()
    await _push(browser, key=key)

    headers = browser.taken[0][0]
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["ttl"] == "43200"
    assert Vapid02.verify(headers["authorization"])
    token, _, shown_key = headers["authorization"].partition(",k=")
    assert shown_key == public_key(key)
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == browser.url
    assert claims["sub"] == "mailto:desk@pearstreet.example"
    assert claims["exp"] == int((NOW + timedelta(hours=12)).timestamp())


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_ended_is_known_as_gone(
    browser: Browser, status: int
) -> None:
    browser.status = status
    with pytest.raises(NoticeError) as refused:
        await _push(browser)
    assert refused.value.gone
    assert not refused.value.retry


async def test_a_push_service_that_is_busy_is_asked_again_when_it_says(
    browser: Browser,
) -> None:
    browser.status, browser.headers = 429, {"retry-after": "30"}
    with pytest.raises(NoticeError) as refused:
        await _push(browser)
    assert refused.value.retry
    assert refused.value.retry_after == timedelta(seconds=30)
    assert not refused.value.gone


async def test_nobody_makes_the_desk_call_a_neighbour(browser: Browser) -> None:
    async with httpx2.AsyncClient() as client:
        notify = push_notifier(
            client,
            lambda: NOW,
            vapid_key=new_vapid_key(),
            contact="mailto:desk@pearstreet.example",
            check=_nowhere,
        )
        with pytest.raises(NoticeError) as refused:
            await notify(_notice(browser))
    assert not refused.value.retry
    assert browser.taken == []


def test_only_what_a_browser_gives_is_a_subscription() -> None:
    browser = Browser()
    good = browser.keys
    endpoint = "https://push.example.org/abc"
    assert check_subscription(endpoint, good["p256dh"], good["auth"]) == good
    bad = [
        ("http://push.example.org/abc", good["p256dh"], good["auth"]),
        (f"https://push.example.org/{'a' * 2000}", good["p256dh"], good["auth"]),
        ("https://[", good["p256dh"], good["auth"]),
        (endpoint, "AAAA", good["auth"]),
        (endpoint, _b64(b"\x04" + b"\x01" * 64), good["auth"]),
        (endpoint, good["p256dh"], "short"),
        (endpoint, "ä", good["auth"]),
    ]
    for one in bad:
        with pytest.raises(InvalidField):
            check_subscription(*one)


async def test_the_address_that_was_looked_at_is_the_one_called(
    browser: Browser,
) -> None:
    async def known(url: str) -> str | None:
        assert "push.example.org" in url
        return "127.0.0.1"

    async with httpx2.AsyncClient() as client:
        notify = push_notifier(
            client,
            lambda: NOW,
            vapid_key=new_vapid_key(),
            contact="mailto:desk@pearstreet.example",
            check=known,
        )
        port = browser.url.rpartition(":")[2]
        there = f"http://push.example.org:{port}/abc"
        await notify(replace(_notice(browser), to_address=there))
    assert browser.taken[0][0]["host"] == f"push.example.org:{port}"
