"""The notification centre, and the link that claims with one tap."""

import asyncio
import base64
import re
from datetime import timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stepaside.core.conversation import Control
from stepaside.notify.base import Notice, NoticeError
from stepaside.pipeline import staff
from stepaside.store.notification_settings import quiet_of
from stepaside.store.notification_targets import list_targets
from tests.desk.office import Office, Seat

HUMAN = "I want to talk to a human"


def _bell(seat: Seat) -> int:
    found = re.search(r'id="bell-count"[^>]*data-n="(\d+)"', seat.last.text)
    assert found
    return int(found[1])


async def test_the_bell_counts_what_one_has_not_read(office: Office) -> None:
    seat = await office.seat(office.house.world.bo)
    await seat.opens("/tasks")
    assert _bell(seat) == 0

    await office.house.writes(HUMAN)
    page = await seat.opens("/notifications")
    assert _bell(seat) == 1
    assert "Cy Clark asked for a person" in page
    await seat.opens(office.address)
    assert _bell(seat) == 0


async def test_one_may_mark_them_read_and_unread(office: Office) -> None:
    await office.house.writes(HUMAN)
    seat = await office.seat(office.house.world.bo)
    await seat.opens("/notifications")
    (which,) = set(re.findall(r"/notifications/(ntf_\w+)/read", seat.last.text))

    await seat.sends(f"/notifications/{which}/read")
    assert "Nothing unread" in await seat.opens("/notifications?show=unread")
    await seat.sends(f"/notifications/{which}/unread")
    assert "Cy Clark" in await seat.opens("/notifications?show=unread")
    await seat.sends("/notifications/read")
    await seat.opens("/notifications")
    assert _bell(seat) == 0


async def test_a_notification_leads_to_what_it_is_about(office: Office) -> None:
    await office.house.writes(HUMAN)
    seat = await office.seat(office.house.world.bo)
    await seat.opens("/notifications")
    (which,) = set(re.findall(r"/notifications/(ntf_\w+)/read", seat.last.text))

    await seat.opens(f"/notifications/{which}")
    assert seat.goes_to.endswith(office.address)
    stranger = await office.seat(office.house.world.dee)
    await stranger.opens(f"/notifications/{which}")
    assert stranger.status == 404


async def test_what_was_not_delivered_can_be_sent_again(office: Office) -> None:
    house, broken = office.house, [True]

    async def email(notice: Notice) -> None:
        del notice
        if broken:
            raise NoticeError("No such mailbox.", retry=False)

    house.rt.notifiers["email"] = email  # type: ignore[index]
    await house.writes(HUMAN)
    ann = await office.seat(house.world.ann)
    page = await ann.opens("/notifications/failed")
    assert "No such mailbox." in page
    assert "Bo Berg, by e-mail" in page
    bo = await office.seat(house.world.bo)
    assert "Ann Ash" not in await bo.opens("/notifications/failed")

    broken.clear()
    for which in set(re.findall(r"/notifications/(ntf_\w+)/resend", ann.last.text)):
        await ann.sends(f"/notifications/{which}/resend")
    await house.settle()
    assert "Everything was delivered" in await ann.opens("/notifications/failed")


async def test_nobody_sends_again_what_was_for_somebody_else(office: Office) -> None:
    house = office.house

    async def email(notice: Notice) -> None:
        raise NoticeError(f"No such mailbox: {notice.to_name}", retry=False)

    house.rt.notifiers["email"] = email  # type: ignore[index]
    await house.writes(HUMAN)
    ann = await office.seat(house.world.ann)
    await ann.opens("/notifications/failed")
    bo = await office.seat(house.world.bo)
    await bo.opens("/notifications/failed")
    own = set(re.findall(r"/notifications/(ntf_\w+)/resend", bo.last.text))
    for which in set(re.findall(r"/(ntf_\w+)/resend", ann.last.text)) - own:
        await bo.sends(f"/notifications/{which}/resend")
        assert bo.status == 404


async def test_one_says_when_not_to_be_reached(office: Office) -> None:
    world = office.house.world
    seat = await office.seat(world.bo)
    await seat.opens("/notifications/reach")
    await seat.sends(
        "/notifications/quiet", start="22:00", end="07:00", zone="Europe/Berlin"
    )
    await seat.sends("/notifications/mute/1h")
    async with world.db.transaction(world.account_id) as tx:
        quiet = await quiet_of(tx, world.bo.id)
    assert (str(quiet.start), quiet.zone.key) == ("22:00:00", "Europe/Berlin")
    assert quiet.urgent == frozenset()
    assert quiet.muted_until == world.clock() + timedelta(hours=1)
    assert "nothing outside the desk until" in await seat.opens("/notifications/reach")
    await seat.sends("/notifications/mute/off")
    assert "Leave me alone for" in await seat.opens("/notifications/reach")
    await seat.sends("/notifications/quiet", start="", end="", zone="Mars/Olympus")
    assert seat.status == 422


