import asyncio
from typing import Any

import pytest

from stepaside.core.rules import DEFAULT_PHRASES, DEFAULT_QUESTION, Scenario
from tests.api.conftest import Api
from tests.world import World


async def a_bot(api: Api) -> str:
    made = await api.post("/bots", {"name": "Fresh"})
    return f"/bots/{made['id']}/handover-rules"


async def test_a_rule_is_prefilled_with_the_defaults_of_its_scenario(api: Api) -> None:
    made = await api.post(await a_bot(api), {"scenario": "human_requested"})
    assert made.status == 201
    shown = {
        name: value
        for name, value in made.json.items()
        if name not in {"id", "bot_id", "created_at", "updated_at"}
    }
    assert shown == {
        "name": "Human requested",
        "enabled": False,
        "scenario": "human_requested",
        "trigger_condition": None,
        "example_phrases": list(DEFAULT_PHRASES),
        "max_retries": 2,
        "assign": {"to": "nobody", "staff_id": None},
        "skip_if_contact_has_owner": False,
        "final_message": "Thank you! Someone from the team will get back to you.",
        "final_message_out_of_hours": "Thank you! We are closed now. Someone from the "
        "team will get back to you {{next_opening}}.",
        "final_messages": {},
        "final_messages_out_of_hours": {},
        "pause": {"days": 1, "hours": 0, "minutes": 0},
        "task": {
            "enabled": True,
            "due_in_minutes": 1440,
            "title": "",
            "description": "",
        },
        "tags": ["human_handover"],
        "clarifying_questions": 0,
        "clarifying_question": DEFAULT_QUESTION,
    }


async def test_a_rule_read_can_be_sent_back_as_it_is(api: Api, world: World) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    shown = (await api.get(f"/handover-rules/{rule.id}")).json
    own = {"id", "bot_id", "created_at", "updated_at"}
    body = {name: value for name, value in shown.items() if name not in own}
    changed = await api.patch(f"/handover-rules/{rule.id}", body)
    assert (changed.status, changed.json) == (200, shown)


async def test_every_field_of_a_rule_can_be_changed(api: Api, world: World) -> None:
    path = f"/handover-rules/{world.rules[Scenario.HUMAN_REQUESTED].id}"
    wanted = {
        "name": "Wants Bo",
        "enabled": False,
        "example_phrases": ["Bo please"],
        "max_retries": 0,
        "assign": {"to": "staff", "staff_id": world.bo.id},
        "skip_if_contact_has_owner": True,
        "final_message": "",
        "final_message_out_of_hours": "We are back {{next_opening}}.",
        "final_messages": {"de": "Danke!", "pt": "Obrigado!"},
        "final_messages_out_of_hours": {"de": "Wir sind {{next_opening.de}} zurück."},
        "pause": {"days": 0, "hours": 2, "minutes": 30},
        "task": {
            "enabled": False,
            "due_in_minutes": 30,
            "title": "Call",
            "description": "Be kind",
        },
        "tags": ["vip", "bo"],
    }
    changed = await api.patch(path, wanted)
    assert changed.status == 200
    shown = (await api.get(path)).json
    assert shown == shown | wanted


async def test_only_what_is_named_in_a_task_changes(api: Api, world: World) -> None:
    path = f"/handover-rules/{world.rules[Scenario.HUMAN_REQUESTED].id}"
    changed = await api.patch(path, {"task": {"due_in_minutes": 60}})
    assert changed["task"] == {
        "enabled": True,
        "due_in_minutes": 60,
        "title": "",
        "description": "",
    }


async def test_a_pause_may_last_until_people_are_next_there(
    api: Api, world: World
) -> None:
    path = f"/handover-rules/{world.rules[Scenario.HUMAN_REQUESTED].id}"
    changed = await api.patch(path, {"pause": {"until": "next_opening"}})
    assert changed["pause"]["until"] == "next_opening"
    assert (await api.patch(path, {"pause": changed["pause"]})).status == 200
    assert (await api.patch(path, {"pause": {"hours": 2}}))["pause"] == {
        "days": 0,
        "hours": 2,
        "minutes": 0,
    }


async def test_a_rule_may_assign_to_a_team_that_exists(api: Api, world: World) -> None:
    path = f"/handover-rules/{world.rules[Scenario.HUMAN_REQUESTED].id}"
    team = await api.post("/teams", {"name": "Support"})
    to_team = {"to": "team", "team_id": team["id"]}
    assert (await api.patch(path, {"assign": to_team}))["assign"] == to_team | {
        "staff_id": None
    }
    back = await api.patch(path, {"assign": {"to": "nobody"}})
    assert back["assign"] == {"to": "nobody", "staff_id": None}
    await api.delete(f"/teams/{team['id']}")
    assert (await api.patch(path, {"assign": to_team})).status == 404


