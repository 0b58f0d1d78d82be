"""Why something was refused is said in the reader's language, wherever it is shown."""

import pytest

from tests.desk.office import Office, Seat
from tests.desk.test_contacts import meet, save

HUMAN = "I want to talk to a human"
each_language = pytest.mark.parametrize("language", ["de", "es"])


async def seat_in(office: Office, language: str) -> Seat:
    """Ann, the owner, whose browser prefers a language."""
    seat = await office.seat(office.house.world.ann)
    seat.http.headers["Accept-Language"] = language
    return seat


@each_language
async def test_a_deed_that_was_refused(office: Office, language: str) -> None:
    await office.house.writes(HUMAN)
    await office.house.claims(office.house.world.bo)
    ann = await seat_in(office, language)
    told = await ann.presses(f"{office.address}/claim")
    who_has_it = {
        "de": "Bo Berg hat diese Unterhaltung schon.",
        "es": "Bo Berg ya tiene esta conversación.",
    }
    assert who_has_it[language] in told
    is_open = {"de": "Sie ist schon offen.", "es": "Ya está abierta."}
    assert is_open[language] in await ann.sends(f"{office.address}/reopen")


@each_language
async def test_a_deed_for_many_that_was_refused(office: Office, language: str) -> None:
    ann = await seat_in(office, language)
    ids = [office.house.conversation_id, "cnv_nobody"]
    told = await ann.presses("/bulk", ids=ids, deed="hand-back")
    is_the_bots, is_gone = {
        "de": (
            "Der Bot hat die Unterhaltung schon.",
            "Es wurde gelöscht, oder die Adresse ist falsch.",
        ),
        "es": (
            "El bot ya tiene el control.",
            "Se eliminó, o la dirección es incorrecta.",
        ),
    }[language]
    assert is_the_bots in told
    assert is_gone in told
    assert "There is no" not in told


@each_language
async def test_a_page_that_says_what_stands_in_the_way(
    office: Office, language: str
) -> None:
    ann = await seat_in(office, language)
    told = await ann.sends(f"/settings/staff/{office.house.world.ann.id}/delete")
    last = {"de": "Dies ist der letzte Inhaber", "es": "Es el último propietario"}
    assert ann.status == 409
    assert last[language] in told


@each_language
async def test_a_field_that_is_wrong(office: Office, language: str) -> None:
    await meet(office, name="Una")
    ann = await seat_in(office, language)
    told = await save(ann, office.house.world.cy.id, external_id="id-Una")
    taken = {"de": "ein anderer Kontakt hat sie", "es": "ya la tiene otro contacto"}
    assert taken[language] in told
    told = await ann.opens("/reports?period=custom&from=2026-03-02&to=2026-03-01")
    order = {"de": "muss vor dem Ende liegen", "es": "anterior al final"}
    assert order[language] in told
