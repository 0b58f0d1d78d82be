"""Two contacts who are one person become one, and nothing of either is lost."""

import asyncio
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from stepaside.channels.base import Inbound
from stepaside.core.events import staff_actor
from stepaside.core.roster import ContactRef
from stepaside.pipeline import contacts, receive
from stepaside.store.api_keys import Scope
from stepaside.store.contact_merge import MOVED, SameContact, merge_contacts
from stepaside.store.contacts import identify
from stepaside.store.conversations import find_conversation, insert_conversation
from stepaside.store.inboxes import InboxKind
from tests.api.conftest import Api, key_for
from tests.house import House, open_house
from tests.world import World

HUMAN = "I want to talk to a human"


@pytest.fixture
async def house(world: World) -> House:
    """Cy, as the shop knows them."""
    return await open_house(world)


@pytest.fixture
async def twin(house: House) -> House:
    """The same person under another name: a chat handed over, a task, a tag."""
    ref = ContactRef(
        external_id="cyrus-2", name="Cyrus", email="CY@example.org", phone="030 123456"
    )
    conversation_id = await receive.start_conversation(
        house.rt, house.account_id, inbox_id=house.inbox_id, contact=ref
    )
    other = replace(house, conversation_id=conversation_id)
    await other.writes(HUMAN)
    return other


async def twin_id(twin: House) -> str:
    return str((await twin.stored()).contact_id)


async def merge(api: Api, world: World, twin: House, **more: Any) -> Any:
    body = {"contact_id": await twin_id(twin), **more}
    return await api.post(f"/contacts/{world.cy.id}/merge", body)


async def test_a_twin_is_suggested_and_says_by_what(
    api: Api, world: World, twin: House
) -> None:
    items = (await api.get(f"/contacts/{world.cy.id}/duplicates"))["items"]
    assert [(i["contact"]["name"], i["same"]) for i in items] == [("Cyrus", ["email"])]
    listed = (await api.get("/contacts", duplicates=True))["items"]
    assert {item["name"] for item in listed} == {"Cy Clark", "Cyrus"}


async def test_phones_are_the_same_however_they_are_written(
    api: Api, world: World
) -> None:
    one = await api.post("/contacts", {"phone": "+49 (30) 555-0123"})
    two = await api.post("/contacts", {"phone": "0049305550123"})
    await api.post("/contacts", {"phone": "12"})
    short = await api.post("/contacts", {"phone": "12"})
    items = (await api.get(f"/contacts/{one['id']}/duplicates"))["items"]
    assert [(i["contact"]["id"], i["same"]) for i in items] == [(two["id"], ["phone"])]
    assert (await api.get(f"/contacts/{short['id']}/duplicates"))["items"] == []


async def test_a_preview_says_what_would_move_and_moves_nothing(
    api: Api, world: World, twin: House
) -> None:
    seen = await merge(api, world, twin, preview=True)
    assert seen.status == 200
    assert seen["moved"] == {
        "conversations": 1,
        "tasks": 1,
        "identities": 1,
        "widget_sessions": 0,
    }
    assert (seen["new_tags"], seen["phone"]) == (["human_handover"], "030 123456")
    assert (seen["done"], seen["name"]) == (False, "Cy Clark")
    assert (await api.get(f"/contacts/{await twin_id(twin)}"))["name"] == "Cyrus"
    assert [e["type"] for e in (await api.get("/events", limit=200))["items"]].count(
        "contact.merged"
    ) == 0


async def test_everything_goes_over_in_one_commit(
    api: Api, world: World, twin: House
) -> None:
    gone = await twin_id(twin)
    await api.patch(f"/contacts/{gone}", {"owner_id": world.bo.id})
    done = await merge(api, world, twin)
    assert (done.status, done["done"], done["merged_id"]) == (200, True, gone)

    cy = await api.get(f"/contacts/{world.cy.id}")
    assert (cy["name"], cy["email"]) == ("Cy Clark", "cy@example.org")
    assert (cy["phone"], cy["owner_id"]) == ("030 123456", world.bo.id)
    assert (cy["tags"], cy["external_id"]) == (["human_handover"], "cy")
    assert cy["bot_status"] == "snoozed"
    assert (await twin.stored()).contact_id == world.cy.id
    tasks = (await api.get("/tasks", contact_id=world.cy.id))["items"]
    assert len(tasks) == 1
    assert [i["name"] for i in (await api.get("/contacts"))["items"]] == ["Cy Clark"]


