"""Tables for other programs, in which nothing is carried out."""

from collections.abc import Iterable, Sequence
from typing import Final


def csv_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV. None is an empty cell; numbers stay numbers.

    Begins with a byte order mark: Excel takes UTF-8 for something else without one.

    Source: https://www.rfc-editor.org/rfc/rfc4180
    """
    lines = (",".join(_cell(value) for value in row) for row in (head, *rows))
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")


def _cell(value: object) -> str:
    """A value that no table program takes for a formula.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    if value is None:
        return ""
    text = str(value)
    if not isinstance(value, str):
        return text
    begins = {text[:1], text.lstrip()[:1]}
    text = f"'{text}" if begins & _FORMULA else text
    needs_quotes = any(mark in text for mark in '",\r\n')
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text


_FORMULA: Final = frozenset("=+-@\t\r＝＋－＠")
