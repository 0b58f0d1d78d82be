"""Which language the desk speaks to the reader of the present request."""

import gettext
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from babel import Locale

from stepaside.sayings.languages import (
    Language,
    as_language,
    load_translations,
    locale_of,
)

FOLDER: Final = Path(__file__).with_name("locale")
"""The catalogs of the desk's own texts."""

NAMES: Final = {
    Language.ENGLISH: "English",
    Language.GERMAN: "Deutsch",
    Language.SPANISH: "Español",
}
"""Each in its own words, so that whoever needs it finds it."""

_spoken: ContextVar[Language] = ContextVar("spoken", default=Language.ENGLISH)


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
    wanted = map(as_language, (setting, *_by_preference(accepted)))
    return next((one for one in wanted if one), Language.ENGLISH)


def translations() -> gettext.NullTranslations:
    """What to say in the present language."""
    return load_translations(FOLDER, _spoken.get())


def locale() -> Locale:
    """How numbers and dates are written in the present language."""
    return locale_of(_spoken.get())


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
