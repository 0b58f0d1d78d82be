"""What the forms about tasks send, checked, with the words for what is wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from litestar.datastructures import FormMultiDict

from stepaside.desk.times import Clockwork
from stepaside.desk.words import _, again
from stepaside.store.tasks import Task

_TITLE: Final = 200
_BODY: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A task's form.

    typed: each field as it was written; `due_at` as `2026-03-02T10:00`, on the
        writer's own clock.
    values: what to store of it; only what is right.
    errors: what is wrong, by field.
    """

    typed: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def blank_task(times: Clockwork, assignee_id: str) -> Sent:
    """A new task: for the writer, due tomorrow at the same hour."""
    due = times.now + timedelta(days=1)
    due -= timedelta(minutes=due.minute % 15)
    typed = {"title": "", "body": "", "assignee_id": assignee_id}
    return Sent(typed={**typed, "due_at": _local(due, times)})


def as_it_is(task: Task, times: Clockwork) -> Sent:
    """The form of a task that exists, in the language of who may change it."""
    return Sent(
        typed={
            "title": again(task.title),
            "body": again(task.body),
            "assignee_id": task.assignee_id or "",
            "due_at": _local(task.due_at, times),
        }
    )


def parse_task(form: FormMultiDict, times: Clockwork) -> Sent:
    """Read the form."""
    typed = {
        "title": " ".join(
            re.sub(r"[\x00-\x1f\x7f]", " ", form.get("title", "")).split()
        ),
        "body": _prose(str(form.get("body", ""))),
        "assignee_id": str(form.get("assignee_id", "")),
        "due_at": str(form.get("due_at", "")),
    }
    errors = {}
    if not typed["title"]:
        errors["title"] = _("Write what is to be done.")
    elif len(typed["title"]) > _TITLE:
        errors["title"] = _("Write at most %(n)s characters.", n=_TITLE)
    if len(typed["body"]) > _BODY:
        errors["body"] = _("Write at most %(n)s characters.", n=_BODY)
    due_at = parse_due(typed["due_at"], times)
    if due_at is None:
        errors["due_at"] = _("Choose a day and a time.")
    values = {
        **typed,
        "assignee_id": typed["assignee_id"] or None,
        "due_at": due_at,
    }
    return Sent(typed=typed, values=values, errors=errors)


def parse_due(text: str, times: Clockwork) -> datetime | None:
    """An instant from a field of the writer's own clock; None for what is none."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Beyond these, a reader's own clock could not show it.
    if local.tzinfo is not None or not 1970 < local.year < 9000:
        return None
    return local.replace(tzinfo=times.zone).astimezone(UTC)


def _local(at: datetime, times: Clockwork) -> str:
    return f"{at.astimezone(times.zone):%Y-%m-%dT%H:%M}"


def _prose(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)