def a_browser() -> dict[str, str]:
    """What one browser says of itself, whoever is signed in."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return {
        "endpoint": "https://push.example.org/abc",
        "p256dh": base64.urlsafe_b64encode(raw).decode(),
        "auth": base64.urlsafe_b64encode(b"0123456789abcdef").decode(),
        "name": "Firefox, Linux",
    }


async def test_one_adds_and_removes_chats_and_browsers(office: Office) -> None:
    world = office.house.world
    seat = await office.seat(world.bo)
    await seat.opens("/notifications/reach")
    await seat.sends("/notifications/chats/mine", address="ntfy://topic", name="Phone")
    wrong = await seat.sends("/notifications/chats/mine", address="exec://rm", name="")
    assert seat.status == 422
    assert "not the address of a chat" in wrong
    browser = a_browser()
    await seat.sends("/notifications/browsers", **browser)
    assert seat.status == 204
    page = await seat.opens("/notifications/reach")
    assert "Phone" in page
    assert "Firefox, Linux" in page
    await seat.sends("/notifications/browsers/forget", **browser)
    async with world.db.transaction(world.account_id) as tx:
        (chat,) = await list_targets(tx, world.bo.id)
    await seat.sends(f"/notifications/targets/{chat.id}/remove")
    assert "None yet." in await seat.opens("/notifications/reach")


async def test_one_browser_tells_only_who_registered_it_last(office: Office) -> None:
    world, browser = office.house.world, a_browser()
    for last in (world.ann, world.bo, world.dee, world.ann):
        seat = await office.seat(last)
        await seat.opens("/notifications/reach")
        await seat.sends("/notifications/browsers", **browser)
        assert seat.status == 204
        assert await _whose(office) == [last.id]


async def test_two_who_register_one_browser_at_once_do_not_share_it(
    office: Office,
) -> None:
    world, browser = office.house.world, a_browser()
    seats = [await office.seat(who) for who in (world.ann, world.bo, world.dee)]
    for seat in seats:
        await seat.opens("/notifications/reach")
    for _ in range(5):
        await asyncio.gather(
            *(seat.sends("/notifications/browsers", **browser) for seat in seats)
        )
        assert [seat.status for seat in seats] == [204, 204, 204]
        assert len(await _whose(office)) == 1


async def _whose(office: Office) -> list[str | None]:
    """Whom the browser tells, in any account."""
    world, found = office.house.world, []
    for account, people in (
        (world.account_id, (world.ann, world.bo)),
        (world.dees_shop.account_id, (world.dee,)),
    ):
        async with world.db.transaction(account) as tx:
            for who in people:
                found += [t.staff_id for t in await list_targets(tx, who.id)]
    return list(found)


async def test_only_who_configures_sets_up_the_teams_chats(office: Office) -> None:
    world = office.house.world
    bo, ann = await office.seat(world.bo), await office.seat(world.ann)
    assert "whole team" not in await bo.opens("/notifications/reach")
    await bo.sends("/notifications/chats/team", address="ntfy://topic")
    assert bo.status in (403, 409)
    await ann.opens("/notifications/reach")
    await ann.sends(
        "/notifications/chats/team", address="ntfy://topic", events="warning"
    )
    async with world.db.transaction(world.account_id) as tx:
        (chat,) = await list_targets(tx, None)
    assert chat.events == ("warning",)
    await bo.sends(f"/notifications/targets/{chat.id}/remove")
    async with world.db.transaction(world.account_id) as tx:
        assert len(await list_targets(tx, None)) == 1


async def test_the_worker_that_shows_pushes_may_act_for_the_whole_desk(
    office: Office,
) -> None:
    seat = await office.seat()
    await seat.opens("/push.js")
    assert seat.last.headers["content-type"].startswith("text/javascript")
    assert seat.last.headers["cache-control"] == "no-cache"
    assert "showNotification" in seat.last.text


async def test_quiet_hours_that_make_no_sense_come_back_as_typed(
    office: Office,
) -> None:
    seat = await office.seat(office.house.world.ann)
    await seat.opens("/notifications/reach")
    quiet = {"start": "21:17", "end": "07:43", "zone": "Europe/Berlin"}
    told = await seat.sends("/notifications/quiet", **quiet | {"zone": "Atlantis"})
    assert (seat.status, "There is no such time zone." in told) == (422, True)
    assert 'value="21:17"' in seat.last.text
    told = await seat.sends("/notifications/quiet", **quiet | {"start": "late"})
    assert (seat.status, "Must be like 22:00." in told) == (422, True)
    assert 'value="07:43"' in seat.last.text


async def test_an_event_that_does_not_exist_is_refused_by_name(
    office: Office,
) -> None:
    seat = await office.seat(office.house.world.ann)
    await seat.opens("/notifications/reach")
    quiet = {"start": "22:00", "end": "07:00", "zone": "Europe/Berlin"}
    told = await seat.sends("/notifications/quiet", urgent="doomsday", **quiet)
    assert seat.status == 422
    assert "Must be one of the events on this page." in told
    chat = {"name": "Ours", "address": "slack://A/B/C", "events": "doomsday"}
    told = await seat.sends("/notifications/chats/team", **chat)
    assert "must be one of the events on this page" in told
    async with office.house.rt.db.transaction(office.house.account_id) as tx:
        assert not await list_targets(tx, None)


class TestClaimLinks:
    """Claiming with one tap, signed in or not."""

    async def _link(self, office: Office) -> str:
        await office.house.writes(HUMAN)
        bo = office.house.world.bo
        (notice,) = [n for n in office.house.post.notices if n.to_address == bo.email]
        return notice.claim_link.partition("/claim/")[2]

    async def test_the_link_in_an_e_mail_claims_with_one_tap(
        self, office: Office
    ) -> None:
        token = await self._link(office)
        seat = await office.seat()
        assert "Cy Clark waits for a person" in await seat.opens(f"/claim/{token}")
        assert "Cy Clark is yours" in await seat.sends(f"/claim/{token}")
        state = await office.house.state()
        assert state.assignee_id == office.house.world.bo.id
        assert "stepaside" not in seat.last.headers.get("set-cookie", "")

    async def test_a_program_that_opens_every_link_claims_nothing(
        self, office: Office
    ) -> None:
        token = await self._link(office)
        seat = await office.seat()
        for _ in range(3):
            await seat.opens(f"/claim/{token}")
            await seat.http.head(f"/desk/claim/{token}")
        assert (await office.house.state()).control is Control.QUEUE

    async def test_a_link_claims_once(self, office: Office) -> None:
        token = await self._link(office)
        seat, house = await office.seat(), office.house
        await seat.sends(f"/claim/{token}")
        await house.does(staff.release, house.world.bo)
        assert "used up" in await seat.opens(f"/claim/{token}")
        await seat.sends(f"/claim/{token}")
        assert (await house.state()).control is Control.QUEUE

    async def test_who_comes_second_is_told_kindly(self, office: Office) -> None:
        token = await self._link(office)
        await office.house.claims(office.house.world.ann)
        seat = await office.seat()
        assert "Ann Ash already has" in await seat.opens(f"/claim/{token}")
        assert "Ann Ash already has" in await seat.sends(f"/claim/{token}")
        assert (await office.house.state()).assignee_id == office.house.world.ann.id

    async def test_a_link_is_good_for_a_day(self, office: Office) -> None:
        token = await self._link(office)
        office.house.world.clock.advance(hours=24)
        seat = await office.seat()
        assert "too old" in await seat.opens(f"/claim/{token}")
        assert seat.status == 410
        await seat.sends(f"/claim/{token}")
        assert (await office.house.state()).control is Control.QUEUE

    async def test_an_old_link_says_nothing_of_the_contact_any_more(
        self, office: Office
    ) -> None:
        token = await self._link(office)
        await office.house.claims(office.house.world.bo)
        seat = await office.seat()
        assert "Cy Clark is yours" in await seat.opens(f"/claim/{token}")
        office.house.world.clock.advance(hours=24)
        assert "too old" in await seat.opens(f"/claim/{token}")
        assert "Cy" not in seat.last.text
        assert office.house.conversation_id not in seat.last.text

    async def test_a_link_that_was_changed_is_no_link(self, office: Office) -> None:
        token = await self._link(office)
        seat = await office.seat()
        other = token[:-1] + ("A" if token[-1] != "A" else "B")
        for wrong in (other, token[:50], "x", token[26:52] + token[:26] + token[52:]):
            await seat.sends(f"/claim/{wrong}")
            assert seat.status == 410
        assert (await office.house.state()).control is Control.QUEUE

    async def test_who_has_left_claims_nothing(self, office: Office) -> None:
        token = await self._link(office)
        world = office.house.world
        await world.change_staff(world.bo, active=False)
        seat = await office.seat()
        assert "does not work" in await seat.sends(f"/claim/{token}")
        assert (await office.house.state()).control is Control.QUEUE

    async def test_another_site_cannot_press_the_button(self, office: Office) -> None:
        token = await self._link(office)
        seat = await office.seat()
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        answer = await seat.http.post(f"/desk/claim/{token}", headers=headers)
        assert answer.status_code == 403
        assert (await office.house.state()).control is Control.QUEUE
