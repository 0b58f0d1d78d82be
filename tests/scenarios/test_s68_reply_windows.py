"""S68 and deadlines: nothing is promised, due or sent when a channel takes no words."""

from dataclasses import replace
from datetime import timedelta

from stepaside.channels.base import DeliveryError
from stepaside.core.events import EventType
from stepaside.core.ids import InboxId
from stepaside.core.rules import Scenario
from stepaside.core.terms import Deadlines
from stepaside.store.inboxes import InboxKind, get_inbox, save_inbox
from stepaside.store.messages import MessageState
from stepaside.store.tasks import list_tasks
from tests.house import House, open_house
from tests.world import World

DAY = timedelta(days=1)


async def _on_a_phone(world: World, *, hours: int | None = 24) -> House:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    async with world.db.transaction(world.account_id) as tx:
        inbox = await get_inbox(tx, InboxId(house.inbox_id))
        await save_inbox(tx, replace(inbox, reply_window_hours=hours))
    return house


async def test_s68_what_a_person_writes_too_late_is_shown_undelivered(
    world: World,
) -> None:
    house = await _on_a_phone(world)
    await house.writes("I want to talk to a human")
    await house.later(hours=25)
    sent = len(house.phone.texts)

    await house.replies(world.bo, "Sorry, I was away. How can I help?")

    late = (await house.transcript())[-1]
    assert late.state is MessageState.FAILED
    assert "template" in late.state_detail
    assert len(house.phone.texts) == sent
    (failed,) = await house.events(EventType.DELIVERY_FAILED)
    assert failed.event.data["message_id"] == late.id
    assert (world.bo.id, "warning") in await house.told()


async def test_s68_the_window_closes_between_decision_and_send(world: World) -> None:
    house = await _on_a_phone(world)
    await house.writes("Hello?")
    await house.later(hours=23, minutes=59)
    house.phone.fail = [DeliveryError("busy", retry=True, retry_after=DAY / 12)]
    await house.replies(world.bo, "Here I am.")
    assert (await house.transcript())[-1].state is MessageState.QUEUED

    await house.later(hours=3)

    assert (await house.transcript())[-1].state is MessageState.FAILED
    assert "Here I am." not in house.phone.texts


async def test_s68_the_contacts_next_message_opens_the_window_again(
    world: World,
) -> None:
    house = await _on_a_phone(world)
    await house.writes("I want to talk to a human")
    await house.later(hours=25)
    await house.writes("Is anybody there?")

    await house.replies(world.bo, "Yes!")

    assert house.phone.texts[-1] == "Yes!"


async def test_a_channel_without_a_window_takes_words_for_ever(world: World) -> None:
    house = await _on_a_phone(world, hours=None)
    await house.writes("I want to talk to a human")
    await house.later(days=300)

    await house.replies(world.bo, "Here I am at last.")

    assert house.phone.texts[-1] == "Here I am at last."


async def test_a_task_is_never_due_after_the_window_and_staff_are_warned(
    world: World,
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, task_due_in=timedelta(days=4))
    house = await _on_a_phone(world)
    await house.writes("I want to talk to a human")
    async with world.db.transaction(world.account_id) as tx:
        (task,) = await list_tasks(tx)
    assert task.due_at == world.clock() + DAY

    await house.later(hours=22)

    assert (world.bo.id, "window_closing") in await house.told()
    assert len(await house.events(EventType.WINDOW_CLOSING)) == 1
    await house.later(hours=1)
    assert len(await house.events(EventType.WINDOW_CLOSING)) == 1


async def test_deadlines_warn_then_are_missed_and_each_is_told_once(
    world: World,
) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.claims(world.bo)
    for _ in range(5):
        await house.later(minutes=2)

    told = [event for who, event in await house.told() if who == world.bo.id]
    assert told.count("deadline_due_soon") == told.count("deadline_missed") == 1
    assert (await house.state()).reply_missed

    await house.replies(world.bo, "Hello, Bo here.")
    assert (await house.state()).reply_due_at is None


async def test_an_inbox_may_have_deadlines_of_its_own(world: World) -> None:
    house = await _on_a_phone(world)
    async with world.db.transaction(world.account_id) as tx:
        inbox = await get_inbox(tx, InboxId(house.inbox_id))
        own = Deadlines(first_reply=timedelta(hours=2))
        await save_inbox(tx, replace(inbox, deadlines=own))
    of_the_bot = Deadlines(first_reply=timedelta(minutes=1))
    await world.change_bot(deadlines=of_the_bot, wait_seconds=0)

    await house.writes("I want to talk to a human")

    due = (await house.state()).reply_due_at
    assert due == world.clock() + timedelta(hours=2)
