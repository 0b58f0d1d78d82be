import pytest

from tests.api.conftest import Api


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
