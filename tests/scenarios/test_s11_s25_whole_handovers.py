"""S11 to S25: a handover happens once, whole, or not at all."""

import psycopg
import pytest

from stepaside.channels.base import DeliveryError
from stepaside.core.conversation import Control, IllegalMove
from stepaside.core.events import EventType
from stepaside.core.rules import AssignTo, Scenario
from stepaside.pipeline import staff
from stepaside.pipeline.deliver import deliver_due
from stepaside.pipeline.take_turn import answer_due, take_turn
from stepaside.store.inboxes import InboxKind
from stepaside.store.messages import MessageState
from tests.house import House, open_house, says
from tests.world import World

FINAL = "Thank you! Someone from the team will get back to you."


async def _counts(house: House) -> dict[str, int]:
    tables = ("handovers", "tasks")
    found = {table: await house.count(table) for table in tables}
    found["final messages"] = (await house.said_by_bot()).count(FINAL)
    found["tags"] = len(await house.tags())
    found["tag events"] = len(await house.events(EventType.CONTACT_TAGGED))
    found["notified"] = len(await house.told())
    return found


ONCE = {
    "handovers": 1,
    "tasks": 1,
    "final messages": 1,
    "tags": 1,
    "tag events": 1,
    "notified": 2,  # Ann and Bo, who may claim it
}


async def test_s11_a_turn_that_is_retried_hands_over_once(world: World) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")

    for _ in range(3):
        await take_turn(house.rt, *house.here)
        world.clock.advance(minutes=1)
        await answer_due(house.rt)
        await deliver_due(house.rt)
        await house.settle()

    assert await _counts(house) == ONCE


async def test_s12_the_contact_reads_one_line_though_the_bot_says_goodbye_too(
    world: World,
) -> None:
    house = await open_house(world, brain=says("Goodbye, a colleague takes over!"))

    await house.writes("I want to talk to a human")

    assert await house.said_by_bot() == [FINAL]


async def test_s13_the_final_message_is_sent_once_though_the_bot_says_nothing(
    world: World,
) -> None:
    house = await open_house(world)
    await house.writes("What is the airspeed velocity of an unladen swallow?")

    assert [d.cause for d in await house.decisions()] == ["lack_of_information"]
    assert await house.said_by_bot() == [FINAL]


async def test_s13_an_empty_final_message_is_no_message(world: World) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, final_message="")
    house = await open_house(world)

    await house.writes("I want to talk to a human")

    assert await house.said_by_bot() == []
    assert (await house.state()).control is Control.QUEUE


@pytest.mark.parametrize(
    "promise",
    [
        "I am transferring you to a specialist now.",
        "Let me connect you with our team.",
        "A colleague will get back to you shortly.",
    ],
)
async def test_s14_a_promise_of_a_person_is_kept_or_not_made(
    world: World, promise: str
) -> None:
    house = await open_house(world, brain=says(promise))

    await house.writes("When are you open on Saturday?")

    assert promise not in await house.said_by_bot()
    assert (await house.state()).control is Control.QUEUE
    (episode,) = await house.handovers()
    assert episode.cause == "promised"


async def test_s15_the_same_message_delivered_twice_starts_one_handover(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)

    for _ in range(2):
        await house.writes("I want to talk to a human", external_id="m-1")

    assert await house.count("handovers") == 1
    assert house.phone.texts == [FINAL]


