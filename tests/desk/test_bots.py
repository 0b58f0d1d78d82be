"""The pages about bots: the list, settings, knowledge, channels, and the history."""

import re

from stepaside.core.roster import BotMode
from stepaside.store.bots import get_bot
from stepaside.store.knowledge import list_items
from tests.desk.bot_forms import at
from tests.desk.office import Office, Seat


async def test_the_list_tells_how_much_a_bot_hands_over(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    assert "No conversation in 30 days" in await ann.opens("/bots")
    await office.house.writes("Can someone real help me?")
    text = await ann.opens("/bots")
    assert "100 % of 1 conversation in 30 days" in text
    assert "Shop API" in text
    world.clock.advance(days=31)
    ann.holds(await office.session(world.ann))
    assert "No conversation in 30 days" in await ann.opens("/bots")


async def test_a_bot_is_turned_off_duplicated_deleted_and_brought_back(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens("/bots")
    await ann.sends(at(world, "/do/turn-off"))
    async with world.db.transaction(world.account_id) as tx:
        assert (await get_bot(tx, world.bot.id)).bot.mode is BotMode.OFF
    await ann.sends(at(world, "/do/duplicate"))
    assert "Copy of Pear Street Bikes assistant" in await ann.opens("/bots")
    await ann.sends(at(world, "/do/delete"))
    text = await ann.opens(ann.goes_to.removeprefix("/desk"))
    assert "Deleted." in text
    assert "Undo" in text
    await ann.sends(at(world, "/do/restore"))
    async with world.db.transaction(world.account_id) as tx:
        assert (await get_bot(tx, world.bot.id)).bot.name == world.bot.name


async def test_settings_are_checked_by_the_rules_of_the_core(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    good = {
        "name": "Pedal",
        "mode": "auto",
        "wait_seconds": "",
        "max_messages": "10",
        "pause_mode": "time",
        "pause.hours": "2",
        "quiet_minutes": "5",
    }
    for field, value, said in (
        ("name", " ", "Give it a name"),
        ("wait_seconds", "301", "Between 0 and 300 seconds"),
        ("max_messages", "many", "Between 1 and 100"),
        ("quiet_minutes", "1441", "Between 0 and 1440 minutes"),
        ("pause.hours", "0", "Between 1 minute and 365 days"),
    ):
        text = await ann.sends(at(world, "/settings"), **(good | {field: value}))
        assert ann.status == 422
        assert said in text
    await ann.sends(at(world, "/settings"), **good)
    assert ann.status == 303
    async with world.db.transaction(world.account_id) as tx:
        bot = (await get_bot(tx, world.bot.id)).bot
    assert (bot.name, bot.max_messages, bot.wait_seconds) == ("Pedal", 10, None)


async def test_an_article_is_added_changed_found_deleted_and_brought_back(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    here = at(world, "/knowledge")
    text = await ann.sends(here, title="", text="")
    assert "Give it a title" in text
    await ann.sends(
        here, title="Gift cards", text="From 10 euros.", question="Vouchers?"
    )
    assert ann.status == 303
    found = await ann.opens(f"{here}?q=vouchers")
    assert "Gift cards" in found
    assert "Opening hours" not in found
    item = re.search(r"knowledge/(kno_\w+)", ann.last.text)
    assert item
    await ann.sends(here, item_id=item[1], title="Gift cards", text="From 20 euros.")
    assert "From 20 euros." in await ann.opens(here)
    await ann.sends(f"{here}/{item[1]}/delete")
    gone = ann.goes_to.removeprefix("/desk")
    assert "Gift cards" not in await ann.opens(gone)
    undo = re.search(r"/changes/(chg_\w+)/undo", ann.last.text)
    assert undo
    await ann.sends(at(world, f"/changes/{undo[1]}/undo"))
    assert "From 20 euros." in await ann.opens(here)


async def test_an_article_says_how_often_it_answered(office: Office, ann: Seat) -> None:
    world = office.house.world
    await office.house.writes("When are you open on Saturday?")
    text = await ann.opens(at(world, "/knowledge"))
    assert text.count("answered once") == 1
    assert text.count("answered nobody yet") == 5


async def test_an_import_with_faults_tells_each_line_and_adds_nothing_unasked(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    pasted = {"text": "Gift cards\nFrom 10 euros.\n\nNo answer here?"}
    text = await ann.sends(at(world, "/knowledge/import"), **pasted)
    assert ann.status == 422
    assert "Line 4" in text
    assert "Add the 1 that is right" in text
    async with world.db.transaction(world.account_id) as tx:
        assert len(await list_items(tx, world.bot.id)) == 6
    await ann.sends(at(world, "/knowledge/import"), **pasted, anyway="1")
    async with world.db.transaction(world.account_id) as tx:
        assert len(await list_items(tx, world.bot.id)) == 7


async def test_channels_are_made_put_and_taken(office: Office, ann: Seat) -> None:
    world = office.house.world
    here = at(world, "/channels")
    assert "Shop API" in await ann.opens(here)
    await ann.sends(here, do="take", inbox_id=world.inbox_id)
    assert "It answers nowhere yet" in await ann.opens(here)
    await ann.sends(here, do="put", inbox_id=world.inbox_id)
    await ann.sends(here, do="widget", name="Our site")
    text = await ann.opens(here)
    assert "Our site" in text
    assert '<stepaside-chat inbox="inb_' in text
    assert "http://desk.example.org/widget/stepaside-widget.js" in text


async def test_decisions_are_listed_with_their_reasons(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await office.house.writes("Can someone real help me?")
    text = await ann.opens(at(world, "/activity"))
    assert "Hands over" in text
    assert "Rule: Human requested." in text
    assert "Cy Clark" in text


async def test_only_owners_and_admins_get_in(office: Office) -> None:
    world = office.house.world
    bo = await office.seat(world.bo)
    pages = ("/goals", "/settings", "/knowledge", "/channels", "/activity")
    for path in ("/bots", *(at(world, tab) for tab in pages)):
        assert "Only owners and admins" in await bo.opens(path)
        assert bo.status == 403
    for path in (
        "/do/delete",
        "/goals",
        "/try",
        "/settings",
        "/knowledge",
        "/channels",
    ):
        await bo.sends(at(world, path), name="x", title="x", text="x", do="widget")
        assert bo.status in (403, 422), path
    async with world.db.transaction(world.account_id) as tx:
        assert (await get_bot(tx, world.bot.id)).bot == world.bot


async def test_another_accounts_bot_is_not_there(office: Office) -> None:
    world = office.house.world
    dee = await office.seat(world.dee)
    for tab in ("/goals", "/settings", "/knowledge", "/channels", "/activity"):
        await dee.opens(at(world, tab))
        assert dee.status == 404
    for path in ("/do/delete", "/do/duplicate", "/goals", "/try", "/channels"):
        await dee.sends(at(world, path))
        assert dee.status == 404, path
