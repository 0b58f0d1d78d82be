"""The event loop of a command."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on the fast event loop, where there is one."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - not on every system
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def told_to_stop() -> asyncio.Future[None]:
    """Done at the first SIGINT or SIGTERM. The second one ends the process."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[None] = loop.create_future()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
        sys.stderr.write("Stopping. Once more to stop at once.\n")
        if not told.done():
            told.set_result(None)

    for number in numbers:
        loop.add_signal_handler(number, stop)
    return told
