"""The languages staff read in, and the catalogs of what is said in them.

The texts in the code are English and are the keys; `locale/<language>` of a package
holds what they are in others, as people translate them. A catalog is read once, when
first needed: some 20 ms a language, less than a build step is worth.
"""

import gettext
import io
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


class Language(StrEnum):
    """The languages of the desk."""

    ENGLISH = "en"
    GERMAN = "de"
    SPANISH = "es"


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


def as_language(tag: str) -> Language | None:
    """The language of a tag such as `de` or `de-AT`; None for one we do not speak."""
    primary = tag.partition("-")[0].strip().lower()
    return next((one for one in Language if one == primary), None)


@cache
def locale_of(language: Language) -> Locale:
    """How numbers and dates are written in a language."""
    return Locale.parse(str(language))


def catalog_path(catalogs: Path, language: Language) -> Path:
    """Where a package's catalog in a language lies; `catalogs`: its `locale` folder."""
    return catalogs / language / "LC_MESSAGES" / f"{catalogs.parent.name}.po"


def read_catalog(catalogs: Path, language: Language) -> Catalog:
    """A catalog as its translators left it."""
    with catalog_path(catalogs, language).open("rb") as file:
        return read_po(file, locale=str(language))


@cache
def load_translations(catalogs: Path, language: Language) -> gettext.NullTranslations:
    """What to say in a language, by the texts of the package these catalogs are of."""
    if language is Language.ENGLISH:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_catalog(catalogs, language))
    compiled.seek(0)
    found = gettext.GNUTranslations(compiled)
    found.add_fallback(_Unsaid())
    return found
