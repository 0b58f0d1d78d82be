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
MAX_ATTACHMENTS: Final = 50
"""Shown of one message; the words before them must not be lost for their number."""
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9000
"""Beyond these, times cannot be moved between zones."""
_CONTROL: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
"""Control characters but tab and line break."""
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
    except (ValueError, RecursionError):
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
                reference=_reference(data.get("reference")),
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
    words = {name: _one_line(data.get(name)) for name in ("name", "email", "phone")}
    if data.get("id") is None:
        raise InvalidField("data.contact.id", "required: your id for the contact")
    return ContactRef(external_id=_string(data, "id", "data.contact.id"), **words)


def _text(data: Mapping[str, Any]) -> str:
    """The words, or a word for what was sent instead of words."""
    said = [data.get("text"), _pressed(data.get("postback"))]
    parts = [part for part in said if isinstance(part, str) and part.strip()]
    sent = data.get("attachments")
    for attachment in sent[:MAX_ATTACHMENTS] if isinstance(sent, list) else ():
        kind = attachment.get("kind") if isinstance(attachment, Mapping) else None
        parts.append(_ATTACHMENT.get(str(kind), "[attachment]"))
    text = _sayable("\n".join(parts))
    if not text.strip():
        raise InvalidField("data.text", "required, or attachments or a postback")
    if len(text) > MAX_TEXT:
        raise InvalidField("data.text", f"at most {MAX_TEXT} characters")
    return text


def _pressed(postback: Any) -> str | None:
    """The title of a button the contact pressed."""
    return postback.get("title") if isinstance(postback, Mapping) else None


def _string(data: Mapping[str, Any], name: str, path: str = "") -> str:
    """An id. Never mended or cut: two of them could become the same."""
    value = data.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 200 or not value.strip():
        raise InvalidField(path or f"data.{name}", "required, 1 to 200 characters")
    if not _is_clean(value):
        rule = "may not contain control characters or half a character"
        raise InvalidField(path or f"data.{name}", rule)
    return value


def _reference(value: Any) -> str | None:
    """Our id of a message, where it can be one."""
    return value if isinstance(value, str) and _is_clean(value) else None


def _one_line(value: Any) -> str:
    return " ".join(_sayable(value).split())[:200] if isinstance(value, str) else ""


def _is_clean(value: str) -> bool:
    return _sayable(value) == value


def _sayable(text: str) -> str:
    """The text as it can be stored and shown: what a contact writes is never refused.

    JSON can write half of a character, which is none.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.translate(_CONTROL)


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or not _FIRST_YEAR < instant.year < _LAST_YEAR:
        raise InvalidField("data.at", "an instant such as 2026-01-31T09:30:00Z")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidField(name, "must be an object")
    return value
