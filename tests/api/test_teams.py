"""Teams, the account's hours and who is at work, through HTTP."""

from typing import Any

import pytest
from litestar import Litestar

from stepaside.store.api_keys import Scope
from tests.api.conftest import Api, key_for
from tests.world import World

WEEK = {
    "monday": [{"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}],
    "friday": [{"from": "22:00", "to": "06:00"}],
    "saturday": [{"from": "00:00", "to": "24:00"}],
}
CLOSED: dict[str, list[object]] = {
    day: [] for day in ("tuesday", "wednesday", "thursday", "sunday")
}


async def test_a_team_is_made_with_its_defaults(api: Api) -> None:
    made = await api.post("/teams", {"name": "Support"})
    assert made.status == 201
    shown = {k: v for k, v in made.json.items() if not k.endswith("_at")}
    assert shown == {
        "id": made["id"],
        "name": "Support",
        "mode": "round_robin",
        "fallback_team_id": None,
        "time_zone": None,
        "working_hours": None,
        "holidays": [],
        "member_ids": [],
    }
    assert made["id"].startswith("tea_")
    assert (await api.get(f"/teams/{made['id']}")).json == made.json


async def test_everything_about_a_team_can_be_changed_and_read_back(
    api: Api, world: World
) -> None:
    other = await api.post("/teams", {"name": "Sales"})
    made = await api.post("/teams", {"name": "Support"})
    path = f"/teams/{made['id']}"
    wanted = {
        "name": "First level",
        "mode": "least_loaded",
        "fallback_team_id": other["id"],
        "time_zone": "America/New_York",
        "working_hours": WEEK | CLOSED,
        "holidays": [
            {"from": "2026-12-25", "to": "2026-12-26", "yearly": True, "name": "Xmas"}
        ],
        "member_ids": [world.ann.id, world.bo.id],
    }
    changed = await api.patch(path, wanted)
    assert changed.status == 200
    read = (await api.get(path)).json
    assert {k: read[k] for k in wanted} == wanted
    back = {"working_hours": None, "time_zone": None, "fallback_team_id": None}
    read = (await api.patch(path, back)).json
    assert {k: read[k] for k in back} == back


async def test_people_come_and_go(api: Api, world: World) -> None:
    made = await api.post("/teams", {"name": "Support"})
    member = f"/teams/{made['id']}/members/{world.bo.id}"
    assert (await api.put(member))["member_ids"] == [world.bo.id]
    assert (await api.put(member))["member_ids"] == [world.bo.id]
    assert (await api.delete(member)).status == 204
    assert (await api.delete(member)).status == 204
    assert (await api.get(f"/teams/{made['id']}"))["member_ids"] == []


async def test_a_deleted_team_is_gone_and_its_name_is_free(api: Api) -> None:
    made = await api.post("/teams", {"name": "Support"})
    assert (await api.delete(f"/teams/{made['id']}")).status == 204
    assert (await api.get(f"/teams/{made['id']}")).status == 404
    assert (await api.get("/teams"))["items"] == []
    assert (await api.post("/teams", {"name": "support"})).status == 201


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", {"name": "sales"}),
        ("mode", {"mode": "random"}),
        ("time_zone", {"time_zone": "Mars/Base"}),
        ("working_hours", {"working_hours": {}}),
        (
            "working_hours.monday[0].from",
            {"working_hours": {"monday": [{"from": "9", "to": "17:00"}]}},
        ),
        (
            "working_hours.monday",
            {
                "working_hours": {
                    "monday": [
                        {"from": "09:00", "to": "17:00"},
                        {"from": "16:00", "to": "18:00"},
                    ]
                }
            },
        ),
        ("working_hours.funday", {"working_hours": {"funday": []}}),
        ("holidays", {"holidays": [{"from": "2026-05-02", "to": "2026-05-01"}]}),
        ("holidays[0].from", {"holidays": [{"from": "1 May"}]}),
    ],
)
async def test_a_team_that_cannot_be_is_refused_by_field(
    api: Api, field: str, change: dict[str, Any]
) -> None:
    await api.post("/teams", {"name": "Sales"})
    made = await api.post("/teams", {"name": "Support"})
    refused = await api.patch(f"/teams/{made['id']}", change)
    assert (refused.status, refused.broken_fields) == (422, [field])


async def test_a_team_cannot_stand_in_for_itself(api: Api) -> None:
    made = await api.post("/teams", {"name": "Support"})
    path = f"/teams/{made['id']}"
    refused = await api.patch(path, {"fallback_team_id": made["id"]})
    assert refused.broken_fields == ["fallback_team_id"]


async def test_nobody_of_another_account_gets_into_a_team(
    api: Api, dees_api: Api, world: World
) -> None:
    body = {"name": "Support", "member_ids": [world.dee.id]}
    assert (await api.post("/teams", body)).status == 404
    dees = await dees_api.post("/teams", {"name": "Flowers"})
    body = {"name": "Support", "fallback_team_id": dees["id"]}
    assert (await api.post("/teams", body)).status == 404


