"""Many articles at once, however they are written down."""

import pytest

from stepaside.bot.imports import (
    MOST,
    ArticleFormat,
    Articles,
    guess_format,
    read_articles,
)


def read(text: str) -> Articles:
    return read_articles(text, guess_format(text))


def titles(found: Articles) -> list[str]:
    return [item.title for item in found.items]


def test_pasted_questions_and_answers_are_read_block_by_block() -> None:
    found = read(
        "When are you open?\nMonday to Friday,\n9 to 18.\n\n\n"
        "Q: Do you deliver?\nA: Yes, for 29 euros.\n\nReturns\nWithin 30 days."
    )
    assert titles(found) == ["When are you open?", "Do you deliver?", "Returns"]
    assert [item.question for item in found.items] == [
        "When are you open?",
        "Do you deliver?",
        None,
    ]
    assert found.items[0].text == "Monday to Friday,\n9 to 18."
    assert found.items[1].text == "Yes, for 29 euros."
    assert found.faults == []


def test_a_question_without_an_answer_is_told_by_its_line() -> None:
    found = read("Open?\nYes.\n\nAnd on Sunday?\n\nReturns\nWithin 30 days.")
    assert titles(found) == ["Open?", "Returns"]
    assert [fault.line for fault in found.faults] == [4]


def test_csv_is_read_by_the_names_of_its_columns() -> None:
    found = read(
        "url,Title,Answer\n"
        'https://a.b,Hours,"9 to 18,\nnot on Sunday"\n'
        ",Returns,Within 30 days\n"
    )
    assert titles(found) == ["Hours", "Returns"]
    assert found.items[0].text == "9 to 18,\nnot on Sunday"
    assert [item.url for item in found.items] == ["https://a.b", None]


def test_csv_of_german_spreadsheets_has_semicolons() -> None:
    assert titles(read("title;text\nHours;9 to 18, always\n")) == ["Hours"]


def test_each_wrong_row_of_csv_is_told_by_the_line_it_begins_in() -> None:
    found = read('title,text\nHours,"9\nto 18"\n,nothing\nA,b,c\nReturns,30 days\n')
    assert titles(found) == ["Hours", "Returns"]
    assert [fault.line for fault in found.faults] == [4, 5]


def test_csv_without_names_of_columns_is_refused() -> None:
    found = read_articles("Hours,9 to 18\n", ArticleFormat.CSV)
    assert (found.items, [f.line for f in found.faults]) == ([], [1])


def test_json_is_read_as_the_api_shows_it() -> None:
    found = read(
        '{"version": 2, "items": [{"id": "kno_1", "title": "A", "text": "B"}]}'
    )
    assert titles(found) == ["A"]


def test_each_wrong_entry_of_json_is_told_by_its_line() -> None:
    found = read('[\n{"title": "A", "text": "B"},\n{"title": "C"},\n7,\n{"title": 1}]')
    assert titles(found) == ["A"]
    assert [fault.line for fault in found.faults] == [3, 4, 5]


@pytest.mark.parametrize("text", ["[{]", '{"a": 1}', "[" * 100_000])
def test_what_is_no_list_is_told_and_breaks_nothing(text: str) -> None:
    found = read_articles(text, ArticleFormat.JSON)
    assert found.items == []
    assert len(found.faults) == 1


def test_what_breaks_the_limits_of_an_article_is_told_by_field() -> None:
    found = read(f"title,text,url\nA,{'x' * 50_001},\nB,c,javascript:alert(1)\n")
    assert [fault.rule.split(":")[0] for fault in found.faults] == ["text", "url"]


def test_more_than_can_be_taken_at_once_are_left_out_and_told() -> None:
    found = read_articles("A\nb\n\n" * (MOST + 2), ArticleFormat.TEXT)
    assert len(found.items) == MOST
    assert len(found.faults) == 1
