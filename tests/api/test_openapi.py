from typing import Any

import pytest
from litestar import Litestar

from tests.api.conftest import Api

HTTP_METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
async def document(api: Api) -> Any:
    answer = await api.http.get("/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def references(node: Any) -> set[str]:
    match node:
        case dict():
            own = {node["$ref"]} if "$ref" in node else set()
            return own.union(*(references(value) for value in node.values()))
        case list():
            return set().union(*(references(item) for item in node))
        case _:
            return set()


async def test_the_contract_is_openapi_3_1_and_needs_no_key(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["api_key"] == {
        "type": "http",
        "scheme": "bearer",
    }


async def test_every_reference_leads_somewhere(document: Any) -> None:
    found = references(document)
    assert len(found) > 30
    for reference in found:
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


async def test_every_operation_is_explained_and_named_once(document: Any) -> None:
    operations = [
        operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in HTTP_METHODS
    ]
    ids = [operation["operationId"] for operation in operations]
    assert len(operations) > 55
    assert len(set(ids)) == len(ids)
    for operation in operations:
        assert operation["summary"], operation
        assert {"4XX", "5XX"} < set(operation["responses"])


async def test_every_post_with_a_key_takes_an_idempotency_key(document: Any) -> None:
    for path, operations in document["paths"].items():
        if "post" in operations and operations["post"]["security"]:
            names = {p["name"] for p in operations["post"]["parameters"]}
            assert "Idempotency-Key" in names, path


async def test_limits_and_refusals_are_part_of_it(document: Any) -> None:
    schemas = document["components"]["schemas"]
    bot = schemas["NewBot"]
    assert bot["additionalProperties"] is False
    assert bot["required"] == ["name"]
    assert bot["properties"]["max_messages"]["minimum"] == 1
    assert schemas["Scenario"]["enum"] == [
        "custom",
        "failed_to_resolve",
        "human_requested",
        "lack_of_information",
    ]
    listed = document["paths"]["/v1/conversations"]["get"]["parameters"]
    limit = next(p for p in listed if p["name"] == "limit")
    assert limit["schema"]["maximum"] == 200


async def test_what_a_body_may_leave_out_is_not_required(document: Any) -> None:
    path = document["paths"]["/v1/conversations/{conversation_id}/assignment"]
    assert path["put"]["requestBody"]["required"] is False
    path = document["paths"]["/v1/bots"]
    assert path["post"]["requestBody"]["required"] is True


async def test_the_contract_names_what_the_product_promises(document: Any) -> None:
    paths = {
        f"{method.upper()} {path.removeprefix('/v1')}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    here = "/conversations/{conversation_id}"
    assert paths >= {
        "POST /bots",
        "PUT /bots/{bot_id}/knowledge",
        "POST /bots/{bot_id}/handover-rules",
        "PATCH /handover-rules/{rule_id}",
        "POST /workflows",
        "POST /inboxes",
        "DELETE /inboxes/{inbox_id}",
        "PUT /staff/{staff_id}/notification-settings",
        "GET /staff/{staff_id}/notifications",
        "PUT /contacts/{contact_id}/tags/{tag}",
        "POST /conversations",
        f"POST {here}/messages",
        f"POST {here}/handovers",
        f"PUT {here}/assignment",
        f"POST {here}/hand-back",
        f"PUT {here}/pause",
        f"PUT {here}/resolution",
        f"PUT {here}/snooze",
        "PUT /tasks/{task_id}/completion",
        "GET /events",
        "GET /stream",
        "POST /decide",
    }


async def test_the_desk_and_its_kind_are_not_in_it(
    document: Any, app: Litestar
) -> None:
    del app
    outside = {path for path in document["paths"] if not path.startswith("/v1/")}
    assert outside == {"/healthz", "/readyz", "/metrics"}


def headers(operation: Any) -> dict[str, bool]:
    return {
        parameter["name"]: parameter["required"]
        for parameter in operation["parameters"]
        if parameter["in"] == "header"
    }


async def test_what_takes_no_key_says_so(document: Any) -> None:
    open_to_all = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if operation["security"] == []
    }
    webhook = "/v1/inboxes/{inbox_id}/webhook"
    assert open_to_all == {"/healthz", "/readyz", "/metrics", webhook}


async def test_the_signed_webhook_is_described_with_its_signature(
    document: Any,
) -> None:
    taken = document["paths"]["/v1/inboxes/{inbox_id}/webhook"]["post"]
    assert headers(taken) == {
        "webhook-id": True,
        "webhook-timestamp": True,
        "webhook-signature": True,
    }
    body = taken["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Reported"}
    assert "202" in taken["responses"]


async def test_where_a_stream_goes_on_and_how_a_table_is_had_is_described(
    document: Any,
) -> None:
    stream = document["paths"]["/v1/stream"]["get"]
    assert headers(stream) == {"Last-Event-ID": False}
    report = document["paths"]["/v1/reports/handovers"]["get"]["responses"]["200"]
    assert set(report["content"]) == {"application/json", "text/csv"}
    metrics = document["paths"]["/metrics"]["get"]["responses"]["200"]
    assert set(metrics["content"]) == {"text/plain"}
