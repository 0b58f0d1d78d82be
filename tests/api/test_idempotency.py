import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from litestar import Litestar

from stepaside.store.api_keys import Scope
from stepaside.store.idempotency import ABANDONED, KEPT, StillRunning, begin
from tests.api.conftest import Answer, Api, key_for
from tests.world import World


async def make(api: Api, name: str, key: str) -> Answer:
    return await api.post("/bots", {"name": name}, idempotency_key=key)


async def names(api: Api) -> list[str]:
    return [bot["name"] for bot in (await api.get("/bots"))["items"]][1:]


async def test_the_same_request_is_carried_out_once(api: Api) -> None:
    first = await make(api, "Pedal", "k-1")
    again = await make(api, "Pedal", "k-1")
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == "application/json"
    assert "idempotency-replayed" not in first.headers
    assert await names(api) == ["Pedal"]


async def test_another_request_with_the_same_key_is_refused(api: Api) -> None:
    await make(api, "Pedal", "k-1")
    refused = await make(api, "Chain", "k-1")
    assert refused.status == 422
    assert refused["type"] == "urn:stepaside:problem:key-reused"
    refused = await api.post("/contacts", {}, idempotency_key="k-1")
    assert refused.status == 422
    assert await names(api) == ["Pedal"]


async def test_of_the_same_request_sent_many_times_at_once_one_is_carried_out(
    api: Api,
) -> None:
    answers = await asyncio.gather(*(make(api, "Pedal", "k-1") for _ in range(8)))
    assert {answer.status for answer in answers} <= {201, 409}
    made = {a["id"] for a in answers if a.status == 201}
    assert len(made) == 1
    waiting = [a for a in answers if a.status == 409]
    assert all(a["type"].endswith("still-running") for a in waiting)
    assert await names(api) == ["Pedal"]
    assert (await make(api, "Pedal", "k-1"))["id"] in made


async def test_the_key_of_a_refused_request_may_be_used_again(api: Api) -> None:
    assert (await make(api, "", "k-1")).status == 422
    assert (await make(api, "Pedal", "k-1")).status == 201


async def test_a_conflict_is_looked_at_afresh(api: Api, world: World) -> None:
    body = {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}}
    here = f"/conversations/{(await api.post('/conversations', body))['id']}"
    back = {"idempotency_key": "k-1"}
    assert (await api.post(f"{here}/hand-back", **back)).status == 409
    await api.put(f"{here}/assignment")
    assert (await api.post(f"{here}/hand-back", **back)).status == 200
    # The bot has control: without the key this would be a conflict again.
    assert (await api.post(f"{here}/hand-back", **back)).status == 200


async def test_a_message_sent_again_is_said_once(api: Api, world: World) -> None:
    body = {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}}
    here = f"/conversations/{(await api.post('/conversations', body))['id']}"
    say = {"author": "staff", "text": "Hello"}
    for _ in range(2):
        said = await api.post(f"{here}/messages", say, idempotency_key="k-1")
        assert said.status == 201
    assert len((await api.get(f"{here}/messages"))["items"]) == 1


@dataclass
class Failing:
    """The database, which does not answer for one transaction: the `at`th."""

    db: Any
    at: int

    def transaction(self, *args: Any, **more: Any) -> Any:
        """A transaction, or none."""
        self.at -= 1
        if self.at == 0:
            raise psycopg.OperationalError("gone")
        return self.db.transaction(*args, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.db, name)


async def count(api: Api, path: str) -> int:
    """How many there are, without what the bot answers meanwhile."""
    found = (await api.get(path))["items"]
    return sum(one.get("text", "Hello") == "Hello" for one in found)


