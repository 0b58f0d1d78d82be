import asyncio
from typing import Any

import pytest
from litestar import Litestar

from stepaside.core.rules import AssignTo, Scenario
from stepaside.store.api_keys import Scope
from tests.api.conftest import Api, key_for
from tests.world import World


@pytest.fixture
async def here(api: Api, world: World) -> str:
    body = {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}}
    return f"/conversations/{(await api.post('/conversations', body))['id']}"


async def test_people_take_a_conversation_by_hand(
    api: Api, here: str, world: World
) -> None:
    rule = world.rules[Scenario.FAILED_TO_RESOLVE]
    body = {"reason": "Angry on the phone", "rule_id": rule.id}
    started = await api.post(f"{here}/handovers", body)
    assert started.status == 201
    assert started["id"].startswith("hnd_")
    assert (started["scenario"], started["rule_id"]) == ("manual", rule.id)
    assert started["reason"] == "Angry on the phone"
    assert (await api.get(here))["control"] == "queue"
    again = await api.post(f"{here}/handovers", body)
    assert again.status == 409
    assert (await api.get(f"{here}/handovers"))["items"] == [started.json]


async def test_a_handover_needs_no_body(api: Api, here: str) -> None:
    assert (await api.call("POST", f"{here}/handovers")).status == 201


async def test_a_handover_is_judged_and_the_verdict_taken_back(
    api: Api, here: str
) -> None:
    started = await api.post(f"{here}/handovers", {})
    verdict = f"{here}/handovers/{started['id']}/verdict"
    assert (await api.put(verdict, {"verdict": "too_early"}))["verdict"] == "too_early"
    (handover,) = (await api.get(f"{here}/handovers"))["items"]
    assert handover["verdict"] == "too_early"
    assert (await api.put(verdict, {"verdict": None}))["verdict"] is None
    refused = await api.put(verdict, {"verdict": "late"})
    assert (refused.status, refused.broken_fields) == (422, ["verdict"])
    gone = f"{here}/handovers/hnd_of_nobody/verdict"
    assert (await api.put(gone, {"verdict": "right"})).status == 404


async def test_a_rule_of_another_bot_starts_nothing(
    api: Api, here: str, world: World
) -> None:
    other = (await api.post("/bots", {"name": "Other"}))["id"]
    path = f"/bots/{other}/handover-rules"
    rule = await api.post(path, {"scenario": "human_requested"})
    refused = await api.post(f"{here}/handovers", {"rule_id": rule["id"]})
    assert (refused.status, refused.broken_fields) == (422, ["rule_id"])
    assert (await api.get(here))["control"] == "bot"


async def test_an_assignment_goes_to_whoever_it_names(
    api: Api, here: str, world: World
) -> None:
    given = await api.put(f"{here}/assignment", {"staff_id": world.bo.id})
    assert given.status == 200
    assert (given["control"], given["assignee_id"]) == ("human", world.bo.id)
    mine = await api.put(f"{here}/assignment")
    assert mine["assignee_id"] == world.ann.id


async def test_a_team_gets_what_it_is_given_and_whoever_is_free_there_has_it(
    api: Api, app: Litestar, here: str, world: World
) -> None:
    empty = await world.open_team("Nobody yet")
    service = await world.open_team("Service", world.bo)
    waits = await api.put(f"{here}/assignment", {"team_id": empty})
    assert (waits.status, waits["control"]) == (200, "queue")
    listed = await api.get("/conversations", team_id=empty)
    assert [f"/conversations/{c['id']}" for c in listed["items"]] == [here]
    assert (await api.get("/conversations", team_id=service))["items"] == []

    await api.put(f"{here}/assignment", {"team_id": service})
    await app.state.rt.background.drain()
    given = await api.get(here)
    assert (given["team_id"], given["assignee_id"]) == (service, world.bo.id)


async def test_a_team_is_one_of_ours_and_not_also_a_person(
    api: Api, here: str, world: World
) -> None:
    gone = await api.put(f"{here}/assignment", {"team_id": "tea_unknown"})
    assert gone.status == 404
    team = await world.open_team("Service")
    both = {"team_id": team, "staff_id": world.bo.id}
    refused = await api.put(f"{here}/assignment", both)
    assert (refused.status, refused.broken_fields) == (422, ["team_id"])


