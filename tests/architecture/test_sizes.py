"""Files and functions stay small enough to be read at one go."""

import ast
import io
import tokenize
from pathlib import Path

from tests.architecture.checkout import named, python_files

FILE_FAILS_OVER = 400
FUNCTION_FAILS_OVER = 50

_NOT_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def code_lines(source: str) -> set[int]:
    """Return the numbers of the lines that hold code: no blank, comment, docstring."""
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NOT_CODE:
            found.update(range(token.start[0], token.end[0] + 1))
    return found - docstring_lines(ast.parse(source))


def docstring_lines(tree: ast.Module) -> set[int]:
    # A string that stands alone is a docstring, also below an attribute.
    return {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def too_long(source: str) -> list[str]:
    """Say what in a file is over its limit, in plain words."""
    lines = code_lines(source)
    found = []
    if len(lines) > FILE_FAILS_OVER:
        found.append(f"the file has {len(lines)} code lines")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            size = len(lines.intersection(span))
            if size > FUNCTION_FAILS_OVER:
                found.append(f"{node.name} has {size} code lines")
    return found


def over_limit(path: Path) -> list[str]:
    return [f"{named(path)}: {x}" for x in too_long(path.read_text("utf-8"))]


def test_every_file_and_function_is_within_its_limit() -> None:
    files = list(python_files())
    assert files
    assert [found for path in files for found in over_limit(path)] == []


def test_a_function_of_51_lines_is_refused_and_one_of_50_is_not() -> None:
    def function(lines: int) -> str:
        return "def grow():\n" + "    x = 1\n" * (lines - 1)

    assert too_long(function(50)) == []
    assert too_long(function(51)) == ["grow has 51 code lines"]


def test_a_file_of_401_lines_is_refused_and_one_of_400_is_not() -> None:
    assert too_long("x = 1\n" * 400) == []
    assert too_long("x = 1\n" * 401) == ["the file has 401 code lines"]


def test_blanks_comments_and_docstrings_are_free() -> None:
    source = '"""One\n\ntwo."""\n\n# three\nX = """four\nfive"""\n"""Six."""\n'
    assert code_lines(source) == {6, 7}
