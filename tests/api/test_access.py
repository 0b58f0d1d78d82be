"""Who may call what: keys, scopes, and accounts that never see each other."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from stepaside.core.rules import Scenario
from stepaside.store.api_keys import Scope
from tests.api.conftest import Api, key_for
from tests.world import World


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer sa_00000000_unknown",
        "Bearer unknown",
        "Basic YW5uOmFubg==",
        "Bearer sa_\x7f'; DROP TABLE api_keys; --",
    ],
)
async def test_without_a_key_there_is_nothing(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = await api.http.get("/v1/bots", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 401


async def test_a_revoked_key_ends_at_once(api: Api) -> None:
    made = await api.post("/api-keys", {"name": "Till", "scopes": ["read"]})
    till = api.with_key(made["token"])
    assert (await till.get("/bots")).status == 200
    assert (await api.delete(f"/api-keys/{made['id']}")).status == 204
    assert (await till.get("/bots")).status == 401
    assert (await api.delete(f"/api-keys/{made['id']}")).status == 404


async def test_the_secret_of_a_key_is_shown_once(api: Api, world: World) -> None:
    body = {"name": "Till", "scopes": ["write", "read"], "staff_id": world.bo.id}
    made = await api.post("/api-keys", body)
    assert made.status == 201
    listed = await api.get("/api-keys")
    assert made["token"] not in str(listed.json)
    key = listed["items"][-1]
    assert (key["id"], key["scopes"]) == (made["id"], ["read", "write"])
    assert made["token"].startswith(key["prefix"] + "_")


async def test_a_key_cannot_act_for_somebody_elses_staff(
    api: Api, world: World
) -> None:
    body = {"name": "Till", "scopes": ["read"], "staff_id": world.dee.id}
    assert (await api.post("/api-keys", body)).status == 404


async def test_when_a_key_was_last_used_is_noted(
    api: Api, app: Litestar, world: World
) -> None:
    await api.get("/bots")
    await app.state.rt.background.drain()
    [key] = (await api.get("/api-keys"))["items"]
    assert key["last_used_at"] == "2026-03-02T10:00:00Z"
    world.clock.advance(minutes=2)
    await api.get("/bots")
    await app.state.rt.background.drain()
    [key] = (await api.get("/api-keys"))["items"]
    assert key["last_used_at"] == "2026-03-02T10:02:00Z"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/bots", Scope.READ),
        ("POST", "/bots", Scope.ADMIN),
        ("GET", "/conversations", Scope.READ),
        ("POST", "/conversations", Scope.WRITE),
        ("POST", "/contacts", Scope.WRITE),
        ("PATCH", "/staff/stf_x", Scope.ADMIN),
        ("DELETE", "/inboxes/inb_x", Scope.ADMIN),
        ("GET", "/api-keys", Scope.ADMIN),
        ("PUT", "/tasks/tsk_x/completion", Scope.WRITE),
    ],
)
async def test_each_door_has_its_scope_and_no_other_opens_it(
    api: Api, world: World, method: str, path: str, scope: Scope
) -> None:
    opens = await key_for(world, api, scope)
    assert (await opens.call(method, path, {})).status != 403
    others = set(Scope) - {scope}
    refused = await (await key_for(world, api, *others)).call(method, path, {})
    assert refused.status == 403
    assert refused["detail"] == f"This API key lacks the scope {scope}."


def test_every_route_below_v1_names_the_scopes_that_open_it(app: Litestar) -> None:
    unlocked = {
        route.path
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/v1/")
        for handler in route.route_handlers
        if handler.http_methods != {"OPTIONS"}
        if not set(handler.opt.get("scopes", ())) & set(Scope)
    }
    # The one tells nothing of any account, the other has signatures of its own.
    assert unlocked == {"/v1/openapi.json", "/v1/inboxes/{inbox_id:str}/webhook"}


async def test_another_accounts_things_are_not_found_by_any_door(
    api: Api, dees_api: Api, world: World
) -> None:
    ids = await _everything(api, world)
    for path, methods in _PATHS.items():
        for method in methods:
            body = _BODIES.get((method, path.split("/")[-1]), {})
            sent = None if method == "GET" else body
            seen = await dees_api.call(method, path.format(**ids), sent)
            assert seen.status == 404, (method, path, seen.json)
    for path in (
        "/bots",
        "/staff",
        "/teams",
        "/inboxes",
        "/contacts",
        "/conversations",
    ):
        listed = str((await dees_api.get(path)).json)
        assert not any(value in listed for value in ids.values())
    assert (await dees_api.get("/events"))["items"] == []
    assert (await dees_api.get("/tasks"))["items"] == []


def test_the_doors_tried_are_all_there_are(app: Litestar) -> None:
    there = {
        (route.path_format.removeprefix("/v1"), method)
        for route in app.routes
        if isinstance(route, HTTPRoute) and "{" in route.path
        for handler in route.route_handlers
        for method in handler.http_methods - {"OPTIONS"}
        if route.path.startswith("/v1/") and "scopes" in handler.opt
    }
    assert there == {(path, method) for path in _PATHS for method in _PATHS[path]}


async def test_a_body_cannot_reach_into_another_account(
    dees_api: Api, api: Api, world: World
) -> None:
    ids = await _everything(api, world)
    flowers = world.dees_shop
    for path, body in (
        ("/inboxes", {"kind": "api", "name": "X", "bot_id": ids["bot_id"]}),
        (
            "/inboxes",
            {"kind": "api", "name": "X", "workflow_id": ids["workflow_id"]},
        ),
        ("/workflows", {"name": "X", "bot_id": ids["bot_id"]}),
        ("/contacts", {"owner_id": ids["staff_id"]}),
        ("/tasks", {"title": "X", "contact_id": ids["contact_id"]}),
        ("/tasks", {"title": "X", "conversation_id": ids["conversation_id"]}),
        (
            "/tasks",
            {
                "title": "X",
                "contact_id": flowers.contact.id,
                "assignee_id": ids["staff_id"],
            },
        ),
        ("/conversations", {"inbox_id": ids["inbox_id"], "contact": {}}),
        (
            "/conversations",
            {
                "inbox_id": flowers.inbox_id,
                "contact": {},
                "workflow_id": ids["workflow_id"],
            },
        ),
        (
            f"/bots/{flowers.bot.id}/handover-rules",
            {
                "scenario": "human_requested",
                "assign": {"to": "staff", "staff_id": ids["staff_id"]},
            },
        ),
        (
            "/api-keys",
            {"name": "X", "scopes": ["read"], "staff_id": ids["staff_id"]},
        ),
    ):
        refused = await dees_api.post(path, body)
        assert refused.status == 404, (path, body, refused.json)


_HERE = "/conversations/{conversation_id}"
_PATHS: dict[str, tuple[str, ...]] = {
    "/bots/{bot_id}": ("GET", "PATCH", "DELETE"),
    "/bots/{bot_id}/changes": ("GET",),
    "/bots/{bot_id}/changes/{change_id}/undo": ("POST",),
    "/bots/{bot_id}/duplicate": ("POST",),
    "/bots/{bot_id}/restoration": ("POST",),
    "/bots/{bot_id}/try": ("POST",),
    "/bots/{bot_id}/knowledge": ("GET", "PUT"),
    "/bots/{bot_id}/knowledge/import": ("POST",),
    "/bots/{bot_id}/knowledge/items": ("POST",),
    "/bots/{bot_id}/knowledge/items/{item_id}": ("PATCH", "DELETE"),
    "/bots/{bot_id}/handover-rules": ("GET", "POST"),
    "/handover-rules/{rule_id}": ("GET", "PATCH", "DELETE"),
    "/workflows/{workflow_id}": ("GET", "PATCH", "DELETE"),
    "/inboxes/{inbox_id}": ("GET", "PATCH", "DELETE"),
    "/staff/{staff_id}": ("GET", "PATCH", "DELETE"),
    "/staff/{staff_id}/availability": ("PUT",),
    "/staff/{staff_id}/notification-settings": ("GET", "PUT"),
    "/staff/{staff_id}/notifications": ("GET",),
    "/staff/{staff_id}/notifications/read": ("PUT",),
    "/staff/{staff_id}/notification-targets": ("GET", "POST"),
    "/staff/{staff_id}/notification-targets/{target_id}": ("DELETE",),
    "/staff/{staff_id}/notification-tests/{channel}": ("POST",),
    "/staff/{staff_id}/quiet-hours": ("GET", "PUT"),
    "/notification-targets/{target_id}": ("DELETE",),
    "/notifications/{notification_id}": ("GET",),
    "/notifications/{notification_id}/read": ("PUT", "DELETE"),
    "/notifications/{notification_id}/resend": ("POST",),
    "/teams/{team_id}": ("GET", "PATCH", "DELETE"),
    "/teams/{team_id}/members/{staff_id}": ("PUT", "DELETE"),
    "/contacts/{contact_id}": ("GET", "PATCH"),
    "/contacts/{contact_id}/duplicates": ("GET",),
    "/contacts/{contact_id}/merge": ("POST",),
    "/contacts/{contact_id}/tags/{tag}": ("PUT", "DELETE"),
    _HERE: ("GET",),
    f"{_HERE}/messages": ("GET", "POST"),
    f"{_HERE}/events": ("GET",),
    f"{_HERE}/decisions": ("GET",),
    f"{_HERE}/bot": ("PUT",),
    f"{_HERE}/handovers": ("GET", "POST"),
    f"{_HERE}/handovers/{{handover_id}}/verdict": ("PUT",),
    f"{_HERE}/assignment": ("PUT", "DELETE"),
    f"{_HERE}/hand-back": ("POST",),
    f"{_HERE}/pause": ("PUT", "DELETE"),
    f"{_HERE}/resolution": ("PUT", "DELETE"),
    f"{_HERE}/snooze": ("PUT", "DELETE"),
    "/tasks/{task_id}": ("GET", "PATCH"),
    "/tasks/{task_id}/completion": ("PUT", "DELETE"),
    "/api-keys/{key_id}": ("DELETE",),
    "/webhooks/{webhook_id}": ("GET", "PATCH", "DELETE"),
    "/webhooks/{webhook_id}/deliveries": ("GET",),
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/attempts": ("GET",),
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/resend": ("POST",),
    "/webhooks/{webhook_id}/secret": ("POST",),
    "/webhooks/{webhook_id}/test": ("POST",),
}
_BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "knowledge"): {"items": []},
    ("POST", "items"): {"title": "X", "text": "X"},
    ("POST", "handover-rules"): {"scenario": "human_requested"},
    ("POST", "messages"): {"author": "contact", "text": "X"},
    ("PUT", "snooze"): {"minutes": 5},
    ("PUT", "availability"): {"availability": "away"},
    ("POST", "duplicate"): {"name": "X"},
    ("POST", "import"): {"text": "Q: A?\nA: B."},
    ("POST", "try"): {"transcript": [{"author": "contact", "text": "Hi"}]},
    ("POST", "merge"): {"contact_id": "ctc_x"},
    ("PUT", "bot"): {"bot_id": "bot_x"},
    ("PUT", "verdict"): {"verdict": "right"},
    ("POST", "notification-targets"): {"address": "ntfys://ntfy.example.com/x"},
    ("PUT", "quiet-hours"): {"start": "22:00", "end": "06:00"},
}


async def _everything(api: Api, world: World) -> dict[str, str]:
    """One of each kind of thing in Ann's account, by the name of its id."""
    bot = f"/bots/{world.bot.id}"
    opened = await api.post(
        "/conversations",
        {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}},
    )
    workflow = await api.post("/workflows", {"name": "W", "bot_id": world.bot.id})
    task = await api.post("/tasks", {"title": "T", "contact_id": world.cy.id})
    team = await api.post("/teams", {"name": "Support"})
    key = await api.post("/api-keys", {"name": "K", "scopes": ["read"]})
    await api.put(f"/contacts/{world.cy.id}/tags/vip")
    await api.patch(bot, {"goal": "Help."})
    here = f"/conversations/{opened['id']}"
    hook = await api.post(
        "/webhooks", {"url": "https://a.example", "events": ["handover.started"]}
    )
    await api.post(f"{here}/handovers", {})
    sent = await api.get(f"/webhooks/{hook['id']}/deliveries")
    chat = {"address": "ntfys://ntfy.example.com/bo", "name": "Bo"}
    target = await api.post(f"/staff/{world.bo.id}/notification-targets", chat)
    told = await api.get(f"/staff/{world.bo.id}/notifications")
    return {
        "change_id": (await api.get(f"{bot}/changes"))["items"][0]["id"],
        "webhook_id": hook["id"],
        "delivery_id": sent["items"][0]["id"],
        "handover_id": (await api.get(f"{here}/handovers"))["items"][0]["id"],
        "target_id": target["id"],
        "notification_id": told["items"][0]["id"],
        "channel": "push",
        "bot_id": world.bot.id,
        "item_id": (await api.get(f"{bot}/knowledge"))["items"][0]["id"],
        "rule_id": world.rules[Scenario.HUMAN_REQUESTED].id,
        "workflow_id": workflow["id"],
        "inbox_id": world.inbox_id,
        "staff_id": world.bo.id,
        "contact_id": world.cy.id,
        "tag": "vip",
        "conversation_id": opened["id"],
        "task_id": task["id"],
        "team_id": team["id"],
        "key_id": key["id"],
    }
