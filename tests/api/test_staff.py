import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from litestar import Litestar

from stepaside.pipeline.leaving import release_left_due
from stepaside.store.api_keys import Scope
from stepaside.store.sessions import create_session, find_session
from stepaside.worker.jobs import sweep
from tests.api.conftest import Api, key_for
from tests.world import World


async def test_a_staff_member_is_added_with_defaults(api: Api) -> None:
    body = {"name": "Gil Gray", "email": "gil@example.org"}
    added = await api.post("/staff", body)
    assert added.status == 201
    assert (added["role"], added["availability"], added["active"]) == (
        "agent",
        "online",
        True,
    )
    assert (added["phone"], added["capacity"]) == ("", None)
    assert (await api.get(f"/staff/{added['id']}")).json == added.json


async def test_only_the_fields_that_are_named_change(api: Api, world: World) -> None:
    path = f"/staff/{world.bo.id}"
    before = (await api.get(path)).json
    changed = await api.patch(path, {"availability": "away", "capacity": 3})
    assert changed.json == before | {"availability": "away", "capacity": 3}
    assert (await api.patch(path, {"capacity": None}))["capacity"] is None


async def test_an_address_belongs_to_one_staff_member(api: Api, world: World) -> None:
    body = {"name": "Ann Again", "email": "ANN@example.org"}
    refused = await api.post("/staff", body)
    assert (refused.status, refused.broken_fields) == (422, ["email"])
    refused = await api.patch(f"/staff/{world.bo.id}", {"email": "ann@example.org"})
    assert (refused.status, refused.broken_fields) == (422, ["email"])
    # Another account's staff may have it.
    assert (await api.post("/staff", {"name": "D", "email": "dee@example.org"})).status


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("email", {"name": "Gil", "email": "gil"}),
        ("email", {"name": "Gil", "email": "gil@x\nbcc: all@x"}),
        ("name", {"name": "Gil\nGray", "email": "gil@example.org"}),
        ("role", {"name": "Gil", "email": "g@example.org", "role": "boss"}),
        ("capacity", {"name": "Gil", "email": "g@example.org", "capacity": 0}),
    ],
)
async def test_staff_that_cannot_be_is_refused_by_field(
    api: Api, field: str, body: object
) -> None:
    refused = await api.post("/staff", body)
    assert (refused.status, refused.broken_fields) == (422, [field])


@pytest.mark.parametrize("change", [{"role": "agent"}, {"active": False}])
async def test_the_last_owner_stays(api: Api, world: World, change: object) -> None:
    path = f"/staff/{world.ann.id}"
    assert (await api.patch(path, change)).status == 409
    assert (await api.delete(path)).status == 409
    assert (await api.get(path))["role"] == "owner"


async def test_two_owners_cannot_remove_each_other_at_once(
    api: Api, world: World
) -> None:
    await api.patch(f"/staff/{world.bo.id}", {"role": "owner"})
    demote = {"role": "agent"}
    answers = await asyncio.gather(
        api.patch(f"/staff/{world.ann.id}", demote),
        api.patch(f"/staff/{world.bo.id}", demote),
    )
    assert sorted(answer.status for answer in answers) == [200, 409]


async def test_who_is_deleted_is_signed_out_and_their_keys_end(
    api: Api, world: World
) -> None:
    now = world.clock()
    async with world.db.transaction(world.account_id) as tx:
        token = await create_session(tx, world.bo.id, now, now.replace(year=2027))
    bos = await key_for(world, api, Scope.READ, staff_id=world.bo.id)
    assert (await bos.get("/bots")).status == 200
    assert (await api.delete(f"/staff/{world.bo.id}")).status == 204
    assert await find_session(world.db, token, now) is None
    assert (await bos.get("/bots")).status == 401
    assert (await api.get(f"/staff/{world.bo.id}")).status == 404


async def test_who_is_disabled_cannot_act_until_enabled_again(
    api: Api, world: World
) -> None:
    bos = await key_for(world, api, Scope.READ, staff_id=world.bo.id)
    path = f"/staff/{world.bo.id}"
    assert (await api.patch(path, {"active": False}))["active"] is False
    assert (await bos.get("/bots")).status == 401
    assert (await api.patch(path, {"active": True}))["active"] is True
    assert (await bos.get("/bots")).status == 200


@pytest.mark.parametrize("how", ["deleted", "disabled"])
async def test_what_somebody_held_who_goes_waits_for_the_others(
    api: Api, world: World, how: str
) -> None:
    bos = {"staff_id": world.bo.id}
    here = []
    for n in range(2):
        contact = {"external_id": f"c{n}"}
        body = {"inbox_id": world.inbox_id, "contact": contact}
        opened = await api.post("/conversations", body)
        here.append(opened["id"])
        await api.put(f"/conversations/{opened['id']}/assignment", bos)
    await api.post(f"/conversations/{here[1]}/hand-back")
    body = {"title": "Call", "contact_id": world.cy.id, "assignee_id": world.bo.id}
    task = await api.post("/tasks", body)
    if how == "deleted":
        await api.delete(f"/staff/{world.bo.id}")
    else:
        await api.patch(f"/staff/{world.bo.id}", {"active": False})
    held = await api.get(f"/conversations/{here[0]}")
    assert (held["control"], held["assignee_id"]) == ("queue", None)
    assert (await api.get(f"/conversations/{here[1]}"))["control"] == "bot"
    assert (await api.get(f"/tasks/{task['id']}"))["assignee_id"] is None
    told = (await api.get(f"/staff/{world.ann.id}/notifications"))["items"]
    assert "handover_waiting" in {note["event"] for note in told}


