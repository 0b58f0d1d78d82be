"""What was written in English is read in the reader's language and zone."""

import re
from datetime import timedelta

import pytest

from stepaside.core.roster import Availability
from stepaside.core.rules import AssignTo
from stepaside.pipeline import staff
from stepaside.sayings.again import say_again
from stepaside.sayings.languages import Language
from stepaside.sayings.shapes import SHAPES
from stepaside.store.preferences import Preferences, save_preferences
from tests.desk.bot_forms import HUMAN, at, form_on, key_of
from tests.desk.office import Office, Seat, words

_SLOT = re.compile(r"%\(\w+\)s")
ENGLISH = {
    longest
    for shape in SHAPES
    if len(longest := max(_SLOT.split(shape), key=len).strip()) > 10
}
"""Of each sentence of ours, the words that tell it."""
each_language = pytest.mark.parametrize("language", ["de", "es"])


def still_english(text: str) -> list[str]:
    """The sentences of ours that a page says in English."""
    return sorted(told for told in ENGLISH if told in text)


async def seat_in(office: Office, language: str) -> Seat:
    """Ann, whose browser prefers a language and is in Berlin."""
    seat = await office.seat(office.house.world.ann)
    seat.http.headers["Accept-Language"] = language
    return seat


def without_suggestion(seat: Seat, text: str) -> str:
    """A page without the reply it suggests, which is for the contact."""
    found = re.search(r"<p data-suggested>(.*?)</p>", seat.last.text, re.DOTALL)
    return text.replace(words(found[1]), "") if found else text


async def test_in_english_everything_is_as_it_was_written(office: Office) -> None:
    await office.house.writes("I want to talk to a human")
    text = await (await seat_in(office, "en")).opens(office.address)
    assert "asked for a person" in still_english(text)
    assert "The contact asks for a person." in still_english(text)


@each_language
async def test_a_handover_card_is_said_in_the_readers_language(
    office: Office, language: str
) -> None:
    house = office.house
    await house.writes("When are you open on Saturday?")
    await house.writes("I want to talk to a human")
    ann = await seat_in(office, language)
    text = without_suggestion(ann, await ann.opens(office.address))
    assert still_english(text) == []
    first, last = {
        "de": ("Der Kontakt möchte mit einem Menschen sprechen.", "Letzte Nachricht:"),
        "es": ("El contacto pide una persona.", "Último mensaje:"),
    }[language]
    assert first in text
    assert f"{last} {'„' if language == 'de' else '«'}I want to talk to a human" in text


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("When are you open on Saturday?", "Hi Cy, I have taken over"),
        ("Wann habt ihr am Samstag geöffnet?", "Guten Tag Cy, ich habe vom"),
        ("4711", "Hola, Cy: he tomado el relevo"),
    ],
)
async def test_a_reply_is_suggested_in_the_contacts_language(
    office: Office, asked: str, begins: str
) -> None:
    await office.house.writes(asked)
    await office.house.does(staff.hand_over, office.house.world.bo)
    text = await (await seat_in(office, "es")).opens(office.address)
    assert begins in text


@each_language
async def test_every_line_of_a_transcript_is_said_in_the_readers_language(
    office: Office, language: str
) -> None:
    house = office.house
    world = house.world
    await house.writes("I want to talk to a human")
    await house.claims(world.bo)
    await house.goes(world.bo, Availability.AWAY)
    await house.later(days=2)
    await house.writes("That still does not answer my question")
    ann = await seat_in(office, language)
    text = without_suggestion(ann, await ann.opens(office.address))
    assert still_english(text) == []
    assert still_english(await ann.opens(f"/bots/{world.bot.id}/activity")) == []


async def test_a_task_in_a_notification_is_due_on_the_readers_clock(
    office: Office,
) -> None:
    house, ann = office.house, office.house.world.ann
    async with house.world.db.transaction(house.account_id) as tx:
        chosen = Preferences(language="de", time_zone="Asia/Tokyo")
        await save_preferences(tx, ann.id, chosen)
    assigned = {"assign_to": AssignTo.STAFF, "staff_id": ann.id}
    await house.world.change_rule(HUMAN, **assigned, task_due_in=timedelta(days=1))
    await house.writes("I want to talk to a human")
    told = await (await office.seat(ann)).opens("/notifications")
    assert "Cy Clark wollte mit einem Menschen sprechen fällig morgen 19:00" in told


def test_what_was_stored_with_its_due_time_is_shown_without_it() -> None:
    stored = "Due 2026-03-02 10:12 UTC. Cy Chen asked for a person."
    assert say_again(stored, Language.ENGLISH) == "Cy Chen asked for a person."
    assert "Due" not in say_again(stored, Language.GERMAN)
    assert say_again("Due soon, says Cy", Language.ENGLISH) == "Due soon, says Cy"


@each_language
async def test_notifications_and_tasks_are_said_in_the_readers_language(
    office: Office, language: str
) -> None:
    house = office.house
    await house.writes("I want to talk to a human")
    await house.assigns(house.world.bo, house.world.ann)
    await house.later(days=2)
    ann = await seat_in(office, language)
    told = await ann.opens("/notifications")
    assert "Cy Clark" in told
    assert still_english(told) == []
    tasks = await ann.opens("/tasks?whose=all")
    asked = {"de": "Cy Clark wollte mit einem", "es": "Cy Clark pidió una persona"}
    assert asked[language] in tasks
    assert still_english(tasks) == []


async def test_a_note_that_names_somebody_is_shown_as_it_was_written(
    office: Office,
) -> None:
    house = office.house
    await house.writes("I want to talk to a human")
    await house.does(staff.note, house.world.bo, text="@Ann Cy replied")
    told = await (await seat_in(office, "de")).opens("/notifications")
    assert "Bo Berg hat Sie in einer Notiz erwähnt: Cy Clark" in told
    assert "@Ann Cy replied" in told


@each_language
async def test_the_test_panel_speaks_the_readers_language(
    office: Office, language: str
) -> None:
    world = office.house.world
    ann = await seat_in(office, language)
    await ann.opens(at(world, "/goals"))
    fields = form_on(ann) | {
        key_of(world, HUMAN, "assign"): f"staff:{world.bo.id}",
        "say": "Can someone real help me?",
        "trial_name": "Mia Moss",
    }
    text = await ann.presses(at(world, "/try"), **fields)
    assert "Mia Moss" in text
    assert still_english(text) == []


async def test_a_task_is_changed_in_another_language_only_where_somebody_changed_it(
    office: Office,
) -> None:
    house = office.house
    await house.writes("I want to talk to a human")
    ann = await seat_in(office, "de")
    await ann.opens("/tasks?whose=all")
    (task,) = set(re.findall(r"/tasks/(tsk_\w+)\"", ann.last.text))
    await ann.opens(f"/tasks/{task}")
    assert 'value="Cy Clark wollte mit einem Menschen sprechen"' in ann.last.text
    was = dict(re.findall(r'name="was_(\w+)" value="([^"]*)"', ann.last.text))
    fields = {**was, **{f"was_{name}": value for name, value in was.items()}}
    await ann.sends(f"/tasks/{task}", **(fields | {"body": "Ruf an"}))
    assert ann.status == 303
    async with house.world.db.transaction(house.account_id) as tx:
        row = await tx.one("SELECT title, body FROM tasks")
    assert row == {"title": "Cy Clark asked for a person", "body": "Ruf an"}
