"""Patience cut short, so that what died is found dead within a second or two."""

from datetime import timedelta
from typing import Final

from stepaside.pipeline.runtime import Limits
from stepaside.settings import Settings

LIMITS: Final = Limits(
    thinking=timedelta(seconds=2),
    sending=timedelta(seconds=5),
    net=timedelta(milliseconds=500),
    brain_backoff=timedelta(0),
)
QUICK: Final = Settings(
    worker_poll_seconds=0.1,
    worker_heartbeat_seconds=0.4,
    worker_stalled_seconds=1.5,
    recover_seconds=1,
    sweep_seconds=1,
    stop_seconds=2,
)
