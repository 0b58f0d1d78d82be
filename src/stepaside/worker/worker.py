"""The loop that runs jobs, from the start of the process to its end."""

import asyncio
import contextlib
from typing import Final

import structlog
from procrastinate import App, PsycopgConnector

from stepaside.pipeline.runtime import Runtime
from stepaside.settings import Settings
from stepaside.store.database import APP_ROLE, SEARCH_PATH
from stepaside.worker.jobs import register_jobs

log = structlog.get_logger(__name__)

CONNECTION_NAME: Final = "stepaside worker"
"""What an administrator sees in `pg_stat_activity`."""
_CONNECTIONS: Final = 4
"""Of its own, so that heartbeats never wait for busy requests; and one to listen."""
_FIRST_DELAY: Final = 0.2
_LONGEST_DELAY: Final = 10.0


class Worker:
    """Runs jobs in the event loop that started it.

    When the database goes away, it starts over until the database is back.
    """

    def __init__(self, rt: Runtime, settings: Settings) -> None:
        self._settings = settings
        self._app = App(connector=_connector(rt.db.url))
        register_jobs(self._app, rt, settings)
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work."""
        self._running = asyncio.create_task(self._work(), name="worker")

    async def stop(self) -> None:
        """Take no further job, and return when those that run have finished.

        What takes longer than `stop_seconds` is broken off; a sweep, here or in another
        process, takes it up again.
        """
        self._stopping.set()
        if self._running:
            await self._running

    async def _work(self) -> None:
        delay = _FIRST_DELAY
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            try:
                await self._run_jobs()
            except Exception as error:  # noqa: BLE001 - a worker has no other end
                log.warning("worker_starts_over", error=repr(error))
            lasted = loop.time() - began
            delay = _FIRST_DELAY if lasted > _LONGEST_DELAY else delay * 2
            with contextlib.suppress(TimeoutError):
                pause = min(delay, _LONGEST_DELAY)
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_jobs(self) -> None:
        """Work until told to stop, or until something goes wrong with the database."""
        async with self._app.open_async():
            working = asyncio.create_task(self._run_worker(), name="jobs")
            told = asyncio.create_task(self._stopping.wait(), name="stop")
            try:
                first = asyncio.FIRST_COMPLETED
                await asyncio.wait({working, told}, return_when=first)
            finally:
                told.cancel()
                working.cancel()  # which lets it finish what runs
                with contextlib.suppress(asyncio.CancelledError):
                    await working

    async def _run_worker(self) -> None:
        settings = self._settings
        await self._app.run_worker_async(
            concurrency=settings.worker_concurrency,
            # A finished job does not wake the next one with its lock.
            fetch_job_polling_interval=settings.worker_poll_seconds,
            abort_job_polling_interval=3600,  # jobs are never aborted by request
            update_heartbeat_interval=settings.worker_heartbeat_seconds,
            stalled_worker_timeout=settings.worker_stalled_seconds,
            shutdown_graceful_timeout=settings.stop_seconds,
            delete_jobs="successful",
            install_signal_handlers=False,
        )


def _connector(url: str) -> PsycopgConnector:
    options = f"-c search_path={SEARCH_PATH} -c role={APP_ROLE} -c timezone=UTC"
    return PsycopgConnector(
        conninfo=url,
        kwargs={"options": options, "application_name": CONNECTION_NAME},
        min_size=1,
        max_size=_CONNECTIONS,
        timeout=10,
    )
