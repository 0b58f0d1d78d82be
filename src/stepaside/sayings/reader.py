"""Who reads what we write: in which language, and by which clock."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from stepaside.sayings.again import CATALOGS, say_again
from stepaside.sayings.languages import (
    Language,
    as_language,
    load_translations,
    locale_of,
)

_DAY_BEFORE_MONTH: Final = {Language.ENGLISH: "en_GB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who is told something where no page is drawn for them."""

    language: Language = Language.ENGLISH
    zone: tzinfo = UTC

    def say(self, message: str, **values: str) -> str:
        """Say a text; `%(name)s` in it stands for the value of that name."""
        said = load_translations(CATALOGS, self.language).gettext(message)
        return said % values if values else said

    def say_number(self, one: str, many: str, n: int) -> str:
        """Say the text for this number; `%(n)s` in it stands for the number."""
        said = load_translations(CATALOGS, self.language).ngettext(one, many, n)
        return said % {"n": n}

    def again(self, text: str) -> str:
        """Say again what was stored in English."""
        return say_again(text, self.language)

    def when(self, at: datetime) -> str:
        """The day and the time: `Tue 3 Mar 10:12`."""
        local = at.astimezone(self.zone)
        written = _DAY_BEFORE_MONTH.get(self.language, locale_of(self.language))
        return f"{format_skeleton('MMMEd', local, locale=written)} {local:%H:%M}"


IN_ENGLISH: Final = Reader()
"""Somebody of whom nothing is known."""


def reader_of(language: str, time_zone: str) -> Reader:
    """Whoever prefers these; English and UTC for what is empty or not known."""
    zone: tzinfo = UTC
    with contextlib.suppress(ValueError, OSError, KeyError):
        zone = ZoneInfo(time_zone)
    return Reader(language=as_language(language) or Language.ENGLISH, zone=zone)
