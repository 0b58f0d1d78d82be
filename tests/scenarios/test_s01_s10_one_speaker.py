"""S01 to S10: the bot never talks over a person."""

import asyncio
from typing import Any

import pytest

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.channels.base import DeliveryError
from stepaside.core.conversation import Control
from stepaside.core.events import OUTSIDE, EventType, staff_actor
from stepaside.core.moves import PeopleHaveControl
from stepaside.core.roster import BotMode
from stepaside.core.rules import DEFAULT_FINAL_MESSAGE
from stepaside.core.turn import Author, Turn
from stepaside.pipeline import outside_bot, staff
from stepaside.pipeline.wake import wake
from stepaside.store.inboxes import InboxKind
from stepaside.store.messages import MessageState
from tests.bot.shop import open_shop
from tests.house import open_house
from tests.scenarios.doors import open_doors
from tests.world import World


class SlowBot:
    """A bot that thinks until it is told to go on."""

    def __init__(self) -> None:
        self.thinking = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, turn: Turn, index: KnowledgeIndex) -> Draft:
        """Think, then answer."""
        del turn, index
        self.thinking.set()
        await self.go_on.wait()
        return Draft(text="Here is what I found out.")


async def test_s01_a_person_who_writes_while_the_bot_thinks_is_never_talked_over(
    world: World,
) -> None:
    bot = SlowBot()
    house = await open_house(world, brain=bot)
    await house.writes("When are you open?", settle=False)
    await bot.thinking.wait()

    await staff.reply(
        house.rt, *house.here, actor=staff_actor(world.bo.id), text="Hi, Bo here."
    )
    bot.go_on.set()
    await house.settle()

    assert [who for who, _ in await house.seen_by_cy()] == [
        Author.CONTACT,
        Author.STAFF,
    ]


@pytest.mark.parametrize("kind", [InboxKind.API, InboxKind.WEBHOOK])
async def test_s02_a_reply_without_a_click_is_a_takeover(
    world: World, kind: InboxKind
) -> None:
    house = await open_house(world, kind=kind)
    await house.writes("When are you open?")

    await house.replies(world.bo, "Let me look.")
    await house.writes("What does delivery cost?")

    state = await house.state()
    assert (state.control, state.assignee_id) == (Control.HUMAN, world.bo.id)
    assert state.resume_at is not None
    assert len(await house.said_by_bot()) == 1


async def test_s03_words_we_did_not_send_are_a_person_speaking(world: World) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await house.writes("When are you open?")

    await house.echo("I'll call you, Cy.", external_id="wamid-77")
    await house.writes("Thank you")

    state = await house.state()
    assert state.control is Control.HUMAN
    assert state.resume_at is not None
    (event,) = await house.events(EventType.TAKEN_OVER)
    assert event.event.actor == OUTSIDE
    assert len(house.phone.accepted) == 1


async def test_s03_an_echo_of_our_own_words_changes_nothing(world: World) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await house.writes("When are you open?")
    (sent,) = house.phone.accepted
    before = await house.state()

    await house.echo(sent.text, external_id=f"provider-{sent.message_id}")
    await house.echo(sent.text, external_id="other", reference=sent.message_id)

    assert await house.state() == before
    assert await house.count("messages") == 2


async def test_s03_an_echo_that_overtakes_the_answer_to_our_send_is_ours(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)

    async def echo_first() -> None:
        sent = next(m for m in await house.transcript() if m.author is Author.BOT)
        await house.echo(sent.text, external_id=f"provider-{sent.id}")

    house.phone.before = echo_first
    await house.writes("When are you open?")

    assert (await house.state()).control is Control.BOT
    assert await house.count("handovers") == 0


async def test_s04_a_person_who_starts_a_conversation_keeps_it(world: World) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)

    await house.echo("Hello Cy, your bike is ready.", external_id="wamid-1")
    await house.writes("Great, when are you open?")

    assert house.phone.accepted == []
    assert (await house.state()).control is Control.HUMAN


async def test_s04_a_bot_can_be_paused_before_anything_was_said(world: World) -> None:
    house = await open_house(world)

    await house.does(staff.pause, world.ann, until=None)
    await house.writes("When are you open?")

    assert await house.said_by_bot() == []
    assert (await house.state()).control is Control.QUEUE
    assert (await house.stored()).state.waiting_since is not None


async def test_s05_another_bot_may_not_speak_while_people_have_control(
    world: World,
) -> None:
    house = await open_house(world)
    await house.claims(world.bo)

    with pytest.raises(PeopleHaveControl):
        await outside_bot.speak_as_bot(house.rt, *house.here, text="Beep")

    assert await house.seen_by_cy() == []


async def test_s05_another_bot_may_speak_while_the_bot_has_control(
    world: World,
) -> None:
    house = await open_house(world)
    for _ in range(2):
        await outside_bot.speak_as_bot(
            house.rt, *house.here, text="Your parcel left.", external_id="n1"
        )

    assert await house.said_by_bot() == ["Your parcel left."]


