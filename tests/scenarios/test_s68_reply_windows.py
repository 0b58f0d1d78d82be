"""S68 and deadlines: nothing is promised, due or sent when a channel takes no words."""

from dataclasses import replace
from datetime import timedelta

from stepaside.channels.base import DeliveryError
from stepaside.core.events import EventType, staff_actor
from stepaside.core.ids import ConversationId, InboxId, TaskId
from stepaside.core.rules import Scenario
from stepaside.core.terms import Deadlines
from stepaside.pipeline import tasks
from stepaside.pipeline.deliver import WINDOW_CLOSED
from stepaside.store.ids import new_id
from stepaside.store.inboxes import InboxKind, get_inbox, save_inbox
from stepaside.store.messages import MessageState
from stepaside.store.tasks import Task, list_tasks
from tests.house import House, open_house
from tests.scenarios.doors import open_doors
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
    assert late.state_detail == WINDOW_CLOSED
    assert len(house.phone.texts) == sent
    (failed,) = await house.events(EventType.DELIVERY_FAILED)
    assert failed.event.data["message_id"] == late.id
    assert (world.bo.id, "warning") in await house.told()


async def test_s68_the_desk_says_what_would_reach_them_and_has_none_to_offer(
    world: World,
) -> None:
    """Templates stay with the channel's provider: no inbox of ours sends one."""
    house = await _on_a_phone(world)
    await house.writes("I want to talk to a human")
    await house.later(hours=25)
    await house.replies(world.bo, "Sorry, I was away. How can I help?")

    async with open_doors(house) as doors:
        desk = await doors.anns_desk()
        page = await desk.opens(f"/conversations/{house.conversation_id}")

    assert "Sorry, I was away. How can I help?" in page
    assert WINDOW_CLOSED in page
    assert page.count("template") == WINDOW_CLOSED.count("template")


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


async def test_a_task_made_by_hand_is_not_due_after_the_window_either(
    world: World,
) -> None:
    house = await _on_a_phone(world)
    await house.writes("I want to talk to a human")
    now = world.clock()
    by_hand = Task(
        id=TaskId(new_id("task")),
        contact_id=(await house.stored()).contact_id,
        conversation_id=ConversationId(house.conversation_id),
        title="Call back",
        due_at=now + 3 * DAY,
        created_at=now,
        updated_at=now,
    )
    ann = staff_actor(world.ann.id)

    made = await tasks.create(house.rt, house.account_id, by_hand, actor=ann)
    assert made.due_at == now + DAY

    sooner = {"due_at": now + timedelta(hours=3)}
    later = {"due_at": now + 5 * DAY}
    for fields, due in ((sooner, sooner["due_at"]), (later, now + DAY)):
        changed = await tasks.change(
            house.rt, house.account_id, made.id, fields=fields, actor=ann
        )
        assert changed.due_at == due


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