async def bos_things(api: Api, world: World, count: int = 2) -> tuple[list[str], str]:
    """Conversations and a task of Bo's."""
    here = []
    for n in range(count):
        body = {"inbox_id": world.inbox_id, "contact": {"external_id": f"c{n}"}}
        here.append((await api.post("/conversations", body))["id"])
        bos = {"staff_id": world.bo.id}
        await api.put(f"/conversations/{here[-1]}/assignment", bos)
    body = {"title": "Call", "contact_id": world.cy.id, "assignee_id": world.bo.id}
    return here, (await api.post("/tasks", body))["id"]


async def who_has(api: Api, here: list[str], task: str) -> list[str | None]:
    """Who has these conversations and the task."""
    paths = [*(f"/conversations/{one}" for one in here), f"/tasks/{task}"]
    return [(await api.get(path))["assignee_id"] for path in paths]


async def die_after_commit(world: World, how: str) -> None:
    """What a process leaves that dies between disabling Bo and what follows."""
    if how == "deleted":
        await world.let_go(world.bo)
    else:
        await world.change_staff(world.bo, active=False)


async def test_disabling_somebody_once_more_returns_what_they_still_hold(
    api: Api, world: World
) -> None:
    here, task = await bos_things(api, world)
    await die_after_commit(world, "disabled")
    again = await api.patch(f"/staff/{world.bo.id}", {"active": False})
    assert again.status == 200
    assert await who_has(api, here, task) == [None] * 3


@pytest.mark.parametrize("how", ["deleted", "disabled"])
async def test_a_sweep_returns_what_a_leaver_still_holds(
    api: Api, app: Litestar, world: World, how: str
) -> None:
    here, task = await bos_things(api, world)
    await die_after_commit(world, how)
    await sweep(app.state.rt)
    assert await who_has(api, here, task) == [None] * 3
    assert await release_left_due(app.state.rt) == 0


async def test_a_sweep_takes_nothing_from_who_is_here_nor_what_is_done(
    api: Api, app: Litestar, world: World
) -> None:
    here, task = await bos_things(api, world)
    anns = {"title": "Call", "contact_id": world.cy.id, "assignee_id": world.ann.id}
    other = (await api.post("/tasks", anns))["id"]
    for one in here:
        await api.put(f"/conversations/{one}/resolution")
    await api.put(f"/tasks/{task}/completion")
    await die_after_commit(world, "disabled")
    await sweep(app.state.rt)
    assert await who_has(api, here, task) == [world.bo.id] * 3
    assert (await api.get(f"/tasks/{other}"))["assignee_id"] == world.ann.id


@contextmanager
def stuck(owner: psycopg.Connection, conversation_id: str) -> Iterator[None]:
    """A conversation that the database refuses to change."""
    owner.execute(f"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'refused'; END $$;
        CREATE TRIGGER stuck BEFORE UPDATE ON conversations FOR EACH ROW
            WHEN (old.id = '{conversation_id}') EXECUTE FUNCTION refuse()""")
    try:
        yield
    finally:
        owner.execute("DROP FUNCTION refuse CASCADE")


@pytest.mark.parametrize("how", ["deleted", "disabled"])
async def test_one_conversation_that_cannot_be_returned_keeps_back_no_other(
    api: Api, app: Litestar, world: World, sweeper: psycopg.Connection, how: str
) -> None:
    here, task = await bos_things(api, world, count=3)
    with stuck(sweeper, here[1]):
        if how == "deleted":
            assert (await api.delete(f"/staff/{world.bo.id}")).status == 204
        else:
            left = await api.patch(f"/staff/{world.bo.id}", {"active": False})
            assert left.status == 200
        assert await who_has(api, here, task) == [None, world.bo.id, None, None]
    await sweep(app.state.rt)
    assert await who_has(api, here, task) == [None] * 4


async def test_what_one_is_told_about_is_a_matrix_with_defaults(
    api: Api, world: World
) -> None:
    path = f"/staff/{world.bo.id}/notification-settings"
    before = (await api.get(path)).json
    assert before["conversation_assigned"] == {
        "in_app": True,
        "email": True,
        "sms": False,
        "push": True,
        "chat": True,
    }
    assert before["contact_replied"]["email"] is False
    changed = await api.put(path, {"conversation_assigned": {"email": False}})
    assert changed.status == 200
    assert changed["conversation_assigned"]["in_app"] is True
    assert changed["conversation_assigned"]["email"] is False
    assert (await api.get(path)).json == changed.json
    assert (await api.put(path, {})).json == before


async def test_an_event_or_channel_nobody_knows_is_refused(
    api: Api, world: World
) -> None:
    path = f"/staff/{world.bo.id}/notification-settings"

    refused = await api.put(path, {"full_moon": {"email": True}})
    assert refused.broken_fields == ["full_moon"]
    refused = await api.put(path, {"task_due": {"pigeon": True}})
    assert refused.broken_fields == ["task_due.pigeon"]
    assert "in_app, email" in refused["detail"]
    unsure = {"task_due": {"email": True}, "warning": {"in_app": True, "email": "no"}}
    assert (await api.put(path, unsure)).broken_fields == ["warning.email"]


async def test_a_switched_off_channel_tells_nothing(api: Api, world: World) -> None:
    settings = f"/staff/{world.bo.id}/notification-settings"
    await api.put(settings, {"conversation_assigned": {"email": False}})
    opened = await api.post(
        "/conversations",
        {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}},
    )
    body = {"staff_id": world.bo.id}
    await api.put(f"/conversations/{opened['id']}/assignment", body)
    told = (await api.get(f"/staff/{world.bo.id}/notifications"))["items"]
    assert [(n["event"], n["channel"]) for n in told] == [
        ("conversation_assigned", "in_app")
    ]
    assert told[0]["conversation_id"] == opened["id"]
    assert (told[0]["state"], told[0]["attempts"]) == ("sent", 0)
