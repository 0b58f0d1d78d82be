"""The generic signed webhook through its door."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from stepaside.channels.webhook.signature import new_secret
from stepaside.core.conversation import Control
from stepaside.core.ids import InboxId
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind, create_inbox
from tests.api.conftest import Api
from tests.world import World

OLD, NEW = new_secret(), new_secret()
Json = Any


@pytest.fixture
async def inbox_id(world: World) -> str:
    """An inbox whose secret is being changed: both are good for a while."""
    made = InboxId(new_id("inbox"))
    now = world.clock()
    async with world.db.transaction(world.account_id) as tx:
        await create_inbox(
            tx,
            Inbox(
                id=made,
                kind=InboxKind.WEBHOOK,
                name="Phone",
                bot_id=world.bot.id,
                settings={"url": "https://phone.example.org", "secrets": [NEW, OLD]},
                created_at=now,
                updated_at=now,
            ),
        )
    return made


def _message(text: str, **data: Any) -> Json:
    said = {"id": "m-1", "author": "contact", "contact": {"id": "cy-phone"}, **data}
    return {"type": "message.created", "data": {"text": text, **said}}


async def _post(
    api: Api,
    inbox_id: str,
    body: Json,
    *,
    secret: str = NEW,
    age: timedelta = timedelta(0),
    signed: Json = None,
    webhook_id: str = "wh-1",
) -> Any:
    raw = json.dumps(body)
    # Signatures are checked against the real clock, as at the other side.
    at = datetime.now(UTC) - age  # noqa: TID251
    signature = Webhook(secret).sign(webhook_id, at, signed or raw)
    return await api.http.post(
        f"/v1/inboxes/{inbox_id}/webhook",
        content=raw,
        headers={
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        },
    )


async def _conversations(api: Api) -> Json:
    return (await api.get("/conversations"))["items"]


@pytest.mark.parametrize("secret", [NEW, OLD], ids=["new", "old"])
async def test_s37_a_message_signed_with_a_known_secret_is_taken(
    api: Api, inbox_id: str, secret: str
) -> None:
    answer = await _post(api, inbox_id, _message("Hello"), secret=secret)

    assert answer.status_code == 202
    assert answer.json()["new"] is True


@pytest.mark.parametrize(
    "broken",
    [
        {"secret": new_secret()},
        {"age": timedelta(minutes=6)},
        {"age": timedelta(minutes=-6)},
        {"signed": "another body"},
    ],
    ids=["unknown secret", "too old", "from the future", "another body"],
)
async def test_s37_a_bad_signature_is_refused_and_nothing_is_stored(
    api: Api, inbox_id: str, broken: dict[str, Any]
) -> None:
    answer = await _post(api, inbox_id, _message("Hello"), **broken)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert await _conversations(api) == []


async def test_s27_the_same_message_under_two_request_ids_is_one(
    api: Api, inbox_id: str
) -> None:
    first = await _post(api, inbox_id, _message("Hello"))
    again = await _post(api, inbox_id, _message("Hello"), webhook_id="wh-2")

    assert again.status_code == 202
    assert again.json() == {"message_id": first.json()["message_id"], "new": False}


async def test_a_clock_that_is_ahead_does_not_keep_a_message_last_for_ever(
    api: Api, inbox_id: str, world: World
) -> None:
    await _post(api, inbox_id, _message("Hello", at="2999-01-01T00:00:00Z"))
    (conversation,) = await _conversations(api)
    said = await api.get(f"/conversations/{conversation['id']}/messages")
    at = datetime.fromisoformat(said["items"][0]["at"])
    assert at <= world.clock()


async def test_s03_an_echo_we_did_not_send_is_a_takeover(
    api: Api, inbox_id: str
) -> None:
    await _post(api, inbox_id, _message("Hello"))
    await _post(api, inbox_id, _message("I'll call you", author="business", id="m-2"))

    (conversation,) = await _conversations(api)
    assert conversation["control"] == Control.HUMAN


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"data": {}}, "type"),
        (_message(""), "data.text"),
        (_message("x" * 10_001), "data.text"),
        (_message("Hi", author="robot"), "data.author"),
        (_message("Hi", contact={}), "data.contact.id"),
        (_message("Hi", id=""), "data.id"),
        (_message("Hi", at="yesterday"), "data.at"),
        ({"type": "message.status", "data": {"id": "m", "status": "?"}}, "data.status"),
    ],
)
async def test_what_is_wrong_is_named(
    api: Api, inbox_id: str, body: Json, field: str
) -> None:
    answer = await _post(api, inbox_id, body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_other_inboxes_take_no_webhooks(api: Api, world: World) -> None:
    for nowhere in (world.inbox_id, "inb_unknown", "%00"):
        answer = await _post(api, nowhere, _message("Hello"))
        assert answer.status_code == 404


async def _everybody(world: World, api: Api) -> list[tuple[str, int]]:
    """Contacts who have written on a channel, with how many conversations each has."""
    people = (await api.get("/contacts"))["items"]
    met = [one["id"] for one in people if one["id"] != world.cy.id]
    talks = [one["contact_id"] for one in await _conversations(api)]
    return [(contact, talks.count(contact)) for contact in met]


ALIASES = ("+49 30 1", "wa:4930-1")


@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "at once"])
@pytest.mark.parametrize("author", ["contact", "business"])
async def test_s28_one_message_under_two_names_of_its_sender_leaves_one_contact(
    api: Api, inbox_id: str, world: World, author: str, *, at_once: bool
) -> None:
    async def deliver(name: str) -> Any:
        body = _message("Hello", contact={"id": name}, author=author)
        return (await _post(api, inbox_id, body)).json()

    if at_once:
        told = list(await asyncio.gather(*(deliver(n) for n in ALIASES * 5)))
    else:
        told = [await deliver(name) for name in ALIASES * 2]

    assert len({one["message_id"] for one in told}) == 1
    ((_, conversations),) = await _everybody(world, api)
    assert conversations == 1


async def test_s28_a_repeat_under_another_name_fills_in_nobodys_details(
    api: Api, inbox_id: str, world: World
) -> None:
    await _post(api, inbox_id, _message("Hi", contact={"id": "a"}, id="m-0"))
    await _post(api, inbox_id, _message("Hello", contact={"id": "b"}))
    await _post(api, inbox_id, _message("Hello", contact={"id": "a", "name": "Bea"}))

    names = [one["name"] for one in (await api.get("/contacts"))["items"]]
    assert sorted(names) == ["", "", world.cy.name]


async def test_s28_an_echo_of_ours_under_another_name_of_the_contact_is_ours(
    api: Api, inbox_id: str, world: World
) -> None:
    await _post(api, inbox_id, _message("Hello", contact={"id": ALIASES[0]}))
    (conversation,) = await _conversations(api)
    path = f"/conversations/{conversation['id']}/messages"
    said = await api.post(
        path, {"author": "staff", "staff_id": world.bo.id, "text": "Hello, Cy."}
    )

    echo = _message(
        "Hello, Cy.",
        author="business",
        id="m-2",
        contact={"id": ALIASES[1]},
        reference=said["message"]["id"],
    )
    assert (await _post(api, inbox_id, echo)).json() == {"message_id": None}

    ((_, conversations),) = await _everybody(world, api)
    assert conversations == 1
