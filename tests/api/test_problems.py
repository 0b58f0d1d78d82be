"""What callers are told when something does not work out."""

from typing import Any

import psycopg
import pytest
from litestar import Litestar

from stepaside.api.problems import STATUS, answer_problem
from stepaside.core.errors import Refusal
from stepaside.store.errors import NotFound
from tests.api.conftest import Api
from tests.world import World


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b'{"name": "a"} more', b'{"name": "\xff"}']
)
async def test_what_is_no_json_is_a_bad_request(api: Api, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    refused = await api.call("POST", "/bots", content=body, headers=headers)
    assert refused.status == 400
    assert refused["type"] == "urn:stepaside:problem:unparsable-body"
    assert set(refused.json) == {"type", "title", "status", "detail"}


async def test_another_media_type_is_refused(api: Api) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    refused = await api.call("POST", "/bots", content=b"name=x", headers=headers)
    assert refused.status == 415


@pytest.mark.parametrize("body", [[], "text", 7, None])
async def test_json_of_another_shape_is_refused(api: Api, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    sent = b"null" if body is None else None
    more = {"content": sent, "headers": headers} if sent else {}
    refused = await api.call("POST", "/bots", body, **more)
    assert (refused.status, refused.broken_fields) == (422, ["body"])


async def test_deeply_nested_json_does_no_harm(api: Api) -> None:
    body = b'{"name":' + b"[" * 100_000
    headers = {"Content-Type": "application/json"}
    refused = await api.call("POST", "/bots", content=body, headers=headers)
    assert refused.status in {400, 422}


@pytest.mark.parametrize("rest", ["", "[" * 100_000])
async def test_a_wrong_entry_before_broken_json_does_no_harm(
    api: Api, rest: str
) -> None:
    body = '{"name": "X", "bot_id": "b", "overrides": {"r": 1}, "more": ' + rest
    refused = await api.call("POST", "/workflows", content=body.encode())
    assert refused.status in {400, 422}


async def test_a_body_beyond_a_mebibyte_is_too_large(api: Api) -> None:
    refused = await api.post("/bots", {"name": "x" * 1024 * 1024})
    assert refused.status == 413
    assert refused.headers["content-type"] == "application/problem+json"
    keyed = await api.post("/bots", {"name": "x" * 1024 * 1024}, idempotency_key="k")
    assert keyed.status == 413


async def test_a_path_that_is_not_there_is_not_found(api: Api) -> None:
    missing = await api.get("/pigeons")
    assert missing.status == 404
    assert missing.headers["content-type"] == "application/problem+json"


async def test_a_method_that_is_not_there_says_which_are(api: Api) -> None:
    refused = await api.call("PUT", "/bots", {})
    assert refused.status == 405
    assert {"GET", "POST"} <= set(refused.headers["allow"].split(", "))


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/inboxes", {"kind": "api", "name": "X", "workflow_id": ""}, "workflow_id"),
        ("/inboxes", {"kind": "api", "name": "X", "bot_id": ""}, "bot_id"),
        ("/contacts", {"owner_id": ""}, "owner_id"),
        ("/tasks", {"title": "X", "contact_id": ""}, "contact_id"),
        ("/api-keys", {"name": "X", "scopes": ["read"], "staff_id": ""}, "staff_id"),
    ],
)
async def test_an_id_is_never_empty(api: Api, path: str, body: Any, field: str) -> None:
    refused = await api.post(path, body)
    assert (refused.status, refused.broken_fields) == (422, [field])


async def test_asking_for_the_options_of_a_path_needs_a_key_and_does_no_harm(
    api: Api,
) -> None:
    assert (await api.call("OPTIONS", "/bots")).status == 204
    assert (await api.with_key("none").call("OPTIONS", "/bots")).status == 401


async def test_what_is_not_found_is_named(api: Api) -> None:
    missing = await api.get("/bots/bot_none")
    assert missing["detail"] == "There is no bot bot_none."
    assert missing["type"] == "urn:stepaside:problem:not-found"


async def test_a_character_no_text_may_hold_finds_nothing(api: Api) -> None:
    assert (await api.get("/bots/bot%00")).status == 404
    for path, name in (("contacts", "tag"), ("conversations", "q"), ("bots", "after")):
        refused = await api.get(f"/{path}", **{name: "a\0b"})
        assert (refused.status, refused.broken_fields) == (422, [name])


async def test_a_failure_tells_nothing_of_the_inside(
    api: Api, app: Litestar, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> Any:
        raise ZeroDivisionError("the secret is 42")

    app.state.rt = _Broken(app.state.rt, broken)
    failed = await api.post("/bots", {"name": "Pedal of the century"})
    assert failed.status == 500
    assert "42" not in str(failed.json)
    assert "Zero" not in str(failed.json)
    logged = capsys.readouterr().out
    assert "ZeroDivisionError" in logged
    assert "Pedal of the century" not in logged
    assert api.key not in logged


class _Broken:
    """A runtime whose clock fails."""

    def __init__(self, rt: Any, now: Any) -> None:
        self._rt = rt
        self.now = now
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rt, name)


def test_a_refusal_that_is_not_in_the_table_is_a_conflict() -> None:
    class TooLate(Refusal):
        """Said nowhere else."""

    answer = answer_problem(None, TooLate("The shop is shut."))  # type: ignore[arg-type]
    assert answer.status_code == 409
    assert b"urn:stepaside:problem:too-late" in answer.content


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("bot", "bot_1"), 404),
        (psycopg.OperationalError("gone"), 503),
        (psycopg.errors.DeadlockDetected(), 503),
        (RuntimeError("bug"), 500),
    ],
)
def test_each_kind_of_error_has_its_status(error: Exception, status: int) -> None:
    answer = answer_problem(None, error)  # type: ignore[arg-type]
    assert answer.status_code == status


def test_the_table_speaks_of_refusals_and_of_the_database_only() -> None:
    for kind in STATUS:
        assert issubclass(kind, Refusal | NotFound | psycopg.Error) or (
            kind.__name__ == "PoolTimeout"
        )


async def test_every_answer_names_its_request(api: Api, world: World) -> None:
    first, second = await api.get("/bots"), await api.get("/bots")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    named = await api.call("GET", "/bots", headers={"X-Request-Id": "till-7"})
    assert named.headers["x-request-id"] == "till-7"
    odd = await api.call("GET", "/bots", headers={"X-Request-Id": "a b\tc"})
    assert odd.headers["x-request-id"].startswith("req_")
    refused = await api.with_key("none").get("/bots")
    assert refused.headers["x-request-id"].startswith("req_")


async def test_the_log_tells_of_requests_but_not_of_what_was_said(
    api: Api, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}}
    here = f"/conversations/{(await api.post('/conversations', body))['id']}"
    await api.post(f"{here}/messages", {"author": "staff", "text": "Hush hush"})
    await api.get("/contacts", email="cy@example.org")
    logged = capsys.readouterr().out
    assert "/v1/conversations/{conversation_id}/messages" in logged
    assert "status=201" in logged
    for private in ("Hush hush", api.key, "cy@example.org"):
        assert private not in logged
