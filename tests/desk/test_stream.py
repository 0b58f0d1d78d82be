"""The live side of a page: what it is told, when, and by whom it is not."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence

import httpx2

from stepaside.core.events import Event, EventType, staff_actor
from stepaside.desk.live import Drawn, stream
from stepaside.live.hub import Hub
from stepaside.live.presence import CONTACT, Sign, What
from stepaside.notify.base import Notice, NoticeError
from stepaside.pipeline import staff
from stepaside.pipeline.reach import tell_due
from stepaside.store.events import StoredEvent, append_events
from tests.crowd import invite_crowd
from tests.desk.browser import served
from tests.desk.office import Office, words
from tests.house import House

HUMAN = "I want to talk to a human"


class Listener:
    """Reads a page's stream as a browser does."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._chunks = response.aiter_text()
        self._rest = ""
        self.last_id = ""

    async def hears(self) -> tuple[str, str]:
        """The next event: its name, and what it says."""
        async with asyncio.timeout(30):
            while "\n\n" not in self._rest:
                self._rest += await anext(self._chunks)
        event, _, self._rest = self._rest.partition("\n\n")
        fields = [line.partition(": ") for line in event.split("\n")]
        data = "\n".join(value for name, _, value in fields if name == "data")
        named = {name: value for name, _, value in fields}
        self.last_id = named.get("id", self.last_id)
        return named.get("event", ""), data

    async def is_told(self) -> str:
        """The next pieces of the page."""
        while True:
            name, data = await self.hears()
            if not name:
                return data


