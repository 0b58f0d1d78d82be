import asyncio

import pytest

from stepaside.channels.base import DeliveryError
from stepaside.core.rules import AssignTo, Scenario
from stepaside.store.api_keys import Scope
from stepaside.store.inboxes import InboxKind
from tests.api.conftest import Answer, Api, key_for
from tests.house import open_house
from tests.world import World


async def open_conversation(api: Api, world: World) -> str:
    body = {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}}
    opened = await api.post("/conversations", body)
    assert opened.status == 201
    return str(opened["id"])


async def write(api: Api, conversation_id: str, text: str, **more: object) -> Answer:
    body = {"author": "contact", "text": text, **more}
    path = f"/conversations/{conversation_id}/messages"
    return await api.call("POST", path, body, params={"wait": 20})


async def test_a_contact_asks_and_the_bot_answers(api: Api, world: World) -> None:
    here = await open_conversation(api, world)
    asked = await write(api, here, "How much does delivery cost?")
    assert asked.status == 201
    assert asked["message"]["author"] == "contact"
    turn = asked["turn"]
    assert (turn["decision"], turn["scenario"]) == ("reply", None)
    [answer] = turn["messages"]
    assert "29 euros" in answer["text"]
    assert {"lack_of_information", "human_requested"} <= {
        signal["name"] for signal in turn["signals"]
    }


async def test_asking_for_a_person_hands_over_with_everything_the_rule_says(
    api: Api, world: World
) -> None:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    here = await open_conversation(api, world)
    asked = await write(api, here, "I want to talk to a human")
    turn = asked["turn"]
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    assert (turn["decision"], turn["scenario"], turn["rule_id"]) == (
        "hand_over",
        "human_requested",
        rule.id,
    )
    assert [m["text"] for m in turn["messages"]] == [rule.final_message]
    conversation = await api.get(f"/conversations/{here}")
    assert (conversation["control"], conversation["assignee_id"]) == (
        "human",
        world.bo.id,
    )
    assert conversation["resume_at"] == "2026-03-03T10:00:00Z"
    assert conversation["handover"]["scenario"] == "human_requested"
    assert conversation["handover"]["rule_id"] == rule.id
    [task] = (await api.get("/tasks", assignee=world.bo.id))["items"]
    assert (task["due_at"], task["status"]) == ("2026-03-03T10:00:00Z", "open")
    contact = await api.get(f"/contacts/{conversation['contact_id']}")
    assert contact["tags"] == ["human_handover"]
    told = (await api.get(f"/staff/{world.bo.id}/notifications"))["items"]
    assert {note["event"] for note in told} == {
        "conversation_assigned",
        "task_assigned",
    }


async def test_an_id_the_business_knows_names_its_contact(
    api: Api, world: World
) -> None:
    here = await open_conversation(api, world)
    conversation = await api.get(f"/conversations/{here}")
    assert conversation["contact_id"] == world.cy.id


async def test_the_same_external_id_is_the_same_message(api: Api, world: World) -> None:
    here = await open_conversation(api, world)
    first = await write(api, here, "When are you open?", external_id="m-1")
    again = await write(api, here, "When are you open?", external_id="m-1")
    assert (first.status, again.status) == (201, 200)
    assert again["message"] == first["message"]
    said = (await api.get(f"/conversations/{here}/messages"))["items"]
    assert [message["author"] for message in said] == ["contact", "bot"]


async def test_the_same_external_id_with_other_words_is_the_first_message(
    api: Api, world: World
) -> None:
    here = await open_conversation(api, world)
    first = await write(api, here, "When are you open?", external_id="m-1")
    edited = await write(api, here, "When do you open?", external_id="m-1")
    assert (edited.status, edited["message"]) == (200, first["message"])


async def test_an_external_id_of_another_conversation_is_refused_and_named(
    api: Api, world: World
) -> None:
    here, there = [await open_conversation(api, world) for _ in range(2)]
    assert (await write(api, here, "For here.", external_id="m-1")).status == 201
    refused = await write(api, there, "For there.", external_id="m-1")
    assert (refused.status, refused.broken_fields) == (422, ["external_id"])
    assert (await api.get(f"/conversations/{there}/messages"))["items"] == []
    assert (await write(api, there, "For there.", external_id="m-2")).status == 201


