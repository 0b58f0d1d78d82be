"""Handover rules: every field with its default and its limit."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.errors import InvalidField
from stepaside.core.hours import Span, WorkingHours
from stepaside.core.ids import RuleId, TeamId
from stepaside.core.openings import LANGUAGES, openings
from stepaside.core.pauses import Resume
from stepaside.core.rules import (
    DEFAULT_NAMES,
    MAX_RULES,
    TRIGGER_CONDITIONS,
    VARIABLES,
    AssignTo,
    HandoverRule,
    Scenario,
    ScenarioTaken,
    TooManyRules,
    check_room,
    check_rule,
    default_rule,
    effective_rules,
    render_message,
)
from tests.core.builders import ANN, DAY, HOUR, MINUTE, NOON, a_rule

BUILT_IN = [s for s in Scenario if s is not Scenario.CUSTOM]
NEW = RuleId("rul_new")


class TestDefaults:
    """A form that nobody has touched."""

    @pytest.mark.parametrize("scenario", Scenario)
    def test_a_new_rule_is_off_until_saved_on(self, scenario: Scenario) -> None:
        assert default_rule(NEW, scenario).enabled is False

    @pytest.mark.parametrize(
        ("scenario", "name"),
        [
            (Scenario.HUMAN_REQUESTED, "Human requested"),
            (Scenario.LACK_OF_INFORMATION, "Lack of information"),
            (Scenario.FAILED_TO_RESOLVE, "Failed to resolve"),
            (Scenario.CUSTOM, "Custom"),
        ],
    )
    def test_it_is_named_after_its_scenario(
        self, scenario: Scenario, name: str
    ) -> None:
        assert default_rule(NEW, scenario).name == name
        assert HandoverRule(id=NEW, scenario=scenario).title == name

    def test_its_own_name_wins(self) -> None:
        assert a_rule(name="Loans").title == "Loans"

    def test_only_a_request_for_a_person_comes_with_phrases(self) -> None:
        prefilled = {s: default_rule(NEW, s).example_phrases for s in Scenario}
        assert prefilled.pop(Scenario.HUMAN_REQUESTED) == (
            "I want to talk to a human",
            "Can someone real help me?",
            "Connect me to a person",
        )
        assert set(prefilled.values()) == {()}

    def test_the_rest_is_as_the_specification_says(self) -> None:
        rule = default_rule(NEW, Scenario.FAILED_TO_RESOLVE)
        assert rule.max_retries == 2
        assert (rule.assign_to, rule.staff_id) == (AssignTo.NOBODY, None)
        assert rule.skip_if_contact_has_owner is False
        assert rule.final_message == (
            "Thank you! Someone from the team will get back to you."
        )
        assert rule.pause == DAY
        assert (rule.task_enabled, rule.task_due_in) == (True, 24 * HOUR)
        assert (rule.task_title, rule.task_description) == ("", "")
        assert rule.tags == ("human_handover",)
        assert rule.trigger_condition is None

    @pytest.mark.parametrize("scenario", BUILT_IN)
    def test_a_built_in_rule_may_be_saved_untouched(self, scenario: Scenario) -> None:
        assert check_rule(default_rule(NEW, scenario)).scenario is scenario
        assert TRIGGER_CONDITIONS[scenario]

    def test_every_scenario_has_a_name_and_only_built_in_ones_a_condition(self) -> None:
        assert set(DEFAULT_NAMES) == set(Scenario)
        assert set(TRIGGER_CONDITIONS) == set(BUILT_IN)


CUSTOM, HUMAN, FAILED, LACK = (
    Scenario.CUSTOM,
    Scenario.HUMAN_REQUESTED,
    Scenario.FAILED_TO_RESOLVE,
    Scenario.LACK_OF_INFORMATION,
)
TOO_LONG = "x" * 2001
TEAM = TeamId("tea_1")
MANY = tuple((f"x{chr(97 + n // 26)}{chr(97 + n % 26)}", "Hi") for n in range(31))
KEPT: list[tuple[Scenario, dict[str, Any]]] = [
    (HUMAN, {"name": "x" * 100}),
    (CUSTOM, {"trigger_condition": "x" * 2000}),
    (HUMAN, {"example_phrases": ()}),
    (HUMAN, {"example_phrases": tuple(f"phrase {n}" for n in range(50))}),
    (CUSTOM, {"example_phrases": ("x" * 500,)}),
    (FAILED, {"max_retries": 0}),
    (FAILED, {"max_retries": 1}),
    (FAILED, {"max_retries": 2}),
    (HUMAN, {"assign_to": AssignTo.STAFF, "staff_id": ANN.id}),
    (HUMAN, {"assign_to": AssignTo.TEAM, "team_id": TEAM}),
    (HUMAN, {"final_message": ""}),
    (HUMAN, {"final_message_out_of_hours": ""}),
    (HUMAN, {"final_messages": (("de", "Danke!"), ("yue", "x" * 2000))}),
    (HUMAN, {"final_message": "x" * 2000}),
    (HUMAN, {"final_message": "".join("{{" + v + "}} " for v in VARIABLES)}),
    (HUMAN, {"final_message": "{{contact.name}} {{  contact.name  }} {one} }}{{"}),
    (HUMAN, {"pause": None}),
    (HUMAN, {"pause": MINUTE}),
    (HUMAN, {"pause": timedelta(days=365)}),
    (HUMAN, {"task_due_in": MINUTE}),
    (HUMAN, {"task_due_in": timedelta(minutes=525_600)}),
    (HUMAN, {"task_title": "x" * 200, "task_description": "x" * 2000}),
    (HUMAN, {"tags": ()}),
    (HUMAN, {"tags": tuple(f"tag {n}" for n in range(20))}),
    (HUMAN, {"tags": ("x" * 50,)}),
]
BROKEN: list[tuple[Scenario, dict[str, Any], str]] = [
    (HUMAN, {"name": "x" * 101}, "name"),
    (LACK, {"resume": Resume.STAFF_INACTIVE, "pause": None}, "pause.until"),
    (CUSTOM, {"trigger_condition": None}, "trigger_condition"),
    (CUSTOM, {"trigger_condition": "  "}, "trigger_condition"),
    (CUSTOM, {"trigger_condition": TOO_LONG}, "trigger_condition"),
    (HUMAN, {"trigger_condition": "Asks"}, "trigger_condition"),
    (HUMAN, {"trigger_condition": ""}, "trigger_condition"),
    (CUSTOM, {"example_phrases": ()}, "example_phrases"),
    (LACK, {"example_phrases": ("Hm",)}, "example_phrases"),
    (FAILED, {"example_phrases": ("Hm",)}, "example_phrases"),
    (HUMAN, {"example_phrases": ("  ",)}, "example_phrases"),
    (HUMAN, {"example_phrases": ("x" * 501,)}, "example_phrases"),
    (HUMAN, {"example_phrases": ("Hm", "Hm")}, "example_phrases"),
    (HUMAN, {"example_phrases": tuple(map(str, range(51)))}, "example_phrases"),
    (FAILED, {"max_retries": -1}, "max_retries"),
    (FAILED, {"max_retries": 3}, "max_retries"),
    (HUMAN, {"clarifying_questions": 2}, "clarifying_questions"),
    (HUMAN, {"clarifying_questions": -1}, "clarifying_questions"),
    (LACK, {"clarifying_questions": 1}, "clarifying_questions"),
    (
        HUMAN,
        {"clarifying_questions": 1, "clarifying_question": " "},
        "clarifying_question",
    ),
    (HUMAN, {"clarifying_question": TOO_LONG}, "clarifying_question"),
    (HUMAN, {"assign_to": AssignTo.STAFF}, "assign.staff_id"),
    (HUMAN, {"staff_id": ANN.id}, "assign.staff_id"),
    (HUMAN, {"assign_to": AssignTo.TEAM}, "assign.team_id"),
    (HUMAN, {"team_id": TEAM}, "assign.team_id"),
    (HUMAN, {"final_message_out_of_hours": TOO_LONG}, "final_message_out_of_hours"),
    (HUMAN, {"final_messages": (("de", "{{name}}"),)}, "final_messages.de"),
    (HUMAN, {"final_messages": (("de-AT", "Danke"),)}, "final_messages"),
    (HUMAN, {"final_messages": MANY}, "final_messages"),
    (
        HUMAN,
        {"final_messages_out_of_hours": (("de", TOO_LONG),)},
        "final_messages_out_of_hours.de",
    ),
    (HUMAN, {"final_message": TOO_LONG}, "final_message"),
    (HUMAN, {"final_message": "Hi {{contact.nmae}}"}, "final_message"),
    (HUMAN, {"final_message": "Hi {{}}"}, "final_message"),
    (HUMAN, {"pause": timedelta(0)}, "pause"),
    (HUMAN, {"pause": timedelta(seconds=59)}, "pause"),
    (HUMAN, {"pause": timedelta(days=365, seconds=1)}, "pause"),
    (HUMAN, {"task_due_in": timedelta(seconds=59)}, "task.due_in_minutes"),
    (HUMAN, {"task_due_in": timedelta(days=366)}, "task.due_in_minutes"),
    (HUMAN, {"task_title": "x" * 201}, "task.title"),
    (HUMAN, {"task_description": TOO_LONG}, "task.description"),
    (HUMAN, {"tags": ("",)}, "tags"),
    (HUMAN, {"tags": ("x" * 51,)}, "tags"),
    (HUMAN, {"tags": ("vip", "vip")}, "tags"),
    (HUMAN, {"tags": tuple(map(str, range(21)))}, "tags"),
]


def named(value: object) -> str:
    """A short name for a parameter."""
    return ", ".join(value) if isinstance(value, Mapping) else str(value)


class TestLimits:
    """What may be saved, up to the last character, and what may not."""

    @pytest.mark.parametrize(("scenario", "changes"), KEPT, ids=named)
    def test_within_the_limits_a_rule_is_taken_as_it_is(
        self, scenario: Scenario, changes: dict[str, Any]
    ) -> None:
        rule = a_rule(scenario, **changes)
        assert check_rule(rule) is rule

    @pytest.mark.parametrize(("scenario", "changes", "field"), BROKEN, ids=named)
    def test_beyond_them_the_field_is_named(
        self, scenario: Scenario, changes: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidField) as refused:
            check_rule(a_rule(scenario, **changes))
        assert refused.value.field == field
        assert len(refused.value.rule) > 5

    def test_every_field_somebody_can_set_has_a_limit_or_is_free_on_purpose(
        self,
    ) -> None:
        free = {"id", "enabled", "scenario", "skip_if_contact_has_owner"}
        free |= {
            "task_enabled",
            "pause_until_opening",
            "assign_to",
        }  # the latter checked with staff_id
        limited = {name for _, changes, _ in BROKEN for name in changes}
        assert {f.name for f in fields(HandoverRule)} - free == limited - {"assign_to"}

    def test_an_unknown_variable_is_refused_with_the_known_ones(self) -> None:
        with pytest.raises(InvalidField, match=r"\{\{contact.first_name\}\}"):
            check_rule(a_rule(final_message="Hi {{name}}"))


THREE = [a_rule(s) for s in BUILT_IN]


class TestRoom:
    """Three rules a bot, one for each built-in scenario."""

    def test_a_third_rule_has_room(self) -> None:
        check_room(THREE[:2], Scenario.CUSTOM, MAX_RULES)

    @pytest.mark.parametrize("scenario", Scenario)
    def test_the_fourth_rule_is_refused_in_clear_words(
        self, scenario: Scenario
    ) -> None:
        with pytest.raises(TooManyRules, match="at most 3 handover rules"):
            check_room(THREE, scenario, MAX_RULES)

    def test_an_installation_may_allow_a_fourth(self) -> None:
        check_room(THREE, Scenario.CUSTOM, 4)

    @pytest.mark.parametrize("scenario", BUILT_IN)
    def test_a_built_in_scenario_has_one_rule(self, scenario: Scenario) -> None:
        with pytest.raises(ScenarioTaken, match=scenario):
            check_room([a_rule(scenario)], scenario, MAX_RULES)

    def test_its_rule_is_found_among_others(self) -> None:
        with pytest.raises(ScenarioTaken):
            check_room([a_rule(HUMAN), a_rule(LACK)], LACK, MAX_RULES)

    def test_custom_rules_may_be_several(self) -> None:
        twice = [a_rule(Scenario.CUSTOM), a_rule(Scenario.CUSTOM)]
        check_room(twice, Scenario.CUSTOM, MAX_RULES)

    def test_other_scenarios_do_not_stand_in_the_way(self) -> None:
        check_room([a_rule(HUMAN)], LACK, MAX_RULES)


class TestWorkflows:
    """What a workflow lays over the rules of its bot."""

    HUMAN, LACK = a_rule(HUMAN), a_rule(LACK)

    def test_without_overrides_the_rules_stay(self) -> None:
        rules = (self.HUMAN, self.LACK)
        assert effective_rules(rules, {}) == rules

    def test_a_rule_that_is_off_is_left_out(self) -> None:
        off = replace(self.LACK, enabled=False)
        assert effective_rules((self.HUMAN, off), {}) == (self.HUMAN,)

    def test_a_workflow_switches_one_rule_off_and_leaves_the_other(self) -> None:
        laid = effective_rules(
            (self.HUMAN, self.LACK), {self.HUMAN.id: {"enabled": False}}
        )
        assert laid == (self.LACK,)

    def test_a_workflow_changes_fields_of_one_rule_alone(self) -> None:
        over = {self.LACK.id: {"final_message": "Wait", "tags": ("sale",)}}
        human, lack = effective_rules((self.HUMAN, self.LACK), over)
        assert human == self.HUMAN
        assert lack == replace(self.LACK, final_message="Wait", tags=("sale",))

    def test_the_rule_itself_is_not_changed(self) -> None:
        effective_rules((self.HUMAN,), {self.HUMAN.id: {"name": "Sale"}})
        assert self.HUMAN.title == "Human requested"

    def test_an_override_of_a_deleted_rule_is_passed_over(self) -> None:
        over = {RuleId("rul_gone"): {"enabled": False}}
        assert effective_rules((self.HUMAN,), over) == (self.HUMAN,)


SHUT = WorkingHours(
    week=((), (), (Span(opens=time(9), closes=time(17)),), (), (), (), ())
)
FILLED = {
    "contact.name": "Cy Chen",
    "contact.first_name": "Cy",
    "bot.name": "Bella",
    "staff.name": "Ann Abara",
    "staff.first_name": "Ann",
    **openings(SHUT, NOON),
    "eta": "in about 10 minutes",
    **{f"eta.{x}": "" for x in LANGUAGES},
}


class TestFinalMessage:
    """Variables, and what happens where a name is not known."""

    def test_every_variable_is_filled_in(self) -> None:
        text = " / ".join("{{" + v + "}}" for v in VARIABLES)
        told = "Cy Chen / Cy / Bella / Ann Abara / Ann / on Wednesday at 09:00 / "
        assert render_message(text, FILLED).startswith(told)
        assert " / am Mittwoch um 09:00 Uhr / " in render_message(text, FILLED)
        assert set(FILLED) == set(VARIABLES)

    @pytest.mark.parametrize(
        ("text", "without_a_name"),
        [
            ("Hi {{contact.first_name}}!", "Hi!"),
            ("Of course, {{contact.first_name}}. So be it.", "Of course. So be it."),
            ("Sorry, {{contact.first_name}}", "Sorry"),
            ("Thanks, {{contact.first_name}}, bye!", "Thanks, bye!"),
            ("Hi {{ contact.first_name }}, wait", "Hi, wait"),
            ("Dear {{contact.name}} of ours", "Dear of ours"),
            ("{{contact.first_name}}, please wait", "please wait"),
            ("Thanks.\n{{contact.first_name}}: wait", "Thanks.\nwait"),
            ("{{contact.name}}", ""),
            ("No variable, two  spaces", "No variable, two  spaces"),
        ],
    )
    def test_an_unknown_name_leaves_no_gap(
        self, text: str, without_a_name: str
    ) -> None:
        assert render_message(text, {}) == without_a_name
        assert render_message(text, dict.fromkeys(FILLED, "")) == without_a_name
        assert render_message(text, dict.fromkeys(FILLED, "  ")) == without_a_name

    def test_a_contact_cannot_smuggle_in_a_variable(self) -> None:
        hostile = FILLED | {"contact.name": r"{{staff.name}} \1 \g<0>"}
        rendered = render_message("Hi {{contact.name}}", hostile)
        assert rendered == r"Hi {{staff.name}} \1 \g<0>"

    @given(st.text(st.characters(exclude_characters="{}\0")))
    def test_a_text_without_variables_is_said_as_written(self, text: str) -> None:
        assert render_message(text, FILLED) == text


class TestLastWords:
    """Which final message: by the hour first, then by the contact's language."""

    RULE = a_rule(
        final_message="Thanks",
        final_message_out_of_hours="Closed",
        final_messages=(("de", "Danke"),),
        final_messages_out_of_hours=(("de", "Geschlossen"),),
    )

    @pytest.mark.parametrize(
        ("language", "is_open", "words"),
        [
            ("", True, "Thanks"),
            ("de", True, "Danke"),
            ("fr", True, "Thanks"),
            ("", False, "Closed"),
            ("de", False, "Geschlossen"),
            ("fr", False, "Closed"),
        ],
    )
    def test_the_hour_decides_and_then_the_language(
        self, language: str, is_open: bool, words: str
    ) -> None:
        assert self.RULE.last_words(language, is_open=is_open) == words

    def test_without_a_variant_the_final_message_stands_at_every_hour(self) -> None:
        plain = replace(
            self.RULE, final_message_out_of_hours="", final_messages_out_of_hours=()
        )
        assert plain.last_words("", is_open=False) == "Thanks"
        assert plain.last_words("de", is_open=False) == "Danke"

    def test_who_emptied_the_final_message_says_nothing_at_any_hour(self) -> None:
        silent = replace(self.RULE, final_message="")
        assert silent.last_words("de", is_open=False) == ""
