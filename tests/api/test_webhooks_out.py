"""Outgoing webhooks: told of what happens, signed, once each, in order, to the end."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from litestar import Litestar

from stepaside.channels.webhook import signed
from stepaside.channels.webhook.signed import signed_caller
from stepaside.pipeline import staff
from stepaside.pipeline.webhooks import send_webhooks_due
from stepaside.store.notifications import list_notifications
from stepaside.store.webhooks import PATIENCE
from tests.api.conftest import Api
from tests.api.receiver import Receiver, listening
from tests.house import House, open_house
from tests.world import World

ALL = [
    *("handover.started", "assigned", "claimed", "first_reply", "handed_back"),
    *("resumed", "resolved", "task.created", "task.completed", "message.created"),
]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """The other side."""
    async with listening() as found:
        yield found


@dataclass
class Line:
    """The shop, its webhook, and what waits to be sent."""

    api: Api
    house: House
    receiver: Receiver

    async def made(self, *events: str, **more: Any) -> Any:
        """A webhook to the receiver; as the API shows it."""
        body = {"url": self.receiver.url, "events": list(events or ALL), **more}
        answer = await self.api.post("/webhooks", body)
        assert answer.status == 201, answer.json
        return answer

    async def sends(self, **later: float) -> None:
        """Send what is due, after so much time."""
        self.house.world.clock.advance(timedelta(**later))
        await send_webhooks_due(self.house.rt)
        await self.house.rt.background.drain()

    async def log(self, hook: Any, **query: str) -> Any:
        """The newest delivery."""
        answer = await self.api.get(f"/webhooks/{hook['id']}/deliveries", **query)
        return answer["items"]


@pytest.fixture
async def line(
    app: Litestar, api: Api, world: World, receiver: Receiver
) -> AsyncIterator[Line]:
    """The shop's line to the outside; signatures are checked by a real clock."""
    world.clock.now = datetime.now(UTC)  # noqa: TID251
    house = await open_house(world)
    async with httpx2.AsyncClient() as http:
        call = signed_caller(http, allow_private=True)
        house.rt = replace(house.rt, call_webhook=call)
        app.state.rt = house.rt
        yield Line(api, house, receiver)
        await house.settle()


async def hand_over(house: House) -> None:
    await house.writes("I want to talk to a human")


async def test_a_contact_who_comes_back_to_somebody_is_told_of_as_assigned(
    line: Line,
) -> None:
    house, bo = line.house, line.house.world.bo
    await line.api.patch(f"/bots/{house.world.bot.id}", {"on_return": "last_owner"})
    await hand_over(house)
    await house.claims(bo)
    for deed in (staff.hand_back, staff.resolve):
        await house.does(deed, bo)
    await line.made("handover.started", "assigned")
    await house.writes("Me again")
    await line.sends()
    assert line.receiver.types == ["handover.started", "assigned"]
    holder = line.receiver.got[-1].json["data"]["conversation"]["assignee_id"]
    assert holder == bo.id


async def test_a_whole_handover_is_told_in_its_order(line: Line) -> None:
    hook = await line.made()
    house = line.house
    await hand_over(house)
    await house.claims(house.world.bo)
    await house.replies(house.world.bo, "Hello, this is Bo")
    house.world.clock.advance(seconds=1)
    await house.replies(house.world.bo, "What is it about?")
    await house.does(staff.hand_back, house.world.bo)
    await line.sends()

    told = [type_ for type_ in line.receiver.types if type_ != "message.created"]
    assert told == [
        "handover.started",
        "task.created",
        "claimed",
        "first_reply",
        "handed_back",
    ]
    assert line.receiver.types.count("message.created") == 4
    assert all(one.verified_by(hook["secret"]) for one in line.receiver.got)
    assert not any(
        one.verified_by("whsec_" + "A" * 43 + "=") for one in line.receiver.got
    )
    assert len({one.id for one in line.receiver.got}) == len(line.receiver.got)
    started = next(one for one in line.receiver.got if one.type == "handover.started")
    data = started.json["data"]
    assert data["conversation"]["id"] == house.conversation_id
    assert data["conversation"]["control"] == "queue"
    assert data["handover"]["cause"] == "human_requested"
    assert data["contact"]["name"] == "Cy Clark"
    assert data["actor"]["kind"] == "bot"


