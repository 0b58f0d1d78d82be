"""One encrypted message per notice, over the push service of the reader's browser.

Source: RFC 8030 (the protocol), RFC 8291 (the encryption), RFC 8292 (who we are).
"""

import asyncio
import base64
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import http_ece
import httpx2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from stepaside.core.errors import InvalidField, Refusal
from stepaside.notify.answers import may_try_again, retry_after
from stepaside.notify.base import (
    CheckAddress,
    Notice,
    NoticeError,
    Notifier,
    one_line,
)

TIMEOUT: Final = 15.0
"""Seconds for all of it."""
KEPT: Final = timedelta(hours=12)
"""How long a push service keeps it for a browser that is not running."""
_GONE: Final = frozenset({404, 410})
_SIGNED_FOR: Final = timedelta(hours=12)
_POINT: Final = 65
_SECRET: Final = 16


def new_vapid_key() -> bytes:
    """A fresh private key by which push services know an installation, as DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_key(vapid_key: bytes) -> str:
    """What a browser is told when it subscribes: base64url without padding."""
    point = _vapid(vapid_key).public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def check_subscription(endpoint: str, p256dh: str, auth: str) -> dict[str, str]:
    """The keys of a subscription as a browser gave them.

    Raises: InvalidField: this is no subscription of a browser.
    """
    if len(endpoint) > 2000 or not _is_https(endpoint):
        raise InvalidField("endpoint", "must be the https address of a push service")
    try:
        point, secret = _unpacked(p256dh), _unpacked(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise InvalidField("keys", "not the keys of a browser") from None
    if len(point) != _POINT or len(secret) != _SECRET:
        raise InvalidField("keys", "not the keys of a browser")
    return {"p256dh": p256dh, "auth": auth}


def _is_https(url: str) -> bool:
    try:
        return urlsplit(url).scheme == "https"
    except ValueError:  # brackets around what is no address
        return False


def push_notifier(
    client: httpx2.AsyncClient,
    now: Callable[[], datetime],
    *,
    vapid_key: bytes,
    contact: str,
    check: CheckAddress,
) -> Notifier:
    """A notifier over the push services that browsers name.

    contact: `mailto:…` or `https://…`, where a push service may complain.
    check: says whether an address may be called; a browser's owner names it.
    """
    signer = _vapid(vapid_key)

    async def notify(notice: Notice) -> None:
        headers = {
            **_signed(signer, notice.to_address, contact, now()),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(int(KEPT.total_seconds())),
            "urgency": "high",
        }
        try:
            async with asyncio.timeout(TIMEOUT):  # looking the name up is part of it
                address = await check(notice.to_address)
                answer = await client.post(
                    **_target(notice.to_address, address, headers),
                    content=encrypt(notice),
                    timeout=TIMEOUT,
                    follow_redirects=False,
                )
        except Refusal as error:
            raise NoticeError(str(error), retry=False) from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise NoticeError(
                f"The push service did not answer ({type(error).__name__}).",
                retry=True,
            ) from error
        _check(answer)

    return notify


def encrypt(notice: Notice) -> bytes:
    """What is shown, readable by the one browser it is for."""
    shown = {
        "key": notice.key,
        "title": one_line(notice.title),
        "body": one_line(notice.body, 300),
        "link": notice.link,
        "thread": notice.thread,
    }
    sealed = http_ece.encrypt(
        json.dumps(shown, ensure_ascii=False).encode(),
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_unpacked(notice.to_keys["p256dh"]),
        auth_secret=_unpacked(notice.to_keys["auth"]),
        version="aes128gcm",
    )
    return bytes(sealed)


def _vapid(key: bytes) -> Vapid02:
    return Vapid02(serialization.load_der_private_key(key, password=None))


def _unpacked(text: str) -> bytes:
    """Base64url, with padding or without. Raises: ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_")


def _signed(
    signer: Vapid02, endpoint: str, contact: str, now: datetime
) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + _SIGNED_FOR).timestamp()),
        "sub": contact,
    }
    return dict(signer.sign(claims))


def _target(url: str, address: str | None, headers: dict[str, str]) -> dict[str, Any]:
    """The url, at an address that was looked at; names may change what they mean."""
    named = httpx2.URL(url)
    if address is None:
        return {"url": named, "headers": headers}
    return {
        "url": named.copy_with(host=address),
        "headers": {
            **headers,
            "host": named.netloc.decode(),
            "connection": "close",
        },
        "extensions": {"sni_hostname": named.raw_host.decode()},
    }


def _check(answer: httpx2.Response) -> None:
    if answer.is_success:
        return
    status = answer.status_code
    gone = status in _GONE
    raise NoticeError(
        "The browser has ended its subscription."
        if gone
        else f"The push service answered {status}.",
        retry=may_try_again(status),
        retry_after=retry_after(answer),
        gone=gone,
    )
