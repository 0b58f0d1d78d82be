"""Final messages by language, as rows of a rule's form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from stepaside.core.errors import InvalidField
from stepaside.core.rules import LANGUAGE, HandoverRule
from stepaside.desk.bots.fields import Sent
from stepaside.desk.languages import locale

OFFERED: Final = (
    *("ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hi"),
    *("hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro"),
    *("ru", "sk", "sl", "sv", "tr", "uk", "vi", "zh"),
)
"""Languages to choose from. A rule may have others, set over the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRow:
    """What the bot says last to contacts of one language.

    key: tells the rows of a form apart.
    closed: the same while nobody works.
    """

    key: str = ""
    language: str = ""
    text: str = ""
    closed: str = ""


def rows_of(rule: HandoverRule) -> tuple[LanguageRow, ...]:
    """A rule's messages, a row for every language that has one."""
    texts = dict(rule.final_messages)
    closed = dict(rule.final_messages_out_of_hours)
    return tuple(
        LanguageRow(
            key=language,
            language=language,
            text=texts.get(language, ""),
            closed=closed.get(language, ""),
        )
        for language in sorted({*texts, *closed})
    )


def read_rows(sent: Sent, at: str) -> tuple[LanguageRow, ...]:
    """The rows a form sent, without those in which nothing is to be said."""
    found = (
        LanguageRow(
            key=key,
            language=sent.line(f"{at}.{key}.language"),
            text=sent.text(f"{at}.{key}.text"),
            closed=sent.text(f"{at}.{key}.closed"),
        )
        for key in dict.fromkeys(sent.raw(at))
    )
    return tuple(row for row in found if row.text or row.closed)


def messages(rows: Sequence[LanguageRow]) -> dict[str, Any]:
    """The fields of a rule that the rows make.

    Raises:
        InvalidField: `languages.<key>`: no language was chosen, or one twice.
    """
    seen: set[str] = set()
    for row in rows:
        if not LANGUAGE.fullmatch(row.language) or row.language in seen:
            raise InvalidField(f"languages.{row.key}", "a language, each once")
        seen.add(row.language)
    texts = {row.language: row.text for row in rows if row.text}
    closed = {row.language: row.closed for row in rows if row.closed}
    return {
        "final_messages": tuple(sorted(texts.items())),
        "final_messages_out_of_hours": tuple(sorted(closed.items())),
    }


def control_of(rows: Sequence[LanguageRow], field: str) -> str:
    """The control a field of the core stands in; empty where it is none of these."""
    name, _dot, of = field.partition(".")
    if name == "languages":
        return f"l.{of}.language"
    part = {"final_messages": "text", "final_messages_out_of_hours": "closed"}
    keys = {row.language: row.key for row in rows}
    return f"l.{keys[of]}.{part[name]}" if name in part and of in keys else ""


def choices(rows: Sequence[LanguageRow]) -> list[tuple[str, str]]:
    """Languages to choose from with their names, in the order of the names."""
    names = locale().languages
    codes = {*OFFERED, *(row.language for row in rows if row.language)}
    named = ((code, str(names.get(code, code))) for code in codes)
    return sorted(named, key=lambda pair: pair[1].casefold())
