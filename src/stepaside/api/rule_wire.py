"""Handover rules as JSON, and back: the same shape for rules and for overrides."""

from collections.abc import Mapping
from dataclasses import fields as fields_of
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from stepaside.api.wire import (
    PROSE,
    Duration,
    Id,
    Language,
    MaybeName,
    Request,
    Tag,
    named,
)
from stepaside.core.errors import InvalidField
from stepaside.core.ids import StaffId, TeamId
from stepaside.core.pauses import Resume
from stepaside.core.rules import AssignTo, Scenario
from stepaside.store.rules import StoredRule

Phrase = Annotated[str, Meta(min_length=1, max_length=500, pattern=PROSE)]
Message = Annotated[str, Meta(max_length=2000, pattern=PROSE)]
Minutes = Annotated[int, Meta(ge=1, le=525_600)]


class Assign(Request):
    """Whom a handover assigns.

    staff_id: with `staff`, and only there.
    team_id: with `team`, and only there.
    """

    to: AssignTo
    staff_id: Id | None = None
    team_id: Id | UnsetType | None = UNSET


class Pause(Duration):
    """How long the bot is silent: the sum of its parts, or until something happens.

    until: `next_opening`: until people's next opening; `resolved`: until people resolve
        it; both without any of the parts. `staff_inactive`: until people have been
        silent for the sum of the parts.
    """

    until: Literal["next_opening", "resolved", "staff_inactive"] | UnsetType = UNSET


class RuleTask(Request):
    """The follow-up task of a handover.

    title, description: what the task says; empty takes the reason and the summary.
    """

    enabled: bool | UnsetType = UNSET
    due_in_minutes: Minutes | UnsetType = UNSET
    title: MaybeName | UnsetType = UNSET
    description: Message | UnsetType = UNSET


class Override(Request):
    """Some fields of a handover rule.

    final_message: what the bot says last; empty: nothing.
    final_message_out_of_hours: what it says instead while nobody works; empty: the
        final message as ever.
    final_messages, final_messages_out_of_hours: the same by language, for contacts
        whose language is known. Each replaces all of them.
    pause: null means until people hand back.
    task: only what is named in it changes.
    clarifying_questions: with 1 a contact who asks for a person is asked the
        `clarifying_question` first, and given one with the next message, or 5 minutes
        later without one; only for `human_requested`.
    """

    name: MaybeName | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    trigger_condition: Message | UnsetType | None = UNSET
    example_phrases: list[Phrase] | UnsetType = UNSET
    max_retries: Annotated[int, Meta(ge=0, le=2)] | UnsetType = UNSET
    assign: Assign | UnsetType = UNSET
    skip_if_contact_has_owner: bool | UnsetType = UNSET
    final_message: Message | UnsetType = UNSET
    final_message_out_of_hours: Message | UnsetType = UNSET
    final_messages: dict[Language, Message] | UnsetType = UNSET
    final_messages_out_of_hours: dict[Language, Message] | UnsetType = UNSET
    pause: Pause | UnsetType | None = UNSET
    task: RuleTask | UnsetType = UNSET
    tags: list[Tag] | UnsetType = UNSET
    clarifying_questions: Annotated[int, Meta(ge=0, le=1)] | UnsetType = UNSET
    clarifying_question: Message | UnsetType = UNSET


class RuleChange(Override):
    """What to change of a handover rule; the rest stays."""

    scenario: Scenario | UnsetType = UNSET


class NewRule(Override, kw_only=True):
    """A handover rule to make; what is left out takes the scenario's default."""

    scenario: Scenario


class TriedRule(NewRule, kw_only=True):
    """A handover rule to try, also just as it was read.

    id, bot_id, created_at, updated_at: ignored.
    """

    id: str | UnsetType = UNSET
    bot_id: str | UnsetType = UNSET
    created_at: datetime | UnsetType = UNSET
    updated_at: datetime | UnsetType = UNSET


class RuleTaskView(Struct, kw_only=True):
    """The follow-up task of a handover."""

    enabled: bool
    due_in_minutes: int
    title: str
    description: str


