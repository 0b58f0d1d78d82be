"""Getting in, staying in, and being out again."""

import asyncio
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from litestar import Litestar

from stepaside.core.roster import StaffMember
from stepaside.desk.app import desk_routes
from stepaside.desk.attempts import Attempts
from stepaside.desk.login import local
from stepaside.desk.passwords import Passwords, fault_in
from stepaside.live.hub import Hub
from stepaside.store.audit import Sought, list_entries
from stepaside.store.sessions import create_login_link
from stepaside.store.staff import set_password_hash
from tests.desk.office import BASE_URL, Office, Seat
from tests.world import World

PASSWORD = "three green bicycles"


@pytest.fixture(scope="session")
async def hashed() -> str:
    """The password's hash, made once: it is slow on purpose."""
    return await Passwords().hash(PASSWORD)


@pytest.fixture
async def ann(office: Office, hashed: str) -> StaffMember:
    """Ann, who has set a password."""
    world = office.house.world
    async with world.db.transaction(world.account_id) as tx:
        await set_password_hash(tx, world.ann.id, hashed)
    return world.ann


async def logs_in(seat: Seat, member: StaffMember, password: str = PASSWORD) -> str:
    return await seat.sends("/login", email=member.email, password=password)


async def link_for(office: Office, member: StaffMember, minutes: int = 10) -> str:
    world = office.house.world
    expires = world.clock() + timedelta(minutes=minutes)
    async with world.db.transaction(world.account_id) as tx:
        return await create_login_link(tx, member.id, expires)


async def test_the_right_password_opens_the_desk(
    office: Office, ann: StaffMember
) -> None:
    seat = await office.seat()
    await logs_in(seat, ann)
    assert (seat.status, seat.goes_to) == (303, "/desk")
    cookie = seat.last.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/desk" in cookie
    assert "Nobody is waiting" in await seat.opens("/conversations")


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    office: Office, ann: StaffMember
) -> None:
    seat = await office.seat()
    wrong = await logs_in(seat, ann, "something else entirely")
    unknown = await seat.sends("/login", email="nobody@example.org", password=PASSWORD)
    assert seat.status == 401
    assert "do not go together" in wrong
    assert wrong == unknown
    assert "set-cookie" not in seat.last.headers


async def test_nobody_takes_as_long_to_refuse_as_somebody(hashed: str) -> None:
    passwords = Passwords()
    await passwords.fits("warm up", None)

    async def seconds(password_hash: str | None) -> float:
        start = time.process_time()
        assert not await passwords.fits("not the password", password_hash)
        return time.process_time() - start

    somebody = min([await seconds(hashed) for _ in range(3)])
    nobody = min([await seconds(None) for _ in range(3)])
    assert somebody / 4 < nobody < somebody * 4  # a look-up alone takes a thousandth


async def test_guessing_is_stopped_and_allowed_again_later(
    office: Office, ann: StaffMember
) -> None:
    seat = await office.seat()
    for _ in range(10):
        await seat.sends("/login", email="nobody@example.org", password="guess")
    text = await logs_in(seat, ann)  # the right one, from the same place
    assert seat.status == 429
    assert "Too many tries. Wait 10 min" in text
    assert int(seat.last.headers["retry-after"]) > 500

    office.house.world.clock.advance(minutes=11)
    await logs_in(seat, ann)
    assert seat.status == 303


async def test_a_link_signs_in_once_and_only_when_its_button_is_pressed(
    office: Office,
) -> None:
    token = await link_for(office, office.house.world.bo)
    scanner, bo, thief = [await office.seat() for _ in range(3)]
    for _ in range(2):
        await scanner.opens(f"/login/{token}")
        assert scanner.status == 200
    await bo.sends(f"/login/{token}")
    assert bo.status == 303
    assert "Nobody is waiting" in await bo.opens("/conversations")

    text = await thief.sends(f"/login/{token}")
    assert thief.status == 410
    assert "used up" in text