class ListeningBot:
    """A bot that remembers what reached it."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, turn: Turn, index: KnowledgeIndex) -> Draft:
        """Listen, and answer."""
        del index
        self.heard.append(turn.text)
        return Draft(text="A bot's words")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"text": "When are you open?"}, "When are you open?"),
        ({"attachments": [{"kind": "image"}]}, "[image]"),
        ({"attachments": [{"kind": "audio"}], "text": "Listen"}, "Listen\n[audio]"),
        ({"postback": {"title": "Yes", "payload": "YES"}}, "Yes"),
    ],
    ids=["text", "image", "audio", "button"],
)
async def test_s06_nothing_on_a_webhook_reaches_the_bot_while_people_have_control(
    world: World, sent: dict[str, Any], shown: str
) -> None:
    bot = ListeningBot()
    house = await open_house(world, kind=InboxKind.WEBHOOK, brain=bot)
    async with open_doors(house) as doors:
        for n in range(2):
            answer = await doors.post({**sent, "id": f"m-{n}"})
            assert answer.status_code == 202
            await house.settle()
            assert bot.heard == [shown]  # the first, while the bot has control
            if n == 0:
                await house.claims(world.bo)

    assert [t for who, t in await house.seen_by_cy() if who is Author.CONTACT] == [
        shown,
        shown,
    ]


@pytest.mark.parametrize("kind", [InboxKind.API, InboxKind.WIDGET])
async def test_s06_nor_do_words_by_the_doors_that_take_words_alone(
    world: World, kind: InboxKind
) -> None:
    """The API and the widget take no attachments: they say so, and store nothing."""
    bot = ListeningBot()
    house = await open_house(world, kind=kind, brain=bot)
    async with open_doors(house) as doors:
        if kind is InboxKind.WIDGET:
            await doors.enters_website()
        house = doors.house
        await doors.writes("Hello")
        await house.settle()
        await house.claims(world.bo)

        assert (await doors.writes("Yes")).status_code == 201
        picture = await doors.writes("Look", attachments=[{"kind": "image"}])
        await house.settle()

    assert picture.status_code == 422
    assert [e["field"] for e in picture.json()["errors"]] == ["attachments"]
    assert bot.heard == ["Hello"]
    assert await house.seen_by_cy() == [
        (Author.CONTACT, "Hello"),
        (Author.BOT, "A bot's words"),
        (Author.CONTACT, "Yes"),
    ]


async def test_s10_the_bot_is_silent_even_where_it_knows_the_answer(
    world: World,
) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.claims(world.bo)

    await house.writes("When are you open on Saturday?")

    assert len(await house.said_by_bot()) == 1  # the final message
    assert [d.decision for d in await house.decisions()] == ["hand_over", "silent"]


@pytest.mark.parametrize("gone", ["off", "deleted"])
async def test_s70_conversations_of_a_bot_that_is_gone_move_to_people(
    world: World, gone: str
) -> None:
    house = await open_house(world)
    await house.writes("When are you open?")
    if gone == "off":
        await world.change_bot(mode=BotMode.OFF)
    else:
        await world.delete_bot()

    await house.writes("What does delivery cost?")

    assert (await house.state()).control is Control.QUEUE
    (episode,) = await house.handovers()
    assert episode.cause == "bot_unavailable"
    assert len(await house.told()) == 2  # Ann and Bo may claim


@pytest.mark.parametrize(("lost", "status"), [("locked", 401), ("barred", 403)])
async def test_s70_conversations_of_a_bot_that_lost_its_key_move_to_people(
    world: World, lost: str, status: int
) -> None:
    async with open_shop(world) as shop:
        shop.server.answering = lambda _: {"kind": "small_talk", "text": "Hello!"}
        house = await shop.opens("openai:good")
        await house.writes("Hello there")
        assert await house.said_by_bot() == ["Hello!"]
        shop.server.became = lost

        await house.writes("What does delivery cost?")

    assert shop.waits == []  # no further try would have brought the key back
    assert (await house.state()).control is Control.QUEUE
    (episode,) = await house.handovers()
    assert episode.cause == "bot_error"
    decision = (await house.decisions())[-1]
    assert decision.reason == (
        f"The language model did not answer (good: answered with status {status})."
    )
    assert len(await house.told()) == 2  # Ann and Bo may claim
    assert (await house.said_by_bot())[1:] == [DEFAULT_FINAL_MESSAGE]


async def test_a_bot_that_only_suggests_leaves_a_note_and_says_nothing(
    world: World,
) -> None:
    house = await open_house(world)
    await world.change_bot(mode=BotMode.SUGGEST)

    await house.writes("When are you open on Saturday?")

    notes = [m.text for m in await house.transcript() if m.private]
    assert "10:00 to 14:00" in notes[0]
    assert not any("10:00" in text for text in await house.said_by_bot())


async def test_a_reply_in_the_channels_queue_is_dropped_when_a_person_takes_over(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.phone.fail = [DeliveryError("busy", retry=True)]
    await house.writes("When are you open?")
    await house.claims(world.bo)

    await house.later(minutes=5)

    assert house.phone.accepted == []
    (dropped,) = [m for m in await house.transcript() if m.author is Author.BOT]
    assert dropped.state is MessageState.DROPPED
    assert len(await house.events(EventType.REPLY_DROPPED)) == 1


async def test_a_stale_timer_does_nothing(world: World) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.does(staff.hand_back, world.ann)
    before = await house.state()

    assert await wake(house.rt, *house.here) == 0

    assert await house.state() == before
