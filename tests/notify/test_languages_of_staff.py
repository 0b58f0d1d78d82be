"""Outside the desk, too, staff are told in their language and on their clock."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from stepaside.core.rules import AssignTo, Scenario
from stepaside.notify.base import Notice
from stepaside.notify.chat.send import render as in_a_chat
from stepaside.notify.email.send import render as by_email
from stepaside.sayings.languages import unsaid
from stepaside.sayings.reader import reader_of
from stepaside.store.preferences import (
    Preferences,
    save_account_language,
    save_preferences,
)
from tests.house import House, open_house
from tests.world import World

HUMAN = "I want to talk to a human"


async def told_about(world: World, chosen: Preferences, account: str = "") -> House:
    """Ann, who prefers this, gets a conversation and a task by a rule."""
    house = await open_house(world)
    async with world.db.transaction(world.account_id) as tx:
        await save_preferences(tx, world.ann.id, chosen)
        await save_account_language(tx, account)
    assigned: dict[str, Any] = {"assign_to": AssignTo.STAFF, "staff_id": world.ann.id}
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, **assigned, task_due_in=timedelta(days=1)
    )
    await house.writes(HUMAN)
    await house.settle()
    return house


def of_task(house: House) -> tuple[Notice, Notice]:
    """What Ann was told of the conversation, and of the task."""
    first, second = sorted(house.post.notices, key=lambda n: len(n.body))
    return first, second


async def test_an_e_mail_is_said_in_the_staff_members_language(world: World) -> None:
    unsaid.clear()
    conversation, task = of_task(await told_about(world, Preferences(language="de")))
    assert conversation.title == "Cy Clark wollte mit einem Menschen sprechen"
    assert conversation.body.endswith(f"Erste Nachricht: „{HUMAN}“")
    assert task.title == conversation.title
    assert unsaid == set()


async def test_a_task_is_due_on_the_staff_members_clock(world: World) -> None:
    chosen = Preferences(language="es", time_zone="Asia/Tokyo")
    conversation, task = of_task(await told_about(world, chosen))
    assert task.body.startswith("Vence el mar, 3 mar 19:00. Cy Clark pidió")
    assert not conversation.body.startswith("Vence")


async def test_who_chose_nothing_is_told_as_their_account_speaks(world: World) -> None:
    house = await told_about(world, Preferences(), account="es")
    assert house.post.notices[0].title == "Cy Clark pidió una persona"


async def test_where_nobody_chose_it_is_english(world: World) -> None:
    conversation, task = of_task(await told_about(world, Preferences()))
    assert conversation.title == "Cy Clark asked for a person"
    assert task.body.startswith("Due Tue 3 Mar 10:00. Cy Clark asked")


NOTICE = Notice(
    key="ntf_1",
    to_name="Ann",
    to_address="ann@example.org",
    title="Cy wartet auf einen Menschen",
    body="",
    link="https://desk.example.org/desk/conversations/cnv_1",
    claim_link="https://desk.example.org/desk/claim/1",
    reader=reader_of("de", "Europe/Berlin"),
)


def test_what_is_around_a_notice_is_in_its_language_too() -> None:
    mail = by_email(NOTICE, "desk@example.org")
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert f"Übernehmen: {NOTICE.claim_link}" in text.get_content()
    assert '<html lang="de">' in html.get_content()
    for said in (text.get_content(), html.get_content(), in_a_chat(NOTICE)):
        assert "Im Desk öffnen" in said
        assert "Claim" not in said


def test_an_unknown_language_or_zone_is_english_and_utc() -> None:
    nobody = reader_of("tlh", "Moon/Base")
    assert (nobody.language, str(nobody.zone)) == ("en", "UTC")
    assert "Claim it" in in_a_chat(replace(NOTICE, reader=nobody))
