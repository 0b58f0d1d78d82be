"""The pages of contacts: finding, changing and merging them."""

import re
from html import unescape

import pytest

from stepaside.core.roster import ContactRef
from stepaside.pipeline.receive import start_conversation
from stepaside.store.contacts import add_tags
from tests.desk.office import Office, Seat

HUMAN = "I want to talk to a human"
SCRIPT = "<script>alert(1)</script>"


async def meet(office: Office, **known: str) -> str:
    """Somebody writes for the first time; their contact's id."""
    house = office.house
    conversation_id = await start_conversation(
        house.rt,
        house.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(**{"external_id": f"id-{known['name']}", **known}),
    )
    async with house.rt.db.transaction(house.account_id) as tx:
        row = await tx.one(
            "SELECT contact_id FROM conversations WHERE id = %s", conversation_id
        )
    assert row
    return str(row["contact_id"])


def form_of(seat: Seat) -> dict[str, list[str]]:
    """What the form on the page would send as it is."""
    html = seat.last.text.split("data-guard", 1)[1].split("</form>", 1)[0]
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", html.split("<template>")[0]):
        name = re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name:
            fields.setdefault(name[1], []).append(unescape(value[1] if value else ""))
    after = html.split("</template>")[-1]
    fields["was_tags"] = [
        unescape(v) for v in re.findall(r'name="was_tags" value="([^"]*)"', after)
    ]
    chosen = re.search(r'<option value="([^"]*)" selected>', html)
    fields["owner_id"] = [chosen[1] if chosen else ""]
    return fields


async def save(seat: Seat, contact_id: str, **changed: object) -> str:
    await seat.opens(f"/contacts/{contact_id}")
    return await seat.sends(f"/contacts/{contact_id}", **form_of(seat) | changed)


async def test_contacts_are_listed_and_found_by_any_part(office: Office) -> None:
    await meet(office, name="Una Ulm", email="una@example.org", phone="030 555 123")
    seat = await office.seat(office.house.world.bo)
    una = await seat.opens("/contacts?q=una")
    link = re.findall(r'href="/desk(/contacts/ctc_[^"]*)"', seat.last.text)[0]
    assert "Shop API · API id-Una Ulm" in await seat.opens(link)
    assert "Una Ulm" in una
    text = await seat.opens("/contacts")
    assert text.index("Una Ulm") < text.index("Cy Clark")  # who came last on top
    for words in ("ulm", "una@ex", "555123", "id-una"):
        text = await seat.opens(f"/contacts?q={words}")
        assert "Una Ulm" in text, words
        assert "Cy Clark" not in text
    assert "Nobody found" in await seat.opens("/contacts?q=nobody")


async def test_the_list_is_narrowed_and_the_address_says_by_what(
    office: Office,
) -> None:
    world = office.house.world
    await meet(office, name="Una")
    await world.give_contact_to(world.bo)
    async with world.db.transaction(world.account_id) as tx:
        await add_tags(tx, world.cy.id, ["vip"], world.clock())
    await office.house.writes(HUMAN)
    seat = await office.seat(world.bo)
    for query, name in (
        (f"owner={world.bo.id}", "Cy Clark"),
        ("owner=nobody", "Una"),
        ("tag=vip", "Cy Clark"),
        ("status=snoozed", "Cy Clark"),
        ("status=active", "Una"),
    ):
        await seat.opens(f"/contacts?{query}")
        listed = re.findall(r'class="is-title"><a [^>]*>([^<]*)', seat.last.text)
        assert listed == [name], query
        assert "selected" in seat.last.text
    assert "Bot snoozed until tomorrow 10:00" in await seat.opens("/contacts?tag=vip")


async def test_a_long_list_goes_on_page_by_page(office: Office) -> None:
    world = office.house.world
    async with world.db.transaction(world.account_id) as tx:
        await tx.run(
            "INSERT INTO contacts (id, account_id, name, created_at, updated_at)"
            " SELECT 'ctc_n' || lpad(n::text, 4, '0'), %s, 'No ' || n, %s, %s"
            " FROM generate_series(1, 60) n",
            *(world.account_id, world.clock(), world.clock()),
        )
    seat = await office.seat(world.bo)
    assert "Contacts 61" in await seat.opens("/contacts")
    (older,) = re.findall(
        r'href="/desk([^"]*)" hx-boost="true" rel="next"', seat.last.text
    )
    text = await seat.opens(unescape(older))
    assert seat.last.text.count('class="is-title"') == 11
    assert "Cy Clark" in text
    assert 'rel="prev"' in seat.last.text


async def test_a_contacts_page_tells_everything_about_them(office: Office) -> None:
    world = office.house.world
    await office.house.writes(HUMAN)
    await office.house.claims(world.bo)
    seat = await office.seat(world.ann)
    text = await seat.opens(f"/contacts/{world.cy.id}")
    assert "Bot snoozed until tomorrow 10:00" in text
    assert "Person : Bo" in text or "Person: Bo" in text
    assert "Cy Clark asked for a person" in text  # the task
    assert "Asked for a person" in text  # the handover
    assert 'value="human_handover"' in seat.last.text


