from tests.api.conftest import Api
from tests.world import World


async def test_a_bot_is_made_with_its_defaults(api: Api) -> None:
    made = await api.post("/bots", {"name": "Pedal"})
    assert made.status == 201
    assert made["id"].startswith("bot_")
    assert (made["mode"], made["wait_seconds"], made["max_messages"]) == (
        "auto",
        None,
        75,
    )
    assert (await api.get(f"/bots/{made['id']}")).json == made.json


async def test_only_the_fields_that_are_named_change(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}"
    before = await api.get(path)
    world.clock.advance(minutes=1)
    after = await api.patch(path, {"goal": "Sell bikes", "wait_seconds": 7})
    assert after.status == 200
    assert after.json == before.json | {
        "goal": "Sell bikes",
        "wait_seconds": 7,
        "updated_at": "2026-03-02T10:01:00Z",
    }
    assert (await api.patch(path, {"wait_seconds": None}))["wait_seconds"] is None


async def test_a_field_nobody_knows_is_refused(api: Api) -> None:
    refused = await api.post("/bots", {"name": "Pedal", "colour": "red"})
    assert refused.status == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.broken_fields == ["colour"]


async def test_limits_are_told_by_field(api: Api) -> None:
    for field, value in {
        "wait_seconds": 301,
        "max_messages": 0,
        "mode": "loud",
        "name": " ",
        "goal": "x" * 20_001,
    }.items():
        refused = await api.post("/bots", {"name": "Pedal", field: value})
        assert (refused.status, refused.broken_fields) == (422, [field])


async def test_a_choice_that_does_not_exist_is_answered_with_those_that_do(
    api: Api,
) -> None:
    refused = await api.post("/bots", {"name": "Pedal", "mode": "loud"})
    assert refused["errors"] == [
        {"field": "mode", "message": "must be one of off, suggest, auto"}
    ]


async def test_nothing_is_guessed_from_a_text_that_looks_like_a_number(
    api: Api,
) -> None:
    refused = await api.post("/bots", {"name": "Pedal", "max_messages": "5"})
    assert (refused.status, refused.broken_fields) == (422, ["max_messages"])


async def test_a_deleted_bot_is_gone(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}"
    assert (await api.delete(path)).status == 204
    assert (await api.get(path)).status == 404
    assert (await api.delete(path)).status == 404
    assert (await api.get("/bots"))["items"] == []


async def test_a_pause_is_told_in_days_hours_and_minutes(
    api: Api, world: World
) -> None:
    path = f"/bots/{world.bot.id}"
    pause = {"days": 0, "hours": 36, "minutes": 30}
    changed = await api.patch(path, {"takeover_pause": pause})
    assert changed["takeover_pause"] == {"days": 1, "hours": 12, "minutes": 30}
    assert (await api.patch(path, {"takeover_pause": None}))["takeover_pause"] is None
    refused = await api.patch(path, {"takeover_pause": {}})
    assert refused.broken_fields == ["takeover_pause"]