async def test_staff_may_use_an_external_id_in_each_conversation(
    api: Api, world: World
) -> None:
    said = {"author": "staff", "text": "Ann here.", "external_id": "s-1"}
    for _ in range(2):
        path = f"/conversations/{await open_conversation(api, world)}/messages"
        first, again = await api.post(path, said), await api.post(path, said)
        assert (first.status, again.status) == (201, 200)
        assert again["message"] == first["message"]


@pytest.mark.parametrize("author", ["contact", "staff", "bot"])
async def test_a_message_is_shown_with_the_id_its_sender_gave_it(
    api: Api, world: World, author: str
) -> None:
    path = f"/conversations/{await open_conversation(api, world)}/messages"
    said = await api.post(path, {"author": author, "text": "Hi", "external_id": "m-1"})
    assert said["message"]["external_id"] == "m-1"
    shown = (await api.get(path))["items"][0]
    assert shown["external_id"] == "m-1"


async def test_what_was_sent_without_an_id_has_none(api: Api, world: World) -> None:
    """Nor has what the desk sends, which knows its messages by marks of its own."""
    house = await open_house(world)
    path = f"/conversations/{house.conversation_id}/messages"
    for author in ("bot", "staff"):
        said = await api.post(path, {"author": author, "text": "Hi"})
        assert said["message"]["external_id"] is None
    await house.replies(world.bo, "From the desk.", external_id=f"{world.bo.id}:7a")
    shown = (await api.get(path))["items"]
    assert [message["external_id"] for message in shown] == [None] * 3


async def test_a_message_that_failed_says_why(api: Api, world: World) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.phone.fail = [DeliveryError("The other side answered 404.", retry=False)]
    await house.replies(world.bo, "Hello?")
    await house.replies(world.bo, "Hello.")
    path = f"/conversations/{house.conversation_id}/messages"
    shown = (await api.get(path))["items"]
    assert [(message["state"], message["state_detail"]) for message in shown] == [
        ("failed", "The other side answered 404."),
        ("sent", ""),
    ]


async def test_one_message_sent_twice_at_once_is_stored_and_answered_once(
    api: Api, world: World
) -> None:
    here = await open_conversation(api, world)
    answers = await asyncio.gather(
        *(write(api, here, "When are you open?", external_id="m-1") for _ in range(5))
    )
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer["message"]["id"] for answer in answers}) == 1
    said = (await api.get(f"/conversations/{here}/messages"))["items"]
    assert [message["author"] for message in said] == ["contact", "bot"]


async def test_a_reply_by_a_person_takes_the_conversation_over(
    api: Api, world: World
) -> None:
    here = await open_conversation(api, world)
    await write(api, here, "When are you open?")
    path = f"/conversations/{here}/messages"
    reply = {"author": "staff", "staff_id": world.bo.id, "text": "Bo here."}
    said = await api.post(path, reply)
    assert (said.status, said["message"]["staff_id"]) == (201, world.bo.id)
    conversation = await api.get(f"/conversations/{here}")
    assert (conversation["control"], conversation["assignee_id"]) == (
        "human",
        world.bo.id,
    )
    silent = await write(api, here, "When are you open?")
    assert silent["turn"]["decision"] == "silent"
    assert silent["turn"]["messages"] == []


async def test_staff_speak_in_the_name_of_their_key_unless_told_otherwise(
    api: Api, world: World
) -> None:
    here = await open_conversation(api, world)
    path = f"/conversations/{here}/messages"
    said = await api.post(path, {"author": "staff", "text": "Ann here."})
    assert said["message"]["staff_id"] == world.ann.id
    nobodys = await key_for(world, api, Scope.WRITE)
    refused = await nobodys.post(path, {"author": "staff", "text": "Who am I?"})
    assert (refused.status, refused.broken_fields) == (422, ["staff_id"])


async def test_a_note_is_for_staff_and_takes_nothing_over(
    api: Api, world: World
) -> None:
    here = await open_conversation(api, world)
    path = f"/conversations/{here}/messages"
    note = {"author": "staff", "text": "A regular.", "private": True}
    said = await api.post(path, note)
    assert (said["message"]["private"], said["message"]["kind"]) == (True, "note")
    assert (await api.get(f"/conversations/{here}"))["control"] == "bot"


