"""Tables for other programs, in which nothing is carried out."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final


def csv_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV. None is an empty cell; numbers stay numbers.

    Begins with a byte order mark: Excel takes UTF-8 for something else without one.
    """
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return table.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    """A value that no table program takes for a formula.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(value, str):
        return value
    begins = {value[:1], value.lstrip()[:1]}
    return f"'{value}" if begins & _FORMULA else value


_FORMULA: Final = frozenset("=+-@\t\r＝＋－＠")
