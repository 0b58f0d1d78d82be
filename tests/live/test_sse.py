"""A feed as the browser reads it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from stepaside.live.cursor import Cursor
from stepaside.live.hub import Hub
from stepaside.live.sse import parse_last_event_id, sse_event, sse_stream
from stepaside.store.database import Database
from stepaside.store.events import StoredEvent
from tests.live.world import CYS, open_accounts, say, words_of

SOON = 30.0


@pytest.fixture
async def hub(db: Database) -> AsyncIterator[Hub]:
    await open_accounts(db)
    hub = Hub(db)
    await hub.start()
    yield hub
    await hub.close()


async def words(event: StoredEvent) -> str | None:
    said = words_of(event)
    return None if said == "hidden" else said


async def chunk(stream: AsyncGenerator[bytes]) -> str:
    async with asyncio.timeout(SOON):
        return (await anext(stream)).decode()


async def test_each_event_carries_the_cursor_to_come_back_with(
    db: Database, hub: Hub
) -> None:
    stream = sse_stream(hub.subscribe(CYS), words)
    assert (await chunk(stream)).startswith("retry: 1000\nid: ")
    await say(db, "one")
    first = (await chunk(stream)).split("\n")
    assert first[1:] == ["event: message.received", "data: one", "", ""]
    await stream.aclose()
    await say(db, "two")
    after = parse_last_event_id(first[0].removeprefix("id: "))
    again = sse_stream(hub.subscribe(CYS, after), words)
    await chunk(again)
    assert "data: two" in await chunk(again)
    await again.aclose()


async def test_who_loses_the_stream_before_the_first_event_misses_none(
    db: Database, hub: Hub
) -> None:
    stream = sse_stream(hub.subscribe(CYS), words)
    opening = await chunk(stream)
    await stream.aclose()
    await say(db, "while away")
    after = parse_last_event_id(opening.strip().rpartition("id: ")[2])
    assert after is not None
    again = sse_stream(hub.subscribe(CYS, after), words)
    await chunk(again)
    assert "data: while away" in await chunk(again)
    await again.aclose()


async def test_what_is_not_for_this_reader_is_not_sent(db: Database, hub: Hub) -> None:
    stream = sse_stream(hub.subscribe(CYS), words)
    await chunk(stream)
    await say(db, "hidden", "shown")
    assert "data: shown" in await chunk(stream)
    await stream.aclose()


async def test_a_silent_stream_is_kept_alive_by_comments(
    db: Database, hub: Hub
) -> None:
    stream = sse_stream(hub.subscribe(CYS), words, heartbeat=0.01)
    await chunk(stream)
    assert await chunk(stream) == ":\n\n"
    assert await chunk(stream) == ":\n\n"
    await say(db, "at last")
    while (got := await chunk(stream)) == ":\n\n":
        pass
    assert "data: at last" in got
    await stream.aclose()


async def test_a_stream_ends_with_the_hub(hub: Hub) -> None:
    stream = sse_stream(hub.subscribe(CYS), words)
    await chunk(stream)
    rest = asyncio.ensure_future(anext(stream))
    await hub.close()
    with pytest.raises(StopAsyncIteration):
        await rest


async def test_a_reader_must_come_back_and_show_again_who_it_is(hub: Hub) -> None:
    stream = sse_stream(hub.subscribe(CYS), words, heartbeat=0.01, lifetime=0)
    await chunk(stream)
    with pytest.raises(StopAsyncIteration):
        await chunk(stream)


async def test_a_reader_who_may_no_longer_read_hears_nothing_more(
    db: Database, hub: Hub
) -> None:
    async def no_longer() -> bool:
        return False

    stream = sse_stream(hub.subscribe(CYS), words, still_there=no_longer, heartbeat=0)
    await chunk(stream)
    await say(db, "not for you")
    with pytest.raises(StopAsyncIteration):
        await chunk(stream)
    assert hub.readers == 0


async def test_a_reader_that_goes_away_is_forgotten_at_once(
    db: Database, hub: Hub
) -> None:
    stream = sse_stream(hub.subscribe(CYS), words)
    await chunk(stream)
    reading = asyncio.ensure_future(anext(stream))
    await say(db, "one")
    assert b"one" in await reading
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    assert hub.readers == 1
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert hub.readers == 0


def test_data_of_several_lines_is_one_event() -> None:
    assert sse_event("a\nb", event="x", id="1-2") == (
        b"id: 1-2\nevent: x\ndata: a\ndata: b\n\n"
    )
    assert sse_event("") == b"data: \n\n"


def test_a_separator_that_only_python_knows_stays_in_its_line() -> None:
    assert sse_event("a\u2028b") == "data: a\u2028b\n\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "x",
        "1",
        "1-",
        "-1",
        "1-x",
        "99999999999999999999-1",
        "1-9223372036854775808",
    ],
)
def test_a_cursor_that_is_not_ours_is_as_good_as_none(text: str | None) -> None:
    assert parse_last_event_id(text) is None


def test_a_cursor_reads_what_it_wrote() -> None:
    assert Cursor.parse(str(Cursor(7, 9))) == Cursor(7, 9)