async def test_details_owner_and_tags_are_changed(office: Office) -> None:
    world = office.house.world
    seat = await office.seat(world.bo)
    await save(
        seat,
        world.cy.id,
        name="Cy C.",
        owner_id=world.bo.id,
        tags=["vip", f"a {SCRIPT}"],
    )
    assert (seat.status, seat.goes_to) == (303, f"/desk/contacts/{world.cy.id}")
    await seat.opens(f"/contacts/{world.cy.id}")
    fields = form_of(seat)
    assert fields["name"] == ["Cy C."]
    assert fields["owner_id"] == [world.bo.id]
    assert set(fields["tags"]) == {"vip", f"a {SCRIPT}"}
    assert SCRIPT not in seat.last.text
    await save(seat, world.cy.id, tags=["vip"], owner_id="")
    await seat.opens(f"/contacts/{world.cy.id}")
    assert form_of(seat)["tags"] == ["vip"]


async def test_what_happened_while_the_form_was_open_stays(office: Office) -> None:
    world = office.house.world
    seat = await office.seat(world.bo)
    await seat.opens(f"/contacts/{world.cy.id}")
    form = form_of(seat)
    await office.house.writes(HUMAN)  # tags the contact
    await world.give_contact_to(world.ann)
    await seat.sends(f"/contacts/{world.cy.id}", **form | {"phone": "030 1"})
    await seat.opens(f"/contacts/{world.cy.id}")
    now = form_of(seat)
    assert (now["phone"], now["tags"]) == (["030 1"], ["human_handover"])
    assert now["owner_id"] == [world.ann.id]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "nobody", "Write an address such as cy@example.org."),
        ("name", "x" * 201, "Write at most 200 characters."),
        ("external_id", "id-Una", "another contact has it"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(
    office: Office, field: str, value: str, said: str
) -> None:
    await meet(office, name="Una")
    seat = await office.seat(office.house.world.bo)
    text = await save(seat, office.house.world.cy.id, **{field: value})
    assert seat.status == 422
    assert said in text
    assert f'value="{value}"' in seat.last.text  # as typed


async def test_a_contact_is_added_by_hand(office: Office) -> None:
    seat = await office.seat(office.house.world.bo)
    text = await seat.sends("/contacts", name="", email="")
    assert (seat.status, "Write a name, an address or a phone." in text) == (422, True)
    await seat.sends("/contacts", name="Una", tags=["vip"])
    assert seat.status == 303
    text = await seat.opens(seat.goes_to.removeprefix("/desk"))
    assert "Una" in text
    assert "None yet. The first one appears here when they write." in text


async def test_twins_are_pointed_out_looked_at_and_merged(office: Office) -> None:
    world = office.house.world
    una = await meet(office, name=f"Cyrus {SCRIPT}", email="cy@example.org")
    seat = await office.seat(world.bo)
    text = await seat.opens(f"/contacts/{world.cy.id}")
    assert "may be the same person: same e-mail address." in text
    text = await seat.opens(f"/contacts/{world.cy.id}/merge?other={una}")
    assert "1 conversation 0 tasks 1 identity on a channel no further tag" in text
    assert SCRIPT not in seat.last.text
    await seat.sends(f"/contacts/{world.cy.id}/merge", other=una)
    assert (seat.status, seat.goes_to) == (303, f"/desk/contacts/{world.cy.id}")
    await seat.opens(f"/contacts/{una}")
    assert (seat.status, seat.goes_to) == (303, f"/desk/contacts/{world.cy.id}")
    text = await seat.opens(f"/contacts/{world.cy.id}")
    assert "Merged into this contact" in text
    assert "may be the same person" not in text
    await seat.sends(f"/contacts/{world.cy.id}/merge", other=una)
    assert seat.status == 409


async def test_whom_to_merge_may_be_searched(office: Office) -> None:
    world = office.house.world
    await meet(office, name="Una", phone="030 555 123")
    seat = await office.seat(world.bo)
    text = await seat.opens(f"/contacts/{world.cy.id}/merge?q=555")
    assert "Una" in text
    assert "Nobody found" in await seat.opens(f"/contacts/{world.cy.id}/merge?q=zzz")


async def test_another_account_finds_nobody_here(office: Office) -> None:
    world = office.house.world
    dee = await office.seat(world.dee)
    assert "Cy Clark" not in await dee.opens("/contacts")
    for path in (f"/contacts/{world.cy.id}", f"/contacts/{world.cy.id}/merge"):
        await dee.opens(path)
        assert dee.status == 404
    theirs = world.dees_shop.contact.id
    await dee.sends(f"/contacts/{theirs}/merge", other=world.cy.id)
    assert dee.status == 404
