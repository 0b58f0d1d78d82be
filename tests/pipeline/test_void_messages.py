"""A person's words never wait behind what the bot may not say any more."""

from datetime import timedelta

import pytest

from stepaside.channels.base import DeliveryError
from stepaside.core.effects import MessageKind
from stepaside.core.events import EventType, staff_actor
from stepaside.core.turn import Author
from stepaside.pipeline import staff
from stepaside.pipeline.deliver import deliver_due
from stepaside.store.inboxes import InboxKind
from stepaside.store.messages import Message, MessageState
from tests.house import House, open_house
from tests.world import World

HUMAN = "I want to talk to a human"


def _down(times: int, wait: timedelta | None = None) -> list[DeliveryError]:
    return [DeliveryError("It is down.", retry=True, retry_after=wait)] * times


async def _fails_for_an_hour(house: House, text: str) -> None:
    """Cy writes, and what the bot says to it has backed off for hours."""
    house.phone.fail = _down(7)
    await house.writes(text)
    while house.phone.fail:
        house.world.clock.advance(minutes=35)
        await deliver_due(house.rt)


async def _bots(house: House) -> Message:
    (message,) = [m for m in await house.transcript() if m.author is Author.BOT]
    return message


async def test_a_persons_reply_does_not_wait_behind_a_void_reply_of_the_bot(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await _fails_for_an_hour(house, "When are you open?")
    await house.claims(world.bo)

    await house.replies(world.bo, "Hello, Bo here.")

    assert house.phone.texts == ["Hello, Bo here."]
    dropped = await _bots(house)
    assert dropped.state is MessageState.DROPPED
    assert "An earlier try may have reached the contact." in dropped.state_detail


async def test_a_persons_reply_does_not_wait_behind_a_void_final_message(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await _fails_for_an_hour(house, HUMAN)
    assert (await _bots(house)).kind is MessageKind.FINAL

    await house.replies(world.bo, "Hello, Bo here.")

    assert house.phone.texts == ["Hello, Bo here."]


async def test_a_reply_that_fails_after_control_moved_is_not_tried_again(
    world: World,
) -> None:
    """Else the person's reply would wait for that try."""
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.phone.fail = _down(1)

    async def taken_over_meanwhile() -> None:
        house.phone.before = None
        await staff.reply(
            house.rt,
            *house.here,
            actor=staff_actor(world.bo.id),
            text="Hello, Bo here.",
        )

    house.phone.before = taken_over_meanwhile
    await house.writes("When are you open?")

    assert house.phone.texts == ["Hello, Bo here."]
    assert len(await house.events(EventType.REPLY_DROPPED)) == 1


async def test_what_is_said_next_brings_forward_what_waits_before_it(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.phone.fail = _down(1)
    await house.replies(world.bo, "Hello, Bo here.")
    assert house.phone.texts == []

    await house.replies(world.bo, "How can I help?")

    assert house.phone.texts == ["Hello, Bo here.", "How can I help?"]


async def test_a_wait_that_the_channel_asked_for_is_not_cut_short(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.phone.fail = _down(1, timedelta(minutes=10))
    await house.replies(world.bo, "Hello, Bo here.")

    await house.replies(world.bo, "How can I help?")
    assert len(house.phone.calls) == 1

    await house.later(minutes=11)
    assert house.phone.texts == ["Hello, Bo here.", "How can I help?"]


async def test_many_messages_in_an_hour_do_not_use_up_the_tries_of_the_first(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.phone.fail = _down(20)
    said = [f"Message {n}" for n in range(20)]
    for text in said:
        await house.replies(world.bo, text)
        world.clock.advance(minutes=3)

    await house.later(hours=9)

    assert house.phone.texts == said


@pytest.mark.parametrize("asks_again", [False, True])
async def test_a_final_message_is_void_once_its_episode_has_ended(
    world: World, *, asks_again: bool
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await _fails_for_an_hour(house, HUMAN)
    final = await _bots(house)
    await house.does(staff.hand_back, world.ann)
    if asks_again:
        world.clock.advance(seconds=1)
        await house.writes(HUMAN)

    await house.later(hours=3)

    states = {m.id: m.state for m in await house.transcript()}
    assert states[final.id] is MessageState.DROPPED
    assert final.id not in {sent.message_id for sent in house.phone.accepted}
