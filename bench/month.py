"""A simulated month in figures: who came, who was answered, what was done meanwhile.

    python bench/month.py [--days 30] [--answers 0.8] [--seed 20261122]

The same simulation that the suite holds its laws against (tests/simulation).
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parent.parent))

from stepaside.store.database import Database
from tests.postgres import Databases, running_server
from tests.simulation.month import Figures, Month, Pace
from tests.simulation.test_thirty_days import SEED, nothing_is_forgotten
from tests.world import Clock, build_world


async def _live(url: str, pace: Pace, seed: int) -> Figures:
    db = Database(url)
    await db.open()
    try:
        month = Month(await build_world(db, Clock()), pace, seed)
        await month.run(nothing_is_forgotten)
        return await month.figures()
    finally:
        await db.close()


def main() -> None:
    """Run a month and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--answers", type=float, default=Pace().answers)
    parser.add_argument("--seed", type=int, default=SEED)
    told = parser.parse_args()
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    pace = Pace(days=told.days, answers=told.answers)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as url:
        began = time.monotonic()
        figures = asyncio.run(_live(Databases(url, "month").fresh(), pace, told.seed))
        took = time.monotonic() - began
    for name, value in asdict(figures).items():
        print(f"{name.replace('_', ' '):16} {value}")
    print(f"{'seconds':16} {took:.0f}")


if __name__ == "__main__":
    main()
