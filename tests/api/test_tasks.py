from typing import Any

import pytest

from tests.api.conftest import Api
from tests.world import World


async def a_task(api: Api, world: World, **more: Any) -> Any:
    body = {"title": "Call back", "contact_id": world.cy.id, **more}
    made = await api.post("/tasks", body)
    assert made.status == 201
    return made


async def test_a_task_is_due_in_a_day_unless_told_otherwise(
    api: Api, world: World
) -> None:
    made = await a_task(api, world)
    assert made["due_at"] == "2026-03-03T10:00:00Z"
    assert (made["status"], made["completed_at"]) == ("open", None)
    soon = await a_task(api, world, due_at="2026-03-02T14:00:00+01:00")
    assert soon["due_at"] == "2026-03-02T13:00:00Z"
    assert (await api.get(f"/tasks/{soon['id']}")).json == soon.json


async def test_its_assignee_is_told_unless_they_took_it_themselves(
    api: Api, world: World
) -> None:
    await a_task(api, world, assignee_id=world.bo.id)
    mine = await a_task(api, world, assignee_id=world.ann.id)
    path = "/staff/{}/notifications"
    told = (await api.get(path.format(world.bo.id)))["items"]
    assert {(n["event"], n["channel"]) for n in told} == {
        ("task_assigned", "in_app"),
        ("task_assigned", "email"),
    }
    assert (await api.get(path.format(world.ann.id)))["items"] == []
    await api.patch(f"/tasks/{mine['id']}", {"assignee_id": world.bo.id})
    told = (await api.get(path.format(world.bo.id)))["items"]
    assert {n["task_id"] for n in told} > {mine["id"]}


async def test_a_task_may_be_made_that_is_done_already(api: Api, world: World) -> None:
    done = await a_task(api, world, status="completed", assignee_id=world.bo.id)
    assert (done["status"], done["completed_at"]) == (
        "completed",
        "2026-03-02T10:00:00Z",
    )
    assert (await api.get(f"/tasks/{done['id']}")).json == done.json
    happened = [event["type"] for event in (await api.get("/events"))["items"]]
    assert happened == ["task.created", "task.completed"]
    assert (await api.get(f"/staff/{world.bo.id}/notifications"))["items"] == []
    assert (await a_task(api, world, status="open"))["status"] == "open"
    refused = await api.post("/tasks", {"title": "Call", "status": "begun"})
    assert (refused.status, refused.broken_fields) == (422, ["status"])


async def test_a_task_is_completed_and_opened_again(api: Api, world: World) -> None:
    made = await a_task(api, world)
    path = f"/tasks/{made['id']}/completion"
    done = await api.put(path)
    assert (done["status"], done["completed_at"]) == (
        "completed",
        "2026-03-02T10:00:00Z",
    )
    assert (await api.put(path)).json == done.json
    opened = await api.delete(path)
    assert (opened["status"], opened["completed_at"]) == ("open", None)
    events = (await api.get("/events"))["items"]
    assert [e["type"] for e in events] == [
        "task.created",
        "task.completed",
        "task.reopened",
    ]


async def test_only_the_fields_that_are_named_change(api: Api, world: World) -> None:
    made = await a_task(api, world, body="About the bell")
    path = f"/tasks/{made['id']}"
    changed = await api.patch(path, {"title": "Write", "assignee_id": world.bo.id})
    wanted = {"title": "Write", "assignee_id": world.bo.id}
    assert changed.json == made.json | wanted
    assert (await api.patch(path, {"assignee_id": None}))["assignee_id"] is None
    assert (await api.patch(path, {"status": "completed"}))["status"] == "completed"


async def test_tasks_are_listed_by_due_time_and_narrowed(
    api: Api, world: World
) -> None:
    late = await a_task(api, world, due_at="2026-03-09T10:00:00Z")
    soon = await a_task(
        api, world, due_at="2026-03-02T11:00:00Z", assignee_id=world.bo.id
    )
    done = await a_task(api, world)
    await api.put(f"/tasks/{done['id']}/completion")

    async def found(**filters: Any) -> list[str]:
        return [task["id"] for task in (await api.get("/tasks", **filters))["items"]]

    everything = [soon["id"], done["id"], late["id"]]
    assert await found() == everything
    assert await found(status="open") == [soon["id"], late["id"]]
    assert await found(assignee=world.bo.id) == [soon["id"]]
    assert await found(assignee="unassigned", status="open") == [late["id"]]
    assert await found(due_before="2026-03-02T12:00:00Z") == [soon["id"]]
    assert await found(contact_id=world.cy.id) == everything
    assert await found(contact_id="ctc_none") == []
    first = await api.get("/tasks", limit=2)
    rest = await found(limit=2, after=first["next"])
    assert [task["id"] for task in first["items"]] + rest == everything


async def test_a_task_about_a_conversation_is_about_its_contact(
    api: Api, world: World
) -> None:
    body = {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}}
    opened = await api.post("/conversations", body)
    made = await api.post("/tasks", {"title": "Call", "conversation_id": opened["id"]})
    assert (made["contact_id"], made["conversation_id"]) == (
        world.cy.id,
        opened["id"],
    )
    stranger = await api.post("/contacts", {})
    wrong = {"conversation_id": opened["id"], "contact_id": stranger["id"]}
    refused = await api.post("/tasks", {"title": "Call", **wrong})
    assert (refused.status, refused.broken_fields) == (422, ["contact_id"])


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("title", {"title": " "}),
        ("due_at", {"due_at": "tomorrow"}),
        ("due_at", {"due_at": "0001-01-01T00:00:00+14:00"}),
        ("due_at", {"due_at": "9999-12-31T23:59:59-14:00"}),
        ("due_at", {"due_at": "2026-03-02T10:00:00"}),
        ("priority", {"priority": "high"}),
    ],
)
async def test_a_task_that_cannot_be_is_refused_by_field(
    api: Api, world: World, field: str, more: dict[str, Any]
) -> None:
    body = {"title": "Call", "contact_id": world.cy.id, **more}
    refused = await api.post("/tasks", body)
    assert (refused.status, refused.broken_fields) == (422, [field])


async def test_a_task_is_about_somebody_and_for_somebody_who_is_there(
    api: Api, world: World
) -> None:
    refused = await api.post("/tasks", {"title": "Call"})
    assert (refused.status, refused.broken_fields) == (422, ["contact_id"])
    body = {"title": "Call", "contact_id": world.dees_shop.contact.id}
    assert (await api.post("/tasks", body)).status == 404
    body = {"title": "Call", "contact_id": world.cy.id, "assignee_id": world.dee.id}
    assert (await api.post("/tasks", body)).status == 404
    await api.patch(f"/staff/{world.bo.id}", {"active": False})
    body["assignee_id"] = world.bo.id
    refused = await api.post("/tasks", body)
    assert (refused.status, refused.broken_fields) == (422, ["assignee_id"])
    assert (await api.get("/tasks"))["items"] == []


async def test_a_due_time_in_a_filter_says_its_offset(api: Api) -> None:
    refused = await api.get("/tasks", due_before="2026-03-02T12:00:00")
    assert (refused.status, refused.broken_fields) == (422, ["due_before"])