async def test_the_account_tells_when_its_people_work(api: Api) -> None:
    before = (await api.get("/account")).json
    assert before["working_hours"] is None
    assert (before["is_open"], before["next_opening_at"]) == (True, None)

    changed = await api.patch(
        "/account",
        {
            "name": "Pear Street",
            "time_zone": "Europe/Berlin",
            "working_hours": WEEK,
            "holidays": [{"from": "2026-03-02"}],
        },
    )

    assert changed.status == 200
    assert changed["name"] == "Pear Street"
    assert changed["working_hours"] == WEEK | CLOSED
    assert changed["holidays"] == [
        {"from": "2026-03-02", "to": "2026-03-02", "yearly": False, "name": ""}
    ]
    assert changed["is_open"] is False
    assert changed["next_opening_at"] == "2026-03-06T21:00:00Z"
    assert (await api.get("/account")).json == changed.json
    always = await api.patch("/account", {"working_hours": None, "holidays": []})
    assert (always["working_hours"], always["is_open"]) == (None, True)
    assert always["time_zone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", {"name": " "}),
        ("time_zone", {"time_zone": "../etc"}),
        ("time_zone", {"time_zone": "Berlin"}),
        ("working_hours", {"working_hours": {"monday": []}}),
        ("holidays", {"holidays": [{"from": "2026-01-01", "to": "2027-01-01"}]}),
        ("currency", {"currency": "EUR"}),
    ],
)
async def test_account_settings_that_cannot_be_are_refused_by_field(
    api: Api, field: str, change: object
) -> None:
    before = (await api.get("/account")).json
    refused = await api.patch("/account", change)
    assert (refused.status, refused.broken_fields) == (422, [field])
    assert (await api.get("/account")).json == before


async def test_a_contact_has_a_language(api: Api, world: World) -> None:
    path = f"/contacts/{world.cy.id}"
    assert (await api.get(path))["language"] is None
    assert (await api.patch(path, {"language": "de"}))["language"] == "de"
    assert (await api.get(path))["language"] == "de"
    assert (await api.patch(path, {"name": "Cy"}))["language"] == "de"
    assert (await api.patch(path, {"language": None}))["language"] is None
    refused = await api.patch(path, {"language": "German"})
    assert refused.broken_fields == ["language"]


async def test_staff_have_languages(api: Api, world: World) -> None:
    path = f"/staff/{world.bo.id}"
    changed = await api.patch(path, {"languages": ["de", "en", "de"]})
    assert changed["languages"] == ["de", "en"]
    assert (await api.get(path))["languages"] == ["de", "en"]
    refused = await api.patch(path, {"languages": ["German"]})
    assert refused.broken_fields == ["languages[0]"]


async def test_a_bot_says_what_becomes_of_what_absent_people_have(
    api: Api, world: World
) -> None:
    path = f"/bots/{world.bot.id}"
    assert (await api.get(path))["reassign_after_minutes"] is None
    changed = await api.patch(path, {"reassign_after_minutes": 15})
    assert changed["reassign_after_minutes"] == 15
    assert (await api.get(path))["reassign_after_minutes"] == 15
    refused = await api.patch(path, {"reassign_after_minutes": 0})
    assert refused.broken_fields == ["reassign_after_minutes"]
    changed = await api.patch(path, {"reassign_after_minutes": None})
    assert changed["reassign_after_minutes"] is None


async def test_people_say_themselves_whether_they_are_at_work(
    api: Api, world: World
) -> None:
    bos = await key_for(world, api, Scope.WRITE, staff_id=world.bo.id)
    path = f"/staff/{world.bo.id}/availability"
    assert (await bos.put(path, {"availability": "away"}))["availability"] == "away"
    assert (await api.get(f"/staff/{world.bo.id}"))["availability"] == "away"
    refused = await bos.put(
        f"/staff/{world.ann.id}/availability", {"availability": "offline"}
    )
    assert refused.status == 403
    assert (await api.get(f"/staff/{world.ann.id}"))["availability"] == "online"
    assert (await api.put(path, {"availability": "online"})).status == 200
    told = [e for e in (await api.get("/events"))["items"] if "availab" in e["type"]]
    assert [e["data"]["availability"] for e in told] == ["away", "online"]


@pytest.mark.parametrize("how", ["availability", "staff", "team", "hours", "member"])
async def test_what_waits_is_given_away_when_that_becomes_possible(
    api: Api, app: Litestar, world: World, how: str
) -> None:
    team = await api.post("/teams", {"name": "Support", "member_ids": [world.bo.id]})
    path = f"/handover-rules/{(await _rule(api, world))['id']}"
    await api.patch(path, {"assign": {"to": "team", "team_id": team["id"]}})
    here, staffed = f"/teams/{team['id']}", f"/staff/{world.bo.id}"
    away, online = {"availability": "away"}, {"availability": "online"}
    nobody: dict[str, Any] = {"member_ids": []}
    bo = {"member_ids": [world.bo.id]}
    shut = {"working_hours": {"sunday": [{"from": "09:00", "to": "10:00"}]}}
    before, after = {
        "availability": ((staffed, away), None),
        "staff": ((staffed, away), (staffed, online)),
        "team": ((here, nobody), (here, bo)),
        "hours": (("/account", shut), ("/account", {"working_hours": None})),
        "member": ((here, nobody), None),
    }[how]
    await api.patch(*before)
    opened = await api.post(
        "/conversations",
        {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}},
    )
    said = {"author": "contact", "text": "I want to talk to a human"}
    await api.post(f"/conversations/{opened['id']}/messages?wait=5", said)
    waiting = await api.get(f"/conversations/{opened['id']}")
    assert (waiting["control"], waiting["assignee_id"]) == ("queue", None)
    assert waiting["team_id"] == team["id"]

    if after:
        await api.patch(*after)
    elif how == "member":
        await api.put(f"{here}/members/{world.bo.id}")
    else:
        await api.put(f"{staffed}/availability", online)
    await app.state.rt.background.drain()

    given = await api.get(f"/conversations/{opened['id']}")
    assert (given["control"], given["assignee_id"]) == ("human", world.bo.id)


async def _rule(api: Api, world: World) -> Any:
    rules = (await api.get(f"/bots/{world.bot.id}/handover-rules"))["items"]
    return next(rule for rule in rules if rule["scenario"] == "human_requested")
