"""Everybody who follows an account hears each of its events once, in order."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from stepaside.live.cursor import Cursor
from stepaside.live.feed import Feed
from stepaside.live.hub import Hub
from stepaside.store.database import Database
from stepaside.store.events import StoredEvent
from tests.live.world import CYS, DEES, open_accounts, say, say_in, words_of

SOON = 30.0


@pytest.fixture(autouse=True)
async def _accounts(db: Database) -> None:
    await open_accounts(db)


@pytest.fixture
async def hub(db: Database) -> AsyncIterator[Hub]:
    hub = Hub(db)
    await hub.start()
    yield hub
    await hub.close()


async def heard(feed: Feed, count: int) -> list[str]:
    """Take that many events and return their words."""
    return [words_of(event) for event in await take(feed, count)]


async def take(feed: Feed, count: int) -> list[StoredEvent]:
    async with asyncio.timeout(SOON):
        return [await anext(feed) for _ in range(count)]


async def settle(db: Database, hub: Hub) -> None:
    """Wait until the hub has handed out all that was said so far."""
    place = hub.position
    await say(db, "the end")
    async with asyncio.timeout(SOON):
        while True:
            async with hub.subscribe(CYS, place) as feed:
                async for event in feed:
                    if words_of(event) == "the end":
                        return


async def test_a_reader_hears_what_happens_from_now_on(db: Database, hub: Hub) -> None:
    async with hub.subscribe(CYS) as feed:
        await say(db, "one", "two")
        await say(db, "three")
        assert await heard(feed, 3) == ["one", "two", "three"]


async def test_an_event_arrives_by_the_hint_and_not_by_the_next_look(
    db: Database,
) -> None:
    hub = Hub(db, poll=3600)
    await hub.start()
    async with hub.subscribe(CYS) as feed:
        await say(db, "now")
        assert await heard(feed, 1) == ["now"]
    await hub.close()


async def test_without_any_hint_the_hub_looks_by_itself(db: Database, hub: Hub) -> None:
    async with hub.subscribe(CYS) as feed:
        async with db.transaction(CYS) as tx:
            await say_in(tx, "unannounced")
            tx.wrote_events = False
        assert await heard(feed, 1) == ["unannounced"]


async def test_a_reader_who_comes_back_hears_first_what_it_missed(
    db: Database, hub: Hub
) -> None:
    async with hub.subscribe(CYS) as feed:
        await say(db, "one")
        left_off = Cursor.parse((await take(feed, 1))[0].cursor)
    await say(db, *(f"missed {n}" for n in range(1200)))
    async with hub.subscribe(CYS, left_off) as feed:
        assert await heard(feed, 1200) == [f"missed {n}" for n in range(1200)]
        await say(db, "live")
        assert await heard(feed, 1) == ["live"]


async def test_another_process_goes_on_where_the_first_one_ended(
    db: Database, hub: Hub
) -> None:
    other = Hub(db)
    await other.start()
    await say(db, "before")
    await settle(db, hub)
    left_off = hub.position
    async with other.subscribe(CYS, left_off) as feed:
        await say(db, "after")
        assert await heard(feed, 1) == ["after"]
    await other.close()


async def test_a_place_taken_before_a_page_is_read_leaves_nothing_out(
    db: Database, hub: Hub
) -> None:
    place = hub.position
    await say(db, "between the page and the stream")
    await settle(db, hub)
    async with hub.subscribe(CYS, place) as feed:
        assert (await heard(feed, 1))[0] == "between the page and the stream"


async def test_dee_hears_nothing_of_cys_account(db: Database, hub: Hub) -> None:
    await say(db, "cy's secret")
    place = Cursor(0, 0)
    await settle(db, hub)
    async with hub.subscribe(DEES, place) as feed:
        await say(db, "cy's next secret")
        await settle(db, hub)
        await say(db, "dee's own", account=DEES)
        assert await heard(feed, 1) == ["dee's own"]


async def test_a_reader_of_one_conversation_hears_only_that(
    db: Database, hub: Hub
) -> None:
    place = hub.position
    await say(db, "hers, missed", conversation="cnv_1")
    await say(db, "not hers, missed", conversation="cnv_2")
    await settle(db, hub)
    async with hub.subscribe(CYS, place, "cnv_1") as feed:
        assert await heard(feed, 1) == ["hers, missed"]
        await say(db, "not hers", conversation="cnv_2")
        await say(db, "nobody's")
        await say(db, "hers", conversation="cnv_1")
        assert await heard(feed, 1) == ["hers"]


async def test_somebody_elses_conversation_cannot_be_followed(
    db: Database, hub: Hub
) -> None:
    await say(db, "cy's", conversation="cnv_1")
    await settle(db, hub)
    async with hub.subscribe(DEES, Cursor(0, 0), "cnv_1") as feed:
        await say(db, "cy's again", conversation="cnv_1")
        await settle(db, hub)
        await hub.close()
        assert [event async for event in feed] == []


async def test_who_falls_behind_is_cut_off_and_holds_up_nobody(db: Database) -> None:
    hub = Hub(db, room=5)
    await hub.start()
    async with hub.subscribe(CYS) as slow, hub.subscribe(CYS) as quick:
        await say(db, "first")
        assert await heard(slow, 1) == ["first"]
        assert await heard(quick, 1) == ["first"]
        for n in range(20):
            await say(db, f"{n}")
            assert await heard(quick, 1) == [f"{n}"]
        got = [event async for event in slow]
        assert [words_of(event) for event in got] == ["0", "1", "2", "3", "4"]
    async with hub.subscribe(CYS, Cursor.parse(got[-1].cursor)) as again:
        assert await heard(again, 15) == [f"{n}" for n in range(5, 20)]
    await hub.close()


async def test_what_was_missed_may_be_more_than_a_reader_has_room_for(
    db: Database,
) -> None:
    hub = Hub(db, room=5)
    await hub.start()
    place = hub.position
    await say(db, *(f"{n}" for n in range(40)))
    await settle(db, hub)
    async with hub.subscribe(CYS, place) as feed:
        assert await heard(feed, 41) == [*(f"{n}" for n in range(40)), "the end"]
    await hub.close()


async def test_all_readers_end_when_the_hub_closes(db: Database, hub: Hub) -> None:
    async with hub.subscribe(CYS) as feed, hub.subscribe(CYS) as late:
        await say(db, "one")
        assert await heard(feed, 1) == ["one"]
        waiting = asyncio.ensure_future(anext(feed))
        await hub.close()
        with pytest.raises(StopAsyncIteration):
            await waiting
        assert [words_of(event) async for event in late] == ["one"]
    assert hub.readers == 0


async def test_readers_who_leave_are_forgotten(db: Database, hub: Hub) -> None:
    async with hub.subscribe(CYS) as feed:
        waiting = asyncio.ensure_future(anext(feed))
        await settle(db, hub)
        assert words_of(await waiting) == "the end"
        assert hub.readers == 1
    assert hub.readers == 0


async def test_a_place_from_before_a_restored_backup_means_from_now_on(
    db: Database, hub: Hub
) -> None:
    await say(db, "long ago")
    await settle(db, hub)
    async with hub.subscribe(CYS, Cursor(2**62, 1)) as feed:
        assert await feed.start() == hub.position
        await say(db, "now")
        assert await heard(feed, 1) == ["now"]


async def test_an_event_this_version_does_not_know_is_passed_over(
    db: Database, hub: Hub
) -> None:
    place = hub.position
    async with hub.subscribe(CYS) as live:
        async with db.transaction(CYS) as tx:
            await say_in(tx, "known")
            await tx.run(
                """INSERT INTO events (account_id, type, at, actor, changes, data)
                VALUES (%s, 'teapot.boiled', now(), 'bot', '{}', %s)""",
                *(CYS, json.dumps({})),
            )
            await say_in(tx, "known too")
        assert await heard(live, 2) == ["known", "known too"]
    async with hub.subscribe(CYS, place) as replayed:
        assert await heard(replayed, 2) == ["known", "known too"]
