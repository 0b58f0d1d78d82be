"""What a visitor may do, and what they may never see."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from stepaside.api.app import create_api
from stepaside.core.effects import MessageKind
from stepaside.core.events import staff_actor
from stepaside.core.roster import BotMode
from stepaside.core.rules import AssignTo, Scenario
from stepaside.core.turn import Author
from stepaside.live.hub import Hub
from stepaside.pipeline import staff
from stepaside.pipeline.runtime import Runtime
from stepaside.store.inboxes import delete_inbox, get_inbox, save_inbox
from stepaside.store.messages import MessageState, insert_message
from tests.widget.conftest import Visitor
from tests.widget.site import widget_inbox
from tests.world import World

SATURDAY = "When are you open on Saturday?"


async def test_who_answers_is_said_before_anything_else_and_stores_nothing(
    world: World, cy: Visitor, inbox_id: str
) -> None:
    answer = await cy.ask("GET", f"/{inbox_id}")

    assert answer.status_code == 200
    assert answer.json() == {
        "business": "Pear Street Bikes",
        "bot_name": "Pear Street Bikes assistant",
        "greeting": "I'm Pear Street Bikes's assistant, a bot. "
        "Ask for a person any time.",
        "control": {
            "by": "bot",
            "name": "Pear Street Bikes assistant",
            "says": "Pear Street Bikes assistant, a bot, answers here.",
        },
    }
    assert await _count(world, "conversations") == 0


@pytest.mark.parametrize("mode", [BotMode.OFF, BotMode.SUGGEST])
async def test_where_no_bot_answers_none_is_promised(
    world: World, cy: Visitor, inbox_id: str, mode: BotMode
) -> None:
    await world.change_bot(mode=mode)

    greeting = (await cy.ask("GET", f"/{inbox_id}")).json()

    assert greeting["bot_name"] is None
    assert "bot" not in greeting["greeting"].split()
    assert greeting["control"] == {
        "by": "waiting",
        "says": "A person will answer here.",
    }


async def test_the_bot_answers_a_visitors_question(
    rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)

    written = await cy.writes(SATURDAY, "first")
    await rt.background.drain()

    assert written.status_code == 201
    assert written.json()["message"]["client_id"] == "first"
    (who, question), (bot, answer) = await cy.sees()
    assert (who, question) == ("You", SATURDAY)
    assert bot == "Pear Street Bikes assistant · bot"
    assert "10:00 to 14:00" in answer


async def test_a_message_sent_again_is_stored_once(
    world: World, rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    first = await cy.writes("Hello", "one")
    again = await cy.writes("Hello", "one")
    await rt.background.drain()

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [who for who, _ in await cy.sees()].count("You") == 1


async def test_two_visitors_may_choose_the_same_id(
    cy: Visitor, eve: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    await eve.begins(inbox_id)
    assert (await cy.writes("This is Cy", "m1")).status_code == 201

    written = await eve.writes("This is Eve", "m1")

    assert written.status_code == 201
    assert written.json()["message"]["text"] == "This is Eve"


async def test_a_handover_is_announced_with_the_persons_name(
    world: World, rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    await cy.begins(inbox_id)
    await cy.writes("I want to talk to a person")
    await rt.background.drain()

    assert (await cy.reads())["control"] == {
        "by": "staff",
        "name": "Bo",
        "says": "Bo will answer here; the bot is quiet now.",
    }


async def test_until_somebody_takes_it_a_person_is_promised_without_a_name(
    rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    await cy.writes("I want to talk to a person")
    await rt.background.drain()

    assert (await cy.reads())["control"] == {
        "by": "waiting",
        "says": "A person will answer here; the bot is quiet now.",
    }


async def test_a_visitor_never_sees_notes_nor_what_was_not_sent(
    world: World, rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    opened = (await cy.begins(inbox_id))["conversation_id"]
    bo, here = staff_actor(world.bo.id), (world.account_id, opened)
    await staff.note(rt, *here, actor=bo, text="Careful, he is a lawyer")
    hidden = (MessageState.QUEUED, MessageState.DROPPED, MessageState.FAILED)
    async with world.db.transaction(world.account_id) as tx:
        for state in hidden:
            await insert_message(
                tx,
                conversation_id=opened,
                inbox_id=inbox_id,
                author=Author.BOT,
                text=f"This was {state}",
                kind=MessageKind.REPLY,
                state=state,
                at=world.clock(),
                now=world.clock(),
            )
    await staff.reply(rt, *here, actor=bo, text="Hello, this is Bo")

    assert await cy.sees() == [("Bo", "Hello, this is Bo")]


async def test_one_may_ask_for_what_came_after_a_message(
    rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    first = (await cy.writes("One")).json()["message"]["id"]
    await cy.writes("Two")
    await rt.background.drain()

    said = [item["text"] for item in (await cy.reads(after=first))["items"]]

    assert "Two" in said
    assert "One" not in said


async def test_s57_a_token_opens_its_own_conversation_and_no_other(
    world: World, rt: Runtime, cy: Visitor, eve: Visitor, inbox_id: str
) -> None:
    cys = (await cy.begins(inbox_id))["conversation_id"]
    secret = (await cy.writes("My PIN is 1234")).json()["message"]["id"]
    await eve.begins(inbox_id)

    assert await eve.sees() == []
    assert (await eve.ask("GET", f"/messages?after={secret}")).status_code == 404
    named = {"client_id": "x", "text": "Hi", "conversation_id": cys}
    assert (await eve.ask("POST", "/messages", json=named)).status_code == 422
    await rt.background.drain()


@pytest.mark.parametrize(
    "deed", ["GET /messages", "POST /handovers", "PUT /resolution", "POST /hand-back"]
)
async def test_s57_a_visitors_token_is_no_key_of_the_api(
    rt: Runtime, hub: Hub, cy: Visitor, inbox_id: str, deed: str
) -> None:
    own = (await cy.begins(inbox_id))["conversation_id"]
    asgi: Any = create_api(rt, hub)
    transport = httpx2.ASGITransport(app=asgi)
    url = "https://api.example.org"
    async with httpx2.AsyncClient(transport=transport, base_url=url) as api:
        key = {"authorization": f"Bearer {cy.token}"}
        method, path = deed.split()
        here = f"/v1/conversations/{own}{path}"
        answer = await api.request(method, here, headers=key)

    assert answer.status_code == 401


async def test_a_token_of_another_account_sees_nothing_of_ours(
    world: World, cy: Visitor, eve: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    await cy.writes("For the bike shop only")
    dees = await widget_inbox(replace(world, shop=world.dees_shop))
    await eve.begins(dees)

    assert await eve.sees() == []
    business = (await eve.ask("GET", f"/{dees}")).json()["business"]
    assert business == "Dee's Flowers"


async def test_a_token_is_stored_only_as_its_hash(
    world: World, cy: Visitor, inbox_id: str
) -> None:
    token = (await cy.begins(inbox_id))["token"]

    assert len(token) >= 43  # 256 bits
    async with world.db.transaction(world.account_id) as tx:
        (row,) = await tx.all("SELECT * FROM widget_sessions")
    assert token not in str(row)
    assert len(row["hash"]) == 32


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer not-a-token"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/messages"), ("POST", "/messages"), ("GET", "/stream")],
)
async def test_without_a_valid_token_nothing_is_told(
    cy: Visitor, method: str, path: str, authorization: str
) -> None:
    json = {"client_id": "a", "text": "Hi"} if method == "POST" else None

    answer = await cy.ask(method, path, json=json, authorization=authorization)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    # The page must be able to read it, or it would try for ever.
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_token_ends_after_thirty_days(
    world: World, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    world.clock.advance(days=29)
    assert (await cy.ask("GET", "/messages")).status_code == 200
    world.clock.advance(days=2)

    assert (await cy.ask("GET", "/messages")).status_code == 401


async def test_a_deleted_inbox_closes_its_chats(
    world: World, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    async with world.db.transaction(world.account_id) as tx:
        inbox = (await get_inbox(tx, inbox_id)).id  # type: ignore[arg-type]
        await delete_inbox(tx, inbox, world.clock())

    assert (await cy.ask("GET", "/messages")).status_code == 401
    assert (await cy.ask("GET", f"/{inbox_id}")).status_code == 404
    assert (await cy.ask("POST", f"/{inbox_id}/sessions")).status_code == 404


async def test_only_a_widget_has_this_door(world: World, cy: Visitor) -> None:
    for inbox in (world.inbox_id, "inb_unknown"):  # the first is of kind `api`
        assert (await cy.ask("GET", f"/{inbox}")).status_code == 404
        assert (await cy.ask("POST", f"/{inbox}/sessions")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"client_id": "a", "text": ""}, "text"),
        ({"client_id": "a", "text": " \n\t"}, "text"),
        ({"client_id": "a", "text": "x" * 10_001}, "text"),
        ({"client_id": "a", "text": "nul \0"}, "text"),
        ({"client_id": "a", "text": 5}, "text"),
        ({"client_id": "a"}, "text"),
        ({"text": "Hi"}, "client_id"),
        ({"client_id": "", "text": "Hi"}, "client_id"),
        ({"client_id": "a b", "text": "Hi"}, "client_id"),
        ({"client_id": "a\n", "text": "Hi"}, "client_id"),
        ({"client_id": "x" * 101, "text": "Hi"}, "client_id"),
        ({"client_id": "a", "text": "Hi", "author": "staff"}, "author"),
    ],
)
async def test_what_cannot_be_stored_is_refused_with_the_field_at_fault(
    world: World, cy: Visitor, inbox_id: str, body: object, field: str
) -> None:
    await cy.begins(inbox_id)

    answer = await cy.ask("POST", "/messages", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await _count(world, "messages") == 0


async def test_ten_thousand_characters_of_any_script_are_taken(
    rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    text = "😀" * 10_000

    assert (await cy.writes(text)).status_code == 201
    assert (await cy.sees())[0] == ("You", text)
    await rt.background.drain()


async def test_an_endless_body_is_refused(cy: Visitor, inbox_id: str) -> None:
    await cy.begins(inbox_id)

    answer = await cy.writes("x" * 300_000)

    assert answer.status_code == 413


async def test_any_site_may_use_an_inbox_that_names_none(
    cy: Visitor, inbox_id: str
) -> None:
    answer = await cy.ask("GET", f"/{inbox_id}")

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "status", "readable_by"),
    [
        ("https://shop.example", 200, "https://shop.example"),
        ("https://SHOP.example", 200, "https://SHOP.example"),
        ("https://evil.example", 403, None),
        ("https://shop.example.evil.example", 403, None),
        ("http://shop.example", 403, None),
        ("null", 403, None),
        (None, 200, None),
    ],
)
async def test_an_inbox_that_names_its_sites_refuses_others(
    world: World,
    cy: Visitor,
    origin: str | None,
    status: int,
    readable_by: str | None,
) -> None:
    inbox_id = await widget_inbox(world, allowed_origins=["https://shop.example"])
    cy.origin = origin

    answer = await cy.ask("GET", f"/{inbox_id}")

    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == readable_by
    assert "Origin" in answer.headers["vary"]


async def test_a_token_does_not_work_on_a_site_that_is_not_named(
    world: World, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    async with world.db.transaction(world.account_id) as tx:
        inbox = await get_inbox(tx, inbox_id)  # type: ignore[arg-type]
        named = {"allowed_origins": ["https://shop.example"]}
        await save_inbox(tx, replace(inbox, settings=named))

    answer = await cy.writes("Hello")

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert await _count(world, "messages") == 0


@pytest.mark.parametrize(
    "path", ["/messages", "/stream", "/inb_any", "/inb_any/sessions"]
)
async def test_a_browser_may_ask_before_it_asks(cy: Visitor, path: str) -> None:
    answer = await cy.ask("OPTIONS", path, access_control_request_method="POST")

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert {"authorization", "content-type", "last-event-id"} <= set(
        allowed.split(", ")
    )


async def test_answers_are_kept_by_no_cache(cy: Visitor, inbox_id: str) -> None:
    await cy.begins(inbox_id)

    assert (await cy.ask("GET", "/messages")).headers["cache-control"] == "no-store"


async def _count(world: World, table: str) -> int:
    async with world.db.transaction(world.account_id) as tx:
        row = await tx.one(f"SELECT count(*) AS n FROM {table}")
    return int(row["n"]) if row else -1
