"""The desk's list of conversations with 100,000 of them: server time and bytes.

    python bench/desk_list.py [--conversations 100000] [--times 30] [--json]

The same pages are asked for in an account with 1,000 conversations on the same server:
the ratio says what the other 99,000 cost. Times are of the whole page, from the request
to its last byte, without a network.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from litestar import Litestar

from stepaside.core.ids import BotId, InboxId
from stepaside.core.roster import Bot
from stepaside.desk.app import desk_routes
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Runtime
from stepaside.store.accounts import create_account
from stepaside.store.bots import create_bot
from stepaside.store.database import Database
from stepaside.store.embedded import EmbeddedServer
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind, create_inbox
from stepaside.store.migrate import migrate
from stepaside.store.sessions import create_session
from stepaside.wiring import local_brain

SMALL = 1000
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGES = {
    "unassigned": "view=unassigned",
    "mine": "view=mine",
    "all": "view=all",
    "all, far down": "view=all&after={far}",
    "waiting": "view=all&control=queue",
    "resolved": "view=all&status=resolved",
    "a common tag": "view=all&tag=human_handover",
    "a rare tag": "view=all&tag=vip",
    "no such tag": "view=all&tag=nothing",
    "a common reason": "view=all&scenario=human_requested",
    "a rare reason": "view=all&scenario=message_limit",
    "channel and status": "view=all&channel=widget&status=open",
    "bot with waiting": "view=all&control=queue&bot={bot}",
    "a name": "view=all&q=Fontaine+{last}",
    "a common word": "view=all&q=delivery",
    "a rare word": "view=all&q=zebra",
    "nothing found": "view=all&q=qwertzuiop",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """An account that was filled, and a session in it."""

    size: int
    token: str
    bot_id: str


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServer(Path(folder), fast=True) as server,
    ):
        url = str(server.start())
        migrate(url)
        rows = asyncio.run(measure(url, options.conversations, options.times))
    report(rows, as_json=options.json)


async def measure(url: str, size: int, times: int) -> list[dict[str, Any]]:
    """One row a page."""
    db = Database(url)
    await db.open()
    hub = Hub(db)
    await hub.start()
    try:
        small = await open_shop(db, url, SMALL)
        large = await open_shop(db, url, size)
        rt = Runtime(db=db, now=lambda: NOW, brain=local_brain, jitter=lambda: 0.0)
        app: Any = Litestar(
            desk_routes(rt, hub, base_url="http://desk"),
            openapi_config=None,
            logging_config=None,
        )
        return [
            {
                "page": name,
                **await ask(app, large, query, times),
                "small_p50_ms": (await ask(app, small, query, times))["p50_ms"],
            }
            for name, query in PAGES.items()
        ]
    finally:
        await hub.close()
        await db.close()


async def open_shop(db: Database, url: str, size: int) -> Shop:
    """An account with so many conversations, each with a contact and four messages."""
    made = await create_account(
        db, name="Bench", owner_name="Ann Ash", email=f"ann{size}@example.org", now=NOW
    )
    bot = Bot(id=BotId(new_id("bot")), name="Assistant")
    inboxes = {kind: InboxId(new_id("inbox")) for kind in InboxKind}
    async with db.transaction(made.id) as tx:
        await create_bot(tx, bot, NOW)
        for kind, inbox_id in inboxes.items():
            inbox = Inbox(
                id=inbox_id,
                kind=kind,
                name=str(kind),
                bot_id=bot.id,
                created_at=NOW,
                updated_at=NOW,
            )
            await create_inbox(tx, inbox)
        token = await create_session(tx, made.owner_id, NOW, NOW + timedelta(days=1))
    values = {
        "account": made.id,
        "staff": made.owner_id,
        "bot": bot.id,
        "widget": inboxes[InboxKind.WIDGET],
        "api": inboxes[InboxKind.API],
        "n": size,
        "now": NOW,
    }
    await asyncio.to_thread(fill, url, values)
    return Shop(size=size, token=token, bot_id=bot.id)


# As its owner, and in one go: what is measured is reading.
FILL = (
    """INSERT INTO contacts (id, account_id, external_id, name, email, created_at,
        updated_at)
    SELECT 'ctc_' || %(n)s || '_' || i, %(account)s, 'x' || i,
        (ARRAY['Maya Fontaine', 'Tom Whitfield', 'Sofía Herrera', 'Lukas Novák']
            )[1 + i %% 4] || ' ' || i,
        'contact' || i || '@example.org', %(now)s, %(now)s
    FROM generate_series(1, %(n)s) i""",
    """INSERT INTO contact_tags (contact_id, tag, account_id, added_at)
    SELECT 'ctc_' || %(n)s || '_' || i, 'human_handover', %(account)s, %(now)s
    FROM generate_series(1, %(n)s) i WHERE i %% 3 = 0
    UNION ALL SELECT 'ctc_' || %(n)s || '_' || i, 'vip', %(account)s, %(now)s
    FROM generate_series(1, %(n)s) i WHERE i %% (%(n)s / 20) = 0""",
    # A third with people: 2 % wait, 3 % are held, half of these by the reader.
    """INSERT INTO conversations (id, account_id, inbox_id, contact_id, bot_id, control,
        control_since, status, assignee_id, handover_id, waiting_since, due_at,
        last_message_at, created_at)
    SELECT 'cnv_' || %(n)s || '_' || i, %(account)s,
        CASE WHEN i %% 7 = 0 THEN %(api)s ELSE %(widget)s END,
        'ctc_' || %(n)s || '_' || i, %(bot)s, c, at,
        CASE WHEN i %% 20 = 0 OR c = 'queue' THEN 'open' ELSE 'resolved' END,
        CASE WHEN c = 'human' THEN %(staff)s END,
        CASE WHEN c <> 'bot' THEN 'hnd_' || %(n)s || '_' || i END,
        CASE WHEN c = 'queue' THEN at END, CASE WHEN c <> 'bot' THEN at END, at, at
    FROM (SELECT i, %(now)s - i * interval '20 seconds' AS at,
        CASE WHEN i %% 50 = 0 THEN 'queue' WHEN i %% 30 = 0 THEN 'human' ELSE 'bot' END
        AS c FROM generate_series(1, %(n)s) i) one""",
    """INSERT INTO handovers (id, account_id, conversation_id, bot_id, inbox_id, cause,
        evidence, reason, summary, tried, started_at, ended_at)
    SELECT 'hnd_' || %(n)s || '_' || i, %(account)s, 'cnv_' || %(n)s || '_' || i,
        %(bot)s, %(widget)s,
        CASE WHEN i %% (%(n)s / 10) = 0 THEN 'message_limit'
            WHEN i %% 2 = 0 THEN 'human_requested' ELSE 'lack_of_information' END,
        '', '', '', '{}', %(now)s - i * interval '20 seconds',
        CASE WHEN i %% 50 = 0 OR i %% 30 = 0 THEN NULL ELSE %(now)s END
    FROM generate_series(1, %(n)s) i
    WHERE i %% 3 = 0 OR i %% 50 = 0 OR i %% (%(n)s / 10) = 0""",
    """INSERT INTO messages (id, account_id, conversation_id, inbox_id, author, kind,
        text, state, at, created_at)
    SELECT 'msg_' || %(n)s || '_' || i || '_' || m, %(account)s,
        'cnv_' || %(n)s || '_' || i, %(widget)s,
        CASE WHEN m %% 2 = 1 THEN 'contact' ELSE 'bot' END, 'reply',
        CASE WHEN i %% (%(n)s / 10) = 0 AND m = 2 THEN 'We ship the zebra print too.'
            ELSE (ARRAY['When will my delivery arrive, and what does it cost?',
            'Delivery takes two to three working days and costs 4.90.',
            'Can I return it if the saddle does not fit?',
            'You can return it within 30 days.'])[m] END,
        'sent', %(now)s - i * interval '20 seconds' + m * interval '1 second', %(now)s
    FROM generate_series(1, %(n)s) i, generate_series(1, 4) m""",
    "ANALYZE",
)


def fill(url: str, values: dict[str, Any]) -> None:
    """Write everything of an account."""
    with psycopg.connect(url, options="-c search_path=stepaside") as conn:
        for statement in FILL[:-1]:
            conn.execute(statement, values)
        conn.commit()
        conn.execute(FILL[-1])


async def ask(app: Any, shop: Shop, query: str, times: int) -> dict[str, Any]:
    """A page's times and bytes."""
    far = (NOW - timedelta(seconds=20 * shop.size * 0.9)).isoformat()
    filled = query.format(
        far=f"{far}~x".replace("+", "%2B"), last=shop.size, bot=shop.bot_id
    )
    taken = []
    size = rows = 0
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://desk"
    ) as client:
        client.cookies.set("stepaside", shop.token)
        for _round in range(times + 3):
            begun = time.perf_counter()
            answer = await client.get(f"/desk/conversations?{filled}")
            taken.append(time.perf_counter() - begun)
            answer.raise_for_status()
            size, rows = len(answer.content), answer.text.count('class="row ')
            rows += answer.text.count('class="row"')
    warm = sorted(taken[3:])
    return {
        "rows": rows,
        "bytes": size,
        "p50_ms": round(statistics.median(warm) * 1000, 1),
        "p95_ms": round(warm[int(len(warm) * 0.95)] * 1000, 1),
    }


def report(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print the table."""
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'page':20} {'rows':>4} {'bytes':>7} {'p50':>8} {'p95':>8} {'ratio':>6}")
    for row in rows:
        ratio = row["p50_ms"] / row["small_p50_ms"]
        print(
            f"{row['page']:20} {row['rows']:4} {row['bytes']:7} {row['p50_ms']:6} ms "
            f"{row['p95_ms']:6} ms {ratio:5.1f}x"
        )


if __name__ == "__main__":
    main()
