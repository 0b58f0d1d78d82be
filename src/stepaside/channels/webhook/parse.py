"""Reading what a system sends us. Pure: bytes in, facts out."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from stepaside.channels.base import Echo, Inbound, Progress, StatusReport
from stepaside.core.errors import InvalidField
from stepaside.core.roster import ContactRef

Fact = Inbound | Echo | StatusReport

MAX_TEXT: Final = 10_000
_ATTACHMENT: Final[Mapping[str, str]] = {
    "image": "[image]",
    "audio": "[audio]",
    "video": "[video]",
    "file": "[file]",
    "location": "[location]",
    "sticker": "[sticker]",
}


def parse(inbox_id: str, body: bytes) -> Fact | None:
    """What a webhook says; None for what is no concern of ours.

    A private note, an activity line, a typing sign or an unknown type is nothing the
    contact or the business said, so it starts nothing.

    Raises:
        InvalidField: names what is missing or wrong.
    """
    envelope = _object(_json(body), "body")
    data = _object(envelope.get("data", {}), "data")
    match envelope.get("type"):
        case "message.created":
            return _message(inbox_id, data, envelope)
        case "message.status":
            return _status(inbox_id, data)
        case str():
            return None
        case _:
            raise InvalidField("type", "required: what happened, as text")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise InvalidField("body", "must be JSON in UTF-8") from None


def _message(
    inbox_id: str, data: Mapping[str, Any], envelope: Mapping[str, Any]
) -> Fact | None:
    if data.get("private") or data.get("kind", "message") != "message":
        return None
    contact = _contact(_object(data.get("contact", {}), "data.contact"))
    text = _text(data)
    at = _instant(data.get("at") or envelope.get("timestamp"))
    external_id = _string(data, "id")
    match data.get("author"):
        case "contact":
            return Inbound(
                inbox_id=inbox_id,
                sender=contact,
                text=text,
                external_id=external_id,
                at=at,
            )
        case "business":
            return Echo(
                inbox_id=inbox_id,
                contact=contact,
                text=text,
                external_id=external_id,
                reference=data.get("reference"),
                at=at,
            )
        case _:
            raise InvalidField("data.author", "contact or business")


def _status(inbox_id: str, data: Mapping[str, Any]) -> StatusReport:
    try:
        progress = Progress(str(data.get("status")))
    except ValueError:
        known = ", ".join(Progress)
        raise InvalidField("data.status", f"one of {known}") from None
    return StatusReport(
        inbox_id=inbox_id, external_id=_string(data, "id"), progress=progress
    )


def _contact(data: Mapping[str, Any]) -> ContactRef:
    external_id = data.get("id")
    if not isinstance(external_id, str) or not external_id.strip():
        raise InvalidField("data.contact.id", "required: your id for the contact")
    words = {
        name: str(data.get(name) or "")[:200] for name in ("name", "email", "phone")
    }
    return ContactRef(external_id=external_id[:200], **words)


def _text(data: Mapping[str, Any]) -> str:
    """The words, or a word for what was sent instead of words."""
    said = [data.get("text"), _pressed(data.get("postback"))]
    parts = [part for part in said if isinstance(part, str) and part.strip()]
    for attachment in data.get("attachments") or ():
        kind = attachment.get("kind") if isinstance(attachment, Mapping) else None
        parts.append(_ATTACHMENT.get(str(kind), "[attachment]"))
    text = "\n".join(parts).replace("\x00", "")
    if not text.strip():
        raise InvalidField("data.text", "required, or attachments or a postback")
    if len(text) > MAX_TEXT:
        raise InvalidField("data.text", f"at most {MAX_TEXT} characters")
    return text


def _pressed(postback: Any) -> str | None:
    """The title of a button the contact pressed."""
    return postback.get("title") if isinstance(postback, Mapping) else None


def _string(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise InvalidField(f"data.{name}", "required, 1 to 200 characters")
    return value


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidField("data.at", "an instant such as 2026-01-31T09:30:00Z") from (
            None
        )
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidField(name, "must be an object")
    return value
