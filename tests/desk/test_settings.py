"""The settings over HTTP: who may, what is stored, what is refused and what is told."""

import re

import pytest

from stepaside.core.roster import Role
from stepaside.store.accounts import get_account
from stepaside.store.notification_settings import settings_of
from stepaside.store.staff import get_staff, list_staff
from stepaside.store.teams import list_teams
from stepaside.store.webhooks import list_webhooks
from tests.desk.office import Office, Seat

PAGES = (
    *("", "/profile", "/notifications", "/staff", "/staff/new", "/inboxes"),
    *("/inboxes/new", "/workflows", "/keys", "/webhooks", "/webhooks/new", "/teams"),
    *("/account", "/audit", "/teams", "/teams/new"),
)
OWN = ("", "/profile", "/notifications")


@pytest.fixture
async def ann(office: Office) -> Seat:
    """Ann, an owner, at her desk."""
    return await office.seat(office.house.world.ann)


@pytest.fixture
async def bo(office: Office) -> Seat:
    """Bo, who answers contacts."""
    return await office.seat(office.house.world.bo)


def link_in(seat: Seat, pattern: str) -> str:
    found = re.search(pattern, seat.last.text)
    assert found, seat.last.text
    return found[1]


@pytest.mark.parametrize("path", PAGES)
async def test_an_agent_sees_their_own_settings_and_no_others(
    ann: Seat, bo: Seat, path: str
) -> None:
    await ann.opens(f"/settings{path}")
    assert ann.status == 200
    text = await bo.opens(f"/settings{path}")
    if path in OWN:
        assert bo.status == 200
        assert "Webhooks" not in text
    else:
        assert bo.status == 403
        assert "Only owners and admins" in text


async def test_an_agent_changes_nothing_of_others(office: Office, bo: Seat) -> None:
    world = office.house.world
    for path in (
        *("/staff/new", f"/staff/{world.ann.id}", f"/staff/{world.ann.id}/disable"),
        *(f"/staff/{world.ann.id}/delete", f"/staff/{world.ann.id}/link", "/keys"),
        *(f"/staff/{world.ann.id}/notifications", "/inboxes/new", "/workflows"),
        *("/webhooks/new", "/account", f"/inboxes/{world.inbox_id}/delete"),
    ):
        text = await bo.sends(
            f"/settings{path}",
            name="X",
            email="x@example.org",
            url="https://x.example.org",
            events="resolved",
            scopes="read",
            kind="api",
            time_zone="UTC",
            bot_id=world.bot.id,
        )
        assert bo.status == 403, path
        assert "Only owners and admins" in text, path
    async with world.db.transaction(world.account_id) as tx:
        assert len(await list_staff(tx)) == 2
        assert await list_webhooks(tx) == []


async def test_who_is_invited_comes_in_once_and_chooses_a_password(
    office: Office, ann: Seat
) -> None:
    await ann.sends(
        "/settings/staff/new", name="Flo Fox", email="flo@example.org", role="admin"
    )
    token = link_in(ann, r"/desk/login/([\w-]+)")
    async with office.house.world.db.transaction(office.house.account_id) as tx:
        flo = (await list_staff(tx))[-1].member
    assert (flo.name, flo.role) == ("Flo Fox", Role.ADMIN)
    assert "Invited" in await ann.opens("/settings/staff")

    seat = await office.seat()
    await seat.sends(f"/login/{token}")
    assert seat.goes_to == "/desk/password"
    await seat.opens("/password")
    await seat.sends("/password", password="a fine new sentence")
    assert seat.goes_to == "/desk"
    again = await office.seat()
    await again.sends(f"/login/{token}")
    assert again.status == 410
    assert "Invited" not in await ann.opens("/settings/staff")


async def test_a_fresh_invitation_voids_the_one_before_and_each_expires(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.sends(f"/settings/staff/{world.bo.id}/link")
    first = link_in(ann, r"/desk/login/([\w-]+)")
    await ann.sends(f"/settings/staff/{world.bo.id}/link")
    second = link_in(ann, r"/desk/login/([\w-]+)")
    seat = await office.seat()
    await seat.sends(f"/login/{first}")
    assert seat.status == 410
    world.clock.advance(days=7, minutes=1)
    await seat.sends(f"/login/{second}")
    assert seat.status == 410


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Fill this in"),
        ("email", "nobody", "An e-mail address"),
        ("email", "bo@example.org", "another staff member has this address"),
        ("phone", "call me", "country code"),
        ("capacity", "many", "A whole number"),
        ("role", "king", "Choose one"),
    ],
)
async def test_a_wrong_field_is_told_beside_it_and_nothing_is_lost(
    ann: Seat, field: str, value: str, said: str
) -> None:
    fields = {"name": "Flo Fox", "email": "flo@example.org", "phone": "+49301234567"}
    text = await ann.sends("/settings/staff/new", **{**fields, field: value})
    assert ann.status == 422
    assert said in text
    if field != "phone":
        assert 'value="+49301234567"' in ann.last.text