async def test_an_old_link_is_void(office: Office) -> None:
    token = await link_for(office, office.house.world.bo, minutes=10)
    office.house.world.clock.advance(minutes=11)
    seat = await office.seat()
    await seat.sends(f"/login/{token}")
    assert seat.status == 410


async def test_signing_in_replaces_the_session_and_signing_out_ends_it(
    office: Office, ann: StaffMember
) -> None:
    seat = await office.seat(ann)
    before = seat.http.cookies["stepaside"]
    await logs_in(seat, ann)
    after = seat.http.cookies["stepaside"]
    assert before != after

    old = await office.seat()
    old.holds(before)
    await old.opens("/conversations")
    assert old.goes_to.startswith("/desk/login")

    await seat.opens("/password")
    await seat.sends("/logout")
    assert seat.goes_to == "/desk/login"
    seat.holds(after)
    await seat.opens("/conversations")
    assert seat.goes_to.startswith("/desk/login")


async def test_a_new_password_ends_every_other_session(
    office: Office, ann: StaffMember
) -> None:
    here, elsewhere = await office.seat(ann), await office.seat(ann)
    text = await here.sends("/password", password="short")
    assert here.status == 422
    assert "at least 10 characters" in text

    await here.sends("/password", password="quite another sentence")
    assert here.status == 303
    assert "Nobody is waiting" in await here.opens("/conversations")
    await elsewhere.opens("/conversations")
    assert elsewhere.goes_to.startswith("/desk/login")
    await logs_in(elsewhere, ann)
    assert elsewhere.status == 401
    await logs_in(elsewhere, ann, "quite another sentence")
    assert elsewhere.status == 303


async def test_a_session_ends_after_a_week_and_with_the_person(
    office: Office, ann: StaffMember
) -> None:
    world = office.house.world
    seat, bo = await office.seat(ann), await office.seat(world.bo)
    async with world.db.transaction(world.account_id) as tx:
        await tx.run("UPDATE staff SET disabled_at = now() WHERE id = %s", world.bo.id)
    await bo.opens("/conversations")
    assert bo.goes_to.startswith("/desk/login")
    await seat.opens("/conversations")
    assert seat.status == 200
    world.clock.advance(days=7, minutes=1)
    await seat.opens("/conversations")
    assert seat.goes_to.startswith("/desk/login")


async def test_after_signing_in_one_is_where_one_wanted_to_be(
    office: Office, ann: StaffMember
) -> None:
    seat = await office.seat()
    await seat.opens(f"{office.address}?view=mine")
    assert seat.goes_to.startswith("/desk/login?next=")
    await seat.sends(
        "/login", email=ann.email, password=PASSWORD, next="/desk/tasks?whose=all"
    )
    assert seat.goes_to == "/desk/tasks?whose=all"


async def test_a_form_that_came_too_late_leads_back_to_its_page(
    office: Office,
) -> None:
    seat = await office.seat()
    seat.http.headers["Referer"] = f"{BASE_URL}/desk/tasks/new?contact=ctc_1"
    await seat.sends("/tasks", title="Call Cy")
    assert seat.status == 303
    wanted = "/desk/tasks/new?contact=ctc_1"
    assert seat.goes_to == f"/desk/login?{urlencode({'next': wanted})}"
    assert local(wanted) == wanted


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/desk",
        "//evil.example/desk",
        "/desk//evil.example",
        "/desk/\\evil.example",
        "/deskevil",
        "/v1/bots",
        "javascript:alert(1)",
        "/desk/\nx",
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(elsewhere: str) -> None:
    assert local(elsewhere) == "/desk"