async def test_s05_a_bot_from_outside_may_not_speak_while_people_have_control(
    api: Api, world: World
) -> None:
    here = await open_conversation(api, world)
    path = f"/conversations/{here}/messages"
    outside = await key_for(world, api, Scope.BOT, Scope.READ)
    said = await outside.post(path, {"author": "bot", "text": "Hello from afar."})
    assert (said.status, said["message"]["author"]) == (201, "bot")
    await api.post(f"/conversations/{here}/handovers")
    refused = await outside.post(path, {"author": "bot", "text": "Me again."})
    assert refused.status == 409
    assert refused["type"] == "urn:stepaside:problem:people-have-control"
    texts = [m["text"] for m in (await api.get(path))["items"]]
    assert "Hello from afar." in texts
    assert "Me again." not in texts


async def test_speaking_as_the_bot_takes_its_own_scope(api: Api, world: World) -> None:
    here = await open_conversation(api, world)
    path = f"/conversations/{here}/messages"
    writer = await key_for(world, api, Scope.WRITE, Scope.READ)
    refused = await writer.post(path, {"author": "bot", "text": "Beep."})
    assert refused.status == 403
    outside = await key_for(world, api, Scope.BOT)
    refused = await outside.post(path, {"author": "contact", "text": "Hello"})
    assert refused.status == 403


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("text", {"author": "contact", "text": ""}),
        ("text", {"author": "contact", "text": "x" * 10_001}),
        ("text", {"author": "contact", "text": "bell \x07"}),
        ("text", {"author": "contact", "text": "nothing \x00 here"}),
        ("text", {"author": "contact"}),
        ("author", {"author": "system", "text": "status: resolved"}),
        ("staff_id", {"author": "contact", "text": "hi", "staff_id": "stf_1"}),
        ("private", {"author": "contact", "text": "hi", "private": True}),
        ("external_id", {"author": "contact", "text": "hi", "external_id": "a\x00b"}),
    ],
)
async def test_a_message_that_cannot_be_is_refused_by_field(
    api: Api, world: World, field: str, body: object
) -> None:
    here = await open_conversation(api, world)
    refused = await api.post(f"/conversations/{here}/messages", body)
    assert (refused.status, refused.broken_fields) == (422, [field])


async def test_ten_thousand_characters_of_any_script_are_welcome(
    api: Api, world: World
) -> None:
    here = await open_conversation(api, world)
    text = "日本語\té 👍🏽\r\n" * 1000
    path = f"/conversations/{here}/messages"
    said = await api.post(path, {"author": "contact", "text": text[:10_000]})
    assert (said.status, said["message"]["text"]) == (201, text[:10_000])


@pytest.mark.parametrize("wait", ["-1", "61", "long"])
async def test_nobody_waits_for_ever(api: Api, world: World, wait: str) -> None:
    here = await open_conversation(api, world)
    body = {"author": "contact", "text": "hi"}
    path = f"/conversations/{here}/messages"
    refused = await api.call("POST", path, body, params={"wait": wait})
    assert (refused.status, refused.broken_fields) == (422, ["wait"])


async def test_when_the_time_to_wait_is_over_there_is_no_turn_yet(
    api: Api, world: World
) -> None:
    await world.change_bot(wait_seconds=300)
    here = await open_conversation(api, world)
    body = {"author": "contact", "text": "hi"}
    path = f"/conversations/{here}/messages"
    said = await api.call("POST", path, body, params={"wait": 0})
    assert (said.status, said["turn"]) == (201, None)
    assert "turn" not in (await api.post(path, body)).json


async def test_messages_come_in_pages_the_oldest_first(api: Api, world: World) -> None:
    here = await open_conversation(api, world)
    path = f"/conversations/{here}/messages"
    for n in range(5):
        await api.post(path, {"author": "staff", "text": f"{n}"})
    first = await api.get(path, limit=3)
    rest = await api.get(path, limit=3, after=first["next"])
    texts = [m["text"] for m in first["items"] + rest["items"]]
    assert (texts, rest["next"]) == (["0", "1", "2", "3", "4"], None)


async def test_the_answer_to_a_new_message_is_what_is_stored(
    api: Api, world: World
) -> None:
    here = await open_conversation(api, world)
    path = f"/conversations/{here}/messages"
    await api.put(f"/conversations/{here}/assignment")
    body = {"author": "contact", "text": "Hello\n日本", "external_id": "m-1"}
    said = await api.post(path, body)
    assert said.status == 201
    assert (await api.get(path))["items"] == [said["message"]]
    again = await api.post(path, body)
    assert (again.status, again["message"]) == (200, said["message"])
