"""S48 to S50: staff are told, in time, once, and not a hundred times."""

from datetime import timedelta
from typing import Final

from stepaside.core.events import API
from stepaside.core.roster import Availability, ContactRef
from stepaside.core.rules import AssignTo, Scenario
from stepaside.notify.base import NoticeError
from stepaside.pipeline import receive
from stepaside.pipeline.reach import tell_due
from stepaside.pipeline.staff import hand_over
from tests.house import House, Post, open_house
from tests.world import World

HUMAN: Final = "I want to talk to a human"


async def test_s48_once_it_is_assigned_only_the_assignee_is_told(world: World) -> None:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    house = await open_house(world)
    await house.writes(HUMAN)

    told = await house.told()
    assert told.count((world.bo.id, "conversation_assigned")) == 1
    assert {who for who, _ in told} == {world.bo.id}
    assert {notice.to_address for notice in house.post.notices} == {world.bo.email}


async def test_s48_where_nobody_is_assigned_everyone_who_may_claim_is_told(
    world: World,
) -> None:
    house = await open_house(world)
    await house.writes(HUMAN)

    for channel in ("in_app", "email"):
        assert sorted(await house.told(channel), key=str) == sorted(
            [(who.id, "handover_waiting") for who in (world.ann, world.bo)], key=str
        )


async def test_s48_a_slow_assignment_tells_the_assignee_once_and_nobody_late(
    world: World,
) -> None:
    house = await open_house(world)
    down = Down()
    house.rt.notifiers["email"] = down  # type: ignore[index]
    await house.writes(HUMAN)
    await house.assigns(world.ann, world.bo)
    house.rt.notifiers["email"] = house.post  # type: ignore[index]
    await house.later(minutes=5)

    assert sorted((n.to_address, n.title) for n in house.post.notices) == [
        (world.bo.email, "Cy Clark asked for a person"),  # the task, which came along
        (world.bo.email, "Cy Clark was assigned to you"),
    ]
    assert (world.ann.id, "conversation_assigned") not in await house.told()


async def test_s49_a_first_message_that_asks_for_a_person_tells_staff(
    world: World,
) -> None:
    house = await open_house(world)
    await house.writes("human")

    assert (world.ann.id, "handover_waiting") in await house.told()
    notice = house.post.notices[0]
    assert notice.lines[0] == ("Cy Clark", "human")
    assert notice.link.endswith(f"/conversations/{house.conversation_id}")


async def _flood(house: House, how_many: int) -> None:
    """So many conversations that are handed over, at the same instant."""
    for n in range(how_many):
        house.conversation_id = await receive.start_conversation(
            house.rt,
            house.account_id,
            inbox_id=house.inbox_id,
            contact=ContactRef(external_id=f"cy-{n}", name=f"Cy {n}"),
        )
        await house.does(hand_over, API)


class Down:
    """A mail server that is away."""

    async def __call__(self, notice: object) -> None:
        """Refuse."""
        del notice
        raise NoticeError("Timed out.", retry=True)


async def test_s50_five_hundred_handovers_with_nobody_online_make_no_flood(
    world: World,
) -> None:
    for who in (world.ann, world.bo):
        await world.change_staff(who, availability=Availability.OFFLINE)
    house = await open_house(world)
    began = world.clock()

    await _flood(house, 500)
    assert world.clock() == began
    mails = [n for n in house.post.notices if n.to_address == world.bo.email]
    assert len(mails) == 5
    world.clock.advance(minutes=10)
    await tell_due(house.rt)
    await house.settle()

    mails = [n for n in house.post.notices if n.to_address == world.bo.email]
    assert len(mails) == 6
    summary = mails[-1]
    assert summary.title == "495 waiting for a person"
    assert "• Cy 5 was handed over by hand" in summary.body
    assert "and 485 more" in summary.body
    assert summary.link.endswith("/notifications")
    async with world.db.transaction(world.account_id) as tx:
        row = await tx.one(
            "SELECT count(*) AS n FROM notifications WHERE staff_id = %s "
            "AND channel = 'in_app' AND event = 'handover_waiting'",
            world.bo.id,
        )
    assert row is not None
    assert row["n"] == 500


async def test_s50_a_summary_leaves_out_what_was_taken_meanwhile(world: World) -> None:
    house = await open_house(world)
    await _flood(house, 8)
    await house.claims(world.ann)
    post = Post()
    house.rt.notifiers["email"] = post  # type: ignore[index]

    await house.later(timedelta(minutes=11))

    (summary,) = [n for n in post.notices if n.to_address == world.bo.email]
    assert summary.title.startswith("2 waiting for a person")