async def test_a_claim_loses_against_whoever_was_first(
    api: Api, here: str, world: World
) -> None:
    await api.post(f"{here}/handovers")
    bos = await key_for(world, api, Scope.WRITE, staff_id=world.bo.id)
    claim = {"claim": True}
    answers = await asyncio.gather(
        api.put(f"{here}/assignment", claim), bos.put(f"{here}/assignment", claim)
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    winner = next(a for a in answers if a.status == 200)
    loser = next(a for a in answers if a.status == 409)
    assert loser["type"] == "urn:stepaside:problem:already-claimed"
    assert (await api.get(here))["assignee_id"] == winner["assignee_id"]


async def test_a_key_that_belongs_to_nobody_must_say_who(
    api: Api, here: str, world: World
) -> None:
    nobodys = await key_for(world, api, Scope.WRITE)
    refused = await nobodys.put(f"{here}/assignment", {"claim": True})
    assert (refused.status, refused.broken_fields) == (422, ["staff_id"])


async def test_nobody_is_assigned_who_is_not_there(
    api: Api, here: str, world: World
) -> None:
    for staff_id in ("stf_unknown", world.dee.id):
        refused = await api.put(f"{here}/assignment", {"staff_id": staff_id})
        assert refused.status == 404
    await api.patch(f"/staff/{world.bo.id}", {"active": False})
    refused = await api.put(f"{here}/assignment", {"staff_id": world.bo.id})
    assert refused.status == 422


async def test_a_release_returns_it_to_the_queue(api: Api, here: str) -> None:
    await api.put(f"{here}/assignment")
    released = await api.delete(f"{here}/assignment")
    assert released.status == 200
    assert (released["control"], released["assignee_id"]) == ("queue", None)
    assert (await api.delete(f"{here}/assignment")).status == 200  # so it is


async def test_the_bot_gets_control_back(api: Api, here: str) -> None:
    await api.put(f"{here}/assignment")
    back = await api.post(f"{here}/hand-back")
    assert (back.status, back["control"], back["handover"]) == (200, "bot", None)
    refused = await api.post(f"{here}/hand-back")
    assert refused.status == 409
    assert refused["detail"] == "The bot already has control."
    [episode] = (await api.get(f"{here}/handovers"))["items"]
    assert episode["how_ended"] == "handed_back"


@pytest.mark.parametrize(
    ("body", "until"),
    [
        ({"minutes": 90}, "2026-03-02T11:30:00Z"),
        ({"until": "2026-03-02T14:00:00+02:00"}, "2026-03-02T12:00:00Z"),
        ({}, None),
        (None, None),
    ],
)
async def test_s04_a_pause_works_before_any_bot_turn(
    api: Api, here: str, body: Any, until: str | None
) -> None:
    paused = await api.put(f"{here}/pause", body)
    assert paused.status == 200
    assert (paused["control"], paused["resume_at"]) == ("queue", until)
    asked = {"author": "contact", "text": "How much does delivery cost?"}
    said = await api.call("POST", f"{here}/messages", asked, params={"wait": 20})
    assert said["turn"]["decision"] == "silent"
    ended = await api.delete(f"{here}/pause")
    assert (ended.status, ended["control"]) == (200, "bot")
    assert (await api.delete(f"{here}/pause")).status == 200  # so it is


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("minutes", {"minutes": 0}),
        ("minutes", {"minutes": 525_601}),
        ("until", {"until": "2026-03-02T09:59:00Z"}),
        ("until", {"until": "2027-03-03T10:00:00Z"}),
        ("until", {"until": "2026-03-02T12:00:00"}),
        ("until", {"minutes": 5, "until": "2026-03-02T12:00:00Z"}),
        ("hours", {"hours": 1}),
    ],
)
async def test_a_pause_or_snooze_that_cannot_be_is_refused_by_field(
    api: Api, here: str, field: str, body: object
) -> None:
    for noun in ("pause", "snooze"):
        refused = await api.put(f"{here}/{noun}", body)
        assert (refused.status, refused.broken_fields) == (422, [field])


async def test_a_resolved_conversation_opens_again(api: Api, here: str) -> None:
    resolved = await api.put(f"{here}/resolution")
    assert (resolved.status, resolved["status"]) == (200, "resolved")
    assert (await api.put(f"{here}/resolution")).status == 200  # so it is
    opened = await api.delete(f"{here}/resolution")
    assert (opened.status, opened["status"]) == (200, "open")
    assert (await api.delete(f"{here}/resolution")).status == 200  # so it is


async def test_a_snooze_ends_by_hand(api: Api, here: str) -> None:
    snoozed = await api.put(f"{here}/snooze", {"minutes": 30})
    assert snoozed["status"] == "snoozed"
    assert snoozed["snoozed_until"] == "2026-03-02T10:30:00Z"
    woken = await api.delete(f"{here}/snooze")
    assert (woken.status, woken["status"]) == (200, "open")
    assert (await api.delete(f"{here}/snooze")).status == 200  # so it is
    refused = await api.put(f"{here}/snooze", {})
    assert (refused.status, refused.broken_fields) == (422, ["until"])


async def test_who_did_it_is_the_staff_member_of_the_key(
    api: Api, here: str, world: World
) -> None:
    program = await key_for(world, api, Scope.WRITE)
    await program.post(f"{here}/handovers")
    await api.put(f"{here}/assignment")
    events = (await api.get(f"{here}/events"))["items"]
    actors = {event["type"]: event["actor"] for event in events}
    assert actors["handover.started"] == "api"
    assert actors["handover.assigned"] == f"staff:{world.ann.id}"


async def test_why_it_was_decided_can_be_read(
    api: Api, here: str, world: World
) -> None:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    asked = {"author": "contact", "text": "Connect me to a person"}
    said = await api.call("POST", f"{here}/messages", asked, params={"wait": 20})
    [decision] = (await api.get(f"{here}/decisions"))["items"]
    assert decision["message_ids"] == [said["message"]["id"]]
    assert decision["decision"] == "hand_over"
    assert decision["rule_id"] == world.rules[Scenario.HUMAN_REQUESTED].id
    assert decision["evidence"]
    assert decision["versions"]
    signal = next(s for s in decision["signals"] if s["name"] == "human_requested")
    assert signal["score"] >= 0.5
