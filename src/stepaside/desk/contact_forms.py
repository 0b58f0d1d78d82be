"""What the forms about contacts send, checked, with the words for what is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from litestar.datastructures import FormMultiDict

from stepaside.desk.words import _

DETAILS: Final = ("name", "email", "phone", "external_id", "owner_id")
_LONGEST: Final = {"name": 200, "email": 254, "phone": 50, "external_id": 255}
_TAG: Final = 50
MOST_TAGS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A contact's form.

    typed: each detail as it was written, trimmed.
    changed: what the writer changed, as values to store; the rest is left as it is
        now, which somebody else may have changed meanwhile.
    errors: what is wrong, by field.
    """

    typed: Mapping[str, str]
    tags: Sequence[str]
    changed: Mapping[str, Any]
    new_tags: Sequence[str] = ()
    gone_tags: Sequence[str] = ()
    errors: dict[str, str] = field(default_factory=dict)


def parse_details(form: FormMultiDict) -> Details:
    """Read the form; `was_` and a name say what stood there when it was opened."""
    typed = {name: _line(form.get(name, "")) for name in DETAILS}
    tags = list(dict.fromkeys(filter(None, map(_line, form.getall("tags", [])))))
    before = [_line(tag) for tag in form.getall("was_tags", [])]
    changed = {
        name: _stored(name, value)
        for name, value in typed.items()
        if value != _line(form.get(f"was_{name}", ""))
    }
    return Details(
        typed=typed,
        tags=tags,
        changed=changed,
        new_tags=[tag for tag in tags if tag not in before],
        gone_tags=[tag for tag in before if tag not in tags],
        errors=_errors(typed, tags),
    )


def _line(text: object) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", str(text)).split())


def _stored(name: str, value: str) -> str | None:
    return value or None if name in ("external_id", "owner_id") else value


def _errors(typed: Mapping[str, str], tags: Sequence[str]) -> dict[str, str]:
    errors = {}
    for name, most in _LONGEST.items():
        if len(typed[name]) > most:
            errors[name] = _("Write at most %(n)s characters.", n=most)
    if typed["email"] and not re.fullmatch(r"[^@\s]+@[^@\s]+", typed["email"]):
        errors["email"] = _("Write an address such as cy@example.org.")
    if any(len(tag) > _TAG for tag in tags):
        errors["tags"] = _("A tag has at most %(n)s characters.", n=_TAG)
    elif len(tags) > MOST_TAGS:
        errors["tags"] = _("At most %(n)s tags.", n=MOST_TAGS)
    return errors
