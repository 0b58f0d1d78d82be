"""The desk speaks the reader's language: every text, number and date of it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scripts.words import BOOKS, Book, left, renewed, texts
from stepaside.desk import languages, words
from stepaside.desk.languages import find_language, speak
from stepaside.desk.pages import render
from stepaside.desk.times import Clockwork, day, due, full, short, span
from stepaside.sayings.languages import Language, read_catalog, unsaid
from tests.desk.office import Office
from tests.desk.test_settings import PAGES as SETTINGS

OTHERS = [language for language in Language if language is not Language.ENGLISH]
TEMPLATES = sorted((Path(languages.__file__).parent / "templates").rglob("*.html"))
_PLACE = re.compile(r"%\(\w+\)[sd]|</?\w+|&\w+;")
_WORDS = re.compile(r"[^\W\d_]{2,}")
# What is the same in every language: our name, and keys of a keyboard.
_NAMES = {"Stepaside", "Esc", "Enter", "Ctrl", "Shift", "Alt", "CSV", "JSON"}


@pytest.fixture(autouse=True)
def _english_again() -> Any:
    yield
    speak(Language.ENGLISH)


each_catalog = pytest.mark.parametrize(
    ("book", "language"),
    [(book, language) for book in BOOKS for language in OTHERS],
    ids=[f"{book.catalogs.parent.name}-{one}" for book in BOOKS for one in OTHERS],
)


@each_catalog
def test_every_text_is_translated(book: Book, language: Language) -> None:
    """Renew the catalogs with scripts/words, and translate what is left."""
    assert len(texts(book)) > 150
    assert left(renewed(book, language)) == []


@each_catalog
def test_the_catalogs_hold_the_texts_there_are_and_no_others(
    book: Book, language: Language
) -> None:
    catalog = read_catalog(book.catalogs, language)
    stored = {str(message.id) for message in catalog if message.id}
    assert stored == {str(message.id) for message in texts(book) if message.id}


@each_catalog
def test_a_translation_has_the_same_places_to_fill(
    book: Book, language: Language
) -> None:
    assert [
        (original, text)
        for message in read_catalog(book.catalogs, language)
        if message.id
        for original, text in zip(forms(message.id), forms(message.string), strict=True)
        if sorted(_PLACE.findall(text)) != sorted(_PLACE.findall(original))
    ] == []


def forms(text: Any) -> list[str]:
    """A text, or its singular and plural."""
    return list(text) if isinstance(text, (list, tuple)) else [text]


@each_catalog
def test_a_translation_keeps_what_stands_around_the_words(
    book: Book, language: Language
) -> None:
    wrong = [
        message.id
        for message in read_catalog(book.catalogs, language)
        if isinstance(message.id, str)
        and message.id
        and (
            message.id[0].isspace() != str(message.string)[0].isspace()
            or message.id[-1].isspace() != str(message.string)[-1].isspace()
            or (message.id[-1] in ":…") != (str(message.string)[-1] in ":…")
        )
    ]
    assert wrong == []


def bare_words(template: str) -> list[str]:
    """Words of a template that no call of `_` or `plural` holds."""
    template = re.sub(r"{% block page_kind %}\w*{% endblock %}", "", template)
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", template, flags=re.DOTALL)
    # Of attributes only those that people read or hear.
    read = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', text)
    text = re.sub(r"<code>.*?</code>", " ", text, flags=re.DOTALL)  # for programs
    text = re.sub(r"<!--.*?-->|<[^>]*>|&#?\w+;", " ", text, flags=re.DOTALL)
    return [w for w in _WORDS.findall(" ".join([text, *read])) if w not in _NAMES]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_says_anything_past_the_catalogs(template: Path) -> None:
    assert bare_words(template.read_text("utf-8")) == []


def test_a_bare_word_is_found_wherever_it_stands() -> None:
    assert bare_words('<p>Save</p>{{ _("fine") }}') == ["Save"]
    assert bare_words('<p title="Save it">{% if x %}</p>') == ["Save", "it"]
    assert bare_words('<a href="/save" class="save">{{ _("Save") }}</a>') == []


@pytest.mark.parametrize(
    ("setting", "accepted", "language"),
    [
        ("", "", "en"),
        ("de", "es", "de"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "fr, es;q=0.5, en;q=0.1", "es"),
        ("", "es;q=0, en", "en"),
        ("xx", "*;q=0.5", "en"),
        ("", ";;q=,,,=", "en"),
    ],
)
def test_the_setting_counts_and_then_what_the_browser_prefers(
    setting: str, accepted: str, language: str
) -> None:
    assert find_language(setting, accepted) == language


AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "long", "brief", "thousands"),
    [
        ("en", "Monday, 2 March", "2 Mar", "12,345"),
        ("de", "Montag, 2. März", "2. März", "12.345"),
        ("es", "Lunes, 2 de marzo", "2 mar", "12.345"),
    ],
)
def test_dates_and_numbers_are_written_as_the_language_does(
    language: str, long: str, brief: str, thousands: str
) -> None:
    speak(Language(language))
    assert day(AT, NOW, UTC) == long
    assert short(AT, NOW, UTC) == brief
    assert words.number(12345) == thousands
    assert "2026" in full(AT, UTC)


def test_near_days_and_spans_are_said_in_german() -> None:
    speak(Language.GERMAN)
    assert day(NOW, NOW, UTC) == "Heute"
    assert due(NOW, NOW, UTC) == "heute 12:00"
    assert span(NOW - AT) == "18 T. 2 Std."
    assert 'lang="de"' in render("login.html", next="", email="", problem="")
    assert "vor" not in Clockwork(NOW, UTC).clock(AT)


@pytest.mark.parametrize("language", OTHERS)
async def test_every_page_is_said_whole(office: Office, language: Language) -> None:
    unsaid.clear()
    house = office.house
    await house.writes("Can someone real help me?")
    ann = await office.seat(house.world.ann)
    for path in (
        *("/conversations?view=all", office.address, "/tasks", "/password"),
        *("/login", "/nowhere", "/contacts", "/bots", "/reports", "/notifications"),
        *(f"/settings{part}" for part in SETTINGS),
        f"/settings/staff/{house.world.bo.id}",
        f"/settings/staff/{house.world.bo.id}/notifications",
        f"/settings/inboxes/{house.world.inbox_id}",
    ):
        await ann.opens(path, **{"Accept-Language": language})
        assert f'<html lang="{language}"' in ann.last.text
    assert unsaid == set()
