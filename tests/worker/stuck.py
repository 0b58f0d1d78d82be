"""A worker that says `thinking` when it thinks about a turn, and never comes to an end.

python -m tests.worker.stuck URL
"""

import asyncio
import sys
from datetime import timedelta

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.turn import Turn
from stepaside.pipeline.runtime import Limits, Runtime
from stepaside.store.database import Database
from stepaside.worker.worker import Worker
from tests.worker.shift import FAST
from tests.world import Clock


async def think_for_ever(turn: Turn, index: KnowledgeIndex) -> Draft:
    del turn, index
    sys.stdout.write("thinking\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
    raise AssertionError


async def main(url: str) -> None:
    db = Database(url, size=4)
    await db.open()
    rt = Runtime(
        db=db,
        now=Clock(),
        brain=think_for_ever,
        jitter=lambda: 0.0,
        limits=Limits(thinking=timedelta(hours=1)),
    )
    Worker(rt, FAST).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