async def listen(
    office: Office, url: str, path: str, **headers: str
) -> AsyncGenerator[Listener]:
    """Open a page's stream."""
    token = await office.session(office.house.world.bo)
    cookies = {"stepaside": token}
    async with (
        httpx2.AsyncClient(cookies=cookies, timeout=20) as http,
        http.stream("GET", f"{url}{path}", headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Listener(response)


async def test_a_handover_comes_into_an_open_list_and_is_announced(
    office: Office, hub: Hub
) -> None:
    async with served(office.house.rt, hub) as url:
        async for listener in listen(office, url, "/stream?view=unassigned"):
            assert (await listener.hears())[0] == "pulse"
            await office.house.writes(HUMAN)
            told = ""
            while "Handover: Cy Clark. Asked for a person." not in words(told):
                told = await listener.is_told()
            assert told.count("<hx-row") == 1
            assert "Waiting for a person" in words(told)


async def test_whoever_comes_back_hears_what_was_missed(
    office: Office, hub: Hub
) -> None:
    async with served(office.house.rt, hub) as url:
        last = ""
        async for listener in listen(office, url, "/stream?view=all"):
            await listener.hears()
            last = listener.last_id
        await office.house.writes(HUMAN)
        headers = {"Last-Event-ID": last}
        async for listener in listen(office, url, "/stream?view=all", **headers):
            assert "Cy Clark" in await listener.is_told()


async def test_whoever_slept_long_sees_the_open_conversation_and_every_row_anew(
    office: Office, hub: Hub
) -> None:
    house, world, many = office.house, office.house.world, 60
    here = f"/stream?view=all&conversation={house.conversation_id}"
    async with served(house.rt, hub) as url:
        last = ""
        async for listener in listen(office, url, here):
            await listener.hears()
            last = listener.last_id
        await house.writes("When are you open?")
        async with world.db.transaction(world.account_id) as tx:
            now = world.clock()
            await invite_crowd(tx, world, many, inboxes=[house.inbox_id], now=now)
            of = "SELECT id FROM conversations WHERE id LIKE %s"
            by = staff_actor(world.ann.id)
            snoozed = Event(type=EventType.SNOOZED, at=now, actor=by)
            for row in await tx.all(of, "cnv_c%"):
                await append_events(tx, row["id"], [snoozed])
        rows: set[str] = set()
        tail = ""
        async for listener in listen(office, url, here, **{"Last-Event-ID": last}):
            async with asyncio.timeout(30):
                while len(rows) < many + 1:
                    told = await listener.is_told()
                    rows |= set(re.findall(r'<hx-row id="(row-\w+)"', told))
                    if f"#tail-{house.conversation_id}" in told:
                        tail = told
        assert "When are you open?" in tail


async def test_only_the_open_conversation_is_told_in_full(
    office: Office, hub: Hub
) -> None:
    here = f"/stream?view=all&conversation={office.house.conversation_id}"
    async with served(office.house.rt, hub) as url:
        async for listener in listen(office, url, here):
            await listener.hears()
            await office.house.writes("When are you open?")
            told = await listener.is_told()
            assert f"#tail-{office.house.conversation_id}" in told
            assert "When are you open?" in told
        async for listener in listen(office, url, "/stream?view=all"):
            await listener.hears()
            await office.house.writes("And on Sunday?")
            assert "#tail-" not in await listener.is_told()


async def test_what_a_colleague_did_here_is_said_and_what_i_did_is_not(
    office: Office, hub: Hub
) -> None:
    house, world = office.house, office.house.world
    await house.writes(HUMAN)
    here = f"/stream?view=all&conversation={house.conversation_id}"
    async with served(house.rt, hub) as url:
        async for listener in listen(office, url, here):
            await listener.hears()
            await house.claims(world.ann)
            assert "Ann Ash claimed this conversation." in await listener.is_told()
            await house.does(staff.release, world.bo)
            assert "data-toast" not in await listener.is_told()


async def test_what_arrives_silently_is_seen_without_an_event(
    office: Office, hub: Hub
) -> None:
    house, broken = office.house, [True]

    async def weak(notice: Notice) -> None:
        del notice
        if broken:
            raise NoticeError("Timed out.", retry=True)

    house.rt.notifiers["email"] = weak  # type: ignore[index]
    here = f"/stream?view=all&conversation={house.conversation_id}"
    async with served(house.rt, hub) as url:
        async for listener in listen(office, url, here):
            await listener.hears()
            await house.writes(HUMAN)
            told = ""
            while "trying again" not in told:
                told = await listener.is_told()
            broken.clear()
            house.world.clock.advance(minutes=10)
            await tell_due(house.rt)  # success writes no event
            while "trying again" in told:
                told = await listener.is_told()
            assert "notified in the desk and by e-mail" in told


async def test_a_stream_ends_with_its_session(house: House, hub: Hub) -> None:
    feed = hub.subscribe(house.account_id)
    asked = 0

    async def draw(events: Sequence[StoredEvent]) -> Drawn:
        return Drawn(html=f"{len(events)} events")

    async def still_there() -> bool:
        nonlocal asked
        asked += 1
        return asked < 3

    told = stream(feed, draw, still_there, lambda: "now", pulse_every=0.01)
    async with asyncio.timeout(30):
        heard = [chunk async for chunk in told]
    pulses = [chunk for chunk in heard if b"event: pulse" in chunk]
    assert len(pulses) == 3  # the first, and two while the session was there


async def test_what_one_commit_wrote_is_drawn_together(house: House, hub: Hub) -> None:
    await house.writes("When are you open?")
    written = len(await house.events())
    feed = hub.subscribe(house.account_id)
    drawn: list[int] = []

    async def draw(events: Sequence[StoredEvent]) -> Drawn:
        drawn.append(len(events))
        return Drawn(html="drawn")

    async def always() -> bool:
        return True

    told = stream(feed, draw, always, lambda: "now")
    await anext(told)
    await house.does(staff.hand_over, house.world.ann)
    written = len(await house.events()) - written
    async with asyncio.timeout(30):
        while sum(drawn) < written:
            await anext(told)
    await told.aclose()
    assert written > 3
    assert len(drawn) <= 2  # two where the machine is too busy to keep together


async def test_a_broken_draw_ends_the_stream_so_that_the_page_comes_back(
    house: House, hub: Hub
) -> None:
    feed = hub.subscribe(house.account_id)

    async def broken(events: Sequence[StoredEvent]) -> Drawn:
        raise RuntimeError(f"no database for {len(events)}")

    async def always() -> bool:
        return True

    told = stream(feed, broken, always, lambda: "now")
    await anext(told)
    upcoming = asyncio.ensure_future(anext(told, b"the end"))
    await house.writes(HUMAN)
    async with asyncio.timeout(30):
        assert await upcoming == b"the end"


async def test_who_looks_at_the_conversation_sees_its_contact_type(
    office: Office, hub: Hub
) -> None:
    house, world = office.house, office.house.world
    await house.writes(HUMAN)
    here = f"/stream?view=all&conversation={house.conversation_id}"
    place = (world.account_id, house.conversation_id)
    async with served(house.rt, hub) as url:
        async for listener in listen(office, url, here):
            assert '"contact_writes": false' in (await listener.hears())[1]
            async with world.db.transaction(world.account_id) as tx:
                sign = Sign(place=place, who=CONTACT, what=What.WRITING)
                await hub.presence.give(tx, sign)
            name, told = await listener.hears()
            assert name == "pulse"
            assert '"contact_writes": true' in told
            assert '"others": []' in told
