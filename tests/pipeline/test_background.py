"""What goes on after an answer was given comes to an end before the process does."""

import asyncio
from datetime import timedelta

from stepaside.pipeline.runtime import Background


async def test_what_goes_on_at_the_end_is_finished_with_what_it_starts() -> None:
    background, done = Background(), []

    async def second() -> None:
        await asyncio.sleep(0)
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        background.spawn(second())
        done.append("first")

    background.spawn(first())
    assert await background.close(20)
    assert done == ["first", "second"]


async def test_what_takes_too_long_is_broken_off_before_the_end() -> None:
    background, done = Background(), []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # as a transaction that is rolled back
            done.append("let go")

    background.spawn(endless())
    assert not await background.close(0.01)
    assert done == ["let go"]


async def test_nothing_starts_after_the_end() -> None:
    background, done = Background(), []

    async def late() -> None:
        done.append("late")

    await background.close(20)
    background.spawn_after(timedelta(0), late)
    await asyncio.sleep(0)
    assert done == []