class RuleView(Struct, kw_only=True):
    """A handover rule."""

    id: str
    bot_id: str
    name: str
    enabled: bool
    scenario: Scenario
    trigger_condition: str | None
    example_phrases: list[str]
    max_retries: int
    assign: Assign
    skip_if_contact_has_owner: bool
    final_message: str
    final_message_out_of_hours: str
    final_messages: dict[str, str]
    final_messages_out_of_hours: dict[str, str]
    pause: Pause | None
    task: RuleTaskView
    tags: list[str]
    clarifying_questions: int
    clarifying_question: str
    created_at: datetime
    updated_at: datetime


_OURS: Final = ("id", "bot_id", "created_at", "updated_at")
_BY_LANGUAGE: Final = ("final_messages", "final_messages_out_of_hours")
_TASK: Final = {
    "enabled": "task_enabled",
    "due_in_minutes": "task_due_in",
    "title": "task_title",
    "description": "task_description",
}


def view(stored: StoredRule) -> RuleView:
    """A rule as it is shown."""
    rule = stored.rule
    shown = _shown({f.name: getattr(rule, f.name) for f in fields_of(rule)})
    return RuleView(
        **{**shown, "name": rule.title, "task": RuleTaskView(**shown["task"])},
        bot_id=stored.bot_id,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def override_view(laid: Mapping[str, Any]) -> Override:
    """The fields a workflow replaces, as they are shown."""
    shown = _shown(laid)
    if "task" in shown:
        shown["task"] = RuleTask(**shown["task"])
    return Override(**shown)


def rule_fields(change: Override) -> dict[str, Any]:
    """The fields that a request named, by their names in `HandoverRule`."""
    found = {k: v for k, v in named(change).items() if k not in _OURS}
    if assign := found.pop("assign", None):
        found["assign_to"] = assign.to
        found["staff_id"] = StaffId(assign.staff_id) if assign.staff_id else None
        found["team_id"] = TeamId(assign.team_id) if assign.team_id else None
    for name, value in named(found.pop("task", RuleTask())).items():
        is_due = name == "due_in_minutes"
        found[_TASK[name]] = timedelta(minutes=value) if is_due else value
    if "pause" in found:
        found |= _pause(found["pause"])
    for name in _BY_LANGUAGE:
        if name in found:
            found[name] = tuple(sorted(found[name].items()))
    return {k: tuple(v) if isinstance(v, list) else v for k, v in found.items()}


def _pause(sent: Pause | None) -> dict[str, Any]:
    if sent is None:
        return {"pause": None, **_BY_TIME}
    length = sent.timedelta()
    if sent.until is UNSET:
        return {"pause": length, **_BY_TIME}
    if sent.until == "staff_inactive":
        return {"pause": length, **_BY_TIME, "resume": Resume.STAFF_INACTIVE}
    if length:
        raise InvalidField("pause.until", "either how long or until when, not both")
    if sent.until == "resolved":
        return {"pause": None, **_BY_TIME, "resume": Resume.RESOLVED}
    # How long where there is no opening to wait for.
    return {"pause": timedelta(days=1), **_BY_TIME, "pause_until_opening": True}


_BY_TIME: Final = {"pause_until_opening": False, "resume": Resume.TIME}


def _shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()
    }
    shown |= {k: dict(fields[k]) for k in _BY_LANGUAGE if k in fields}
    if "assign_to" in shown:
        to, staff_id = shown.pop("assign_to"), shown.pop("staff_id")
        team_id = shown.pop("team_id", None) or UNSET
        shown["assign"] = Assign(to=to, staff_id=staff_id, team_id=team_id)
    resume = shown.pop("resume", Resume.TIME)
    if shown.pop("pause_until_opening", False):
        shown["pause"] = Pause(until="next_opening")
    elif resume is Resume.RESOLVED:
        shown["pause"] = Pause(until="resolved")
    elif resume is Resume.STAFF_INACTIVE and shown["pause"]:
        shown["pause"] = replace(Pause.of(shown["pause"]), until="staff_inactive")
    elif shown.get("pause"):
        shown["pause"] = Pause.of(shown["pause"])
    task = {name: shown.pop(core) for name, core in _TASK.items() if core in shown}
    if "due_in_minutes" in task:
        task["due_in_minutes"] = int(task["due_in_minutes"].total_seconds()) // 60
    return {**shown, "task": task} if task else shown