async def test_the_old_id_and_the_old_names_lead_to_the_kept_one(
    api: Api, world: World, twin: House
) -> None:
    gone = await twin_id(twin)
    await merge(api, world, twin)
    found = await api.get(f"/contacts/{gone}")
    assert (found.status, found["id"]) == (200, world.cy.id)
    assert found["merged_into"] == world.cy.id
    assert (await api.get(f"/contacts/{world.cy.id}"))["merged_into"] is None
    for query in ({"external_id": "cyrus-2"}, {"q": "cyrus"}):
        items = (await api.get("/contacts", **query))["items"]
        assert [item["id"] for item in items] == [world.cy.id]
    changed = await api.patch(f"/contacts/{gone}", {"name": "Cy C."})
    assert (changed["id"], changed["name"]) == (world.cy.id, "Cy C.")
    assert (await api.put(f"/contacts/{gone}/tags/vip"))["id"] == world.cy.id
    task = await api.post("/tasks", {"title": "Call", "contact_id": gone})
    assert task["contact_id"] == world.cy.id
    taken = await api.post("/contacts", {"external_id": "cyrus-2"})
    assert taken.broken_fields == ["external_id"]


async def test_who_writes_under_the_old_id_is_the_kept_contact(
    api: Api, world: World, house: House, twin: House
) -> None:
    await merge(api, world, twin)
    ref = ContactRef(external_id="cyrus-2")
    conversation_id = await receive.start_conversation(
        house.rt, house.account_id, inbox_id=house.inbox_id, contact=ref
    )
    again = replace(house, conversation_id=conversation_id)
    assert (await again.stored()).contact_id == world.cy.id


async def test_an_answer_goes_to_the_number_that_asked(world: World) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    received = []
    for number in ("+49 111", "+49 222"):
        inbound = Inbound(
            inbox_id=house.inbox_id,
            sender=ContactRef(external_id=number),
            text="I want to talk to a human",
        )
        received.append(await receive.receive(house.rt, world.account_id, inbound))
        await house.settle()
    theirs = [replace(house, conversation_id=r.conversation_id) for r in received]
    ids = [(await one.stored()).contact_id for one in theirs]
    bo = staff_actor(world.bo.id)
    await contacts.merge(house.rt, world.account_id, ids[0], ids[1], actor=bo)
    for one in theirs:
        await one.replies(world.bo, "Hello, Bo here.")
    assert [sent.recipient for sent in house.phone.accepted[-2:]] == [
        "+49 111",
        "+49 222",
    ]


async def test_the_old_external_id_means_them_on_a_channel_never_used_before(
    api: Api, world: World, twin: House
) -> None:
    await merge(api, world, twin)
    inbox = await api.post(
        "/inboxes", {"kind": "api", "name": "New", "bot_id": world.bot.id}
    )
    async with world.db.transaction(world.account_id) as tx:
        found = await identify(
            tx,
            inbox["id"],
            ContactRef(external_id="cyrus-2"),
            own_ids=True,
            now=world.clock(),
        )
    assert found.id == world.cy.id


async def test_the_owner_and_details_of_the_kept_one_stay(
    api: Api, world: World, twin: House
) -> None:
    await api.patch(f"/contacts/{await twin_id(twin)}", {"owner_id": world.bo.id})
    await api.patch(
        f"/contacts/{world.cy.id}",
        {"owner_id": world.ann.id, "phone": "1", "tags": ["human_handover", "vip"]},
    )
    done = await merge(api, world, twin)
    assert (done["owner_id"], done["phone"], done["new_tags"]) == (
        world.ann.id,
        "1",
        [],
    )


