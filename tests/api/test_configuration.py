"""Who changed what of a bot, and taking it back."""

from typing import Any

from stepaside.core.rules import Scenario
from stepaside.store.api_keys import Scope
from tests.api.conftest import Api, key_for
from tests.world import World


async def history(api: Api, bot_id: str) -> list[dict[str, Any]]:
    """The bot's changes, the newest first."""
    found = await api.get(f"/bots/{bot_id}/changes")
    assert found.status == 200
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_a_change_tells_who_when_and_each_field_before_and_after(
    api: Api, world: World
) -> None:
    await api.patch(f"/bots/{world.bot.id}", {"goal": "Sell bikes", "wait_seconds": 7})
    (change,) = await history(api, world.bot.id)
    assert change | {"id": ""} == {
        "id": "",
        "at": "2026-03-02T10:00:00Z",
        "actor": f"staff:{world.ann.id}",
        "subject": "bot",
        "subject_id": world.bot.id,
        "subject_name": "Pear Street Bikes assistant",
        "deed": "changed",
        "fields": [
            {"field": "goal", "before": "", "after": "Sell bikes"},
            {"field": "wait_seconds", "before": None, "after": 7},
        ],
    }


async def test_what_changes_nothing_leaves_no_entry(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}"
    name = (await api.get(path))["name"]
    world.clock.advance(minutes=1)
    same = await api.patch(path, {"name": name})
    assert (same.status, same["updated_at"]) == (200, "2026-03-02T10:00:00Z")
    assert await history(api, world.bot.id) == []


async def test_every_way_to_change_a_bot_leaves_an_entry(
    api: Api, world: World
) -> None:
    bot = (await api.post("/bots", {"name": "Pedal"}))["id"]
    rules = f"/bots/{bot}/handover-rules"
    rule = (await api.post(rules, {"scenario": "human_requested"}))["id"]
    await api.patch(f"/handover-rules/{rule}", {"pause": {"hours": 2}})
    article = {"title": "Hours", "text": "9 to 18"}
    items = f"/bots/{bot}/knowledge/items"
    item = (await api.post(items, article))["id"]
    await api.patch(f"{items}/{item}", {"text": "10 to 18"})
    await api.delete(f"{items}/{item}")
    await api.put(f"/bots/{bot}/knowledge", {"items": [article, article]})
    flow = {"name": "Sale", "bot_id": bot, "overrides": {rule: {"enabled": True}}}
    workflow = (await api.post("/workflows", flow))["id"]
    await api.patch(f"/workflows/{workflow}", {"overrides": {}})
    await api.delete(f"/workflows/{workflow}")
    inbox = await api.post("/inboxes", {"kind": "api", "name": "In", "bot_id": bot})
    await api.patch(f"/inboxes/{inbox['id']}", {"bot_id": None})
    await api.delete(f"/handover-rules/{rule}")
    await api.delete(f"/bots/{bot}")
    await api.post(f"/bots/{bot}/restoration")
    told = [(x["subject"], x["deed"]) for x in await history(api, bot)]
    assert list(reversed(told)) == [
        ("bot", "created"),
        ("handover_rule", "created"),
        ("handover_rule", "changed"),
        ("knowledge_item", "created"),
        ("knowledge_item", "changed"),
        ("knowledge_item", "deleted"),
        ("knowledge", "changed"),
        ("workflow", "created"),
        ("workflow", "changed"),
        ("workflow", "deleted"),
        ("inbox", "created"),
        ("inbox", "deleted"),
        ("handover_rule", "deleted"),
        ("bot", "deleted"),
        ("bot", "restored"),
    ]
    pause = (await history(api, bot))[12]["fields"]
    assert pause == [{"field": "pause", "before": 86400.0, "after": 7200.0}]


async def test_what_is_refused_leaves_no_entry(api: Api, world: World) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED].id
    refused = await api.patch(f"/handover-rules/{rule}", {"final_message": "{{x}}"})
    assert refused.status == 422
    assert await history(api, world.bot.id) == []


async def test_a_key_that_is_nobodys_is_told_as_the_api(api: Api, world: World) -> None:
    program = await key_for(world, api, Scope.ADMIN, Scope.READ)
    await program.patch(f"/bots/{world.bot.id}", {"goal": "Sell"})
    assert (await history(api, world.bot.id))[0]["actor"] == "api"


async def test_the_history_comes_in_pages(api: Api, world: World) -> None:
    for goal in ("one", "two", "three"):
        await api.patch(f"/bots/{world.bot.id}", {"goal": goal})
    path = f"/bots/{world.bot.id}/changes"
    first = await api.get(path, limit=2)
    rest = await api.get(path, limit=2, after=first["next"])
    goals = [x["fields"][0]["after"] for x in first["items"] + rest["items"]]
    assert (goals, rest["next"]) == (["three", "two", "one"], None)


async def test_a_duplicate_is_off_and_has_rules_and_knowledge_of_its_own(
    api: Api, world: World
) -> None:
    twin = await api.post(f"/bots/{world.bot.id}/duplicate", {"name": "Twin"})
    assert (twin.status, twin["name"], twin["mode"]) == (201, "Twin", "off")
    rules = await api.get(f"/bots/{twin['id']}/handover-rules")
    known = await api.get(f"/bots/{twin['id']}/knowledge")
    of_old = await api.get(f"/bots/{world.bot.id}/handover-rules")
    assert [r["name"] for r in rules["items"]] == [r["name"] for r in of_old["items"]]
    assert len(known["items"]) == 6
    ids = {r["id"] for r in rules["items"]} & {r["id"] for r in of_old["items"]}
    assert ids == set()


