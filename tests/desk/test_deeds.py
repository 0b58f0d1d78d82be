"""What staff do: each once, with a clear word where it is not possible."""

from stepaside.core.conversation import Control, Status
from stepaside.pipeline import staff
from tests.desk.office import Office

HUMAN = "I want to talk to a human"


async def test_each_deed_does_what_it_says(office: Office) -> None:
    house, world = office.house, office.house.world
    await house.writes(HUMAN)
    bo = await office.seat(world.bo)
    here = office.address

    await bo.presses(f"{here}/claim")
    assert (await house.state()).assignee_id == world.bo.id
    text = await bo.presses(f"{here}/release")
    assert "Released to the queue. Undo" in text
    assert (await house.state()).control is Control.QUEUE
    text = await bo.presses(f"{here}/hand-back")
    assert "Handed back to the bot. Undo" in text
    assert (await house.state()).control is Control.BOT
    assert "Resolved. Undo" in await bo.presses(f"{here}/resolve")
    assert (await house.state()).status is Status.RESOLVED
    await bo.presses(f"{here}/reopen")
    assert (await house.state()).status is Status.OPEN


async def test_whoever_was_slower_is_told_who_has_it_and_sees_the_truth(
    office: Office,
) -> None:
    house, world = office.house, office.house.world
    await house.writes(HUMAN)
    bo = await office.seat(world.bo)
    await house.claims(world.ann)

    text = await bo.presses(f"{office.address}/claim", view="unassigned")

    assert bo.status == 409
    assert "Ann Ash already has this conversation." in text
    assert "Person: Ann" in text
    assert (await house.state()).assignee_id == world.ann.id


async def test_what_is_not_possible_any_more_says_why(office: Office) -> None:
    bo = await office.seat(office.house.world.bo)
    for deed, why in (
        ("hand-back", "The bot already has control."),
        ("release", "there is nothing to release"),
        ("reopen", "It is already open."),
    ):
        assert why in await bo.presses(f"{office.address}/{deed}")
        assert bo.status == 409
    await bo.presses(f"{office.address}/explode")
    assert bo.status == 404


async def test_a_message_sent_twice_exists_once(office: Office) -> None:
    house, bo = office.house, await office.seat(office.house.world.bo)
    await house.writes(HUMAN)
    for _ in range(3):
        await bo.presses(f"{office.address}/messages", text="Hi!", sender_id="a1")
        assert bo.status == 200
        assert 'data-sender="a1"' in bo.last.text
    assert [t for _, t in await house.seen_by_cy()].count("Hi!") == 1
    assert (await house.state()).assignee_id == office.house.world.bo.id


async def test_nobody_can_swallow_a_colleagues_message_by_taking_its_id(
    office: Office,
) -> None:
    world = office.house.world
    ann, bo = await office.seat(world.ann), await office.seat(world.bo)
    await ann.presses(f"{office.address}/messages", text="Ann's", sender_id="same")
    await bo.presses(f"{office.address}/messages", text="Bo's", sender_id="same")
    assert [t for _, t in await office.house.seen_by_cy()] == ["Ann's", "Bo's"]


async def test_a_note_is_private_and_takes_nothing_over(office: Office) -> None:
    house, bo = office.house, await office.seat(office.house.world.bo)
    await house.writes("When are you open?")
    text = await bo.presses(f"{office.address}/messages", kind="note", text="Hm.")
    assert "You, private note" in text
    assert "Hm." not in [t for _, t in await house.seen_by_cy()]
    assert (await house.state()).control is Control.BOT


async def test_an_empty_or_endless_message_is_refused_in_plain_words(
    office: Office,
) -> None:
    bo = await office.seat(office.house.world.bo)
    for text, why in (("  \r\n ", "Write something first."), ("x" * 10_001, "10,000")):
        assert why in await bo.presses(f"{office.address}/messages", text=text)
        assert bo.status == 422
    assert await office.house.count("messages") == 0


async def test_without_scripts_every_form_still_works(office: Office) -> None:
    house, world = office.house, office.house.world
    await house.writes(HUMAN)
    bo = await office.seat(world.bo)
    await bo.opens(f"{office.address}?view=unassigned")
    await bo.sends(f"{office.address}/claim", view="unassigned")
    assert (bo.status, bo.goes_to) == (303, f"/desk{office.address}?view=unassigned")
    await bo.sends(f"{office.address}/messages", text="Hello", view="mine")
    assert "Hello" in await bo.opens(bo.goes_to.removeprefix("/desk"))
    await house.does(staff.resolve, world.bo)
    text = await bo.sends(f"{office.address}/resolve", view="mine")
    assert bo.status == 409
    assert "It is already resolved." in text


async def test_somebody_who_left_the_staff_cannot_write(office: Office) -> None:
    world = office.house.world
    bo = await office.seat(world.bo)
    async with world.db.transaction(world.account_id) as tx:
        await tx.run("UPDATE staff SET disabled_at = now() WHERE id = %s", world.bo.id)
    await bo.presses(f"{office.address}/messages", text="Me again")
    assert bo.status == 401
    assert await office.house.count("messages") == 0
