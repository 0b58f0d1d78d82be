import base64

import pytest

from tests.api.conftest import Api
from tests.world import World


async def test_an_inbox_for_the_api_is_made(api: Api, world: World) -> None:
    body = {"kind": "api", "name": "App", "bot_id": world.bot.id}
    made = await api.post("/inboxes", body)
    assert (made.status, made["kind"], made["workflow_id"]) == (201, "api", None)
    assert "secret" not in made.json
    assert (await api.get(f"/inboxes/{made['id']}")).json == made.json


async def test_a_kind_nobody_knows_is_answered_with_those_there_are(api: Api) -> None:
    refused = await api.post("/inboxes", {"kind": "pigeon", "name": "Loft"})
    assert refused.status == 422
    assert refused["errors"] == [
        {"field": "kind", "message": "must be one of api, widget, webhook"}
    ]


async def test_the_secret_of_a_webhook_is_shown_once(api: Api, world: World) -> None:
    body = {
        "kind": "webhook",
        "name": "Help desk",
        "bot_id": world.bot.id,
        "url": "https://desk.example.org/in",
    }
    made = await api.post("/inboxes", body)
    scheme, _, secret = made["secret"].partition("_")
    assert (scheme, len(base64.b64decode(secret))) == ("whsec", 32)
    path = f"/inboxes/{made['id']}"
    changed = await api.patch(path, {"url": "https://desk.example.org/new"})
    for shown in (await api.get(path), changed, *(await api.get("/inboxes"))["items"]):
        assert "secret" not in str(shown)
    assert changed["url"] == "https://desk.example.org/new"


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("url", {"kind": "webhook", "name": "Desk"}),
        ("url", {"kind": "webhook", "name": "Desk", "url": "ftp://example.org"}),
        ("url", {"kind": "webhook", "name": "Desk", "url": "https://u:p@example.org"}),
        ("url", {"kind": "api", "name": "App", "url": "https://example.org"}),
        ("allowed_origins", {"kind": "api", "name": "A", "allowed_origins": []}),
        (
            "allowed_origins[0]",
            {"kind": "widget", "name": "Site", "allowed_origins": ["example.org"]},
        ),
        ("name", {"kind": "api"}),
    ],
)
async def test_an_inbox_that_cannot_be_is_refused_by_field(
    api: Api, field: str, body: object
) -> None:
    refused = await api.post("/inboxes", body)
    assert (refused.status, refused.broken_fields) == (422, [field])


async def test_a_widget_knows_the_sites_that_may_show_it(api: Api) -> None:
    body = {
        "kind": "widget",
        "name": "Site",
        "allowed_origins": ["https://pear.example.org"],
    }
    made = await api.post("/inboxes", body)
    assert made["allowed_origins"] == ["https://pear.example.org"]
    changed = await api.patch(f"/inboxes/{made['id']}", {"allowed_origins": []})
    assert changed["allowed_origins"] == []


async def test_an_inbox_gets_another_bot_or_none(api: Api, world: World) -> None:
    path = f"/inboxes/{world.inbox_id}"
    assert (await api.patch(path, {"bot_id": None}))["bot_id"] is None
    refused = await api.patch(path, {"bot_id": world.dees_shop.bot.id})
    assert refused.status == 404
    refused = await api.patch(path, {"kind": "widget"})
    assert (refused.status, refused.broken_fields) == (422, ["kind"])


async def test_the_conversations_of_a_deleted_inbox_stay_to_be_read(
    api: Api, world: World
) -> None:
    body = {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}}
    opened = await api.post("/conversations", body)
    assert (await api.delete(f"/inboxes/{world.inbox_id}")).status == 204
    assert (await api.get(f"/conversations/{opened['id']}")).status == 200
    assert (await api.post("/conversations", body)).status == 404
