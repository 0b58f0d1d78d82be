"""What every page of the settings stands in, and how their forms are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar
from zoneinfo import available_timezones

from litestar import Response
from litestar.datastructures import FormMultiDict

from stepaside.core.errors import InvalidField
from stepaside.desk.frame import open_frame
from stepaside.desk.pages import page
from stepaside.desk.visit import Visit
from stepaside.desk.words import _, again, mark
from stepaside.store.database import Tx

Problems = Mapping[str, str]
"""What is wrong with a form, by the name of its field, in words that say what to do."""

GROUPS: Final = (
    (
        mark("You"),
        (
            ("profile", mark("My profile"), mark("Name, password, language"), "edit"),
            (
                "notifications",
                mark("My notifications"),
                mark("What you are told about, and where"),
                "bell",
            ),
        ),
    ),
    (
        mark("People"),
        (
            (
                "staff",
                mark("My staff"),
                mark("Who works here, and as what"),
                "contacts",
            ),
            ("teams", mark("Teams"), mark("Who answers together, and when"), "team"),
            ("snippets", mark("Snippets"), mark("Replies written once"), "snippet"),
        ),
    ),
    (
        mark("Channels"),
        (
            ("inboxes", mark("Inboxes"), mark("Where contacts write to you"), "inbox"),
            (
                "workflows",
                mark("Workflows"),
                mark("Entry points with rules of their own"),
                "flag",
            ),
        ),
    ),
    (
        mark("Programs"),
        (
            ("keys", mark("API keys"), mark("What programs may do here"), "lock"),
            (
                "webhooks",
                mark("Webhooks"),
                mark("Tell other systems what happens"),
                "outside",
            ),
        ),
    ),
    (
        mark("Account"),
        (
            (
                "account",
                mark("Account"),
                mark("Name, language, time zone and working hours"),
                "settings",
            ),
            ("audit", mark("Audit log"), mark("Who changed what, and when"), "eye"),
        ),
    ),
)
"""The pages: key, name, what is found there, icon."""
OWN: Final = ("profile", "notifications", "snippets")
"""What everybody may see; the rest is for owners and admins."""

Choice = TypeVar("Choice", bound=StrEnum)

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_PHONE: Final = re.compile(r"\+?[0-9 ()/.-]{4,}")
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f]*")
_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")


async def open_settings(tx: Tx, visit: Visit, section: str) -> dict[str, Any]:
    """What `settings/frame.html` needs besides the page's own values.

    Raises: NotForYou.
    """
    frame = await open_frame(tx, visit, "settings", admins=section not in ("", *OWN))
    groups = [
        (title, [entry for entry in entries if _may(entry[0], frame)])
        for title, entries in GROUPS
    ]
    shown = [(title, entries) for title, entries in groups if entries]
    own = {"groups": shown, "section": section, "settings_path": settings_path}
    return {**frame, **own}


def settings_path(key: str) -> str:
    """Where a page is found, below the desk."""
    return f"/{key}" if key == "snippets" else f"/settings/{key}"


def settings_places(*, configures: bool) -> list[tuple[str, str, str]]:
    """The pages of the settings the reader may see: key, name and icon of each."""
    return [
        (key, _(label), sign)
        for _title, entries in GROUPS
        for key, label, _about, sign in entries
        if key in OWN or configures
    ]


def settings_page(
    name: str, frame: Mapping[str, Any], problems: Problems | None = None, **own: Any
) -> Response[str]:
    """A page of the settings; with problems, a form that came back."""
    return page(
        f"settings/{name}.html",
        status=422 if problems else 200,
        problems=_Blank(problems or {}),
        **{**frame, **own},
    )


class _Blank(dict[str, str]):
    """Nothing is wrong with a field of which nothing is said."""

    def __missing__(self, field: str) -> str:
        return ""


def _may(key: str, frame: Mapping[str, Any]) -> bool:
    return key in OWN or bool(frame["may_configure"])


@dataclass(slots=True)
class Sent:
    """A form as it was sent, and what is wrong with it so far."""

    form: FormMultiDict
    problems: dict[str, str]

    @classmethod
    async def by(cls, visit: Visit) -> "Sent":
        """Read the form of a request."""
        return cls(await visit.request.form(), {})

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Sent":
        """A form that nobody sent yet: what is stored. Lists are boxes of one name."""
        pairs = [
            (name, str(one))
            for name, value in kept.items()
            for one in (value if isinstance(value, (list, tuple)) else [value])
        ]
        return cls(FormMultiDict(pairs), {})

    @classmethod
    def empty(cls) -> "Sent":
        """A form with nothing in it."""
        return cls(FormMultiDict(), {})

    def __getitem__(self, name: str) -> str:
        """What stands in a field, for the page to show."""
        return str(self.form.get(name) or "")

    def text(self, name: str, *, most: int = 200, required: bool = False) -> str:
        """A line of text without spaces around it."""
        value = str(self.form.get(name) or "").strip()
        if required and not value:
            self.problems[name] = _("Fill this in.")
        elif len(value) > most:
            self.problems[name] = _("Use at most %(n)s characters.", n=most)
        elif not _LINE.fullmatch(value):
            self.problems[name] = _("Leave out line breaks and control characters.")
        return value

    def lines(self, name: str, *, most: int) -> list[str]:
        """The lines of a text, those that say something."""
        text = str(self.form.get(name) or "")[:20_000]
        found = [line.strip() for line in text.splitlines() if line.strip()]
        if len(found) > most:
            self.problems[name] = _("Use at most %(n)s lines.", n=most)
        return found

    def email(self, name: str) -> str:
        """An e-mail address."""
        value = self.text(name, most=254, required=True)
        if name not in self.problems and not _EMAIL.fullmatch(value):
            self.problems[name] = _("An e-mail address, such as ann@example.com.")
        return value

    def phone(self, name: str) -> str:
        """A telephone number in any spelling; empty for none."""
        value = self.text(name, most=50)
        if value and not _PHONE.fullmatch(value):
            self.problems[name] = _(
                "A telephone number with its country code, such as +4930123456."
            )
        return value

    def choice(self, name: str, kind: type[Choice], kept: Choice) -> Choice:
        """One of a few; what was before, where nothing that is one of them came."""
        value = self.text(name)
        if value and value not in [str(one) for one in kind]:
            self.problems[name] = _("Choose one of the list.")
            return kept
        return kind(value) if value else kept

    def number(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number; None for none."""
        value = self.text(name)
        if not value:
            return None
        if not value.isdecimal() or not least <= int(value[:9]) <= most:
            self.problems[name] = _(
                "A whole number from %(least)s to %(most)s.", least=least, most=most
            )
            return None
        return int(value)

    def languages(self, name: str) -> tuple[str, ...]:
        """Language codes with commas between them, as `de, en`."""
        found = self.text(name).replace(";", ",").lower().split(",")
        codes = [code.strip() for code in found if code.strip()]
        if any(not _LANGUAGE.fullmatch(code) for code in codes):
            self.problems[name] = _("Codes such as de, en, es, with commas between.")
        return tuple(dict.fromkeys(codes))

    def many(self, name: str) -> list[str]:
        """Every value of the boxes of that name."""
        return [str(value) for value in self.form.getall(name, [])]

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.form.get(name))

    def zone(self, name: str, *, required: bool = False) -> str:
        """The name of a time zone."""
        value = self.text(name, required=required)
        if value and value not in time_zones():
            self.problems[name] = _("Choose one of the list.")
        return value

    def refuse(
        self, error: InvalidField, names: Mapping[str, str] | None = None
    ) -> None:
        """Put what the store refused beside its field."""
        name = error.field.partition("[")[0].rpartition(".")[2]
        self.problems[(names or {}).get(name, name)] = again(error.rule)


def time_zones() -> list[str]:
    """The time zones there are, in the order of their names."""
    return sorted(z for z in available_timezones() if "/" in z or z == "UTC")
