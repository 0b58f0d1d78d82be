"""What the pipeline needs from outside, handed to every function of it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.channels.base import Sender
from stepaside.channels.webhook.signed import Caller
from stepaside.core.brief import Brief
from stepaside.core.rules import MAX_RULES
from stepaside.core.turn import Line, Turn
from stepaside.notify.base import Notifier
from stepaside.pipeline.indexes import KnowledgeIndexes
from stepaside.store.database import Database

log = structlog.get_logger(__name__)

_ROUNDS: Final = 50
"""Rounds of one sweep aside; the next one goes on."""

Brain = Callable[[Turn, KnowledgeIndex], Awaitable[Draft]]
"""Drafts an answer. May be slow and may fail; it is called outside any transaction."""


Summarise = Callable[[str, Sequence[Line], Brief], Awaitable[Brief | None]]
"""A better summary of an account's conversation than the one given; None: none."""

Work = Coroutine[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The installation's own settings.

    thinking: how long one process may think about a turn before another may try.
    brain_tries: calls of the bot before its failure hands the conversation over.
    brain_backoff: the wait before the second try; doubled for each further one.
    sending: how long a delivery may take before another process may repeat it.
    net: how late a worker looks after a turn that its own process should have taken.
    """

    max_rules: int = MAX_RULES
    thinking: timedelta = timedelta(seconds=30)
    brain_tries: int = 3
    brain_backoff: timedelta = timedelta(seconds=1)
    sending: timedelta = timedelta(seconds=30)
    net: timedelta = timedelta(seconds=5)

    @property
    def answering(self) -> timedelta:
        """The bot's time limit, all its tries together: there is a turn to save yet."""
        return self.thinking * 0.9


class Background:
    """Work that goes on after an answer was given: the fast path.

    Losing it in a crash loses nothing: every piece is backed by a durable job.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def spawn(self, work: Work) -> None:
        """Start it now; a failure is logged and left to the durable job.

        Once closed it is left to the job at once.
        """
        if self._closed:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(attempt(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def spawn_after(self, wait: timedelta, start: Callable[[], Work]) -> None:
        """Start it once the wait is over; at once when there is none."""
        if wait:
            loop = asyncio.get_running_loop()
            loop.call_later(wait.total_seconds(), lambda: self.spawn(start()))
        else:
            self.spawn(start())

    async def drain(self) -> None:
        """Wait until everything started so far, and what it starts, has ended."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self, seconds: float) -> bool:
        """Wait for what goes on, break off what takes longer, and start nothing more.

        Stop first what starts work. Returns whether all of it ended in time.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.drain(), seconds)
        self._closed = True
        left = set(self._tasks)
        for task in left:
            task.cancel()
        # What is broken off uses the database until it has let go of it.
        await asyncio.gather(*left, return_exceptions=True)
        return not left


class Lanes:
    """How much one process tells at a time, apart for each channel and webhook.

    So that a channel that is slow fills its own lane and no other.
    """

    WIDTH: Final = 8

    def __init__(self) -> None:
        self._lanes: dict[str, asyncio.Semaphore] = {}
        self._started: set[str] = set()

    def of(self, channel: str) -> asyncio.Semaphore:
        """Enter it to send on a channel; leave it when done."""
        return self._lanes.setdefault(channel, asyncio.Semaphore(self.WIDTH))

    def start(self, channel: str) -> bool:
        """Whether nobody in this process is catching up on the channel yet."""
        fresh = channel not in self._started
        self._started.add(channel)
        return fresh

    def stop(self, channel: str) -> None:
        """Say that the catching up has ended."""
        self._started.discard(channel)


class Turns:
    """Who waits for a turn of a conversation to be decided in this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[_Settled]] = {}

    def expect(self, conversation_id: str) -> "_Settled":
        """Something to wait on; ask for it before looking, so as not to miss it."""
        settled = _Settled()
        self._waiting.setdefault(conversation_id, set()).add(settled)
        return settled

    def done(self, conversation_id: str) -> None:
        """Wake everyone who waits for a turn of this conversation."""
        for settled in self._waiting.pop(conversation_id, ()):
            settled.event.set()


class _Settled:
    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.event.wait(), seconds)


async def attempt(work: Work) -> None:
    """Do it; a failure is logged, and left to whoever finds it undone.

    So that one piece of work that always fails stands in nobody else's way.
    """
    try:
        await work
    except Exception as error:  # noqa: BLE001 - a sweep or a job repeats it
        log.warning("left_undone", error=repr(error))


async def attempt_abreast(lane: asyncio.Semaphore, works: Iterable[Work]) -> None:
    """Attempt each, as many at a time as the lane is wide.

    So that one that waits for somebody outside holds up few others.
    """

    async def one(work: Work) -> None:
        async with lane:
            await attempt(work)

    await asyncio.gather(*map(one, works))


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The pipeline's surroundings in one process.

    now: the clock; aware, UTC.
    senders: by inbox kind; kinds whose contacts read from us have none.
    notifiers: by notification channel; a channel that is not set up has none.
    call_webhook: makes the calls of outgoing webhooks; None where none may be made.
    jitter: 0 to 1, fresh at each call.
    sleep: waits so many seconds, between tries.
    summarise: says what a handover is about, better than the transcript alone; None
        where no language model is set up.
    desk_url: where staff find the desk, for links; without a slash at the end.
    secret: signs links that claim; empty: none are made.
    push_key: what a browser needs to subscribe; empty where push is not set up.
    """

    db: Database
    now: Callable[[], datetime]
    brain: Brain
    jitter: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    senders: Mapping[str, Sender] = field(default_factory=dict)
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)
    background: Background = field(default_factory=Background)
    indexes: KnowledgeIndexes = field(default_factory=KnowledgeIndexes)
    limits: Limits = field(default_factory=Limits)
    turns: Turns = field(default_factory=Turns)
    lanes: Lanes = field(default_factory=Lanes)
    desk_url: str = ""
    summarise: Summarise | None = None
    call_webhook: Caller | None = None
    secret: bytes = field(default=b"", repr=False)
    push_key: str = ""


def sweep_aside(
    rt: Runtime, name: str, one: Callable[[Runtime, int], Awaitable[int]], limit: int
) -> int:
    """Start a sweep that waits for somebody outside, and wait for none of it.

    Returns at once, with 0: who is slow there must hold up no other sweep. Of each
    name one runs at a time.
    one: a round over `limit` things; how many it found. Fewer than that end it.
    """

    async def rounds() -> None:
        try:
            for _ in range(_ROUNDS):
                if await one(rt, limit) < limit:
                    return
        finally:
            rt.lanes.stop(name)

    if rt.lanes.start(name):
        rt.background.spawn(rounds())
    return 0
