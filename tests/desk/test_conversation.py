"""One conversation: what happened, why people have it, and what was done about it."""

from datetime import timedelta

from litestar import Litestar

from stepaside.core.rules import AssignTo, Scenario
from stepaside.desk.app import desk_routes
from stepaside.live.hub import Hub
from stepaside.notify.base import Notice, NoticeError
from stepaside.pipeline import staff
from stepaside.pipeline.reach import tell_due
from stepaside.store.inboxes import InboxKind
from tests.desk.office import BASE_URL, Office, words
from tests.house import open_house
from tests.world import World

HUMAN = "I want to talk to a human"


async def assign_to_bo(world: World, pause: timedelta | None) -> None:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED,
        assign_to=AssignTo.STAFF,
        staff_id=world.bo.id,
        pause=pause,
    )


async def test_the_card_says_why_and_ticks_off_what_was_done(office: Office) -> None:
    world, house = office.house.world, office.house
    await assign_to_bo(world, timedelta(hours=2))
    await house.writes("When are you open on Saturday?")
    world.clock.advance(minutes=1)
    await house.writes(HUMAN)

    seat = await office.seat(world.bo)
    page = await seat.opens(office.address)

    assert f"Asked for a person: {HUMAN}" in page
    assert "Rule: Human requested." in page
    assert "Assigned to Bo Berg The rule names Bo Berg 10:01" in page
    assert "Final message sent 10:01" in page
    assert "Bo Berg notified in the desk and by e-mail 10:01" in page
    assert "Task due tomorrow 10:01" in page
    assert "Tagged human_handover" in page
    assert "Bot paused until today 12:01" in page
    assert "What the bot tried" in page
    assert "Handover incomplete" not in page
    assert "Person: you" in page
    assert "bot back in 2 h" in page


async def test_a_handover_that_did_not_reach_everybody_is_incomplete(
    office: Office,
) -> None:
    house = office.house

    async def refuses(notice: Notice) -> None:
        if notice.to_name.startswith("Ann"):
            raise NoticeError("No such mailbox.", retry=False)

    house.rt.notifiers["email"] = refuses  # type: ignore[index]
    await house.writes(HUMAN)
    page = await (await office.seat(house.world.bo)).opens(office.address)
    assert "Handover incomplete" in page
    assert "Failed: Ann Ash could not be notified by e-mail" in page
    assert "No such mailbox. Notified in the desk." in page
    assert page.count("No such mailbox.") == 1  # told once, where it belongs
    assert "Done: Bo Berg notified in the desk and by e-mail" in page


async def test_a_delivery_that_is_tried_again_says_so_until_it_arrives(
    office: Office,
) -> None:
    house, broken = office.house, [True]

    async def weak(notice: Notice) -> None:
        del notice
        if broken:
            raise NoticeError("Timed out.", retry=True)

    house.rt.notifiers["email"] = weak  # type: ignore[index]
    await house.writes(HUMAN)
    seat = await office.seat(house.world.bo)
    page = await seat.opens(office.address)
    assert "Under way: Ann Ash not yet notified by e-mail, trying again" in page
    broken.clear()
    house.world.clock.advance(minutes=10)
    await tell_due(house.rt)
    await house.settle()
    page = await seat.opens(office.address)
    assert "Ann Ash notified in the desk and by e-mail" in page


async def test_everything_stands_in_the_order_it_happened(office: Office) -> None:
    world, house = office.house.world, office.house
    await house.writes("When are you open on Saturday?")
    world.clock.advance(minutes=1)
    await house.writes(HUMAN)
    world.clock.advance(minutes=1)
    await house.claims(world.ann)
    await house.replies(world.ann, "Hello, Ann here.")
    world.clock.advance(minutes=1)
    await house.does(staff.note, world.ann, text="Sounds annoyed")
    world.clock.advance(days=1)
    await house.does(staff.hand_back, world.ann)
    await house.does(staff.resolve, world.ann)

    order = [
        "Yesterday",
        "When are you open on Saturday?",
        "10:00 to 14:00",
        "Handover 10:01",
        "Someone from the team will get back",
        "Ann Ash claimed it 10:02",
        "Hello, Ann here.",
        "Ann Ash, private note 10:03",
        "Sounds annoyed",
        "Today",
        "Ann Ash handed it back to the bot 10:03",
        "Ann Ash resolved it 10:03",
    ]
    page = await (await office.seat(world.bo)).opens(office.address)
    places = [page.index(words, page.index("Yesterday")) for words in order]
    assert places == sorted(places)


async def test_a_takeover_is_a_line_and_no_card(office: Office) -> None:
    house = office.house
    await house.writes("When are you open?")
    await house.replies(house.world.ann, "Ann here, from nine.")
    page = await (await office.seat(house.world.bo)).opens(office.address)
    assert "Ann Ash took over" in page
    assert "What was done" not in page
    assert "Handover 1" not in page
    assert "Person: Ann" in page


async def test_only_what_makes_sense_now_can_be_pressed(office: Office) -> None:
    house, world = office.house, office.house.world
    seat = await office.seat(world.ann)

    async def buttons() -> set[str]:
        await seat.opens(office.address)
        html = seat.last.text.split('class="deeds"')[1].split("context-open")[0]
        found = {part.split('"')[0] for part in html.split('id="head-')[1:]}
        return {name for name in found if not name.endswith("-menu")} - {"assign"}

    assert await buttons() == {"claim", "resolve", "snooze"}
    await house.writes(HUMAN)
    assert await buttons() == {"claim", "hand-back", "resolve", "snooze"}
    await house.claims(world.bo)
    assert await buttons() == {"hand-back", "resolve", "snooze"}
    assert "Release to the queue" in seat.last.text
    await house.does(staff.resolve, world.bo)
    assert await buttons() == {"hand-back", "reopen"}