async def test_somebody_is_changed(office: Office, ann: Seat) -> None:
    world = office.house.world
    await ann.sends(
        f"/settings/staff/{world.bo.id}",
        name="Bo Bergmann",
        email="bo@example.org",
        phone="+49 30 123456",
        role="admin",
        availability="away",
        capacity="3",
    )
    assert ann.goes_to == "/desk/settings/staff"
    async with world.db.transaction(world.account_id) as tx:
        stored = await get_staff(tx, world.bo.id)
    assert (stored.member.name, stored.member.role) == ("Bo Bergmann", Role.ADMIN)
    assert (stored.member.capacity, stored.phone) == (3, "+49 30 123456")


async def test_only_an_owner_makes_or_touches_owners(office: Office, bo: Seat) -> None:
    world = office.house.world
    await world.change_staff(world.bo, role=Role.ADMIN)
    text = await bo.sends(
        f"/settings/staff/{world.bo.id}",
        name="Bo",
        email="bo@example.org",
        role="owner",
    )
    assert bo.status == 422
    assert "Only an owner can change who is an owner" in text
    await bo.sends(f"/settings/staff/{world.ann.id}/link")
    assert bo.status == 409
    hers = {"name": "Ann", "email": "bo+ann@example.org", "role": "owner"}
    await bo.sends(f"/settings/staff/{world.ann.id}", **hers)
    assert bo.status == 409
    await bo.sends(f"/settings/staff/{world.ann.id}/delete")
    assert bo.status == 409
    async with world.db.transaction(world.account_id) as tx:
        ann = (await get_staff(tx, world.ann.id)).member
    assert (ann.role, ann.email) == (Role.OWNER, world.ann.email)


async def test_the_last_owner_stays_one(office: Office, ann: Seat) -> None:
    world = office.house.world
    text = await ann.sends(
        f"/settings/staff/{world.ann.id}",
        name="Ann",
        email="ann@example.org",
        role="agent",
    )
    assert ann.status == 422
    assert "last owner" in text


async def test_whoever_goes_leaves_nothing_behind(office: Office, ann: Seat) -> None:
    house = office.house
    await house.writes("I want to talk to a human")
    await house.claims(house.world.bo)
    bo = await office.seat(house.world.bo)
    text = await ann.opens(f"/settings/staff/{house.world.bo.id}")
    assert "1 conversation returns to the queue" in text
    assert "1 open task is nobody's" in text
    await ann.sends(f"/settings/staff/{house.world.bo.id}/disable")
    assert (await house.state()).assignee_id is None
    await bo.opens("/conversations")
    assert bo.goes_to.startswith("/desk/login")
    await ann.sends(f"/settings/staff/{house.world.bo.id}/enable")
    await ann.sends(f"/settings/staff/{house.world.bo.id}/delete")
    assert "Bo Berg" not in await ann.opens("/settings/staff")


