"""Handover rules: one scenario, its trigger and its own set of actions.

Source: the product's specification, "Bots and handover rules".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from stepaside.core.errors import InvalidField, Refusal
from stepaside.core.ids import RuleId, StaffId, TeamId
from stepaside.core.openings import LANGUAGES
from stepaside.core.pauses import Resume


class Scenario(StrEnum):
    """When a rule hands over."""

    HUMAN_REQUESTED = "human_requested"
    LACK_OF_INFORMATION = "lack_of_information"
    FAILED_TO_RESOLVE = "failed_to_resolve"
    CUSTOM = "custom"


class AssignTo(StrEnum):
    """To whom a rule assigns the conversation."""

    NOBODY = "nobody"
    STAFF = "staff"
    TEAM = "team"


MAX_RULES: Final = 3
"""Handover rules a bot may have, unless the installation raises it."""

DEFAULT_PHRASES: Final = (
    "I want to talk to a human",
    "Can someone real help me?",
    "Connect me to a person",
)
DEFAULT_FINAL_MESSAGE: Final = "Thank you! Someone from the team will get back to you."
DEFAULT_QUESTION: Final = (
    "Of course. What is it about, so that the right person can help you?"
)
DEFAULT_OUT_OF_HOURS: Final = (
    "Thank you! We are closed now. Someone from the team will get back to you "
    "{{next_opening}}."
)
DEFAULT_TAG: Final = "human_handover"
DEFAULT_NAMES: Final[Mapping[Scenario, str]] = {
    Scenario.HUMAN_REQUESTED: "Human requested",
    Scenario.LACK_OF_INFORMATION: "Lack of information",
    Scenario.FAILED_TO_RESOLVE: "Failed to resolve",
    Scenario.CUSTOM: "Custom",
}
TRIGGER_CONDITIONS: Final[Mapping[Scenario, str]] = {
    Scenario.HUMAN_REQUESTED: "The contact asks for a person.",
    Scenario.LACK_OF_INFORMATION: "The knowledge does not answer the question.",
    Scenario.FAILED_TO_RESOLVE: (
        "The contact signals that the bot's answers did not help, more often in a "
        "row than the retries allow."
    ),
}
"""Shown read-only for the built-in scenarios."""

VARIABLES: Final = (
    "contact.name",
    "contact.first_name",
    "bot.name",
    "staff.name",
    "staff.first_name",
    "next_opening",
    "eta",
    *(f"eta.{language}" for language in LANGUAGES),
    *(f"next_opening.{language}" for language in LANGUAGES),
)
"""What a final message may contain between double braces."""

MAX_NAME, MAX_TEXT, MAX_PHRASES, MAX_TAGS, MAX_TAG = 100, 2000, 50, 20, 50
MINUTE, MAX_PAUSE = timedelta(minutes=1), timedelta(days=365)
LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
"""A language as rules, contacts and staff name it: `de`, without a region."""
MAX_LANGUAGES: Final = 30
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class TooManyRules(Refusal):
    """The bot has as many handover rules as it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"A bot may have at most {limit} handover rules. Delete or change one."
        )


