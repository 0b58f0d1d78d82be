"""What the queue's jobs do, by the names that `store.queue` defers them under.

None of them uses the queue's own retries: putting a job back fails when a newer one
with its key waits already, and the old one then holds its lock for as long as its
worker lives. A job that fails ends; a sweep finds what it left undone.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from procrastinate import App

from stepaside.pipeline.deliver import deliver_aside, deliver_due_aside
from stepaside.pipeline.dispatch import drain_due, reassign_due
from stepaside.pipeline.leaving import release_left_due
from stepaside.pipeline.reach import tell_due
from stepaside.pipeline.runtime import Runtime
from stepaside.pipeline.take_turn import answer_due_aside, answer_or_wait
from stepaside.pipeline.tasks import remind_due
from stepaside.pipeline.wake import wake, wake_due
from stepaside.pipeline.webhooks import send_webhooks_aside, send_webhooks_due
from stepaside.settings import Settings
from stepaside.store.errors import NotFound
from stepaside.store.queue import DELIVER, TURN, WAKE, WEBHOOK
from stepaside.worker.prune import prune
from stepaside.worker.recovery import recover_stalled

log = structlog.get_logger(__name__)

AT_ONCE: Final = 100
"""Things a sweep takes up at a time."""
MOST_ROUNDS: Final = 50
"""Rounds of one sweep; the next one goes on."""
_FIRST: Final = 10
"""Priority of what keeps the queue itself going."""

Work = Callable[[Runtime, str, str], Awaitable[object]]
Sweep = Callable[[Runtime, int], Awaitable[int]]

_WORK: Final[dict[str, Work]] = {
    TURN: answer_or_wait,
    DELIVER: deliver_aside,
    WAKE: wake,
    WEBHOOK: send_webhooks_aside,
}
_SWEEPS: Final[tuple[Sweep, ...]] = (
    answer_due_aside,
    deliver_due_aside,
    tell_due,
    wake_due,
    remind_due,
    reassign_due,
    release_left_due,
    drain_due,
    send_webhooks_due,
)


def register_jobs(app: App, rt: Runtime, settings: Settings) -> None:
    """Teach the application every job there is, and how often the periodic ones run."""
    for name, work in _WORK.items():
        app.task(name=name)(_job(name, rt, work))

    async def sweep_job(timestamp: int) -> None:
        del timestamp
        await sweep(rt)

    async def recover_job(timestamp: int) -> None:
        del timestamp
        await recover_stalled(app.job_manager, settings.worker_stalled_seconds)

    async def prune_job(timestamp: int) -> None:
        del timestamp
        await prune(rt.db, app.job_manager, rt.now())

    _repeat(app, "sweep", every(settings.sweep_seconds), sweep_job, alone=True)
    # Not alone: one whose worker died would keep every other from recovering it.
    _repeat(app, "recover", every(settings.recover_seconds), recover_job)
    _repeat(app, "prune", "17 * * * *", prune_job, alone=True)


def every(seconds: int) -> str:
    """Return the cron line for each so many seconds, counted within the minute.

    seconds: 1 to 60; where it does not divide 60, the last wait of a minute is shorter.
    """
    return f"* * * * * */{seconds}" if seconds < 60 else "* * * * *"


async def sweep(rt: Runtime) -> None:
    """Do what is overdue in any account, whatever became of its job.

    Turns, deliveries, timers, absences, leavers and queues each have their turn, also
    when one of them fails.
    """
    for one in _SWEEPS:
        try:
            for _ in range(MOST_ROUNDS):
                if await one(rt, AT_ONCE) < AT_ONCE:
                    break
        except Exception:
            log.exception("sweep_failed", what=one.__name__)


def _job(name: str, rt: Runtime, work: Work) -> Callable[[str, str], Awaitable[None]]:
    async def run(account_id: str, subject: str) -> None:
        try:
            await work(rt, account_id, subject)
        except NotFound as error:
            # Deleted meanwhile, with all that there was to do about it.
            log.info("nothing_left_to_do", job=name, error=str(error))

    return run


def _repeat(
    app: App,
    name: str,
    cron: str,
    run: Callable[[int], Awaitable[None]],
    *,
    alone: bool = False,
) -> None:
    """Have one worker of all run this at each tick of a cron line.

    alone: only once the one before has ended, however long it takes.
    """
    key = f"every:{name}"
    lock = key if alone else None
    task = app.task(name=name, lock=lock, queueing_lock=key, priority=_FIRST)
    app.periodic(cron=cron)(task(run))