async def test_only_what_was_chosen_is_told(line: Line) -> None:
    await line.made("claimed", "resolved")
    house = line.house
    await hand_over(house)
    await house.claims(house.world.bo)
    await line.sends()
    assert line.receiver.types == ["claimed"]
    claimed = line.receiver.got[0].json["data"]
    assert claimed["actor"] == {"kind": "staff", "staff_id": house.world.bo.id}
    assert claimed["conversation"]["assignee_id"] == house.world.bo.id


async def test_what_was_rolled_back_is_never_told(line: Line) -> None:
    await line.made()
    house = line.house
    await hand_over(house)
    await house.claims(house.world.bo)
    await line.sends()
    before = len(line.receiver.got)
    with pytest.raises(Exception, match="already has"):
        await house.claims(house.world.ann)
    await line.sends()
    assert len(line.receiver.got) == before


async def test_a_failing_call_is_repeated_later_with_the_same_id_and_in_order(
    line: Line,
) -> None:
    hook = await line.made("handover.started", "claimed")
    line.receiver.answers = [(500, {}), (503, {"retry-after": "90"})]
    house = line.house
    await hand_over(house)
    await house.claims(house.world.bo)
    await line.sends()
    await line.sends()  # too early: nothing is due
    assert line.receiver.types == ["handover.started"]
    (claimed, started) = await line.log(hook)
    assert (started["state"], started["attempts"]) == ("queued", 1)
    assert started["last"]["status"] == 500
    assert started["last"]["answer"] == "answer 500"
    assert (claimed["state"], claimed["attempts"]) == ("queued", 0)

    await line.sends(seconds=3)
    await line.sends(seconds=60)  # 90 seconds were asked for
    assert line.receiver.types == ["handover.started"] * 2
    await line.sends(seconds=31)
    assert line.receiver.types == ["handover.started"] * 3 + ["claimed"]
    assert len({one.id for one in line.receiver.got[:3]}) == 1
    states = [one["state"] for one in await line.log(hook)]
    assert states == ["sent", "sent"]
    calls = await line.api.get(
        f"/webhooks/{hook['id']}/deliveries/{started['id']}/attempts"
    )
    assert [one["status"] for one in calls["items"]] == [500, 503, 200]


@pytest.mark.parametrize("author", ["contact", "staff", "bot"])
async def test_a_message_is_told_with_the_id_its_sender_gave_it(
    line: Line, author: str
) -> None:
    await line.made("message.created")
    path = f"/conversations/{line.house.conversation_id}/messages"
    said = {"author": author, "text": "Hi", "external_id": "m-1"}
    assert (await line.api.post(path, said)).status == 201
    await line.sends()
    told = line.receiver.got[0].json["data"]["message"]
    assert (told["author"], told["external_id"]) == (author, "m-1")


async def test_one_conversation_that_is_held_up_holds_up_no_other(line: Line) -> None:
    await line.made("message.created")
    house = line.house
    line.receiver.answers = [(500, {})]
    await house.writes("Hello there")
    await line.sends()
    first = len(line.receiver.got)
    other = await line.api.post(
        "/conversations", {"inbox_id": house.inbox_id, "contact": {"name": "Flo"}}
    )
    await line.api.post(
        f"/conversations/{other['id']}/messages", {"author": "contact", "text": "Hi"}
    )
    await line.sends()
    told = [one.json["data"]["conversation"]["id"] for one in line.receiver.got[first:]]
    assert other["id"] in told
    assert house.conversation_id not in told