async def test_s16_a_final_message_that_fails_is_retried_and_staff_know_at_once(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.phone.fail = [DeliveryError("busy", retry=True) for _ in range(2)]

    await house.writes("I want to talk to a human")
    (final,) = [m for m in await house.transcript() if m.text == FINAL]
    assert (final.state, final.state_detail) == (MessageState.QUEUED, "busy")
    assert len(await house.told()) == 2

    for _ in range(2):
        await house.later(minutes=4)
    assert house.phone.texts == [FINAL]


async def test_s16_a_handover_that_cannot_be_saved_whole_is_not_saved_at_all(
    world: World, sweeper: psycopg.Connection
) -> None:
    house = await open_house(world)
    sweeper.execute(
        """CREATE FUNCTION stepaside.no_tasks() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE 'disk full'; END $$;
        CREATE TRIGGER no_tasks BEFORE INSERT ON stepaside.tasks
        FOR EACH ROW EXECUTE FUNCTION stepaside.no_tasks()"""
    )
    try:
        await house.writes("I want to talk to a human")
        assert (await house.state()).control is Control.BOT
        assert await house.said_by_bot() == []
        assert await house.told() == []
    finally:
        sweeper.execute("DROP FUNCTION stepaside.no_tasks CASCADE")

    world.clock.advance(minutes=2)
    await answer_due(house.rt)  # what a worker does
    await house.settle()

    assert await _counts(house) == ONCE


async def test_s16_a_message_that_can_never_be_sent_is_shown_and_told(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.phone.fail = [DeliveryError("The number does not exist.", retry=False)]

    await house.writes("I want to talk to a human")

    (final,) = [m for m in await house.transcript() if m.text == FINAL]
    assert final.state is MessageState.FAILED
    assert final.state_detail == "The number does not exist."
    assert (world.ann.id, "warning") in await house.told()


async def test_s17_the_bot_is_no_longer_the_owner_even_where_the_owner_stays(
    world: World,
) -> None:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    house = await open_house(world)
    await house.assigns(world.ann, world.bo)
    await house.does(staff.hand_back, world.bo)

    await house.writes("I want to talk to a human")

    state = await house.state()
    assert (state.control, state.assignee_id) == (Control.HUMAN, world.bo.id)


@pytest.mark.parametrize("resolved", [False, True])
async def test_s21_handing_over_again_is_refused_and_leaves_no_trace(
    world: World, resolved: bool
) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.claims(world.bo)
    if resolved:
        await house.does(staff.resolve, world.bo)
    before = (await house.events(), await _counts(house))

    with pytest.raises(IllegalMove):
        await house.does(staff.hand_over, world.ann)

    assert (await house.events(), await _counts(house)) == before


async def test_s21_resolving_before_the_bot_has_answered_leaves_nothing_to_answer(
    world: World,
) -> None:
    house = await open_house(world)
    await world.change_bot(wait_seconds=5)
    await house.writes("I want to talk to a human")
    await house.does(staff.resolve, world.ann)

    await house.later(seconds=10)
    await answer_due(house.rt)

    assert await house.count("handovers") == 0
    assert await house.said_by_bot() == []
    assert (await house.stored()).turn_due_at is None


async def test_s23_a_new_chat_can_be_handed_over_again(world: World) -> None:
    first = await open_house(world)
    await first.writes("I want to talk to a human")
    await first.claims(world.bo)
    await first.does(staff.resolve, world.bo)
    world.clock.advance(days=7)

    second = await open_house(world)
    await second.writes("I want to talk to a human")

    assert second.conversation_id != first.conversation_id
    assert await second.count("handovers") == 1
    assert (await second.state()).control is Control.QUEUE


async def test_s24_a_handover_without_a_valid_target_waits_in_the_queue_with_a_note(
    world: World,
) -> None:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    await world.let_go(world.bo)
    house = await open_house(world)

    await house.writes("I want to talk to a human")

    state = await house.state()
    assert (state.control, state.assignee_id) == (Control.QUEUE, None)
    (warning,) = await house.events(EventType.ADMIN_WARNED)
    assert "choose somebody else" in warning.event.data["warning"]
    assert sorted(await house.told()) == sorted(
        [(world.ann.id, "handover_waiting"), (world.ann.id, "warning")]
    )


async def test_s25_a_greeting_after_a_resolved_handover_starts_no_other(
    world: World,
) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.claims(world.bo)
    await house.replies(world.bo, "Done!")
    await house.does(staff.hand_back, world.bo)
    await house.does(staff.resolve, world.bo)

    await house.writes("hi")

    assert await house.count("handovers") == 1
    assert (await house.state()).control is Control.BOT
    assert await house.count("tasks") == 1