async def test_no_pause_means_until_people_hand_back(api: Api, world: World) -> None:
    path = f"/handover-rules/{world.rules[Scenario.HUMAN_REQUESTED].id}"
    assert (await api.patch(path, {"pause": None}))["pause"] is None
    assert (await api.get(path))["pause"] is None


async def test_the_fourth_rule_is_refused(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}/handover-rules"
    custom = {
        "scenario": "custom",
        "trigger_condition": "The contact asks for a discount.",
        "example_phrases": ["any discount?"],
    }
    refused = await api.post(path, custom)
    assert refused.status == 409
    assert "at most 3" in refused["detail"]
    assert len((await api.get(path))["items"]) == 3


async def test_of_many_rules_made_at_once_three_remain(api: Api) -> None:
    path = await a_bot(api)
    custom = {
        "scenario": "custom",
        "trigger_condition": "The contact asks for a discount.",
        "example_phrases": ["any discount?"],
    }
    answers = await asyncio.gather(*(api.post(path, custom) for _ in range(6)))
    assert sorted(a.status for a in answers) == [201, 201, 201, 409, 409, 409]


async def test_a_built_in_scenario_has_one_rule(api: Api) -> None:
    path = await a_bot(api)
    await api.post(path, {"scenario": "human_requested"})
    refused = await api.post(path, {"scenario": "human_requested"})
    assert refused.status == 409
    assert refused["type"] == "urn:stepaside:problem:scenario-taken"
    made = await api.post(path, {"scenario": "lack_of_information"})
    body = {"scenario": "human_requested"}
    refused = await api.patch(f"/handover-rules/{made['id']}", body)
    assert refused.status == 409


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("max_retries", {"max_retries": 3}),
        ("max_retries", {"max_retries": -1}),
        ("pause", {"pause": {"minutes": 0}}),
        ("pause.weeks", {"pause": {"weeks": 1}}),
        ("pause.hours", {"pause": {"hours": -1}}),
        ("task.due_in_minutes", {"task": {"due_in_minutes": 0}}),
        ("assign.to", {"assign": {"to": "bot"}}),
        ("assign.team_id", {"assign": {"to": "team"}}),
        ("pause.until", {"pause": {"until": "tomorrow"}}),
        ("pause.until", {"pause": {"until": "next_opening", "hours": 1}}),
        ("final_messages.de", {"final_messages": {"de": "Hallo {{name}}"}}),
        ("final_message_out_of_hours", {"final_message_out_of_hours": "{{when}}"}),
        ("assign.staff_id", {"assign": {"to": "staff"}}),
        ("final_message", {"final_message": "Hi {{contact.shoe_size}}"}),
        ("tags", {"tags": ["a", "a"]}),
        ("tags[1]", {"tags": ["a", ""]}),
        ("trigger_condition", {"trigger_condition": "When it rains"}),
        ("example_phrases", {"scenario": "lack_of_information"}),
    ],
)
async def test_a_rule_that_cannot_be_is_refused_by_field(
    api: Api, field: str, change: dict[str, Any]
) -> None:
    made = await api.post(await a_bot(api), {"scenario": "human_requested"})
    refused = await api.patch(f"/handover-rules/{made['id']}", change)
    assert (refused.status, refused.broken_fields) == (422, [field])


async def test_a_custom_rule_needs_a_condition_and_a_phrase(api: Api) -> None:
    path = await a_bot(api)
    refused = await api.post(path, {"scenario": "custom"})
    assert refused.broken_fields == ["trigger_condition"]
    body = {"scenario": "custom", "trigger_condition": "Asks for a discount"}
    refused = await api.post(path, body)
    assert refused.broken_fields == ["example_phrases"]


async def test_a_rule_cannot_assign_who_is_not_there(api: Api, world: World) -> None:
    path = f"/handover-rules/{world.rules[Scenario.HUMAN_REQUESTED].id}"
    dees = {"assign": {"to": "staff", "staff_id": world.dee.id}}
    assert (await api.patch(path, dees)).status == 404
    await api.patch(f"/staff/{world.bo.id}", {"active": False})
    bos = {"assign": {"to": "staff", "staff_id": world.bo.id}}
    refused = await api.patch(path, bos)
    assert (refused.status, refused.broken_fields) == (422, ["assign.staff_id"])


async def test_a_deleted_rule_makes_room(api: Api, world: World) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    assert (await api.delete(f"/handover-rules/{rule.id}")).status == 204
    assert (await api.get(f"/handover-rules/{rule.id}")).status == 404
    path = f"/bots/{world.bot.id}/handover-rules"
    assert (await api.post(path, {"scenario": "human_requested"})).status == 201


async def test_a_rule_without_a_name_of_its_own_goes_by_its_scenarios(
    api: Api, world: World
) -> None:
    path = f"/handover-rules/{world.rules[Scenario.HUMAN_REQUESTED].id}"
    named = await api.patch(path, {"name": "Wants a person"})
    assert named["name"] == "Wants a person"
    unnamed = await api.patch(path, {"name": ""})
    assert unnamed["name"] == "Human requested"