async def test_a_redirect_is_not_followed(line: Line) -> None:
    hook = await line.made("handover.started")
    line.receiver.answers = [(302, {"location": f"{line.receiver.url}/elsewhere"})]
    await hand_over(line.house)
    await line.sends()
    assert len(line.receiver.got) == 1
    (logged,) = await line.log(hook)
    assert (logged["state"], logged["last"]["status"]) == ("queued", 302)


async def test_a_receiver_that_hangs_is_given_up_on(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signed, "TIMEOUT", 0.2)
    hook = await line.made("handover.started")
    line.receiver.hangs = True
    await hand_over(line.house)
    await line.sends()
    (logged,) = await line.log(hook)
    assert logged["state"] == "queued"
    assert logged["last"]["status"] is None
    assert "No answer" in logged["last"]["error"]
    assert 150 < logged["last"]["took_ms"] < 5000


async def test_what_fails_for_a_day_waits_for_somebody_to_send_it_again(
    line: Line,
) -> None:
    hook = await line.made("handover.started")
    line.receiver.always = 500
    await hand_over(line.house)
    for _ in range(20):
        await line.sends(hours=3)
    (logged,) = await line.log(hook)
    assert logged["state"] == "failed"
    assert 3 < logged["attempts"] < 15
    tries = len(line.receiver.got)

    line.receiver.always = 200
    path = f"/webhooks/{hook['id']}/deliveries/{logged['id']}/resend"
    again = await line.api.post(path)
    assert (again["state"], again["last"]["status"]) == ("sent", 200)
    assert len(line.receiver.got) == tries + 1
    assert len({one.id for one in line.receiver.got}) == 1
    assert (await line.log(hook, only="failed")) == []


async def test_a_webhook_that_fails_for_days_is_turned_off_and_somebody_told(
    line: Line,
) -> None:
    hook = await line.made("message.created")
    line.receiver.always = 500
    house, world = line.house, line.house.world
    for _ in range(10):
        await house.writes("Are you there?")
        await line.sends(hours=12)
    shown = await line.api.get(f"/webhooks/{hook['id']}")
    assert (shown["enabled"], shown["stopped_why"]) == (
        False,
        "The other side answered 500.",
    )
    async with world.db.transaction(world.account_id) as tx:
        told = await list_notifications(tx, world.ann.id)
        bo_told = await list_notifications(tx, world.bo.id)
    assert any("was turned off" in one.title for one in told)
    assert not any("was turned off" in one.title for one in bo_told)

    tries = len(line.receiver.got)
    await house.writes("Hello?")
    await line.sends()
    assert len(line.receiver.got) == tries

    line.receiver.always = 200
    on = await line.api.patch(f"/webhooks/{hook['id']}", {"enabled": True})
    assert (on["failing_since"], on["stopped_why"]) == (None, "")
    await house.writes("Back again")
    await line.sends()
    assert len(line.receiver.got) > tries


async def test_one_success_forgives_what_failed_before(line: Line) -> None:
    hook = await line.made("message.created")
    for answer in (500, 200, 500):
        line.receiver.always = answer
        await line.house.writes("Are you there?")
        await line.sends(days=2)
        line.receiver.always = 200
        await line.sends(hours=9)
    assert (await line.api.get(f"/webhooks/{hook['id']}"))["enabled"]
    assert timedelta(days=4) > PATIENCE


async def test_who_answers_gone_is_turned_off_at_once(line: Line) -> None:
    hook = await line.made("handover.started")
    line.receiver.always = 410
    await hand_over(line.house)
    await line.sends()
    assert not (await line.api.get(f"/webhooks/{hook['id']}"))["enabled"]
    assert (await line.log(hook))[0]["state"] == "failed"