async def test_the_matrix_is_stored_as_ticked_and_written_down(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    text = await ann.opens(f"/settings/staff/{world.bo.id}/notifications")
    assert "A conversation is assigned to me" in text
    path = f"/settings/staff/{world.bo.id}/notifications"
    await ann.sends(path, wanted=["conversation_assigned:in_app", "task_due:email"])
    assert ann.status == 303
    async with world.db.transaction(world.account_id) as tx:
        matrix = await settings_of(tx, world.bo.id)
    on = {
        f"{event}:{channel}"
        for event, cells in matrix.items()
        for channel, wanted in cells.items()
        if wanted and channel in ("in_app", "email")
    }
    assert on == {"conversation_assigned:in_app", "task_due:email"}
    text = await ann.opens("/settings/audit?kind=notification_settings")
    assert "Bo Berg" in text
    assert "A task is due, In the desk yes → no" in text


async def test_a_test_is_really_delivered_and_its_result_shown(
    office: Office, bo: Seat
) -> None:
    text = await bo.presses("/settings/notifications/test/email")
    assert "Sent. It should be there now." in text
    assert [one.to_address for one in office.house.post.notices] == ["bo@example.org"]
    text = await bo.sends("/settings/notifications/test/sms")
    assert "Something is missing" in text
    assert "Needs a phone number" in text or "Not set up" in text


async def test_one_sets_ones_own_language_and_clock(office: Office, bo: Seat) -> None:
    await bo.sends(
        "/settings/profile",
        name="Bo Berg",
        language="de",
        time_zone="America/New_York",
        availability="online",
    )
    assert bo.status == 303
    await bo.opens("/settings/profile", **{"Accept-Language": "es"})
    assert '<html lang="de"' in bo.last.text
    await bo.opens("/tasks")
    assert bo.status == 200
    assert "New_York" in (await _full_times(office, bo))
    text = await bo.sends("/settings/profile", name="Bo", time_zone="Mars/Olympus")
    assert bo.status == 422
    assert text


async def _full_times(office: Office, seat: Seat) -> str:
    await office.house.writes("Hello")
    await seat.opens("/conversations?view=all")
    return seat.last.text


async def test_the_audit_log_tells_who_did_what_and_is_narrowed(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.sends(
        "/settings/account", name="Pear Bikes", time_zone="Europe/Berlin", language=""
    )
    text = await ann.opens("/settings/audit")
    assert "Ann Ash · Account changed" in text
    assert "Pear Street Bikes → Pear Bikes" in text
    assert "192.0.2.7" in text
    assert "Account changed" not in await ann.opens("/settings/audit?kind=webhook")
    assert "Nothing found" in await ann.opens(
        f"/settings/audit?who={world.ann.id}&until=2020-01-01"
    )
    dee = await office.seat(world.dee)
    assert "Pear" not in await dee.opens("/settings/audit")


async def test_dee_finds_nothing_of_theirs(office: Office) -> None:
    world = office.house.world
    dee = await office.seat(world.dee)
    for path in (
        f"/settings/staff/{world.bo.id}",
        f"/settings/staff/{world.bo.id}/notifications",
        f"/settings/inboxes/{world.inbox_id}",
    ):
        await dee.opens(path)
        assert dee.status == 404, path
    await dee.sends(f"/settings/staff/{world.bo.id}/delete")
    assert dee.status == 404


async def test_hostile_names_stay_text_everywhere(office: Office, ann: Seat) -> None:
    evil = "<script>alert(1)</script>"
    world = office.house.world
    await ann.sends(
        f"/settings/staff/{world.bo.id}",
        name=evil,
        email="bo@example.org",
        role="agent",
    )
    await ann.sends("/settings/keys", name=evil, scopes="read")
    for path in (
        *PAGES,
        f"/staff/{world.bo.id}",
        f"/staff/{world.bo.id}/notifications",
    ):
        await ann.opens(f"/settings{path}")
        assert evil not in ann.last.text


async def test_a_team_with_hours_of_its_own(office: Office, ann: Seat) -> None:
    world = office.house.world
    await ann.sends(
        "/settings/teams/new",
        **{
            "name": "Workshop",
            "mode": "least_loaded",
            "members": [world.ann.id, world.bo.id],
            "open": "week",
            "monday-0-from": "09:00",
            "monday-0-to": "12:00",
            "monday-1-from": "13:00",
            "monday-1-to": "17:30",
            "holiday-0-from": "2026-12-24",
            "holiday-0-to": "2026-12-26",
            "holiday-0-name": "Christmas",
            "holiday-0-yearly": "on",
        },
    )
    assert ann.status == 303
    async with world.db.transaction(world.account_id) as tx:
        (team,) = await list_teams(tx)
    assert set(team.member_ids) == {world.ann.id, world.bo.id}
    assert team.week is not None
    assert [f"{s.opens:%H:%M}-{s.closes:%H:%M}" for s in team.week[0]] == [
        "09:00-12:00",
        "13:00-17:30",
    ]
    assert team.week[1:] == ((),) * 6
    assert (team.holidays[0].name, team.holidays[0].yearly) == ("Christmas", True)
    here = f"/settings/teams/{team.id}"
    await ann.opens(here)
    assert 'value="17:30"' in ann.last.text
    text = await ann.sends(
        here, **{"name": "Workshop", "open": "week", "monday-0-from": "09:00"}
    )
    assert ann.status == 422
    assert "both times" in text
    await ann.sends(here, name="Workshop", open="account", mode="round_robin")
    async with world.db.transaction(world.account_id) as tx:
        (team,) = await list_teams(tx)
    assert (team.week, team.member_ids, team.holidays) == (None, (), ())
    await ann.sends(f"{here}/delete")
    assert "No teams yet" in await ann.opens("/settings/teams")


async def test_the_accounts_hours_and_holidays(office: Office, ann: Seat) -> None:
    world = office.house.world
    fields = {"name": "Pear Bikes", "time_zone": "Europe/Berlin"}
    days = {"monday-0-from": "09:00", "monday-0-to": "10:30"}
    await ann.sends("/settings/account", **fields, **days, open="week")
    assert ann.status == 303
    text = await ann.opens("/settings/account")
    assert "Closed now" in text  # 11:00 in Berlin
    async with world.db.transaction(world.account_id) as tx:
        account = await get_account(tx)
    assert not account.hours.is_open(world.clock())
    text = await ann.sends(
        "/settings/account",
        **fields,
        open="always",
        **{"holiday-0-from": "2026-12-26", "holiday-0-to": "2026-12-24"},
    )
    assert ann.status == 422
    assert "ends before it begins" in text
