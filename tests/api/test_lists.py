import pytest

from tests.api.conftest import Api
from tests.world import World


async def test_a_list_comes_in_pages_and_every_item_once(api: Api) -> None:
    names = ["Pear Street Bikes assistant"] + [f"Bot {n}" for n in range(5)]
    for name in names[1:]:
        await api.post("/bots", {"name": name})
    seen, after = [], ""
    while after is not None:
        page = await api.get("/bots", limit=4, after=after)
        seen += [bot["name"] for bot in page["items"]]
        after = page["next"]
    assert seen == names


async def test_a_full_last_page_has_no_next(api: Api) -> None:
    await api.post("/bots", {"name": "Second"})
    assert (await api.get("/bots", limit=2))["next"] is None


@pytest.mark.parametrize("limit", ["0", "201", "many"])
async def test_a_limit_outside_its_range_is_refused(api: Api, limit: str) -> None:
    refused = await api.get("/bots", limit=limit)
    assert (refused.status, refused.broken_fields) == (422, ["limit"])


async def test_a_parameter_nobody_knows_is_refused(api: Api) -> None:
    refused = await api.get("/bots", colour="red")
    assert (refused.status, refused.broken_fields) == (422, ["colour"])


async def test_every_list_has_the_same_shape_and_takes_the_same_parameters(
    api: Api, world: World
) -> None:
    body = {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}}
    here = f"/conversations/{(await api.post('/conversations', body))['id']}"
    for path in (
        "/bots",
        f"/bots/{world.bot.id}/knowledge",
        f"/bots/{world.bot.id}/handover-rules",
        "/workflows",
        "/inboxes",
        "/staff",
        f"/staff/{world.bo.id}/notifications",
        "/contacts",
        "/conversations",
        f"{here}/messages",
        f"{here}/events",
        f"{here}/decisions",
        f"{here}/handovers",
        "/tasks",
        "/events",
        "/api-keys",
    ):
        page = await api.get(path, limit=1)
        assert page.status == 200, path
        assert {"items", "next"} <= set(page.json), path
        assert len(page["items"]) <= 1
        if page["next"]:
            rest = await api.get(path, limit=200, after=page["next"])
            assert page["items"][0] not in rest["items"], path


async def test_rules_come_in_pages_too(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}/handover-rules"
    everything = (await api.get(path))["items"]
    first = await api.get(path, limit=2)
    rest = await api.get(path, limit=2, after=first["next"])
    assert first["items"] + rest["items"] == everything
    assert (len(everything), rest["next"]) == (3, None)
