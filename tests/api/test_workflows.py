from typing import Any

import pytest

from stepaside.core.rules import Scenario
from tests.api.conftest import Api
from tests.world import World


async def test_a_workflow_switches_a_rule_off_for_those_who_come_by_it(
    api: Api, world: World
) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    body = {
        "name": "Campaign",
        "bot_id": world.bot.id,
        "overrides": {rule.id: {"enabled": False}},
    }
    made = await api.post("/workflows", body)
    assert made.status == 201
    assert made["overrides"] == {rule.id: {"enabled": False}}
    opened = await api.post(
        "/conversations",
        {
            "inbox_id": world.inbox_id,
            "contact": {"external_id": "cy"},
            "workflow_id": made["id"],
        },
    )
    path = f"/conversations/{opened['id']}/messages"
    asked = {"author": "contact", "text": "I want to talk to a human"}
    said = await api.call("POST", path, asked, params={"wait": 20})
    assert said["turn"]["scenario"] != "human_requested"


async def test_a_workflow_overrides_any_field_of_a_rule(api: Api, world: World) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    laid = {
        "assign": {"to": "staff", "staff_id": world.bo.id},
        "final_message": "Bo will call you.",
        "pause": {"days": 0, "hours": 1, "minutes": 5},
        "task": {"enabled": False},
        "tags": ["campaign"],
    }
    body = {"name": "C", "bot_id": world.bot.id, "overrides": {rule.id: laid}}
    made = await api.post("/workflows", body)
    path = f"/workflows/{made['id']}"
    assert (await api.get(path))["overrides"] == {rule.id: laid}
    opened = await api.post(
        "/conversations",
        {
            "inbox_id": world.inbox_id,
            "contact": {"external_id": "cy"},
            "workflow_id": made["id"],
        },
    )
    here = f"/conversations/{opened['id']}"
    asked = {"author": "contact", "text": "I want to talk to a human"}
    said = await api.call("POST", f"{here}/messages", asked, params={"wait": 20})
    assert [m["text"] for m in said["turn"]["messages"]] == ["Bo will call you."]
    conversation = await api.get(here)
    assert conversation["assignee_id"] == world.bo.id
    assert conversation["resume_at"] == "2026-03-02T11:05:00Z"
    assert (await api.get("/tasks"))["items"] == []
    contact = await api.get(f"/contacts/{world.cy.id}")
    assert contact["tags"] == ["campaign"]


@pytest.mark.parametrize(
    ("field", "laid"),
    [
        ("max_retries", {"max_retries": 9}),
        ("trigger_condition", {"trigger_condition": "Rain"}),
        ("tags", {"tags": ["a", "a"]}),
    ],
)
async def test_an_override_that_leaves_no_valid_rule_is_refused(
    api: Api, world: World, field: str, laid: dict[str, Any]
) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    body = {"name": "C", "bot_id": world.bot.id, "overrides": {rule.id: laid}}
    refused = await api.post("/workflows", body)
    assert refused.status == 422
    assert refused.broken_fields[0].endswith(field)


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"max_retries": 7}, "max_retries"),
        ({"assign": {"to": "everybody"}}, "assign.to"),
        ({"tags": ["vip", 1]}, "tags[1]"),
    ],
)
async def test_a_wrong_override_is_named_with_the_rule_it_is_for(
    api: Api, world: World, override: dict[str, Any], field: str
) -> None:
    fine, wrong = list(world.rules.values())[:2]
    laid = {fine.id: {"enabled": False}, wrong.id: override}
    body = {"name": "Campaign", "bot_id": world.bot.id, "overrides": laid}
    refused = await api.post("/workflows", body)
    assert refused.broken_fields == [f"overrides.{wrong.id}.{field}"]


async def test_an_override_of_another_bots_rule_is_refused(
    api: Api, world: World
) -> None:
    other = (await api.post("/bots", {"name": "Other"}))["id"]
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    body = {"name": "C", "bot_id": other, "overrides": {rule.id: {"enabled": False}}}
    refused = await api.post("/workflows", body)
    assert refused.broken_fields == [f"overrides.{rule.id}"]


async def test_a_workflow_cannot_move_to_a_bot_its_overrides_do_not_fit(
    api: Api, world: World
) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    body = {
        "name": "C",
        "bot_id": world.bot.id,
        "overrides": {rule.id: {"enabled": False}},
    }
    made = await api.post("/workflows", body)
    other = (await api.post("/bots", {"name": "Other"}))["id"]
    path = f"/workflows/{made['id']}"
    assert (await api.patch(path, {"bot_id": other})).status == 422
    moved = await api.patch(path, {"bot_id": other, "overrides": {}})
    assert (moved.status, moved["bot_id"]) == (200, other)


async def test_a_deleted_workflow_is_gone(api: Api, world: World) -> None:
    made = await api.post("/workflows", {"name": "C", "bot_id": world.bot.id})
    path = f"/workflows/{made['id']}"
    assert (await api.delete(path)).status == 204
    assert (await api.get(path)).status == 404
    assert (await api.get("/workflows"))["items"] == []
