"""Who is there, told from one process to the other and forgotten soon."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from stepaside.live.hub import Hub
from stepaside.live.presence import CONTACT, HERE_FOR, WRITES_FOR, Present, Sign, What
from stepaside.store.database import Database
from tests.live.world import CYS, DEES, open_accounts

SOON = 30.0
HERE = (CYS, "cnv_1")
ANN, BO = "stf_ann", "stf_bo"


class Seconds:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
async def here(db: Database, clock: Seconds) -> AsyncIterator[Hub]:
    await open_accounts(db)
    hub = Hub(db, clock=clock)
    await hub.start()
    yield hub
    await hub.close()


@pytest.fixture
async def elsewhere(db: Database, clock: Seconds) -> AsyncIterator[Hub]:
    hub = Hub(db, clock=clock)
    await hub.start()
    yield hub
    await hub.close()


async def gives(db: Database, hub: Hub, who: str, what: What) -> None:
    async with db.transaction(CYS) as tx:
        await hub.presence.give(tx, Sign(place=HERE, who=who, what=what))


async def until_heard(
    db: Database, here: Hub, elsewhere: Hub, nudge: asyncio.Event
) -> None:
    """Let Ann write until the other process has heard of it.

    Until it listens, signs are lost, as they may be.
    """
    async with asyncio.timeout(SOON):
        while not elsewhere.presence.writes(HERE, ANN):
            await gives(db, here, ANN, What.WRITING)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(nudge.wait(), 0.2)
    nudge.clear()


async def test_a_colleague_in_another_process_is_seen(
    db: Database, here: Hub, elsewhere: Hub
) -> None:
    with elsewhere.presence.follow(HERE) as nudge:
        await until_heard(db, here, elsewhere, nudge)
        await gives(db, here, ANN, What.GONE)
        async with asyncio.timeout(SOON):
            while elsewhere.presence.others(HERE, BO):
                await nudge.wait()
                nudge.clear()
    assert elsewhere.presence.others(HERE, BO) == []


async def test_a_sign_says_nothing_about_any_other_conversation(
    db: Database, here: Hub
) -> None:
    await gives(db, here, ANN, What.HERE)
    assert here.presence.others((CYS, "cnv_2"), BO) == []
    assert here.presence.others((DEES, "cnv_1"), BO) == []


async def test_whoever_says_nothing_more_has_stopped_and_then_is_gone(
    db: Database, here: Hub, clock: Seconds
) -> None:
    await gives(db, here, CONTACT, What.WRITING)
    assert here.presence.writes(HERE, CONTACT)
    clock.at += WRITES_FOR
    assert not here.presence.writes(HERE, CONTACT)
    assert here.presence.others(HERE, BO) == [Present(who=CONTACT, writes=False)]
    clock.at += HERE_FOR
    assert here.presence.others(HERE, BO) == []


async def test_other_processes_hear_only_what_was_committed(
    db: Database, here: Hub, elsewhere: Hub
) -> None:
    bo = Sign(place=HERE, who=BO, what=What.WRITING)
    with contextlib.suppress(RuntimeError):
        async with db.transaction(CYS) as tx:
            await here.presence.give(tx, bo)
            raise RuntimeError
    with elsewhere.presence.follow(HERE) as nudge:
        await until_heard(db, here, elsewhere, nudge)
    assert not elsewhere.presence.writes(HERE, BO)


@pytest.mark.parametrize(
    "payload",
    ["", "[", "null", "[1, 2]", '["p", "a", "c", "w", "dancing"]', '{"a": 1}'],
)
async def test_what_is_no_sign_of_ours_is_passed_over(here: Hub, payload: str) -> None:
    here.presence.hear(payload)
    assert here.presence.others(("a", "c"), "") == []
