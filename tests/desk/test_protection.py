"""What the desk refuses to strangers, to other sites, and to other accounts."""

from typing import Any

import pytest
import structlog

from stepaside.cli.web import create_web
from stepaside.core.conversation import Control
from stepaside.live.hub import Hub
from tests.desk.office import BASE_URL, FROM_HERE, PARTIAL, Office

FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": BASE_URL},
)
PAGES = ("", "/conversations", "/tasks", "/stream", "/password", "/conversations/x")


@pytest.mark.parametrize("path", PAGES)
async def test_without_signing_in_every_page_leads_to_the_sign_in(
    office: Office, path: str
) -> None:
    seat = await office.seat()
    await seat.opens(path)
    assert (seat.status, seat.goes_to[:11]) == (303, "/desk/login")


async def test_scripts_of_the_page_are_sent_there_as_a_whole(office: Office) -> None:
    seat = await office.seat()
    await seat.opens("/conversations/x?view=mine", **PARTIAL)
    assert seat.status == 401
    assert seat.last.headers["hx-redirect"].startswith("/desk/login?next=")
    assert seat.last.text == ""


async def test_a_form_without_the_sessions_own_token_changes_nothing(
    office: Office,
) -> None:
    world = office.house.world
    await office.house.writes("I want to talk to a human")
    ann, bo = await office.seat(world.ann), await office.seat(world.bo)
    for token in ("", "guess", bo.csrf):
        ann_token, ann.csrf = ann.csrf, token
        await ann.presses(f"{office.address}/claim")
        assert ann.status == 403
        ann.csrf = ann_token
    assert (await office.house.state()).control is Control.QUEUE
    await ann.presses(f"{office.address}/claim")
    assert (await office.house.state()).assignee_id == world.ann.id


@pytest.mark.parametrize("headers", FOREIGN)
async def test_another_site_can_post_nothing_even_with_the_token(
    office: Office, headers: dict[str, str]
) -> None:
    await office.house.writes("I want to talk to a human")
    ann = await office.seat(office.house.world.ann)
    for path in (f"{office.address}/claim", "/login", "/login/some-token", "/logout"):
        answer = await ann.http.post(
            f"/desk{path}", data={"csrf": ann.csrf}, headers=headers
        )
        assert answer.status_code == 403
    assert (await office.house.state()).control is Control.QUEUE


@pytest.mark.parametrize(
    "path",
    ["/login", "/conversations", "/nowhere", "/conversations/cnv_nope", "/tasks"],
)
async def test_every_answer_tells_the_browser_to_be_strict(
    office: Office, path: str
) -> None:
    seat = await office.seat(office.house.world.ann)
    await seat.opens(path)
    policy = seat.last.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert seat.last.headers["x-content-type-options"] == "nosniff"
    assert seat.last.headers["referrer-policy"] == "same-origin"
    assert seat.last.headers["cache-control"] == "no-store"


async def test_pages_need_nothing_the_policy_forbids(office: Office) -> None:
    await office.house.writes("I want to talk to a human")
    ann = await office.seat(office.house.world.ann)
    for path in ("/login", office.address, "/tasks?whose=all"):
        await ann.opens(path)
        html = ann.last.text
        assert " style=" not in html
        assert "<style" not in html
        assert " onclick=" not in html
        assert "hx-on" not in html
        assert "js:" not in html
        assert all('src="/desk/static/' in s for s in html.split("<script")[1:])