class ScenarioTaken(Refusal):
    """A built-in scenario has one rule per bot."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(
            f"This bot already has a rule for {scenario}. Change that rule, or "
            "choose the scenario custom."
        )


ByLanguage = tuple[tuple[str, str], ...]
"""A text for each of some languages, in the order of the languages: (`de`, text)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRule:
    """One rule with its defaults. `parse_rule` is how one is made from outside.

    team_id: the team to assign to; set with `assign_to` team and only there.
    final_message: what the bot says last; empty: nothing, at whatever hour.
    final_message_out_of_hours: what it says instead while nobody works; empty: the
        final message as ever.
    final_messages, final_messages_out_of_hours: the same by language, for contacts
        whose language is known.
    pause: how long the bot is silent after the handover; None until people hand back.
    pause_until_opening: silent until people's next opening instead, whatever `pause`.
    resume: what ends the pause; with staff_inactive it is so long after a person's
        last word as `pause` says, with resolved whatever `pause`.
    task_due_in: from the trigger to the task's due time.
    clarifying_questions: 0 or 1; with 1 a contact who asks for a person is asked the
        `clarifying_question` first, and given one with the next message, or after
        `schedule.ANSWER_WAIT` without one.
    """

    id: RuleId
    name: str = ""
    enabled: bool = False
    scenario: Scenario
    trigger_condition: str | None = None
    example_phrases: tuple[str, ...] = ()
    max_retries: int = 2
    assign_to: AssignTo = AssignTo.NOBODY
    staff_id: StaffId | None = None
    team_id: TeamId | None = None
    skip_if_contact_has_owner: bool = False
    final_message: str = DEFAULT_FINAL_MESSAGE
    final_message_out_of_hours: str = DEFAULT_OUT_OF_HOURS
    final_messages: ByLanguage = ()
    final_messages_out_of_hours: ByLanguage = ()
    pause: timedelta | None = timedelta(days=1)
    pause_until_opening: bool = False
    resume: Resume = Resume.TIME
    task_enabled: bool = True
    task_due_in: timedelta = timedelta(hours=24)
    task_title: str = ""
    task_description: str = ""
    tags: tuple[str, ...] = (DEFAULT_TAG,)
    clarifying_questions: int = 0
    clarifying_question: str = DEFAULT_QUESTION

    @property
    def title(self) -> str:
        """The name shown: its own, or the scenario's."""
        return self.name or DEFAULT_NAMES[self.scenario]

    def last_words(self, language: str, *, is_open: bool) -> str:
        """What the bot says last to a contact of this language, variables and all.

        The hour decides first, then the language.
        """
        if not self.final_message:
            return ""
        if is_open or not self._out_of_hours(language):
            return dict(self.final_messages).get(language) or self.final_message
        return self._out_of_hours(language)

    def _out_of_hours(self, language: str) -> str:
        own = dict(self.final_messages_out_of_hours).get(language)
        return own or self.final_message_out_of_hours


def default_rule(rule_id: RuleId, scenario: Scenario) -> HandoverRule:
    """A rule as a form shows it before anything is changed: off until saved on."""
    phrases = DEFAULT_PHRASES if scenario is Scenario.HUMAN_REQUESTED else ()
    return HandoverRule(
        id=rule_id,
        scenario=scenario,
        name=DEFAULT_NAMES[scenario],
        example_phrases=phrases,
    )


def check_rule(rule: HandoverRule) -> HandoverRule:
    """Return the rule when every field keeps its limits.

    Raises:
        InvalidField: names the first field that breaks a rule, and the rule.
    """
    for fault in faults_of(rule):
        raise fault
    return rule


def faults_of(rule: HandoverRule) -> Iterator[InvalidField]:
    """Every field that breaks a limit, with the limit, in the order of the fields."""
    for name, broken, limit in (*_trigger_limits(rule), *_action_limits(rule)):
        if broken:
            yield InvalidField(name, limit)
    yield from _message_faults("final_message", rule.final_message)
    name = "final_message_out_of_hours"
    yield from _message_faults(name, rule.final_message_out_of_hours)
    for name in ("final_messages", "final_messages_out_of_hours"):
        by_language: ByLanguage = getattr(rule, name)
        if len(by_language) > MAX_LANGUAGES:
            yield InvalidField(name, f"at most {MAX_LANGUAGES} languages")
        for language, text in by_language:
            if not LANGUAGE.fullmatch(language):
                yield InvalidField(name, "by language, as de or pt")
            yield from _message_faults(f"{name}.{language}", text)


def _message_faults(name: str, text: str) -> Iterator[InvalidField]:
    if len(text) > MAX_TEXT:
        yield InvalidField(name, f"at most {MAX_TEXT} characters")
    if set(_VARIABLE.findall(text)) - set(VARIABLES):
        known = ", ".join("{{" + v + "}}" for v in VARIABLES)
        yield InvalidField(name, f"unknown variable; use one of {known}")


_Limit = tuple[str, bool, str]
"""The field, whether it is broken, and the rule in words."""


def _trigger_limits(rule: HandoverRule) -> list[_Limit]:
    custom = rule.scenario is Scenario.CUSTOM
    takes_phrases = custom or rule.scenario is Scenario.HUMAN_REQUESTED
    return [
        ("name", len(rule.name) > MAX_NAME, f"at most {MAX_NAME} characters"),
        (
            "trigger_condition",
            custom and not (rule.trigger_condition or "").strip(),
            "required for a custom rule: say in plain words when to hand over",
        ),
        (
            "trigger_condition",
            not custom and rule.trigger_condition is not None,
            "only a custom rule has one; leave it out",
        ),
        (
            "trigger_condition",
            len(rule.trigger_condition or "") > MAX_TEXT,
            f"at most {MAX_TEXT} characters",
        ),
        (
            "example_phrases",
            custom and not rule.example_phrases,
            "a custom rule needs at least one",
        ),
        (
            "example_phrases",
            not takes_phrases and bool(rule.example_phrases),
            "this scenario takes none",
        ),
        ("example_phrases", *_list_limit(rule.example_phrases, MAX_PHRASES, 500)),
        ("max_retries", not 0 <= rule.max_retries <= 2, "0, 1 or 2"),
        *_clarifying_limits(rule),
    ]


