"""A handover rule as the fields of a form, and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from stepaside.core.errors import InvalidField
from stepaside.core.ids import RuleId, StaffId, TeamId
from stepaside.core.pauses import Resume
from stepaside.core.rules import (
    DEFAULT_PHRASES,
    AssignTo,
    HandoverRule,
    Scenario,
    default_rule,
    faults_of,
)
from stepaside.desk.bots.fields import Faults, Sent, Span, in_words
from stepaside.desk.bots.rule_languages import (
    LanguageRow,
    messages,
    read_rows,
    rows_of,
)
from stepaside.desk.words import mark

NOBODY: Final = "nobody"
UNTIL_BACK: Final = "hand_back"
FOR_A_TIME: Final = "time"
UNTIL_OPENING: Final = "opening"
UNTIL_RESOLVED: Final = "resolved"
UNTIL_INACTIVE: Final = "staff_inactive"
NO_SPAN: Final = Span()
NEW: Final = "new"
"""How the key of a rule begins that is not stored yet."""

FAULTS: Final[Mapping[str, str]] = {
    "trigger_condition": mark("Say in plain words when to hand over."),
    "example_phrases": mark(
        "Write at least one phrase, each up to 500 characters, none twice."
    ),
    "max_retries": mark("Choose 0, 1 or 2."),
    "assign.staff_id": mark("Choose who gets the conversation."),
    "assign.team_id": mark("Choose who gets the conversation."),
    "clarifying_question": mark("Write what the bot is to ask."),
    "languages": mark("Choose a language, each of them once."),
    "pause": mark("Between 1 minute and 365 days."),
    "task.due_in_minutes": mark("Between 1 minute and 365 days."),
    "tags": mark("At most 20 tags, each up to 50 characters."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm:
    """A rule as it stands in a form, whether it is right or not.

    key: the rule's id; begins with `NEW` for one that is not stored yet.
    removed: to be deleted when the form is saved.
    is_open: whether its fields are shown.
    assign: `nobody`, `staff:<id>` or `team:<id>`.
    out_of_hours: the final message while nobody works.
    languages: both in other languages.
    clarifies: whether `question` is asked before a person is given.
    faults: by field what is wrong, in words for people.
    """

    key: str
    scenario: Scenario
    removed: bool = False
    is_open: bool = False
    enabled: bool = False
    name: str = ""
    trigger_condition: str = ""
    phrases: tuple[str, ...] = ()
    max_retries: str = "2"
    assign: str = NOBODY
    skip: bool = False
    final_message: str = ""
    out_of_hours: str = ""
    languages: tuple[LanguageRow, ...] = ()
    clarifies: bool = False
    question: str = ""
    pause_mode: str = FOR_A_TIME
    pause: Span = NO_SPAN
    task_enabled: bool = True
    due: Span = NO_SPAN
    task_title: str = ""
    task_description: str = ""
    tags: tuple[str, ...] = ()
    faults: Faults = field(default_factory=Faults)

    @property
    def is_new(self) -> bool:
        """Whether it is not stored yet."""
        return self.key.startswith(NEW)


def form_of(rule: HandoverRule, key: str = "") -> RuleForm:
    """A stored rule as the fields of a form."""
    custom = rule.scenario is Scenario.CUSTOM
    return RuleForm(
        key=key or rule.id,
        scenario=rule.scenario,
        enabled=rule.enabled,
        name=rule.name,
        trigger_condition=(rule.trigger_condition or "") if custom else "",
        phrases=rule.example_phrases,
        max_retries=str(rule.max_retries),
        assign=_assign(rule),
        skip=rule.skip_if_contact_has_owner,
        final_message=rule.final_message,
        out_of_hours=rule.final_message_out_of_hours,
        languages=rows_of(rule),
        clarifies=rule.clarifying_questions > 0,
        question=rule.clarifying_question,
        pause_mode=_pause_mode(rule),
        pause=Span.of(rule.pause),
        task_enabled=rule.task_enabled,
        due=Span.of(rule.task_due_in),
        task_title=rule.task_title,
        task_description=rule.task_description,
        tags=rule.tags,
    )


def blank_form(key: str, scenario: Scenario) -> RuleForm:
    """A rule that was just added: the defaults, on, and open to be filled in."""
    form = form_of(default_rule(RuleId(""), scenario), key)
    name = "" if scenario is Scenario.CUSTOM else form.name
    # Prefilled for when the scenario is chosen; other scenarios do not send them.
    return replace(form, name=name, enabled=True, is_open=True, phrases=DEFAULT_PHRASES)


def read_rules(sent: Sent) -> tuple[RuleForm, ...]:
    """Every rule a form sent, in its order."""
    return tuple(read_rule(sent, key) for key in dict.fromkeys(sent.raw("rules")))


def rule_of(form: RuleForm, before: HandoverRule | None) -> HandoverRule:
    """The rule that a form describes, whether it keeps the limits or not.

    before: the stored rule, for what the form does not show; None for a new one.
    Raises:
        InvalidField: a number that is none.
    """
    blank = before or default_rule(RuleId(form.key), form.scenario)
    custom = form.scenario is Scenario.CUSTOM
    asked = form.scenario is Scenario.HUMAN_REQUESTED
    takes_phrases = custom or asked
    return replace(
        blank,
        scenario=form.scenario,
        enabled=form.enabled,
        name=form.name,
        trigger_condition=form.trigger_condition if custom else None,
        example_phrases=form.phrases if takes_phrases else (),
        max_retries=int(form.max_retries) if form.max_retries in _RETRIES else -1,
        **_assigned(form),
        skip_if_contact_has_owner=form.skip,
        final_message=form.final_message,
        final_message_out_of_hours=form.out_of_hours,
        **messages(form.languages),
        clarifying_questions=int(form.clarifies and asked),
        clarifying_question=form.question,
        pause=_pause(form, blank),
        pause_until_opening=form.pause_mode == UNTIL_OPENING,
        resume=_RESUME.get(form.pause_mode, Resume.TIME),
        task_enabled=form.task_enabled,
        task_due_in=form.due.length("task.due_in_minutes"),
        task_title=form.task_title,
        task_description=form.task_description,
        tags=form.tags,
    )


def checked(
    form: RuleForm, before: HandoverRule | None
) -> tuple[RuleForm, HandoverRule | None]:
    """The form with everything that is wrong with it, and the rule if nothing is."""
    try:
        rule = rule_of(form, before)
    except InvalidField as no_number:
        return with_fault(form, no_number), None
    faults = list(faults_of(rule))
    for fault in faults:
        form = with_fault(form, fault)
    return form, None if faults else rule


def with_fault(form: RuleForm, fault: InvalidField) -> RuleForm:
    """The form, opened where something is wrong; the first fault of a field stays."""
    is_choice = fault.field.startswith("languages.")
    plain = InvalidField("languages", fault.rule) if is_choice else fault
    told = Faults({fault.field: in_words(plain, FAULTS)} | form.faults)
    return replace(form, faults=told, is_open=True)


_RETRIES: Final = ("0", "1", "2")


def read_rule(sent: Sent, key: str) -> RuleForm:
    """The rule with this key, as a form sent it."""
    at = f"r.{key}"
    wanted = sent.line(f"{at}.scenario")
    known = wanted in list(Scenario)
    return RuleForm(
        key=key,
        scenario=Scenario(wanted) if known else Scenario.CUSTOM,
        removed=sent.has(f"{at}.removed"),
        is_open=sent.has(f"{at}.open"),
        enabled=sent.has(f"{at}.enabled"),
        name=sent.line(f"{at}.name"),
        trigger_condition=sent.text(f"{at}.trigger_condition"),
        phrases=sent.lines(f"{at}.phrases"),
        max_retries=sent.line(f"{at}.max_retries") or "2",
        assign=sent.line(f"{at}.assign") or NOBODY,
        skip=sent.has(f"{at}.skip"),
        final_message=sent.text(f"{at}.final_message"),
        out_of_hours=sent.text(f"{at}.out_of_hours"),
        languages=read_rows(sent, f"{at}.l"),
        clarifies=sent.has(f"{at}.clarifies"),
        question=sent.text(f"{at}.question"),
        pause_mode=sent.line(f"{at}.pause_mode"),
        pause=Span.read(sent, f"{at}.pause"),
        task_enabled=sent.has(f"{at}.task_enabled"),
        due=Span.read(sent, f"{at}.due"),
        task_title=sent.line(f"{at}.task_title"),
        task_description=sent.text(f"{at}.task_description"),
        tags=sent.lines(f"{at}.tags"),
    )


def _assign(rule: HandoverRule) -> str:
    chosen = rule.staff_id or rule.team_id
    return f"{rule.assign_to}:{chosen}" if chosen else NOBODY


def _assigned(form: RuleForm) -> dict[str, Any]:
    kind, _colon, chosen = form.assign.partition(":")
    nobody = {"assign_to": AssignTo.NOBODY, "staff_id": None, "team_id": None}
    if kind == AssignTo.STAFF:
        return {**nobody, "assign_to": AssignTo.STAFF, "staff_id": StaffId(chosen)}
    if kind == AssignTo.TEAM:
        return {**nobody, "assign_to": AssignTo.TEAM, "team_id": TeamId(chosen)}
    return nobody


_RESUME: Final[Mapping[str, Resume]] = {
    UNTIL_RESOLVED: Resume.RESOLVED,
    UNTIL_INACTIVE: Resume.STAFF_INACTIVE,
}


def _pause_mode(rule: HandoverRule) -> str:
    if rule.pause_until_opening:
        return UNTIL_OPENING
    if rule.resume is not Resume.TIME:
        return str(rule.resume)
    return UNTIL_BACK if rule.pause is None else FOR_A_TIME


def _pause(form: RuleForm, before: HandoverRule) -> timedelta | None:
    match form.pause_mode:
        case "hand_back":
            return None
        case "opening" | "resolved":
            return before.pause  # not in force; kept for when it is chosen again
        case _:
            return form.pause.length("pause")
