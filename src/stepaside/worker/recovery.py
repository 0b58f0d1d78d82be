"""Jobs whose worker fell silent are put back, so that any other worker runs them."""

import structlog
from procrastinate import exceptions
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

log = structlog.get_logger(__name__)


async def recover_stalled(jobs: JobManager, silence: float) -> int:
    """Put back the jobs of workers that are gone; how many there were.

    silence: seconds without a heartbeat after which a worker is gone. One that is only
        slow does its job twice with another, which harms nothing: what a job does is
        checked by row lock and lease.
    """
    stalled = list(await jobs.get_stalled_jobs(seconds_since_heartbeat=silence))
    for job in stalled:
        await _put_back(jobs, job)
    return len(stalled)


async def _put_back(jobs: JobManager, job: Job) -> None:
    log.warning("job_recovered", job=job.task_name, id=job.id)
    try:
        await jobs.retry_job(job)
    except exceptions.UniqueViolation:
        # A job with the same key waits already and will do the same: end this one,
        # or it holds the lock that the other needs. The recipe in procrastinate's
        # documentation dies here.
        await jobs.finish_job(job, status=Status.FAILED, delete_job=True)
    except exceptions.ConnectorException as error:
        log.warning("job_not_recovered", id=job.id, error=repr(error.__cause__))
