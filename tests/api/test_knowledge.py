from tests.api.conftest import Api
from tests.world import ARTICLES, World


async def test_the_knowledge_of_a_bot_is_read_in_order(api: Api, world: World) -> None:
    found = await api.get(f"/bots/{world.bot.id}/knowledge")
    assert [item["title"] for item in found["items"]] == [t for t, _ in ARTICLES]
    assert found["next"] is None


async def test_all_of_it_is_replaced_at_once(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}/knowledge"
    before = (await api.get(path))["version"]
    item = {"title": "Bells", "text": "A bell costs 9 euros.", "url": "https://b.ell"}
    replaced = await api.put(path, {"items": [item]})
    assert replaced.status == 200
    assert replaced["version"] == before + 1
    assert [i["title"] for i in replaced["items"]] == ["Bells"]
    assert (await api.get(path)).json == replaced.json


async def test_one_article_is_added_and_taken_away(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}/knowledge"
    added = await api.post(f"{path}/items", {"title": "Bells", "text": "Nine euros."})
    assert (added.status, added["question"]) == (201, None)
    assert len((await api.get(path))["items"]) == len(ARTICLES) + 1
    gone = f"{path}/items/{added['id']}"
    assert (await api.delete(gone)).status == 204
    assert (await api.delete(gone)).status == 404
    assert (await api.get(path))["version"] == 3


async def test_what_the_bot_knows_it_knows_at_once(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}/knowledge"
    item = {"title": "Price of a bell", "text": "A brass bell costs nine euros."}
    await api.put(path, {"items": [item]})
    opened = await api.post(
        "/conversations",
        {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}},
    )
    asked = {"author": "contact", "text": "What does a brass bell cost?"}
    here = f"/conversations/{opened['id']}/messages"
    said = await api.call("POST", here, asked, params={"wait": 20})
    assert "nine euros" in said["turn"]["messages"][0]["text"]


async def test_a_large_knowledge_base_fits_into_one_request(
    api: Api, world: World
) -> None:
    items = [{"title": f"Article {n}", "text": "x" * 3000} for n in range(1000)]
    path = f"/bots/{world.bot.id}/knowledge"
    replaced = await api.put(path, {"items": items})
    assert (replaced.status, len(replaced["items"])) == (200, 50)
    after = replaced["next"]
    assert (await api.get(path, after=after))["items"][0]["title"] == "Article 50"


async def test_an_article_that_cannot_be_is_refused_by_its_place(
    api: Api, world: World
) -> None:
    path = f"/bots/{world.bot.id}/knowledge"
    items = [{"title": "Good", "text": "Fine."}, {"title": "Bad", "text": ""}]
    refused = await api.put(path, {"items": items})
    assert (refused.status, refused.broken_fields) == (422, ["items[1].text"])
    items = [{"title": "Good", "text": "a\x00b"}]
    refused = await api.put(path, {"items": items})
    assert (refused.status, refused.broken_fields) == (422, ["items[0].text"])
    assert (await api.get(path))["version"] == 1
