"""What every channel gives and takes: inbound facts in, one message out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from stepaside.core.retry import AttemptError
from stepaside.core.roster import ContactRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A message the contact wrote, as a channel understood it.

    conversation_id: where the caller knows it; otherwise the contact's latest
        conversation in the inbox is used, or a new one.
    external_id: the provider's id, by which repeats are recognised.
    at: the provider's time; None when it gives none.
    """

    inbox_id: str
    text: str
    sender: ContactRef | None = None
    conversation_id: str | None = None
    external_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """A message of the business that a channel reports back.

    reference: the id we gave when sending, where the channel returns it. An echo that
        is not ours is a person of the business speaking outside the desk.
    """

    inbox_id: str
    contact: ContactRef
    text: str
    external_id: str
    reference: str | None = None
    at: datetime | None = None


class Progress(StrEnum):
    """How far a provider says one of our messages has come."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """A provider's report about one of our messages; they come in any order."""

    inbox_id: str
    external_id: str
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message to send.

    key: the idempotency key, the same at every try.
    settings: the inbox's own; may hold secrets, so never log it.
    """

    key: str
    message_id: str
    conversation_id: str
    recipient: str
    author: str
    author_name: str
    text: str
    at: datetime
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took the message. `external_id`: its id, where it gives one."""

    external_id: str | None = None


class DeliveryError(AttemptError):
    """A message could not be sent now."""


class Sender(Protocol):
    """Sends one message on one kind of channel."""

    async def __call__(self, outbound: Outbound) -> Accepted:
        """Send it. Raises: DeliveryError: it could not be sent now."""
        ...