@pytest.mark.parametrize("at", range(1, 7))
@pytest.mark.parametrize("author", ["contact", "staff", "note", "bot", "", "nobody"])
async def test_what_was_made_before_a_failure_is_not_made_again(
    api: Api, app: Litestar, world: World, author: str, at: int
) -> None:
    """Conversations (""), contacts ("nobody") and messages of everybody."""
    body: dict[str, Any] = {"inbox_id": world.inbox_id, "contact": {}}
    here = f"/conversations/{(await api.post('/conversations', body))['id']}/messages"
    path = {"": "/conversations", "nobody": "/contacts"}.get(author, here)
    if author == "nobody":
        body = {"name": "Flo"}
    elif author:
        private = {"private": True} if author == "note" else {}
        speaker = "staff" if author == "note" else author
        body = {"author": speaker, "text": "Hello", **private}
    before = await count(api, path)
    rt = app.state.rt
    app.state.rt = replace(rt, db=Failing(rt.db, at))
    failed = await api.post(path, body, idempotency_key="k-1")
    app.state.rt = rt
    again = await api.post(path, body, idempotency_key="k-1")

    made = await count(api, path) - before
    # What is left is the moment between the commit and keeping the answer: then the
    # key is held, and the caller told to wait.
    assert (made, again.status) in ((1, 201), (1, 409)), failed.json
    assert again.status == 201 or "still-running" in again["type"]


async def test_an_answer_is_kept_for_a_day(api: Api, world: World) -> None:
    await make(api, "Pedal", "k-1")
    world.clock.advance(KEPT - timedelta(seconds=1))
    await make(api, "Pedal", "k-1")
    assert await names(api) == ["Pedal"]
    world.clock.advance(seconds=2)
    await make(api, "Pedal", "k-1")
    assert await names(api) == ["Pedal", "Pedal"]


async def test_old_answers_are_forgotten_as_new_ones_come(
    api: Api, world: World
) -> None:
    for n in range(4):
        await make(api, "Old", f"old-{n}")
    world.clock.advance(KEPT)
    for n in range(2):
        await make(api, "New", f"new-{n}")
    async with world.db.transaction(world.account_id) as tx:
        rows = await tx.all("SELECT key FROM idempotency_keys ORDER BY key")
    assert [row["key"] for row in rows] == ["new-0", "new-1"]


async def test_a_request_whose_process_died_may_be_sent_again(
    api: Api, world: World
) -> None:
    async with world.db.transaction(world.account_id) as tx:
        assert await begin(tx, "k-1", b"mark", world.clock()) is None
    async with world.db.transaction(world.account_id) as tx:
        with pytest.raises(StillRunning):
            await begin(tx, "k-1", b"mark", world.clock())
        later = world.clock() + ABANDONED
        assert await begin(tx, "k-1", b"mark", later) is None


async def test_keys_of_two_accounts_do_not_meet(api: Api, dees_api: Api) -> None:
    ours = await make(api, "Pedal", "k-1")
    theirs = await make(dees_api, "Petal", "k-1")
    assert (ours.status, theirs.status) == (201, 201)
    assert ours["id"] != theirs["id"]


async def test_the_answer_to_one_api_key_is_not_given_to_another(
    api: Api, world: World
) -> None:
    made = await make(api, "Pedal", "k-1")
    reader = await key_for(world, api, Scope.READ)
    peek = await make(reader, "Pedal", "k-1")
    assert peek.status == 422
    assert made["id"] not in str(peek.json)


async def test_a_secret_is_shown_once_also_when_asked_again(
    api: Api, world: World
) -> None:
    body = {"name": "K", "scopes": ["read"]}
    made = await api.post("/api-keys", body, idempotency_key="k-1")
    again = await api.post("/api-keys", body, idempotency_key="k-1")
    assert (made["id"], "token" in made.json) == (again["id"], True)
    assert "token" not in again.json
    async with world.db.transaction(world.account_id) as tx:
        [row] = await tx.all("SELECT body FROM idempotency_keys")
    assert made["token"].encode() not in row["body"]


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "é"])
async def test_a_key_that_cannot_be_is_refused(api: Api, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    answer = await api.http.post(
        "/v1/bots",
        json={"name": "Pedal"},
        headers={b"Authorization": f"Bearer {api.key}".encode(), **headers},
    )
    assert answer.status_code == 400
    assert await names(api) == []