async def test_an_external_id_fills_in_where_the_kept_one_has_none(
    api: Api, world: World, twin: House
) -> None:
    await api.patch(f"/contacts/{world.cy.id}", {"external_id": None})
    assert (await merge(api, world, twin))["external_id"] == "cyrus-2"
    items = (await api.get("/contacts", external_id="cyrus-2"))["items"]
    assert [item["id"] for item in items] == [world.cy.id]


async def test_it_is_an_event_that_says_who_did_it(
    api: Api, world: World, twin: House
) -> None:
    gone = await twin_id(twin)
    await merge(api, world, twin)
    events = (await api.get("/events", limit=200))["items"]
    (event,) = [e for e in events if e["type"] == "contact.merged"]
    assert event["actor"] == f"staff:{world.ann.id}"
    assert event["data"] == {
        "contact_id": world.cy.id,
        "merged_id": gone,
        "moved": {
            "conversations": 1,
            "tasks": 1,
            "identities": 1,
            "widget_sessions": 0,
        },
        "tags": ["human_handover"],
    }


async def test_a_chain_of_merges_is_one_step_long(
    api: Api, world: World, twin: House
) -> None:
    first = await twin_id(twin)
    middle = await api.post("/contacts", {"name": "Cy the second"})
    await api.post(f"/contacts/{middle['id']}/merge", {"contact_id": first})
    await api.post(f"/contacts/{world.cy.id}/merge", {"contact_id": middle["id"]})
    assert (await api.get(f"/contacts/{first}"))["id"] == world.cy.id
    assert (await twin.stored()).contact_id == world.cy.id


async def test_one_contact_cannot_be_merged_with_itself(
    api: Api, world: World, twin: House
) -> None:
    itself = await api.post(
        f"/contacts/{world.cy.id}/merge", {"contact_id": world.cy.id}
    )
    assert (itself.status, itself["detail"]) == (
        409,
        "These are one contact already.",
    )
    await merge(api, world, twin)
    assert (await merge(api, world, twin)).status == 409


async def test_accounts_stay_apart_and_a_key_that_only_reads_only_looks(
    api: Api, dees_api: Api, world: World, twin: House
) -> None:
    theirs = world.dees_shop.contact.id
    for keep, gone in ((world.cy.id, theirs), (theirs, world.cy.id)):
        answer = await api.post(f"/contacts/{keep}/merge", {"contact_id": gone})
        assert answer.status == 404
    assert (await dees_api.get(f"/contacts/{world.cy.id}/duplicates")).status == 404
    reading = await key_for(world, api, Scope.READ)
    assert (await merge(reading, world, twin)).status == 403


async def test_what_begins_while_they_are_merged_belongs_to_the_kept_one(
    world: World, house: House, twin: House
) -> None:
    gone = await twin_id(twin)
    async with world.db.transaction(world.account_id) as tx:
        await merge_contacts(tx, world.cy.id, gone, world.clock())
        late = asyncio.create_task(begin_late(world, house, gone))
        await world.wait_for_locks()
    assert await late == world.cy.id


async def begin_late(world: World, house: House, contact_id: str) -> str:
    """Begin a conversation as somebody does who read the id before the merge."""
    async with world.db.transaction(world.account_id) as tx:
        late = await insert_conversation(
            tx,
            inbox_id=house.inbox_id,
            contact_id=contact_id,
            bot_id=None,
            workflow_id=None,
            now=world.clock(),
        )
        return str((await find_conversation(tx, late)).contact_id)


async def test_two_merges_of_the_same_two_end_as_one(
    world: World, house: House, twin: House
) -> None:
    gone = await twin_id(twin)
    ann = staff_actor(world.ann.id)
    here = house.rt, house.account_id
    await contacts.merge(*here, world.cy.id, gone, actor=ann)
    with pytest.raises(SameContact):
        await contacts.merge(*here, gone, world.cy.id, actor=ann)


def test_nothing_that_belongs_to_a_contact_is_forgotten(
    sweeper: psycopg.Connection,
) -> None:
    rows = sweeper.execute(
        "SELECT conrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f' AND confrelid = 'stepaside.contacts'::regclass"
    ).fetchall()
    # Tags are united, and a contact points at another only as a signpost.
    assert {row[0] for row in rows} == {*MOVED.values(), "contact_tags", "contacts"}