async def test_somebody_in_two_businesses_chooses_one(
    office: Office, ann: StaffMember, hashed: str
) -> None:
    world: World = office.house.world
    async with world.db.transaction(world.dees_shop.account_id) as tx:
        await tx.run("UPDATE staff SET email = %s", ann.email)
        await set_password_hash(tx, world.dee.id, hashed)
    seat = await office.seat()
    text = await logs_in(seat, ann)
    assert "Pear Street Bikes" in text
    assert "Dee's Flowers" in text
    assert "set-cookie" not in seat.last.headers

    flowers = seat.last.text.split("Dee&#39;s Flowers")[0].rsplit("/desk/login/", 1)
    await seat.sends(f"/login/{flowers[1].split(chr(34))[0]}")
    assert seat.status == 303
    page = await seat.opens("/password")
    assert page.count(ann.email) == 1


async def test_over_https_the_cookie_insists_on_it(
    office: Office, hub: Hub, ann: StaffMember
) -> None:
    url = "https://desk.example.org"
    routes = desk_routes(office.house.rt, hub, base_url=url)
    office.app = Litestar(routes, openapi_config=None, logging_config=None)
    seat = await office.seat()
    seat.http.base_url = url
    await seat.http.post(
        "/desk/login",
        data={"email": ann.email, "password": PASSWORD},
        headers={"Origin": url},
    )
    (cookie,) = seat.http.cookies.jar
    assert (cookie.name, cookie.path, cookie.secure) == ("__Host-stepaside", "/", True)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("123456789", "at least 10"),
        ("aaaaaaaaaaaa", "more different"),
        ("x" * 201, "at most 200"),
        ("a fine sentence", ""),
    ],
)
def test_a_bad_password_is_refused_with_what_to_do(password: str, fault: str) -> None:
    found = fault_in(password)
    assert (fault in found) if fault else not found


async def test_guesses_sent_at_once_are_stopped_as_well(
    office: Office, ann: StaffMember
) -> None:
    seats = [await office.seat() for _ in range(14)]
    guesses = (
        seat.sends("/login", email=ann.email, password="guess") for seat in seats
    )
    await asyncio.gather(*guesses)
    said = [seat.status for seat in seats]
    assert (said.count(401), said.count(429)) == (10, 4)


async def test_signing_in_often_from_one_place_is_no_guessing(
    office: Office, ann: StaffMember
) -> None:
    seat = await office.seat()
    for _ in range(12):
        await logs_in(seat, ann)
        assert seat.status == 303


async def test_an_address_that_cannot_be_one_is_simply_unknown(office: Office) -> None:
    seat = await office.seat()
    await seat.sends("/login", email="ann\0@example.org", password="guess")
    assert seat.status == 401


async def test_tries_are_counted_by_key_over_a_window_for_all_processes(
    office: Office,
) -> None:
    world = office.house.world
    here, there = Attempts(world.db), Attempts(world.db)
    for process in (here, there) * 5:
        assert await process.begin("ann", "street", now=world.clock()) is None
        world.clock.advance(seconds=30)
    wait = await there.begin("ann", "other street", now=world.clock())
    assert wait == timedelta(minutes=5)
    assert await here.begin("bo", "street", now=world.clock()) == wait
    assert await here.begin("bo", "other street", now=world.clock()) is None
    world.clock.advance(minutes=5)
    assert await here.begin("ann", "street", now=world.clock()) is None

    await here.was_good("ann", "nowhere")
    assert await there.begin("ann", "elsewhere", now=world.clock()) is None


async def test_signing_in_and_failing_to_are_in_the_audit_log(
    office: Office, ann: StaffMember
) -> None:
    seat = await office.seat()
    await logs_in(seat, ann, "not the password")
    await logs_in(seat, ann)
    world = office.house.world
    async with world.db.transaction(world.account_id) as tx:
        good, bad = await list_entries(tx, Sought(kind="login"))
    assert (good.action, good.actor_name) == ("login.succeeded", ann.name)
    assert (bad.action, bad.subject_name) == ("login.failed", ann.email)
    assert good.address == bad.address == "192.0.2.7"
    async with world.db.transaction(world.dees_shop.account_id) as tx:
        assert await list_entries(tx, Sought(kind="login")) == []
