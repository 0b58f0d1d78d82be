"""Renew the desk's catalogs from its texts, and say what is left to translate."""

import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from stepaside.desk.languages import FOLDER, Language, read_catalog

DESK: Final = FOLDER.parent
METHODS: Final = [
    ("templates/**.html", "jinja2"),
    ("**.py", "python"),
]
KEYWORDS: Final = {
    "_": None,
    "html": None,
    "mark": None,
    "plural": (1, 2),
    "mark_plural": (1, 2),
}
OPTIONS: Final = {"templates/**.html": {"trimmed": "false", "silent": "false"}}


def texts() -> Catalog:
    """Every text of the desk, in the order of files and lines."""
    catalog = Catalog(project="Stepaside", charset="utf-8")
    for file, _, message, _, context in extract_from_dir(
        DESK, METHODS, options_map=OPTIONS, keywords=KEYWORDS
    ):
        catalog.add(message, None, [(file, 0)], context=context)
    return catalog


def renewed(language: Language) -> Catalog:
    """The catalog of a language with every present text, and none that is gone."""
    try:
        catalog = read_catalog(language)
    except FileNotFoundError:
        catalog = Catalog(locale=str(language), charset="utf-8")
    catalog.update(texts(), no_fuzzy_matching=True)
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


def write(language: Language, catalog: Catalog) -> None:
    """Store it in a form that changes only where a text does."""
    path = FOLDER / language / "LC_MESSAGES" / "desk.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, no_location=True, sort_output=True, omit_header=True)


def main() -> int:
    """Do as asked on the command line."""
    missing = 0
    for language in Language:
        if language is Language.ENGLISH:
            continue
        catalog = renewed(language)
        found = left(catalog)
        missing += len(found)
        print(f"{language}: {len(catalog)} texts, {len(found)} to translate")
        for text in found:
            print(f"  {text!r}")
        if "--check" not in sys.argv:
            write(language, catalog)
    return 1 if missing and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
