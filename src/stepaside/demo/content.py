"""Load the demo business from the JSON files beside this module.

Everything is checked once, here, so that whoever plays the demo can trust it: a
file that was edited badly is refused with every mistake named.
"""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from stepaside.core.errors import StepasideError
from stepaside.demo.checks import find_problems
from stepaside.demo.model import Article, Business, Conversation, Demo, record

T = TypeVar("T")


class DemoContentError(StepasideError):
    """The demo's files are missing, malformed or contradict each other.

    `problems` names each mistake: the file, the place, and what to mend.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("The demo's content is broken: " + "; ".join(problems))
        self.problems = problems


def load(folder: Traversable | None = None) -> Demo:
    """Read and check the demo business.

    folder: holds `business.json`, `knowledge.json` and `conversations.json`; None
        means the one that ships with the package.

    Raises:
        DemoContentError: with every mistake that was found.
    """
    folder = folder or files("stepaside.demo") / "northwind"
    business = _read(folder, "business.json", Business)
    knowledge = _read(folder, "knowledge.json", _KnowledgeFile)
    script = _read(folder, "conversations.json", _ConversationsFile)
    demo = Demo(
        business=business,
        articles=knowledge.articles,
        left_out=knowledge.left_out,
        conversations=script.conversations,
    )
    if problems := find_problems(demo):
        raise DemoContentError(problems)
    return demo


def rule_body(rule: Mapping[str, Any], staff_ids: Mapping[str, str]) -> dict[str, Any]:
    """The body to create `rule` with through the API.

    staff_ids: the real id of each staff member, by key.
    """
    assign = dict(rule["assign"])
    key = assign.pop("staff", None)
    if key is not None:
        assign["staff_id"] = staff_ids[key]
    return {**rule, "assign": assign}


@record
class _KnowledgeFile:
    comment: str
    left_out: tuple[str, ...]
    articles: tuple[Article, ...]


@record
class _ConversationsFile:
    comment: str
    conversations: tuple[Conversation, ...]


def _read(folder: Traversable, name: str, kind: type[T]) -> T:
    try:
        return TypeAdapter(kind).validate_json((folder / name).read_bytes())
    except OSError as error:
        raise DemoContentError((f"{name}: cannot be read ({error})",)) from error
    except ValidationError as error:
        raise DemoContentError(
            tuple(
                f"{name}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}"
                for e in error.errors()
            )
        ) from error
