"""A process of the product that dies at a given point, by kill -9, once.

Usage: python -m tests.crash.process URL ACCOUNT INBOX POINT FLAG

Reads inbound messages from standard input, a JSON object a line, and answers each with
`stored` once it is; works on jobs besides, like every process of the product. POINT is
`<function>:<where>`: a transaction opened by that function of the pipeline is left by
death `at_start`, at its `statement-N`, `before_commit` or `after_commit`; `brain:…` and
`send:…` die `before` or `after` thinking and sending. FLAG is a file that the first to
die makes, so that the next one lives.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import httpx2
import structlog

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.channels.base import Accepted, Inbound, Outbound, Sender
from stepaside.channels.webhook.send import webhook_sender
from stepaside.core.roster import ContactRef
from stepaside.core.turn import Turn
from stepaside.pipeline.receive import receive
from stepaside.pipeline.runtime import Runtime
from stepaside.store.database import Database, Doer, Tx
from stepaside.worker.worker import Worker
from tests.crash.limits import LIMITS, QUICK


class Point:
    """Where to die, and whether somebody has already."""

    def __init__(self, text: str, flag: Path) -> None:
        self.where = text
        self.flag = flag

    def reached(self, where: str) -> None:
        """Die here if this is the place."""
        if where != self.where:
            return
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.flag, os.O_CREAT | os.O_EXCL))
            os.kill(os.getpid(), signal.SIGKILL)


class MortalDatabase(Database):
    """The database, in a process that may die in any of its transactions."""

    def __init__(self, url: str, point: Point) -> None:
        super().__init__(url, size=8)
        self.point = point

    @contextlib.asynccontextmanager
    async def transaction(
        self, account_id: str, by: Doer | None = None
    ) -> AsyncIterator[Tx]:
        """A transaction, with death at its edges and between its statements."""
        name = _opened_by()
        async with super().transaction(account_id, by) as tx:
            self.point.reached(f"{name}:at_start")
            mortal = _Mortal(tx, name, self.point)
            yield mortal
            tx.wrote_events |= mortal.wrote_events
            tx.deferred_jobs |= mortal.deferred_jobs
            self.point.reached(f"{name}:before_commit")
        self.point.reached(f"{name}:after_commit")


class _Mortal(Tx):
    """A transaction that counts its statements."""

    __slots__ = ("_count", "_name", "_point")

    def __init__(self, inner: Tx, name: str, point: Point) -> None:
        super().__init__(conn=inner.conn, account_id=inner.account_id)
        self._name, self._point, self._count = name, point, 0

    async def run(self, sql: str, *values: Any) -> int:
        """Execute, then maybe die."""
        touched = await super().run(sql, *values)
        self._count += 1
        self._point.reached(f"{self._name}:statement-{self._count}")
        return touched


def _opened_by() -> str:
    """The function of the pipeline that opens the transaction."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith("stepaside.pipeline."):
            return frame.f_code.co_name.strip("_")
        frame = frame.f_back
    return "elsewhere"


def _brain(point: Point) -> Any:
    async def think(turn: Turn, index: KnowledgeIndex) -> Draft:
        del index
        point.reached("brain:before")
        await asyncio.sleep(0.02)
        point.reached("brain:after")
        return Draft(text=f"Answer to: {turn.burst[-1].text}")

    return think


def _sender(send: Sender, point: Point) -> Sender:
    async def mortal(outbound: Outbound) -> Accepted:
        point.reached("send:before")
        accepted = await send(outbound)
        point.reached("send:after")
        return accepted

    return mortal


async def main(url: str, account_id: str, inbox_id: str, point: Point) -> None:
    """Work until standard input ends."""
    db = MortalDatabase(url, point)
    await db.open()
    async with httpx2.AsyncClient() as client:
        send = webhook_sender(client, _now, allow_private=True)
        rt = Runtime(
            db=db,
            now=_now,
            brain=_brain(point),
            jitter=lambda: 0.5,
            senders={"webhook": _sender(send, point)},
            limits=LIMITS,
        )
        worker = Worker(rt, QUICK)
        worker.start()
        _say("ready")
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            said = json.loads(line)
            inbound = Inbound(
                inbox_id=inbox_id,
                sender=ContactRef(external_id="cy-phone", name="Cy"),
                text=said["text"],
                external_id=said["id"],
            )
            await receive(rt, account_id, inbound)
            _say("stored")
        await worker.stop()
    await db.close()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a real process has a real clock


if __name__ == "__main__":
    # Standard output is for the test to read.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    _url, _account, _inbox, _where, _flag = sys.argv[1:]
    asyncio.run(main(_url, _account, _inbox, Point(_where, Path(_flag))))
