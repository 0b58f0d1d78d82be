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
        "/teams",
        "/webhooks",
        "/notifications/failed",
        "/notification-targets",
        f"/staff/{world.bo.id}/notification-targets",
        f"/bots/{world.bot.id}/changes",
        f"/contacts/{world.cy.id}/duplicates",
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


async def test_every_list_says_in_the_contract_that_it_comes_in_pages(api: Api) -> None:
    document = (await api.get("/openapi.json")).json
    lists = {
        path: {parameter["name"] for parameter in operations["get"]["parameters"]}
        for path, operations in document["paths"].items()
        if "get" in operations and "Items" in str(operations["get"]["responses"]["200"])
    }
    assert len(lists) > 20
    assert [
        path for path, names in lists.items() if not names >= {"limit", "after"}
    ] == []


async def test_the_places_one_is_told_in_come_in_pages(api: Api, world: World) -> None:
    for path in ("/notification-targets", f"/staff/{world.bo.id}/notification-targets"):
        for n in range(3):
            chat = {"name": f"Chat {n}", "address": f"ntfys://ntfy.example.com/x{n}"}
            events = {} if "staff" in path else {"events": ["handover_waiting"]}
            made = await api.post(path, chat | events)
            assert made.status == 201, made.json
        first = await api.get(path, limit=2)
        rest = await api.get(path, limit=2, after=first["next"])
        names = [one["name"] for one in first["items"] + rest["items"]]
        assert names == ["Chat 0", "Chat 1", "Chat 2"]
        assert rest["next"] is None


async def test_what_comes_next_goes_into_an_address_as_it_is(
    api: Api, world: World
) -> None:
    for n in range(2):
        contact = {"external_id": f"c{n}"}
        body = {"inbox_id": world.inbox_id, "contact": contact}
        await api.post("/conversations", body)
    first = await api.get("/conversations", limit=1)
    rest = await api.call("GET", f"/conversations?limit=1&after={first['next']}")
    assert rest.status == 200
    assert rest["items"][0]["id"] != first["items"][0]["id"]


async def test_no_list_begins_again_after_what_is_not_in_it(
    api: Api, world: World
) -> None:
    """Whoever follows `next` would go round in circles, and see everything twice."""
    body = {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}}
    here = f"/conversations/{(await api.post('/conversations', body))['id']}"
    for path in (
        f"/bots/{world.bot.id}/handover-rules",
        "/notification-targets",
        "/conversations",
        f"{here}/messages",
        f"{here}/events",
        f"{here}/decisions",
        f"{here}/handovers",
        "/tasks",
        "/events",
    ):
        refused = await api.get(path, after="gone")
        assert (refused.status, refused.broken_fields) == (422, ["after"]), path


async def test_a_list_goes_on_after_what_was_deleted_by_its_order(api: Api) -> None:
    for n in range(3):
        await api.post("/bots", {"name": f"Bot {n}"})
    first = await api.get("/bots", limit=2)
    await api.delete(f"/bots/{first['next']}")
    rest = await api.get("/bots", after=first["next"])
    assert [bot["name"] for bot in rest["items"]] == ["Bot 1", "Bot 2"]
