"""Which language the desk speaks, and the catalogs of what it says in it.

The texts in code and templates are English and are the keys; `locale/<language>` holds
what they are in others, as people translate them. They are read once, when first
needed: some 20 ms a language, less than a build step is worth.
"""

import gettext
import io
from collections.abc import Iterator
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER: Final = Path(__file__).with_name("locale")


class Language(StrEnum):
    """The languages of the desk."""

    ENGLISH = "en"
    GERMAN = "de"
    SPANISH = "es"


NAMES: Final = {
    Language.ENGLISH: "English",
    Language.GERMAN: "Deutsch",
    Language.SPANISH: "Español",
}
"""Each in its own words, so that whoever needs it finds it."""

_TAGS: Final = frozenset(str(language) for language in Language)
_spoken: ContextVar[Language] = ContextVar("spoken", default=Language.ENGLISH)


class _Unsaid(gettext.NullTranslations):
    """Says it in English, and remembers that it was not to be had."""

    def gettext(self, message: str) -> str:
        unsaid.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        unsaid.add(msgid1)
        return msgid1 if n == 1 else msgid2


unsaid: Final[set[str]] = set()
"""What was to be said in another language and is in no catalog. Empty, in tests."""


def speak(language: Language) -> None:
    """Say everything in this language from here on, for the present request."""
    _spoken.set(language)


def spoken() -> Language:
    """The language of the present request."""
    return _spoken.get()


def find_language(setting: str, accepted: str = "") -> Language:
    """The language somebody set, else the first of their browser's that we speak.

    accepted: an `Accept-Language` header. Source: RFC 9110, section 12.5.4.
    """
    for tag in (setting, *_by_preference(accepted)):
        primary = tag.partition("-")[0].strip().lower()
        if primary in _TAGS:
            return Language(primary)
    return Language.ENGLISH


def translations() -> gettext.NullTranslations:
    """What to say in the present language."""
    return _translations(_spoken.get())


def locale() -> Locale:
    """How numbers and dates are written in the present language."""
    return _locale(_spoken.get())


def read_catalog(language: Language) -> Catalog:
    """A catalog as its translators left it."""
    path = FOLDER / language / "LC_MESSAGES" / "desk.po"
    with path.open("rb") as file:
        return read_po(file, locale=str(language))


@cache
def _translations(language: Language) -> gettext.NullTranslations:
    if language is Language.ENGLISH:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_catalog(language))
    compiled.seek(0)
    found = gettext.GNUTranslations(compiled)
    found.add_fallback(_Unsaid())
    return found


@cache
def _locale(language: Language) -> Locale:
    return Locale.parse(str(language))


def _by_preference(accepted: str) -> Iterator[str]:
    ranked = [part.partition(";q=") for part in accepted[:500].split(",")]
    for tag, _, weight in sorted(ranked, key=lambda one: -_weight(one[2])):
        if _weight(weight) > 0:
            yield tag


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0
