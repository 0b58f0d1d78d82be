"""Standard Webhooks signatures over the raw bytes.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence

from standardwebhooks import Webhook, WebhookVerificationError

from stepaside.core.errors import Refusal


class BadSignature(Refusal):
    """The request was not signed with one of the inbox's secrets, or too long ago."""

    def __init__(self) -> None:
        super().__init__(
            "The signature does not match. Sign the raw body with the inbox's secret "
            "as Standard Webhooks says, and send a fresh timestamp."
        )


def new_secret() -> str:
    """A fresh signing secret of 256 bits."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def verify(body: bytes, headers: Mapping[str, str], known: Sequence[str]) -> None:
    """Accept a body signed with any of the known secrets within five minutes.

    known: the present secret and, while a rotation lasts, the one before.
    Raises:
        BadSignature: none of them fits.
    """
    for secret in known:
        try:
            Webhook(secret).verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):
            continue
        return
    raise BadSignature
