"""CSV that table programs show as it is, and never carry out."""

import pytest

from stepaside.core.csv_table import csv_table


def cell(value: object) -> str:
    lines = csv_table(["x"], [[value]]).decode("utf-8-sig").split("\r\n")
    return lines[1]


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30 1", "-1", "@SUM(A1)", "＝1", "  =HYPERLINK()"]
)
def test_what_begins_like_a_formula_is_made_text(text: str) -> None:
    assert cell(text).strip('"') == f"'{text}"


def test_a_tab_in_front_is_made_text_too() -> None:
    assert cell("\tx") == "'\tx"


def test_numbers_and_nothing_stay_what_they_are() -> None:
    assert [cell(-1.5), cell(0), cell(None), cell("")] == ["-1.5", "0", "", ""]


def test_plain_words_and_quotes_stay_readable() -> None:
    assert cell('Cy "C" Clark, Ash') == '"Cy ""C"" Clark, Ash"'


def test_umlauts_reach_excel() -> None:
    assert csv_table(["Größe"], []).startswith(b"\xef\xbb\xbfGr\xc3\xb6")
