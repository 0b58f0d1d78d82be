"""S01 to S10: the bot never talks over a person."""

import asyncio

import pytest

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.channels.base import DeliveryError
from stepaside.core.conversation import Control
from stepaside.core.events import OUTSIDE, EventType, staff_actor
from stepaside.core.moves import PeopleHaveControl
from stepaside.core.roster import BotMode
from stepaside.core.turn import Author, Turn
from stepaside.pipeline import outside_bot, staff
from stepaside.pipeline.wake import wake
from stepaside.store.inboxes import InboxKind
from stepaside.store.messages import MessageState
from tests.house import open_house
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


@pytest.mark.parametrize("kind", [InboxKind.API, InboxKind.WEBHOOK])
@pytest.mark.parametrize("what", ["When are you open?", "[image]", "[audio]", "Yes"])
async def test_s06_nothing_reaches_the_bot_while_people_have_control(
    world: World, kind: InboxKind, what: str
) -> None:
    asked: list[str] = []

    async def listening(turn: Turn, index: KnowledgeIndex) -> Draft:
        del index
        asked.append(turn.text)
        return Draft(text="A bot's words")

    house = await open_house(world, kind=kind, brain=listening)
    await house.claims(world.bo)

    await house.writes(what)

    assert asked == []
    assert await house.seen_by_cy() == [(Author.CONTACT, what)]


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
