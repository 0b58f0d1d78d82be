"""What was accepted outside is sent, whatever name the other side gives it."""

from dataclasses import dataclass, replace

import pytest

from stepaside.channels.base import Accepted, DeliveryError, Outbound
from stepaside.core.events import EventType
from stepaside.core.turn import Author
from stepaside.pipeline.deliver import deliver, deliver_due
from stepaside.store.inboxes import InboxKind
from stepaside.store.messages import MessageState
from tests.house import House, Mailbox, open_house
from tests.world import World

OURS = (Author.BOT, Author.STAFF)


@dataclass
class Forgetful(Mailbox):
    """A provider that gives every message the same id."""

    name: str | None = "ok"

    async def __call__(self, outbound: Outbound) -> Accepted:
        """Take a message, and call it what the last one was called."""
        await super().__call__(outbound)
        return Accepted(external_id=self.name)


async def _house(world: World, phone: Mailbox) -> House:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    rt = replace(house.rt, senders={InboxKind.WEBHOOK: phone})
    return replace(house, rt=rt, phone=phone)


async def _sent(house: House) -> list[tuple[MessageState, str | None]]:
    return [
        (m.state, m.external_id) for m in await house.transcript() if m.author in OURS
    ]


async def test_a_receiver_that_answers_one_id_for_all_gets_each_message_once(
    world: World,
) -> None:
    house = await _house(world, Forgetful())
    await house.replies(world.bo, "Hello.")
    await house.replies(world.bo, "How can I help?")
    await house.replies(world.ann, "Are you there?")
    await house.later(minutes=5)
    await house.later(hours=1)

    assert len(house.phone.calls) == 3
    assert house.phone.texts == ["Hello.", "How can I help?", "Are you there?"]
    sent = MessageState.SENT
    assert await _sent(house) == [(sent, "ok"), (sent, None), (sent, None)]


async def test_an_id_that_a_message_of_the_contact_has_is_not_taken_from_it(
    world: World,
) -> None:
    house = await _house(world, Forgetful(name="theirs-1"))
    await house.writes("When are you open?", external_id="theirs-1")
    await house.later(minutes=5)

    assert len(house.phone.calls) == 1
    assert await _sent(house) == [(MessageState.SENT, None)]
    (asked, *_) = await house.transcript()
    assert asked.external_id == "theirs-1"


@pytest.mark.parametrize("said", ["Hello.", "Hello. (sent by Pear Street Bikes)"])
async def test_an_echo_that_comes_before_the_answer_sends_nothing_again(
    world: World, said: str
) -> None:
    phone = Forgetful(name="theirs-1")
    house = await _house(world, phone)

    async def echo_first() -> None:
        await house.echo(said, external_id="theirs-1")

    phone.before = echo_first
    await house.replies(world.bo, "Hello.")
    await house.later(minutes=5)

    assert len(phone.calls) == 1
    assert (await _sent(house))[0][0] is MessageState.SENT


async def test_an_echo_whose_id_another_message_has_is_known_by_its_reference(
    world: World,
) -> None:
    """Refused, it would be reported again and again."""
    house = await _house(world, Forgetful(name=None))
    await house.writes("Hello?", external_id="theirs-1")
    await house.replies(world.bo, "Hello.")
    *_, hello = await house.transcript()

    echoed = await house.echo("Hello.", external_id="theirs-1", reference=hello.id)

    assert echoed is None
    assert (await house.transcript())[-1] == hello


@pytest.mark.parametrize("retry", [False, True])
async def test_a_failure_that_comes_late_does_not_undo_what_a_later_try_achieved(
    world: World, *, retry: bool
) -> None:
    phone = Mailbox()
    house = await _house(world, phone)

    async def another_process_sends_it() -> None:
        phone.before = None
        world.clock.advance(house.rt.limits.sending)
        await deliver(house.rt, *house.here)
        phone.fail = [DeliveryError("It hung.", retry=retry)]

    phone.before = another_process_sends_it
    await house.replies(world.bo, "Hello.")

    ((state, _),) = await _sent(house)
    assert state is MessageState.SENT
    assert await house.events(EventType.DELIVERY_FAILED) == []
    assert len(phone.texts) == 1


async def test_messages_behind_one_that_waits_keep_no_others_from_the_sweep(
    world: World,
) -> None:
    down = DeliveryError("It is down.", retry=True)
    waiting, house = [await _house(world, Mailbox()) for _ in range(2)]
    waiting.phone.fail = [down] * 4
    for text in ("Hello.", "Are you there?", "I am back at ten.", "Until then!"):
        await waiting.replies(world.bo, text)
    house.phone.fail = [down]
    await house.replies(world.bo, "Good morning.")

    world.clock.advance(seconds=5)
    await deliver_due(house.rt, limit=1)

    assert house.phone.texts == ["Good morning."]
