from typing import Any

import pytest

from tests.api.conftest import Api
from tests.world import World


async def open_with(api: Api, world: World, external_id: str, **more: Any) -> str:
    contact = {"external_id": external_id, **more}
    body = {"inbox_id": world.inbox_id, "contact": contact}
    return str((await api.post("/conversations", body))["id"])


async def says(api: Api, conversation_id: str, text: str) -> None:
    path = f"/conversations/{conversation_id}/messages"
    body = {"author": "contact", "text": text}
    answer = await api.call("POST", path, body, params={"wait": 20})
    assert answer["turn"] is not None


async def found(api: Api, **filters: Any) -> list[str]:
    page = await api.get("/conversations", **filters)
    assert page.status == 200
    return [item["id"] for item in page["items"]]


async def test_a_new_conversation_belongs_to_the_bot(api: Api, world: World) -> None:
    here = await open_with(api, world, "cy")
    shown = await api.get(f"/conversations/{here}")
    assert (shown["control"], shown["status"], shown["lease"]) == ("bot", "open", 0)
    assert (shown["bot_id"], shown["inbox_id"]) == (world.bot.id, world.inbox_id)
    assert (shown["assignee_id"], shown["handover"]) == (None, None)


async def test_what_is_told_of_a_new_contact_is_kept(api: Api, world: World) -> None:
    here = await open_with(
        api, world, "c-9", name="Flo Fir", email="flo@example.org", phone="+49 30"
    )
    contact_id = (await api.get(f"/conversations/{here}"))["contact_id"]
    contact = await api.get(f"/contacts/{contact_id}")
    assert (contact["name"], contact["external_id"]) == ("Flo Fir", "c-9")
    assert (contact["email"], contact["phone"]) == ("flo@example.org", "+49 30")


async def test_lists_narrow_by_who_has_the_conversation(api: Api, world: World) -> None:
    bots = await open_with(api, world, "a")
    waiting = await open_with(api, world, "b")
    mine = await open_with(api, world, "c")
    await api.post(f"/conversations/{waiting}/handovers")
    await api.put(f"/conversations/{mine}/assignment", {"staff_id": world.bo.id})
    assert await found(api, control="bot") == [bots]
    assert await found(api, control="queue") == [waiting]
    assert await found(api, assignee="unassigned") == [waiting]
    assert await found(api, assignee=world.bo.id) == [mine]
    assert await found(api, assignee=world.ann.id) == []
    assert set(await found(api)) == {bots, waiting, mine}


async def test_lists_narrow_by_status_scenario_tag_inbox_and_contact(
    api: Api, world: World
) -> None:
    here = await open_with(api, world, "cy")
    other = await open_with(api, world, "b")
    await says(api, here, "I want to talk to a human")
    await api.put(f"/conversations/{other}/resolution")
    assert await found(api, status="resolved") == [other]
    assert await found(api, scenario="human_requested") == [here]
    assert await found(api, scenario="lack_of_information") == []
    assert await found(api, tag="human_handover") == [here]
    assert await found(api, contact_id=world.cy.id) == [here]
    assert await found(api, inbox_id="inb_none") == []
    assert set(await found(api, inbox_id=world.inbox_id)) == {here, other}
    assert await found(api, status="open", control="queue", tag="human_handover")


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("delivery", True),
        ("DELIV", True),
        ("cost delivery", True),
        ("delivery submarine", False),
        ("clark", True),
        ("cy@example.org", True),
        ("%", False),
        ("' OR x=x --", False),
        ("& | !", False),
        ("29 euros", True),
    ],
)
async def test_lists_narrow_by_what_was_said_or_who_said_it(
    api: Api, world: World, words: str, is_found: bool
) -> None:
    here = await open_with(api, world, "cy")
    other = await open_with(api, world, "b", name="Someone Else")
    await says(api, here, "How much does delivery cost?")
    await says(api, other, "Good morning")
    assert await found(api, q=words) == ([here] if is_found else [])


async def test_words_of_another_account_find_nothing(
    api: Api, dees_api: Api, world: World
) -> None:
    here = await open_with(api, world, "cy")
    await says(api, here, "A very secret delivery")
    assert await found(dees_api, q="secret") == []
    assert await found(dees_api) == []


async def test_the_latest_words_come_first_page_by_page(api: Api, world: World) -> None:
    opened = []
    for n in range(5):
        world.clock.advance(minutes=1)
        opened.append(await open_with(api, world, f"c{n}"))
    world.clock.advance(minutes=1)
    await says(api, opened[1], "Good morning")
    wanted = [opened[1], opened[4], opened[3], opened[2], opened[0]]
    first = await api.get("/conversations", limit=2)
    seen, after = [item["id"] for item in first["items"]], first["next"]
    # What moves up meanwhile does not shift the pages below.
    world.clock.advance(minutes=1)
    await says(api, opened[3], "Me too")
    while after:
        page = await api.get("/conversations", limit=2, after=after)
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert seen == [i for i in wanted if i != opened[3]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("control", "everyone"),
        ("status", "lost"),
        ("scenario", "boredom"),
        ("after", "yesterday"),
        ("q", ""),
    ],
)
async def test_a_filter_that_cannot_be_is_refused(
    api: Api, name: str, value: str
) -> None:
    refused = await api.get("/conversations", **{name: value})
    assert (refused.status, refused.broken_fields) == (422, [name])


async def test_a_filter_is_answered_with_the_values_there_are(api: Api) -> None:
    refused = await api.get("/conversations", control="everyone")
    assert refused["errors"][0]["message"] == "must be one of bot, queue, human"


async def test_a_conversation_of_an_inbox_that_is_not_there_is_not_opened(
    api: Api, world: World
) -> None:
    for inbox_id in ("inb_none", world.dees_shop.inbox_id):
        body = {"inbox_id": inbox_id, "contact": {"external_id": "cy"}}
        assert (await api.post("/conversations", body)).status == 404
    body = {
        "inbox_id": world.inbox_id,
        "contact": {"external_id": "cy"},
        "workflow_id": "wfl_none",
    }
    assert (await api.post("/conversations", body)).status == 404


async def test_two_conversations_of_one_contact_stand_side_by_side(
    api: Api, world: World
) -> None:
    first = await open_with(api, world, "cy")
    second = await open_with(api, world, "cy")
    assert first != second
    assert set(await found(api, contact_id=world.cy.id)) == {first, second}
