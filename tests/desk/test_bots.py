"""The pages about bots: the list, settings, knowledge, channels, and the history."""

import re
from datetime import timedelta
from typing import Final

from stepaside.core.bot_settings import FollowUp, Watchdog
from stepaside.core.roster import Bot, BotMode
from stepaside.core.terms import Deadlines, Returning
from stepaside.store.bots import get_bot
from stepaside.store.knowledge import list_items
from tests.desk.bot_forms import at, form_on
from tests.desk.office import Office, Seat
from tests.world import World


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


WRONG = (
    ("name", " ", "Give it a name"),
    ("wait_seconds", "301", "Between 0 and 300 seconds"),
    ("max_messages", "many", "Between 1 and 100"),
    ("quiet_minutes", "1441", "Between 0 and 1440 minutes"),
    ("pause.days", "0", "Between 1 minute and 365 days"),
    ("extension_cap_minutes.days", "366", "At most 365 days"),
    ("offer_message", "x" * 501, "up to 500 characters"),
    ("stop_phrases", "x" * 501, "At most 50 phrases"),
    ("stop_message", "x" * 2001, "At most 2000 characters"),
    ("deadlines.first_reply_minutes.days", "366", "Between 1 minute and 365 days"),
    ("deadlines.resolution_minutes.days", "soon", "Between 1 minute and 365 days"),
    ("watchdog.every_minutes.days", "8", "Between 1 minute and 7 days"),
    ("watchdog.holding_message", "x" * 2001, "At most 2000 characters"),
)


async def test_settings_are_checked_by_the_rules_of_the_core(
    office: Office, ann: Seat
) -> None:
    here = at(office.house.world, "/settings")
    await ann.opens(here)
    good = form_on(ann, "settings")
    for field, value, said in WRONG:
        assert field in good, field
        text = await ann.sends(here, **(good | {field: value}))
        assert ann.status == 422, field
        assert said in text, field
    everything = {field: value for field, value, _ in WRONG}
    text = await ann.sends(here, **(good | everything))
    for said in ("Give it a name", "Between 1 and 100", "up to 500", "7 days"):
        assert said in text, "every section tells its first fault at once"