async def test_static_files_are_kept_and_pages_are_not(office: Office) -> None:
    seat = await office.seat()
    await seat.opens("/login")
    sheet = seat.last.text.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = await seat.http.get(sheet)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_nothing_of_another_account_is_shown_or_changed(office: Office) -> None:
    house = office.house
    await house.writes("I want to talk to a human")
    dee = await office.seat(house.world.dee)
    for view in ("unassigned", "mine", "all"):
        assert "Cy" not in await dee.opens(f"/conversations?view={view}")
    assert "not here" in await dee.opens(office.address)
    assert dee.status == 404
    earlier = f"{office.address}/earlier?before=2027-01-01T00:00:00Z"
    await dee.opens(earlier, **PARTIAL)
    assert dee.status == 404
    for deed in ("claim", "resolve", "hand-back", "messages"):
        await dee.presses(f"{office.address}/{deed}", text="Hello")
        assert dee.status == 404
    assert "Cy" not in await dee.opens("/tasks?whose=all")
    async with house.world.db.transaction(house.account_id) as tx:
        task = await tx.one("SELECT id FROM tasks")
    assert task
    await dee.presses(f"/tasks/{task['id']}/complete")
    assert dee.status == 404
    assert (await house.state()).control is Control.QUEUE


async def test_what_goes_wrong_inside_is_not_shown(office: Office) -> None:
    ann = await office.seat(office.house.world.ann)
    text = await ann.opens("/conversations?view=all&after=nonsense")
    assert ann.status < 500
    assert "Traceback" not in text
    text = await ann.opens("/conversations?view=everything")
    assert ann.status == 400
    assert "did not understand" in text


async def test_it_all_holds_where_api_and_widget_live_as_well(
    office: Office, hub: Hub
) -> None:
    office.app = create_web(office.house.rt, hub, base_url=BASE_URL)
    ann, nobody = await office.seat(office.house.world.ann), await office.seat()
    assert "Nobody is waiting" in await ann.opens("/conversations")
    assert "frame-ancestors" in ann.last.headers["content-security-policy"]
    assert "Nothing here" in await ann.opens("/nowhere/at/all")
    await nobody.opens("/tasks")
    assert nobody.goes_to.startswith("/desk/login")
    # The API knows no cookies, and so no forms to protect.
    answer = await ann.http.post("/v1/bots", json={"name": "Bot"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "content-security-policy" not in answer.headers


async def test_a_form_from_here_needs_no_header_of_the_browser(office: Office) -> None:
    """Programs send neither header; the token alone lets them in."""
    await office.house.writes("I want to talk to a human")
    ann = await office.seat(office.house.world.ann)
    answer = await ann.http.post(
        f"/desk{office.address}/claim", data={"csrf": ann.csrf}
    )
    assert answer.status_code == 303
    assert FROM_HERE["Origin"] == BASE_URL


@pytest.mark.parametrize(
    "path", ["/conversations?q=%00", "/conversations/%00", "/tasks/%00", "/tasks?x=%00"]
)
async def test_what_the_database_cannot_look_for_is_not_found(
    office: Office, path: str
) -> None:
    ann = await office.seat(office.house.world.ann)
    await ann.opens(path)
    assert ann.status == 404


async def test_a_message_is_stored_without_what_cannot_be(office: Office) -> None:
    await office.house.writes("I want to talk to a human")
    ann = await office.seat(office.house.world.ann)
    await ann.sends(f"{office.address}/messages", text="Hello\0 Cy")
    assert ann.status == 303
    assert "Hello Cy" in await ann.opens(office.address)


async def test_a_browser_that_goes_away_while_it_sends_is_nobodys_failure(
    office: Office,
) -> None:
    seat = await office.seat(office.house.world.ann)
    cookies = "; ".join(f"{c.name}={c.value}" for c in seat.http.cookies.jar)
    scope: Any = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": f"/desk{office.address}/sign",
        "raw_path": f"/desk{office.address}/sign".encode(),
        "root_path": "",
        "query_string": b"",
        "server": ("desk.example.org", 80),
        "client": ("192.0.2.7", 1),
        "headers": [
            (b"host", b"desk.example.org"),
            (b"origin", b"http://desk.example.org"),
            (b"cookie", cookies.encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ],
    }
    sent: list[Any] = []

    async def hangs_up() -> Any:
        return {"type": "http.disconnect"}

    async def takes(message: Any) -> None:
        sent.append(message)

    with structlog.testing.capture_logs() as logs:
        await office.app(scope, hangs_up, takes)
    assert sent, "nothing was answered"
    assert logs == []