async def test_a_long_transcript_comes_in_pages_without_gap_or_double(
    office: Office,
) -> None:
    house, world = office.house, office.house.world
    await house.claims(world.ann)
    for n in range(120):
        world.clock.advance(minutes=1)
        await house.replies(world.ann, f"Line {n:03}.")
    lines = [f"Line {n:03}." for n in range(120)]
    assert sorted(await whole_transcript(office, lines)) == lines


async def test_what_was_said_at_one_instant_is_on_one_page(office: Office) -> None:
    house, world = office.house, office.house.world
    await house.claims(world.ann)
    lines = [f"Line {n:03}." for n in range(120)]
    for line in lines:
        await house.replies(world.ann, line)
    async with world.db.transaction(world.account_id) as tx:
        # As from a provider whose clock knows only minutes, before we heard of it.
        await tx.run(
            "UPDATE messages SET at = %s + seq / 7 * interval '1 minute'",
            world.clock() - timedelta(days=1),
        )
    assert sorted(await whole_transcript(office, lines)) == lines


async def whole_transcript(office: Office, lines: list[str]) -> list[str]:
    """The lines Bo sees who looks back as far as it goes, as often as he sees them."""
    seat = await office.seat(office.house.world.bo)
    page = await seat.opens(office.address)
    transcript = words(seat.last.text.split('id="tail-')[1].split("</ol>")[0])
    seen = [line for line in lines for _ in range(transcript.count(line))]
    while "Show earlier" in page:
        link = seat.last.text.split('id="earlier"')[1].split('hx-get="/desk')[1]
        address = link.split('"')[0].replace("&amp;", "&")
        page = await seat.opens(address, **{"HX-Request": "true"})
        seen += [line for line in lines for _ in range(page.count(line))]
    return seen


async def test_what_was_not_sent_says_why(office: Office) -> None:
    house = office.house
    await house.writes("When are you open?")
    async with house.rt.db.transaction(house.account_id) as tx:
        await tx.run(
            """UPDATE messages SET state = 'dropped',
            state_detail = 'A person had already spoken.' WHERE author = 'bot'"""
        )
    page = await (await office.seat(house.world.bo)).opens(office.address)
    assert "Not sent. A person had already spoken." in page


async def test_markup_is_text_wherever_it_stands(office: Office) -> None:
    house = office.house
    evil = "<b onmouseover=alert(1)>&amp;</b>"
    async with house.rt.db.transaction(house.account_id) as tx:
        await tx.run("UPDATE contacts SET name = %s, email = %s", evil, evil)
        await tx.run(
            "INSERT INTO contact_tags SELECT id, %s, account_id, now() FROM contacts",
            evil,
        )
        await tx.run("UPDATE handover_rules SET name = %s", evil)
        await tx.run("UPDATE inboxes SET name = %s", evil)
        await tx.run("UPDATE bots SET name = %s", evil)
        await tx.run("UPDATE staff SET name = %s", evil)
    await house.writes(f"{HUMAN} {evil}")
    await house.does(staff.note, house.world.bo, text=evil)
    seat = await office.seat(house.world.ann)
    for path in (office.address, "/conversations?view=all", "/tasks?whose=all"):
        await seat.opens(path)
        assert "<b " not in seat.last.text
        assert "&lt;b " in seat.last.text
    await seat.presses(f"{office.address}/claim")
    assert "<b " not in seat.last.text
    assert "&lt;b " in seat.last.text


async def test_every_turn_of_a_conversation_is_told_in_words(office: Office) -> None:
    world, house = office.house.world, office.house
    clock = world.clock
    await house.writes(HUMAN)
    await house.later(minutes=11)
    until = clock() + timedelta(hours=1)
    await house.does(staff.snooze, world.bo, until=until)
    await house.later(hours=1, minutes=1)
    await house.claims(world.bo)
    await house.assigns(world.bo, world.ann)
    await house.does(staff.release, world.ann)
    await house.does(staff.resolve, world.bo)
    clock.advance(minutes=1)
    await house.writes("One more question")
    await house.does(staff.resolve, world.bo)
    await house.does(staff.reopen, world.bo)
    await house.does(staff.hand_back, world.bo)
    await house.does(staff.pause, world.bo, until=clock() + timedelta(hours=1))
    await house.later(hours=1, minutes=20)

    page = await (await office.seat(world.ann)).opens(office.address)

    for told in (
        "The first reply was due today",
        "Bo Berg snoozed it",
        "The snooze ended",
        "Bo Berg claimed it",
        "Bo Berg assigned it to you",
        "You released it to the queue",
        "Bo Berg resolved it",
        "Cy Clark wrote again, so it is open",
        "Bo Berg reopened it",
        "Bo Berg handed it back to the bot",
        "Bo Berg paused the bot",
        "The pause ended; the bot is back",
    ):
        assert told in page


async def test_words_from_outside_the_desk_are_a_persons(world: World) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await house.writes("Hello")
    await house.echo("This is Ann, from my phone.", external_id="phone-1")
    hub = Hub(world.db)
    routes = desk_routes(house.rt, hub, base_url=BASE_URL)
    app = Litestar(routes, openapi_config=None, logging_config=None)
    seat = await Office(app=app, house=house).seat(world.bo)
    page = await seat.opens(f"/conversations/{house.conversation_id}")
    assert "Person: outside the desk" in page
    assert "Somebody outside the desk took over" in page
    assert "Outside the desk 10:00" in page
