"""How long the pages with the numbers and the contacts take, as a business grows.

    .venv/bin/python -m bench.reports [--many 100000] [--json]

Each line is one read, on a crowd of 1,000 and on one so large: the median of several,
in milliseconds, and the ratio. Read the ratios: a machine changes all figures at once.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from stepaside.store.contact_list import (
    BotStatus,
    WantedContacts,
    count_contacts,
    list_contacts,
)
from stepaside.store.contact_merge import find_twins
from stepaside.store.database import Database, Tx
from stepaside.store.desk_tasks import WantedTasks, list_tasks
from stepaside.store.reports import (
    Asked,
    GroupBy,
    Number,
    list_behind,
    reply_times,
    report,
)
from tests.crowd import invite_crowd
from tests.postgres import Databases, running_server
from tests.world import MONDAY_MORNING, Clock, build_world

FEW: Final = 1_000
TRIES: Final = 5
Read = Callable[[Tx], Awaitable[Any]]


def reads() -> dict[str, Read]:
    """What is measured, by name."""
    days = Asked(start=MONDAY_MORNING - timedelta(days=89), end=MONDAY_MORNING)
    month = Asked(start=MONDAY_MORNING - timedelta(days=29), end=MONDAY_MORNING)

    def page(**wanted: Any) -> Read:
        return lambda tx: list_contacts(
            tx, WantedContacts(**wanted), limit=51, newest_first=True
        )

    found: dict[str, Read] = {
        "report 30 days": lambda tx: report(tx, month, None),
        "report 90 days": lambda tx: report(tx, days, None),
        "times 90 days": lambda tx: reply_times(tx, days),
        "list unclaimed": lambda tx: list_behind(tx, days, Number.UNCLAIMED),
        "list the bot's": lambda tx: list_behind(tx, days, Number.CONVERSATIONS),
        "contacts": page(),
        "contacts deep": lambda tx: list_contacts(
            tx, WantedContacts(), after="ctc_c000000500", newest_first=True
        ),
        "contacts found": page(words="lukas 27"),
        "contacts nobody": page(words="no such words"),
        "contacts snoozed": page(bot_status=BotStatus.SNOOZED),
        "contacts active": page(bot_status=BotStatus.ACTIVE),
        "contacts owner": page(owner="nobody"),
        "contacts tag": page(tag="vip"),
        "contacts twins": page(twins=True),
        "contacts count": lambda tx: count_contacts(tx, WantedContacts(), 1000),
        "twins of one": lambda tx: find_twins(tx, "ctc_c000000007"),
        "tasks": lambda tx: list_tasks(tx, WantedTasks()),
    }
    for by in GroupBy:
        found[f"90 days by {by}"] = lambda tx, by=by: report(tx, days, by)  # type: ignore[misc]
    return found


async def measure(url: str, many: int) -> dict[str, float]:
    """The median of each read on a crowd, in milliseconds."""
    db = Database(url)
    await db.open()
    world = await build_world(db, Clock(MONDAY_MORNING))
    async with db.transaction(world.account_id) as tx:
        await invite_crowd(
            tx, world, many, inboxes=[world.inbox_id], now=MONDAY_MORNING
        )
    async with db.connection() as conn:
        await conn.execute("RESET ROLE")
        await conn.execute("ANALYZE")
        await conn.execute("SET ROLE stepaside_app")
    found = {}
    for name, read in reads().items():
        took = []
        for _ in range(TRIES):
            async with db.transaction(world.account_id) as tx:
                started = time.perf_counter()
                await read(tx)
                took.append(1000 * (time.perf_counter() - started))
        found[name] = round(statistics.median(took), 1)
    await db.close()
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--many", type=int, default=100_000)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as url:
        databases = Databases(url, "bench_reports")
        few = asyncio.run(measure(databases.fresh(), FEW))
        all_of_them = asyncio.run(measure(databases.fresh(), chosen.many))
        databases.drop_all()
    rows = [
        {
            "read": name,
            f"ms_at_{FEW}": few[name],
            f"ms_at_{chosen.many}": took,
            "ratio": round(took / max(few[name], 0.1), 1),
        }
        for name, took in all_of_them.items()
    ]
    if chosen.json:
        print(json.dumps(rows))
        return
    for row in rows:
        sys.stdout.write("".join(f"{value!s:>20}" for value in row.values()) + "\n")


if __name__ == "__main__":
    main()