async def test_settings_sent_back_untouched_change_nothing(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await world.change_bot(
        stop_phrases=("no more", "stop it"),
        follow_ups=(FollowUp(delay=timedelta(hours=26), text="Still there?"),),
        close_after=timedelta(days=3),
        reassign_after=timedelta(minutes=20),
        on_return=Returning.LAST_OWNER,
        watchdog=Watchdog(every=timedelta(minutes=5), resume=True),
        deadlines=Deadlines(first_reply=None, in_working_hours=False),
    )
    was = await the_bot(world)
    await ann.opens(at(world, "/settings"))
    await ann.sends(at(world, "/settings"), **form_on(ann, "settings"))
    assert ann.status == 303
    assert await the_bot(world) == was
    assert "Changed the bot" not in await ann.opens(at(world, "/activity?show=changes"))


EVERYTHING: Final = {
    "name": "Pedal",
    "wait_seconds": "",
    "max_messages": "10",
    "offer_message": "Shall I fetch somebody?",
    "stop_phrases": "no more\n\n no  more \nstop it",
    "stop_message": "I am silent now.",
    "transfers": ["new-1", "new-2"],
    "t.new-1.condition": "It is about an invoice.",
    "t.new-1.phrases": "my invoice\nthe bill",
    "t.new-2.bot_id": "",
    "deadlines.first_reply_minutes.hours": "",
    "deadlines.first_reply_minutes.minutes": "5",
    "deadlines.next_reply_minutes.minutes": "",
    "watchdog.every_minutes.minutes": "7",
    "watchdog.reassign": "on",
    "watchdog.resume": "on",
    "reassigns": "on",
    "reassign_after_minutes.minutes": "20",
    "follow_ups": ["new-1", "new-2"],
    "f.new-1.delay.hours": "26",
    "f.new-1.text": "Still there?",
    "closes": "on",
    "close_after.days": "3",
    "on_return": "last_owner",
}
"""What an owner may fill in; `t.new-1.bot_id` besides, once there is another bot."""


async def fills_everything_in(office: Office, ann: Seat) -> None:
    world = office.house.world
    await ann.sends(at(world, "/do/duplicate"))
    await ann.opens("/bots")
    other = re.search(rf"/bots/(?!{world.bot.id})(bot_\w+)", ann.last.text)
    assert other
    await ann.opens(at(world, "/settings"))
    wanted = form_on(ann, "settings") | EVERYTHING | {"t.new-1.bot_id": other[1]}
    await ann.sends(at(world, "/settings"), **wanted)
    assert ann.status == 303


async def test_everything_a_bot_may_be_told_is_saved(office: Office, ann: Seat) -> None:
    await fills_everything_in(office, ann)
    bot = await the_bot(office.house.world)
    assert (bot.name, bot.max_messages, bot.wait_seconds) == ("Pedal", 10, None)
    assert bot.offer_message == "Shall I fetch somebody?"
    assert bot.stop_phrases == ("no more", "stop it")
    assert [t.phrases for t in bot.transfers] == [("my invoice", "the bill")]
    assert bot.deadlines.first_reply == timedelta(minutes=5)
    assert bot.deadlines.next_reply is None
    assert (bot.watchdog.every, bot.watchdog.resume) == (timedelta(minutes=7), True)
    assert bot.reassign_after == timedelta(minutes=20)
    assert bot.follow_ups == (FollowUp(delay=timedelta(hours=26), text="Still there?"),)
    assert bot.close_after == timedelta(days=3)
    assert bot.on_return is Returning.LAST_OWNER


async def test_everything_a_bot_was_told_stands_in_the_history(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await fills_everything_in(office, ann)
    text = await ann.opens(at(world, "/activity?show=changes"))
    for said in (
        "First reply 10 minutes became → 5 minutes",
        "Further replies 30 minutes became → no deadline",
        "Whoever has the conversation then became → The person who had them",
        "Resolved after a silence of never became → 3 days",
        "Passes on to nothing became → Copy of Pear Street Bikes assistant",
        "Steps come every 10 minutes became → 7 minutes",
    ):
        assert said in text, said
    text = await ann.opens(at(world, "/settings"))
    for said in (
        "A first reply within 5 minutes, settled within 3 days",
        "Passes on to Copy of Pear Street Bikes assistant.",
        "2 phrases silence it.",
        "Asks again once, resolves after 3 days.",
    ):
        assert said in text, said


async def test_rows_that_are_wrong_are_told_where_they_stand(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/settings"))
    good = form_on(ann, "settings")
    for fields, said in (
        ({"f.a.text": "Hello?"}, "Between 1 minute and 30 days"),
        ({"f.a.delay.hours": "1"}, "Write what it says"),
        ({"t.a.bot_id": world.bot.id, "t.a.phrases": "bill"}, "Choose another bot"),
        ({"t.a.bot_id": "bot_elsewhere", "t.a.phrases": "x"}, "Choose another bot"),
        ({"closes": "on"}, "Between 1 minute and 365 days"),
        ({"reassigns": "on"}, "Between 1 minute and 7 days"),
        ({"watchdog.resume": "on", "watchdog.resume_message": ""}, "it comes back"),
    ):
        keys = {"follow_ups": "a", "transfers": "a"}
        text = await ann.sends(at(world, "/settings"), **(good | keys | fields))
        assert ann.status == 422, fields
        assert said in text, fields
        assert re.search(r'<details class="panel fold" id="\w+" open>', ann.last.text)


async def the_bot(world: World) -> Bot:
    async with world.db.transaction(world.account_id) as tx:
        return (await get_bot(tx, world.bot.id)).bot


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