def _clarifying_limits(rule: HandoverRule) -> list[_Limit]:
    asks = rule.clarifying_questions > 0
    return [
        ("clarifying_questions", rule.clarifying_questions not in (0, 1), "0 or 1"),
        (
            "clarifying_questions",
            asks and rule.scenario is not Scenario.HUMAN_REQUESTED,
            "only a rule for human_requested asks first",
        ),
        (
            "clarifying_question",
            asks and not rule.clarifying_question.strip(),
            "required with clarifying_questions 1",
        ),
        (
            "clarifying_question",
            len(rule.clarifying_question) > MAX_TEXT,
            f"at most {MAX_TEXT} characters",
        ),
    ]


def _action_limits(rule: HandoverRule) -> list[_Limit]:
    return [
        (
            "assign.staff_id",
            (rule.assign_to is AssignTo.STAFF) != (rule.staff_id is not None),
            "required with assign.to staff, and only there",
        ),
        (
            "assign.team_id",
            (rule.assign_to is AssignTo.TEAM) != (rule.team_id is not None),
            "required with assign.to team, and only there",
        ),
        (
            "pause",
            rule.pause is not None and not MINUTE <= rule.pause <= MAX_PAUSE,
            "between 1 minute and 365 days, or null until people hand back",
        ),
        (
            "pause.until",
            rule.resume is Resume.STAFF_INACTIVE and rule.pause is None,
            "staff_inactive needs how long, such as minutes",
        ),
        (
            "task.due_in_minutes",
            not MINUTE <= rule.task_due_in <= MAX_PAUSE,
            "between 1 and 525600",
        ),
        ("task.title", len(rule.task_title) > 200, "at most 200 characters"),
        (
            "task.description",
            len(rule.task_description) > MAX_TEXT,
            f"at most {MAX_TEXT} characters",
        ),
        ("tags", *_list_limit(rule.tags, MAX_TAGS, MAX_TAG)),
    ]


def _list_limit(items: tuple[str, ...], most: int, length: int) -> tuple[bool, str]:
    broken = (
        len(items) > most
        or len(set(items)) != len(items)
        or any(not x.strip() or len(x) > length for x in items)
    )
    return broken, f"at most {most}, each 1 to {length} characters, none twice"


def check_room(rules: list[HandoverRule], scenario: Scenario, limit: int) -> None:
    """Allow one more rule of this scenario on a bot that has `rules`.

    Raises:
        TooManyRules: the bot has `limit` rules.
        ScenarioTaken: it has a rule for this built-in scenario.
    """
    if len(rules) >= limit:
        raise TooManyRules(limit)
    if scenario is not Scenario.CUSTOM and any(r.scenario is scenario for r in rules):
        raise ScenarioTaken(scenario)


def effective_rules(
    rules: tuple[HandoverRule, ...],
    overrides: Mapping[RuleId, Mapping[str, Any]],
) -> tuple[HandoverRule, ...]:
    """The enabled rules once a workflow's overrides are laid over them.

    overrides: by rule, the fields to replace, already parsed to their own types.
        A rule that was deleted since is passed over.
    """
    laid = (replace(rule, **overrides.get(rule.id, {})) for rule in rules)
    return tuple(rule for rule in laid if rule.enabled)


def render_message(text: str, values: Mapping[str, str]) -> str:
    """Fill in the variables of a final message.

    values: by variable name; a missing or empty one becomes nothing, and the space
        before it closes up ("Hi {{contact.first_name}}!" → "Hi!"). It takes the comma
        before it along at the end of a phrase ("Of course, {{contact.first_name}}." →
        "Of course."), and the one after it at the start of a line.
    """
    filled = _VARIABLE.sub(lambda m: values.get(m[1], "").strip() or "\0", text)
    return re.sub(r"(?m)^\0[,;:!.]? *|,? ?\0(?=[,;:.!?]|$)| ?\0", "", filled)