async def test_a_deleted_bot_is_restored_as_it_was(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}"
    before = (await api.get(path)).json
    await api.delete(path)
    assert (await api.post(f"{path}/restoration")).json == before
    assert (await api.post(f"{path}/restoration")).status == 404


async def test_knowledge_is_found_by_any_words_in_it(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}/knowledge"
    found = await api.get(path, q="WORKSHOP")
    assert [item["title"] for item in found["items"]] == ["Repairs and servicing"]
    assert (await api.get(path, q="100%_"))["items"] == []


async def test_an_article_is_changed_by_the_fields_that_are_named(
    api: Api, world: World
) -> None:
    path = f"/bots/{world.bot.id}/knowledge"
    before = await api.get(path)
    item = before["items"][0]
    changed = await api.patch(
        f"{path}/items/{item['id']}", {"text": "Always open", "url": "https://a.b"}
    )
    assert changed.json == item | {"text": "Always open", "url": "https://a.b"}
    assert (await api.get(path))["version"] == before["version"] + 1
    gone = await api.patch(f"{path}/items/kno_nope", {"text": "x"})
    assert gone.status == 404


async def test_nobody_else_sees_or_touches_any_of_it(
    api: Api, dees_api: Api, world: World
) -> None:
    here = f"/bots/{world.bot.id}"
    item = (await api.get(f"{here}/knowledge"))["items"][0]["id"]
    await api.patch(here, {"goal": "Sell"})
    for answer in (
        await dees_api.get(f"{here}/changes"),
        await dees_api.post(f"{here}/duplicate", {"name": "Mine"}),
        await dees_api.post(f"{here}/restoration"),
        await dees_api.patch(f"{here}/knowledge/items/{item}", {"text": "x"}),
    ):
        assert answer.status == 404
    reader = await key_for(world, api, Scope.READ)
    assert (await reader.post(f"{here}/duplicate", {"name": "Mine"})).status == 403


async def test_a_bot_is_tried_without_a_trace(api: Api, world: World) -> None:
    path = f"/bots/{world.bot.id}/try"
    said = [{"author": "contact", "text": "Can someone real help me?"}]
    rule = {
        "scenario": "human_requested",
        "assign": {"to": "staff", "staff_id": world.bo.id},
        "final_message": "Bo comes, {{contact.first_name}}.",
        "pause": {"hours": 2},
        "tags": ["vip"],
    }
    draft = {"transcript": said, "rules": [rule], "contact": {"name": "Mia Moss"}}
    tried = await api.post(path, draft)
    assert tried.status == 200
    assert (tried["decision"], tried["control"]) == ("hand_over", "human")
    assert tried["answer"] == "Bo comes, Mia."
    assert tried["would"] == {
        "assignee_id": world.bo.id,
        "resume_at": "2026-03-02T12:00:00Z",
        "task": {
            "title": "Mia Moss asked for a person",
            "due_at": "2026-03-03T10:00:00Z",
        },
        "tags": ["vip"],
        "notified": [
            {"event": "conversation_assigned", "staff_ids": [world.bo.id]},
            {"event": "task_assigned", "staff_ids": [world.bo.id]},
        ],
    }
    assert (await api.get("/conversations"))["items"] == []
    asked = [{"author": "contact", "text": "When are you open on Saturday?"}]
    answered = await api.post(path, {"transcript": asked})
    assert (answered["decision"], answered["would"]) == ("reply", None)
    assert "10:00 to 14:00" in answered["answer"]


async def test_articles_are_imported_or_told_line_by_line(
    api: Api, world: World
) -> None:
    path = f"/bots/{world.bot.id}/knowledge/import"
    text = "Gift cards\nFrom 10 euros.\n\nNo answer here?"
    refused = await api.post(path, {"text": text})
    assert (refused.status, refused["added"], refused["ready"]) == (200, 0, 1)
    assert [fault["line"] for fault in refused["faults"]] == [4]
    taken = await api.post(path, {"text": text, "anyway": True})
    assert taken["added"] == 1
    known = await api.get(f"/bots/{world.bot.id}/knowledge")
    assert "Gift cards" in [item["title"] for item in known["items"]]


async def test_a_deleted_article_is_brought_back_once(api: Api, world: World) -> None:
    known = f"/bots/{world.bot.id}/knowledge"
    item = (await api.get(known))["items"][0]
    await api.delete(f"{known}/items/{item['id']}")
    change = (await history(api, world.bot.id))[0]["id"]
    undo = f"/bots/{world.bot.id}/changes/{change}/undo"
    assert (await api.post(undo)).status == 204
    assert item in (await api.get(known))["items"]
    assert (await api.post(undo)).status == 409


async def test_trials_and_imports_see_their_own_account_only(
    dees_api: Api, world: World
) -> None:
    here = f"/bots/{world.bot.id}"
    said = [{"author": "contact", "text": "Hello?"}]
    assert (await dees_api.post(f"{here}/try", {"transcript": said})).status == 404
    pasted = {"text": "A\nb"}
    assert (await dees_api.post(f"{here}/knowledge/import", pasted)).status == 404