async def test_during_a_rotation_both_secrets_sign_and_then_only_the_new_one(
    line: Line,
) -> None:
    hook = await line.made("message.created")
    renewed = await line.api.post(f"/webhooks/{hook['id']}/secret", {"grace_hours": 1})
    assert renewed["secret"] != hook["secret"]
    await line.house.writes("Hello")
    await line.sends()
    one = line.receiver.got[-1]
    assert one.verified_by(hook["secret"])
    assert one.verified_by(renewed["secret"])

    now = {"grace_hours": 0}
    last = await line.api.post(f"/webhooks/{hook['id']}/secret", now)
    await line.house.writes("Hello again")
    await line.sends()
    one = line.receiver.got[-1]
    assert one.verified_by(last["secret"])
    assert not one.verified_by(renewed["secret"])


async def test_a_test_is_sent_now_and_says_how_it_went(line: Line) -> None:
    hook = await line.made("resolved")
    went = await line.api.post(f"/webhooks/{hook['id']}/test")
    assert (went["type"], went["state"]) == ("webhook.test", "sent")
    assert line.receiver.types == ["webhook.test"]
    line.receiver.always = 404
    went = await line.api.post(f"/webhooks/{hook['id']}/test")
    assert (went["state"], went["last"]["status"]) == ("failed", 404)
    await line.sends(hours=1)
    assert len(line.receiver.got) == 2


async def test_nobody_makes_this_machine_call_its_neighbours(
    app: Litestar, line: Line
) -> None:
    async with httpx2.AsyncClient() as http:
        app.state.rt = replace(line.house.rt, call_webhook=signed_caller(http))
        hook = await line.made("handover.started")
        went = await line.api.post(f"/webhooks/{hook['id']}/test")
    assert line.receiver.got == []
    assert "private network" in went["last"]["error"]


async def test_the_secret_is_shown_once(line: Line) -> None:
    body = {"url": line.receiver.url, "events": ["resolved"]}
    made = await line.api.post("/webhooks", body, idempotency_key="one")
    assert made["secret"].startswith("whsec_")
    again = await line.api.post("/webhooks", body, idempotency_key="one")
    assert (again["id"], "secret" in again.json) == (made["id"], False)
    listed = await line.api.get("/webhooks")
    assert made["secret"] not in str(listed.json)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "ftp://x.example", "events": ["resolved"]}, "url"),
        ({"url": "https://x.example", "events": []}, "events"),
        ({"url": "https://x.example", "events": ["exploded"]}, "events[0]"),
        ({"events": ["resolved"]}, "url"),
        ({"url": "https://x.example", "events": ["resolved"], "x": 1}, "x"),
    ],
)
async def test_what_cannot_work_is_refused_with_the_field(
    api: Api, body: Any, field: str
) -> None:
    answer = await api.post("/webhooks", body)
    assert (answer.status, answer.broken_fields) == (422, [field])


async def test_dee_sees_none_of_it(line: Line, dees_api: Api) -> None:
    hook = await line.made()
    await hand_over(line.house)
    await line.sends()
    (*_, logged) = await line.log(hook)
    path = f"/webhooks/{hook['id']}"
    assert (await dees_api.get("/webhooks"))["items"] == []
    for answer in (
        await dees_api.get(path),
        await dees_api.patch(path, {"enabled": False}),
        await dees_api.delete(path),
        await dees_api.post(f"{path}/secret"),
        await dees_api.post(f"{path}/test"),
        await dees_api.get(f"{path}/deliveries"),
        await dees_api.post(f"{path}/deliveries/{logged['id']}/resend"),
        await dees_api.get(f"{path}/deliveries/{logged['id']}/attempts"),
    ):
        assert answer.status == 404
    mine = await dees_api.post(
        "/webhooks", {"url": line.receiver.url, "events": ["resolved"]}
    )
    theirs = f"/webhooks/{mine['id']}/deliveries/{logged['id']}/resend"
    assert (await dees_api.post(theirs)).status == 404


async def test_a_deleted_webhook_is_told_nothing_more(line: Line) -> None:
    hook = await line.made()
    await hand_over(line.house)
    assert (await line.api.delete(f"/webhooks/{hook['id']}")).status == 204
    await line.sends()
    assert line.receiver.got == []
