"""Races for the messages of one conversation: each once, and in their order."""

import asyncio

import pytest

from stepaside.channels.base import Accepted, DeliveryError, Outbound
from stepaside.core.events import staff_actor
from stepaside.pipeline import staff
from stepaside.pipeline.deliver import deliver, deliver_due
from stepaside.store.conversations import lock_conversation
from stepaside.store.inboxes import InboxKind
from tests.house import House, open_house
from tests.world import World


async def _says_while_down(house: House, *texts: str) -> None:
    """Each is queued, and due by now."""
    house.phone.fail = [DeliveryError("It is down.", retry=True)] * len(texts)
    for text in texts:
        await house.replies(house.world.bo, text)
    house.phone.fail.clear()
    house.world.clock.advance(minutes=1)


async def test_whoever_waits_for_the_conversation_lets_no_later_message_pass(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await _says_while_down(house, "first", "second")
    phone, tried = house.phone, []

    async def refuses_the_first(outbound: Outbound) -> Accepted:
        tried.append(outbound.text)
        if outbound.text == "first":
            raise DeliveryError("It is down.", retry=True)
        return await phone(outbound)

    house.rt.senders[InboxKind.WEBHOOK] = refuses_the_first  # type: ignore[index]
    async with world.db.transaction(world.account_id) as tx:
        await lock_conversation(tx, house.conversation_id)
        both = [asyncio.create_task(deliver(house.rt, *house.here)) for _ in range(2)]
        await world.wait_for_locks(2)
    await asyncio.gather(*both)

    assert tried == ["first"]
    house.rt.senders[InboxKind.WEBHOOK] = phone  # type: ignore[index]
    await house.later(minutes=1)
    assert phone.texts == ["first", "second"]


@pytest.mark.parametrize("round_", range(5))
async def test_who_sends_and_who_queues_at_once_do_not_lock_each_other_out(
    world: World, round_: int
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await _says_while_down(house, f"before {round_}")
    actor = staff_actor(world.bo.id)
    said = [f"Message {n}" for n in range(10)]

    await asyncio.gather(
        *(staff.reply(house.rt, *house.here, actor=actor, text=t) for t in said),
        *(deliver(house.rt, *house.here) for _ in range(10)),
        *(deliver_due(house.rt) for _ in range(3)),
    )
    await house.settle()

    in_order = [m.text for m in await house.transcript()]
    assert house.phone.texts == in_order
    assert len(set(house.phone.calls)) == len(house.phone.texts) == 11
