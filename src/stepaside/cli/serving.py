"""Running Stepaside: start everything in order, and end it in the opposite order."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import structlog
import uvicorn
from litestar import Litestar

from stepaside.cli.address import listening, usual_url
from stepaside.cli.loop import run, told_to_stop
from stepaside.cli.web import create_web
from stepaside.settings import Settings
from stepaside.wiring import CannotStart, Parts, open_parts
from stepaside.worker.worker import Worker

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process at work.

    base_url: how people's browsers reach it; without a slash at the end.
    application: what it serves; None where it is a worker alone.
    ended: done when something ended by itself that should not have.
    """

    parts: Parts
    base_url: str
    application: Litestar | None
    ended: asyncio.Future[None]


def serve(settings: Settings, *, web: bool, worker: bool) -> None:
    """Run until SIGINT or SIGTERM, then finish what was begun. Once more ends at once.

    Raises:
        StepasideError: it could not start; the message says what to do.
    """
    run(_serve(settings, web=web, worker=worker))


async def _serve(settings: Settings, *, web: bool, worker: bool) -> None:
    async with running(settings, web=web, worker=worker) as process:
        told = told_to_stop()
        sys.stdout.write(_greeting(process, web=web, worker=worker))
        sys.stdout.flush()
        await asyncio.wait({told, process.ended}, return_when=asyncio.FIRST_COMPLETED)
    if process.ended.done():
        process.ended.result()


def _greeting(process: Running, *, web: bool, worker: bool) -> str:
    settings = process.parts.settings
    lines = []
    if web:
        lines.append(f"Stepaside listens on {process.base_url}")
        lines.append(f"The desk is at {process.parts.rt.desk_url}")
    if worker:
        lines.append(f"A worker runs up to {settings.worker_concurrency} jobs at once.")
    if not settings.database_url:
        lines.append(f"The data is in {settings.data_dir}")
    return "\n".join([*lines, "Ctrl+C stops it."]) + "\n"


@contextlib.asynccontextmanager
async def running(
    settings: Settings, *, web: bool = True, worker: bool = True
) -> AsyncIterator[Running]:
    """Run in this event loop; leaving the context ends it all.

    The end: accept nothing more, end the live streams, answer what was asked, let jobs
    finish, finish what answers and jobs started, and close the database.
    """
    async with contextlib.AsyncExitStack() as stack:
        # First, because it fails fastest.
        door = stack.enter_context(listening(settings)) if web else None
        port = door.getsockname()[1] if door else None
        base_url = usual_url(settings, port)
        parts = await stack.enter_async_context(open_parts(settings, base_url))
        stack.push_async_callback(_finish, parts)
        if worker:
            crew = Worker(parts.rt, settings)
            crew.start()
            stack.push_async_callback(crew.stop)
        ended = asyncio.get_running_loop().create_future()
        app = None
        if door:
            app = create_web(parts.rt, parts.hub, base_url=base_url)
            await stack.enter_async_context(_serving(parts, app, door, ended))
        yield Running(parts=parts, base_url=base_url, application=app, ended=ended)


class _Server(uvicorn.Server):
    """Uvicorn without its own ideas of signals and of when to end the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise CannotStart("The web application did not start; see above.") from None
        self.is_up.set()


@contextlib.asynccontextmanager
async def _serving(
    parts: Parts,
    application: Litestar,
    door: socket.socket,
    ended: asyncio.Future[None],
) -> AsyncIterator[None]:
    await parts.hub.start()
    server = _Server(
        uvicorn.Config(
            app=application,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=max(1, round(parts.settings.stop_seconds)),
            ws="none",
        )
    )
    serving = asyncio.create_task(server.serve([door]), name="web server")
    up = asyncio.create_task(server.is_up.wait(), name="web server is up")
    await asyncio.wait({serving, up}, return_when=asyncio.FIRST_COMPLETED)
    up.cancel()
    try:
        if serving.done():
            await serving
        serving.add_done_callback(lambda done: _note_end(done, ended))
        yield
    finally:
        server.should_exit = True
        # Live streams never end by themselves, and the server waits for every answer.
        await parts.hub.close()
        await asyncio.wait({serving})


def _note_end(done: asyncio.Task[None], ended: asyncio.Future[None]) -> None:
    if ended.done():
        return
    if not done.cancelled() and (error := done.exception()):
        ended.set_exception(error)
    else:
        ended.set_result(None)


async def _finish(parts: Parts) -> None:
    """Let the fast path finish; what takes too long is left to the jobs."""
    if not await parts.rt.background.close(parts.settings.stop_seconds):
        log.warning("left_to_the_worker", reason="stopping")
