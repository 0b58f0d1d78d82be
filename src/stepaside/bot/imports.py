"""Reading many articles at once: pasted questions and answers, CSV, or JSON."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from stepaside.core.checks import check_item
from stepaside.core.errors import InvalidField
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem

MOST: Final = 5000
"""Articles of one import."""
_COLUMNS: Final = ("title", "text", "question", "url")
_ALSO: Final = {"answer": "text", "body": "text", "content": "text", "link": "url"}
_ASKED: Final = ("q:", "question:")
_ANSWERED: Final = ("a:", "answer:")
_LONGEST_TITLE: Final = 200


class ArticleFormat(StrEnum):
    """How the articles are written down."""

    TEXT = "text"
    """Blocks with an empty line between: the question or title, then the answer."""
    CSV = "csv"
    """A first row that names the columns: title, text, question, url."""
    JSON = "json"
    """A list of objects with title, text, question, url."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one article. line: of the pasted text, from 1."""

    line: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Articles:
    """What could be read, in order, and what could not. Ids are empty."""

    items: Sequence[KnowledgeItem]
    faults: Sequence[Fault]


def guess_format(text: str) -> ArticleFormat:
    """How a pasted text is most likely meant."""
    begins = text.lstrip()[:1]
    if begins in ("[", "{"):
        return ArticleFormat.JSON
    first = text.lstrip().split("\n", 1)[0].lower()
    names = {name.strip().strip('"') for name in first.replace(";", ",").split(",")}
    return (
        ArticleFormat.CSV
        if len(names & {*_COLUMNS, *_ALSO}) > 1
        else ArticleFormat.TEXT
    )


def read_articles(text: str, how: ArticleFormat) -> Articles:
    """Read every article of a text; one that is wrong stops no other."""
    items: list[KnowledgeItem] = []
    faults: list[Fault] = []
    for line, fields in _READERS[how](text.replace("\r\n", "\n").lstrip("\ufeff")):
        if isinstance(fields, str):
            faults.append(Fault(line=line, rule=fields))
        elif len(items) >= MOST:
            faults.append(Fault(line=line, rule=f"at most {MOST} articles at once"))
            break
        else:
            _take(fields, line, items, faults)
    return Articles(items=items, faults=faults)


_Found = Iterator[tuple[int, dict[str, str] | str]]
"""The line, and the fields found there, or what is wrong there."""


def _take(
    fields: dict[str, str], line: int, items: list[KnowledgeItem], faults: list[Fault]
) -> None:
    title = fields.get("title") or fields.get("question", "").split("\n")[0]
    item = KnowledgeItem(
        id=KnowledgeItemId(""),
        title=title[:_LONGEST_TITLE] if not fields.get("title") else title,
        text=fields.get("text", ""),
        question=fields.get("question") or None,
        url=fields.get("url") or None,
    )
    try:
        items.append(check_item(item))
    except InvalidField as fault:
        faults.append(Fault(line=line, rule=f"{fault.field}: {fault.rule}"))


def _blocks(text: str) -> _Found:
    """Blocks of lines. `Q:` and `A:` may be written; a block without goes by order."""
    block: list[str] = []
    began = 1
    for number, row in enumerate([*text.split("\n"), ""], 1):
        if row.strip():
            began = began if block else number
            block.append(row.strip())
        elif block:
            yield began, _block(block)
            block = []


def _block(rows: Sequence[str]) -> dict[str, str] | str:
    question = _without(rows[0], _ASKED)
    answer = "\n".join((_without(rows[1], _ANSWERED), *rows[2:])) if rows[1:] else ""
    if not answer.strip():
        return "a question without an answer: write the answer in the line below it"
    if question.endswith("?"):
        return {"question": question, "text": answer}
    return {"title": question, "text": answer}


def _without(row: str, beginnings: Sequence[str]) -> str:
    for beginning in beginnings:
        if row.lower().startswith(beginning):
            return row[len(beginning) :].strip()
    return row


def _csv(text: str) -> _Found:
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    names: list[str] = []
    began = 1
    try:
        for row in rows:
            if not names:
                names = [_column(name) for name in row]
                if "text" not in names or not {"title", "question"} & {*names}:
                    yield 1, "the first row must name the columns title and text"
                    return
            elif any(cell.strip() for cell in row):
                yield began, _row(names, row)
            began = rows.line_num + 1
    except csv.Error as error:
        yield began, f"not CSV: {error}"


def _row(names: Sequence[str], row: Sequence[str]) -> dict[str, str] | str:
    if len(row) > len(names):
        return f"{len(row)} columns, and the first row names {len(names)}"
    pairs = zip(names, row, strict=False)
    return {name: cell.strip() for name, cell in pairs if name in _COLUMNS}


def _column(name: str) -> str:
    plain = name.strip().lower()
    return _ALSO.get(plain, plain)


def _json(text: str) -> _Found:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        yield error.lineno, f"not JSON: {error.msg}"
        return
    except RecursionError:
        yield 1, "not JSON: nested too deeply"
        return
    listed = found.get("items") if isinstance(found, dict) else found
    if not isinstance(listed, list):
        yield 1, "a list of objects with title and text is needed"
        return
    # JSON keeps no lines: what begins an object is counted instead.
    for line, entry in zip(_begins(text, len(listed)), listed, strict=True):
        yield line, _entry(entry)


def _entry(entry: Any) -> dict[str, str] | str:
    if not isinstance(entry, dict):
        return "an object with title and text is needed"
    fields = {}
    for name, value in entry.items():
        column = _column(str(name))
        if column in _COLUMNS and value is not None:
            if not isinstance(value, str):
                return f"{name}: must be a text"
            fields[column] = value.strip()
    return fields


def _begins(text: str, count: int) -> list[int]:
    """The line where each entry of the outermost list begins."""
    decoder = json.JSONDecoder()
    at = text.index("[") + 1
    lines = []
    for _ in range(count):
        while text[at] in " \t\n\r,":
            at += 1
        lines.append(text.count("\n", 0, at) + 1)
        at = decoder.raw_decode(text, at)[1]
    return lines


_READERS: Final = {
    ArticleFormat.TEXT: _blocks,
    ArticleFormat.CSV: _csv,
    ArticleFormat.JSON: _json,
}
