"""Renew the catalogs from the texts of the code, and say what is left to translate."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from stepaside.desk.languages import FOLDER
from stepaside.sayings.again import CATALOGS
from stepaside.sayings.languages import Language, catalog_path, read_catalog

METHODS: Final = [
    ("templates/**.html", "jinja2"),
    ("**.py", "python"),
]
OPTIONS: Final = {"templates/**.html": {"trimmed": "false", "silent": "false"}}
Keywords = Mapping[str, tuple[int, ...] | None]


@dataclass(frozen=True, slots=True)
class Book:
    """Catalogs that belong together. `folders`: where their texts are in the code."""

    catalogs: Path
    folders: Sequence[Path]
    keywords: Keywords


_SOURCE: Final = FOLDER.parents[1]
DESK: Final = Book(
    FOLDER,
    [FOLDER.parent],
    {
        "_": None,
        "html": None,
        "mark": None,
        "plural": (1, 2),
        "mark_plural": (1, 2),
    },
)
"""What the desk says."""
SAYINGS: Final = Book(
    CATALOGS,
    [_SOURCE / room for room in ("sayings", "pipeline", "notify")],
    {"mark": None, "say": None, "say_number": (1, 2)},
)
"""What was stored in English, and what staff are told outside the desk."""
BOOKS: Final = (DESK, SAYINGS)


def texts(book: Book) -> Catalog:
    """Every text of a book, in the order of files and lines."""
    catalog = Catalog(project="Stepaside", charset="utf-8")
    for folder in book.folders:
        for file, _, message, _, context in extract_from_dir(
            folder, METHODS, options_map=OPTIONS, keywords=book.keywords
        ):
            catalog.add(message, None, [(file, 0)], context=context)
    return catalog


def renewed(book: Book, language: Language) -> Catalog:
    """The catalog of a language with every present text, and none that is gone."""
    try:
        catalog = read_catalog(book.catalogs, language)
    except FileNotFoundError:
        catalog = Catalog(locale=str(language), charset="utf-8")
    catalog.update(texts(book), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def left(catalog: Catalog) -> list[str]:
    """What is not translated."""
    return [
        str(message.id)
        for message in catalog
        if message.id and (message.fuzzy or not _said(message.string))
    ]


def _said(string: object) -> bool:
    parts = string if isinstance(string, (list, tuple)) else [string]
    return all(parts)


def write(book: Book, language: Language, catalog: Catalog) -> None:
    """Store it in a form that changes only where a text does."""
    path = catalog_path(book.catalogs, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, no_location=True, sort_output=True, omit_header=True)


def main() -> int:
    """Do as asked on the command line."""
    missing = 0
    for book in BOOKS:
        for language in Language:
            if language is not Language.ENGLISH:
                missing += _renew(book, language, write_it="--check" not in sys.argv)
    return 1 if missing and "--check" in sys.argv else 0


def _renew(book: Book, language: Language, *, write_it: bool) -> int:
    """Renew one catalog; how many of its texts are left to translate."""
    catalog = renewed(book, language)
    found = left(catalog)
    name = catalog_path(book.catalogs, language).stem
    print(f"{name} {language}: {len(catalog)} texts, {len(found)} to translate")
    for text in found:
        print(f"  {text!r}")
    if write_it:
        write(book, language, catalog)
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
