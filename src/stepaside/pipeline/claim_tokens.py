"""The secret part of a link that claims: which notification, and our signature.

Signed, so that nobody makes one up, and the same at every try of a delivery, so that
nothing has to be kept.
"""

import base64
import hashlib
import hmac
import re
from typing import Final

from stepaside.core.ids import AccountId

_TOKEN: Final = re.compile(r"([0-9a-z]{26})([0-9a-z]{26})([A-Za-z0-9_-]{22})")
_SIGNATURE: Final = 16
"""Bytes: 128 bits, nobody's guess in the day a link lives."""


def sign(secret: bytes, account_id: str, notification_id: str) -> str:
    """The token of a notification."""
    named = account_id.partition("_")[2] + notification_id.partition("_")[2]
    return named + _signature(secret, named)


def read(secret: bytes, token: str) -> tuple[AccountId, str] | None:
    """The account and the notification it is for; None where it is not ours."""
    parts = _TOKEN.fullmatch(token)
    if not secret or parts is None:
        return None
    account, notification, signature = parts.groups()
    if not hmac.compare_digest(_signature(secret, account + notification), signature):
        return None
    return AccountId(f"acc_{account}"), f"ntf_{notification}"


def _signature(secret: bytes, named: str) -> str:
    made = hmac.digest(secret, f"claim:{named}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made[:_SIGNATURE]).rstrip(b"=").decode()
