"""The audit log: who changed which configuration, from what to what, no secrets."""

from typing import Any

import psycopg
import pytest

from stepaside.store import audit
from stepaside.store.api_keys import Scope
from stepaside.store.database import Doer
from tests.api.conftest import Api, key_for
from tests.world import World


async def entries(api: Api, **query: str) -> list[Any]:
    return list((await api.get("/audit", **query))["items"])


async def test_every_change_is_written_down_with_who_and_from_what_to_what(
    api: Api, world: World
) -> None:
    made = await api.post("/staff", {"name": "Flo Fox", "email": "flo@example.org"})
    world.clock.advance(minutes=5)
    await api.patch(f"/staff/{made['id']}", {"role": "admin", "capacity": 4})
    (changed, created) = await entries(api, subject_id=made["id"])
    assert created["action"] == "staff.created"
    assert created["after"]["email"] == "flo@example.org"
    assert created["before"] == {}
    assert changed["action"] == "staff.changed"
    assert changed["before"] == {"role": "agent", "capacity": None}
    assert changed["after"] == {"role": "admin", "capacity": 4}
    assert changed["actor"].startswith("key:key_")
    assert changed["actor_name"] == "First key"
    assert changed["subject_name"] == "Flo Fox"
    assert changed["at"] == world.clock().isoformat().replace("+00:00", "Z")


async def test_everything_that_can_be_configured_is_watched(
    api: Api, world: World
) -> None:
    bot = await api.post("/bots", {"name": "Second"})
    rule = {"name": "Asks", "scenario": "human_requested"}
    rule_id = (await api.post(f"/bots/{bot['id']}/handover-rules", rule))["id"]
    await api.patch(f"/handover-rules/{rule_id}", {"enabled": True})
    inbox = await api.post("/inboxes", {"kind": "widget", "name": "Site"})
    await api.delete(f"/inboxes/{inbox['id']}")
    await api.post("/workflows", {"name": "Spring", "bot_id": bot["id"]})
    hook = await api.post(
        "/webhooks", {"url": "https://a.example", "events": ["resolved"]}
    )
    await api.patch(f"/webhooks/{hook['id']}", {"enabled": False})
    await api.delete(f"/webhooks/{hook['id']}")
    key = await api.post("/api-keys", {"name": "Crm", "scopes": ["read"]})
    await api.delete(f"/api-keys/{key['id']}")
    await api.delete(f"/staff/{world.bo.id}")
    seen = [one["action"] for one in await entries(api)]
    assert seen[:13] == [
        *("staff.deleted", "api_key.revoked", "api_key.created"),
        *("webhook.deleted", "webhook.changed", "webhook.created"),
        *("workflow.created", "inbox.deleted", "inbox.created"),
        *("rule.changed", "rule.created", "bot.created"),
        seen[12],
    ]


async def test_no_secret_gets_in(api: Api) -> None:
    hook = await api.post(
        "/webhooks", {"url": "https://a.example", "events": ["resolved"]}
    )
    renewed = await api.post(f"/webhooks/{hook['id']}/secret")
    inbox = await api.post(
        "/inboxes", {"kind": "webhook", "name": "In", "url": "https://b.example/x"}
    )
    key = await api.post("/api-keys", {"name": "Crm", "scopes": ["read"]})
    written = str(await entries(api))
    for secret in (hook["secret"], renewed["secret"], inbox["secret"], key["token"]):
        assert secret not in written
        assert secret.removeprefix("whsec_") not in written
    (rotated, _) = await entries(api, subject_id=hook["id"])
    assert rotated["after"]["secret"] == "•••"
    (made,) = await entries(api, subject_id=inbox["id"])
    assert made["after"]["settings"] == {"secrets": "•••", "url": "https://b.example/x"}


async def test_a_limit_that_counts_tokens_is_no_secret(api: Api) -> None:
    await api.patch("/account", {"model_daily_tokens": 5000})
    (changed, *_) = await entries(api)
    assert changed["after"] == {"model_daily_tokens": 5000}


async def test_what_is_not_committed_is_not_written(world: World, api: Api) -> None:
    before = len(await entries(api))

    async def breaks() -> None:
        async with world.db.transaction(world.account_id) as tx:
            await tx.run("UPDATE accounts SET name = 'Other'")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await breaks()
    assert len(await entries(api)) == before


async def test_what_changes_nothing_is_no_change(api: Api, world: World) -> None:
    before = len(await entries(api))
    await api.patch(f"/staff/{world.bo.id}", {"name": world.bo.name})
    await api.patch(f"/staff/{world.bo.id}", {"availability": "away"})
    assert len(await entries(api)) == before


async def test_nobody_can_change_what_was_written(world: World, api: Api) -> None:
    assert await entries(api)
    async with world.db.transaction(world.account_id) as tx:
        assert await tx.run("UPDATE audit SET actor = ''") == 0
        assert await tx.run("DELETE FROM audit") == 0


async def test_the_list_is_narrowed_and_goes_on(api: Api, world: World) -> None:
    doer = Doer(actor=f"staff:{world.ann.id}", at=world.clock(), address="192.0.2.1")
    async with world.db.transaction(world.account_id, doer) as tx:
        await tx.run("UPDATE accounts SET time_zone = 'Europe/Berlin'")
        await audit.record(tx, "login.failed", at=doer.at, subject_name="ann@x.org")
    (mine,) = await entries(api, actor=world.ann.id)
    assert (mine["action"], mine["address"]) == ("account.changed", "192.0.2.1")
    (failed,) = await entries(api, kind="login")
    assert failed["action"] == "login.failed"
    first = await api.get("/audit", limit=2)
    rest = await api.get("/audit", after=first["next"], limit=200)
    ids = [int(one["id"]) for one in (*first["items"], *rest["items"])]
    assert ids == sorted(ids, reverse=True)
    later = world.clock.advance(days=1).isoformat()
    names = [one["subject_name"] for one in await entries(api, until=later)]
    assert "ann@x.org" in names
    assert "ann@x.org" not in str(await entries(api, since=later))
    assert (await api.get("/audit", since="2026-03-02T10:00:00")).status == 422
    assert (await api.get("/audit", after="x")).status == 422


async def test_only_who_may_configure_sees_it_and_never_another_account(
    api: Api, dees_api: Api, world: World
) -> None:
    reader = await key_for(world, api, Scope.READ)
    assert (await reader.get("/audit")).status == 403
    for one in await entries(dees_api):
        assert "Pear Street" not in str(one)


def test_an_account_can_be_deleted_whole(
    world: World, sweeper: psycopg.Connection
) -> None:
    gone = sweeper.execute("DELETE FROM conversations")
    assert gone.rowcount == 0
    sweeper.execute("DELETE FROM contacts")
    sweeper.execute("DELETE FROM accounts WHERE id = %s", (world.account_id,))
    left = sweeper.execute(
        "SELECT 1 FROM audit WHERE account_id = %s", (world.account_id,)
    )
    assert left.fetchall() == []


async def test_notification_settings_are_told_cell_by_cell(
    api: Api, world: World
) -> None:
    path = f"/staff/{world.bo.id}/notification-settings"
    await api.put(path, {"task_due": {"email": False}})
    (changed,) = await entries(api, kind="notification_settings")
    assert changed["subject_name"] == world.bo.name
    assert changed["before"] == {"task_due:email": True}
    assert changed["after"] == {"task_due:email": False}
    await api.put(path, {"task_due": {"email": False}})
    assert len(await entries(api, kind="notification_settings")) == 1
