"""Turns through HTTP with the local brain on the embedded database.

Beside it, in the same run, pgbench runs the SQL statements of one such turn on the same
server: the ratio says what everything above the database costs.

    python bench/turns.py [--seconds 8] [--clients 1,8,32] [--json]

pgbench comes from Debian's postgresql packages; without it the ratio is left out.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from psycopg import sql

from stepaside.channels.base import Inbound
from stepaside.core.roster import ContactRef
from stepaside.demo.content import load
from stepaside.pipeline.receive import receive, start_conversation
from stepaside.pipeline.runtime import Runtime
from stepaside.store.database import Database, Tx
from stepaside.store.embedded import running_url
from stepaside.wiring import local_brain, utc_now

TURNS_A_CONVERSATION = 40
BENCH_CONVERSATIONS = 64


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", default="1,8,32")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    levels = [int(n) for n in options.clients.split(",")]
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as base_url:
        account = open_account(Path(folder))
        rows = asyncio.run(measure(Path(folder), base_url, account, levels, options))
    report(rows, as_json=options.json)


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """`stepaside up` on a fresh embedded database, as an owner runs it."""
    command = [sys.executable, "-m", "stepaside", "up", "--port", "0"]
    process = subprocess.Popen(  # noqa: S603
        command, env=environment(folder), stdout=subprocess.PIPE, text=True
    )
    first = process.stdout.readline() if process.stdout else ""
    found = re.search(r"http://\S+", first)
    if not found:
        raise SystemExit(f"the server did not start: {first}")
    try:
        yield found[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def environment(folder: Path) -> dict[str, str]:
    """The installation's environment: its own data directory and nothing else."""
    return {**os.environ, "STEPASIDE_DATA_DIR": str(folder)}


def open_account(folder: Path) -> dict[str, str]:
    """An account with its key, through the command line."""
    command = [sys.executable, "-m", "stepaside", "account", "create", "--json"]
    command += ["--name", "Bench", "--email", "owner@example.org"]
    done = subprocess.run(  # noqa: S603
        command, env=environment(folder), check=True, capture_output=True, text=True
    )
    made: dict[str, str] = json.loads(done.stdout)
    return made


async def measure(
    folder: Path,
    base_url: str,
    account: dict[str, str],
    levels: list[int],
    options: Any,
) -> list[dict[str, Any]]:
    """One row a number of clients: turns a second, latencies, and pgbench beside."""
    headers = {"authorization": f"Bearer {account['api_key']}"}
    limits = httpx2.Limits(max_connections=64)
    async with httpx2.AsyncClient(
        base_url=base_url, headers=headers, timeout=60, limits=limits
    ) as client:
        inbox_id = await prepare(client)
        url = running_url(folder / "postgres")
        script = await pgbench_script(str(url), account["id"], inbox_id)
        await drive(client, inbox_id, 4, 2)  # warm
        rows = []
        for clients in levels:
            taken = await drive(client, inbox_id, clients, options.seconds)
            row = {"clients": clients, **summary(taken, options.seconds)}
            row["pgbench_per_s"] = await asyncio.to_thread(
                pgbench, str(url), script, clients, options.seconds
            )
            rows.append(row)
    return rows


async def prepare(client: httpx2.AsyncClient) -> str:
    """A bot with the demo's articles, whose answers fail nobody, and its inbox."""
    bot = await post(client, "bots", {"name": "Bench", "max_messages": 100})
    items = [
        {"title": a.title, "text": a.text, "question": a.question}
        for a in load().articles
    ]
    answer = await client.put(f"/v1/bots/{bot['id']}/knowledge", json={"items": items})
    answer.raise_for_status()
    rule = {"scenario": "human_requested", "enabled": True, "assign": {"to": "nobody"}}
    await post(client, f"bots/{bot['id']}/handover-rules", rule)
    body = {"kind": "api", "name": "Bench", "bot_id": bot["id"]}
    inbox_id: str = (await post(client, "inboxes", body))["id"]
    return inbox_id


async def post(client: httpx2.AsyncClient, path: str, body: Any) -> Any:
    """Create something."""
    answer = await client.post(f"/v1/{path}", json=body)
    answer.raise_for_status()
    return answer.json()


QUESTIONS = [
    m.text for c in load().conversations if c.expect == "answered" for m in c.messages
]


async def drive(
    client: httpx2.AsyncClient, inbox_id: str, clients: int, seconds: float
) -> list[float]:
    """Seconds each turn took, from sending the message to having the bot's answer."""
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def one(n: int) -> None:
        while time.perf_counter() < end:
            body = {"inbox_id": inbox_id, "contact": {"name": f"Client {n}"}}
            here = (await post(client, "conversations", body))["id"]
            for k in range(TURNS_A_CONVERSATION):
                text = QUESTIONS[(n * 7 + k) % len(QUESTIONS)]
                began = time.perf_counter()
                said = {"author": "contact", "text": text}
                answer = await post(
                    client, f"conversations/{here}/messages?wait=30", said
                )
                if time.perf_counter() >= end:
                    return
                if answer["turn"]["decision"] != "reply":
                    raise SystemExit(f"not a plain turn: {answer['turn']}")
                taken.append(time.perf_counter() - began)

    await asyncio.gather(*(one(n) for n in range(clients)))
    return taken


def summary(taken: list[float], seconds: float) -> dict[str, float]:
    """Rate and latencies in milliseconds."""
    cuts = statistics.quantiles(taken, n=100)
    return {
        "turns_per_s": round(len(taken) / seconds, 1),
        "p50_ms": round(cuts[49] * 1000, 1),
        "p95_ms": round(cuts[94] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
    }


class RecordingDatabase(Database):
    """The database, writing down every statement of every transaction."""

    def __init__(self, url: str) -> None:
        super().__init__(url, size=4)
        self.said: list[tuple[str, tuple[Any, ...]]] = []

    @contextlib.asynccontextmanager
    async def transaction(self, account_id: str) -> AsyncIterator[Tx]:
        """A transaction whose statements are written down."""
        self.said.append(("BEGIN", ()))
        scope = "SELECT set_config('stepaside.account_id', %s, true)"
        self.said.append((scope, (account_id,)))
        async with super().transaction(account_id) as tx:
            yield RecordingTx(tx, self.said)
        self.said.append(("COMMIT", ()))


class RecordingTx(Tx):
    """A transaction that writes down what it runs."""

    __slots__ = ("_said",)

    def __init__(self, inner: Tx, said: list[tuple[str, tuple[Any, ...]]]) -> None:
        super().__init__(conn=inner.conn, account_id=inner.account_id)
        self._said = said

    async def one(self, sql: str, *values: Any) -> Any:
        """Write down and run."""
        self._said.append((sql, values))
        return await super().one(sql, *values)

    async def all(self, sql: str, *values: Any) -> Any:
        """Write down and run."""
        self._said.append((sql, values))
        return await super().all(sql, *values)

    async def run(self, sql: str, *values: Any) -> int:
        """Write down and run."""
        self._said.append((sql, values))
        return await super().run(sql, *values)


async def pgbench_script(url: str, account_id: str, inbox_id: str) -> str:
    """The statements of one turn, on any of some conversations, with fresh ids."""
    db = RecordingDatabase(url)
    await db.open()
    rt = Runtime(db=db, now=utc_now, brain=local_brain, jitter=lambda: 0.0)
    conversation_id = await start_conversation(
        rt, account_id, inbox_id=inbox_id, contact=ContactRef(name="Recorded")
    )
    for text in QUESTIONS[:2]:  # the first one also builds the index
        db.said.clear()
        inbound = Inbound(inbox_id=inbox_id, conversation_id=conversation_id, text=text)
        await receive(rt, account_id, inbound)
        await rt.background.drain()
    await db.close()
    with psycopg.connect(url, options="-c search_path=stepaside") as conn:
        copies(conn, conversation_id)
        return render(conn, db.said, conversation_id)


def copies(conn: psycopg.Connection, conversation_id: str) -> None:
    """Conversations for pgbench to choose from, each with two messages."""
    for table, own in (("conversations", "id"), ("messages", "conversation_id")):
        rows = conn.execute(
            """SELECT column_name FROM information_schema.columns
            WHERE table_schema = 'stepaside' AND table_name = %s
            AND is_identity = 'NO'""",
            (table,),
        ).fetchall()
        names = [name for (name,) in rows]
        copied = [
            sql.SQL("'cnv_bench' || n")
            if name == own
            else sql.SQL("id || n")
            if name == "id"
            else sql.SQL("NULL")
            if name == "key"
            else sql.Identifier(name)
            for name in names
        ]
        conn.execute(
            sql.SQL(
                "INSERT INTO {t} ({names}) SELECT {copied} FROM {t}, "
                "generate_series(1, {most}) n WHERE {own} = {id}"
            ).format(
                t=sql.Identifier(table),
                names=sql.SQL(", ").join(map(sql.Identifier, names)),
                copied=sql.SQL(", ").join(copied),
                most=sql.Literal(BENCH_CONVERSATIONS),
                own=sql.Identifier(own),
                id=sql.Literal(conversation_id),
            )
        )


MINTED = re.compile(r"\b(msg|dec|out|ntf|tsk|hnd)_[0-9a-z]{26}\b")


def render(
    conn: psycopg.Connection,
    said: list[tuple[str, tuple[Any, ...]]],
    conversation_id: str,
) -> str:
    """As a pgbench script. What the turn minted is made anew at each run."""
    fresh: dict[str, str] = {}
    lines = [f"\\set c random(1, {BENCH_CONVERSATIONS})"]
    body = []
    for statement, values in said:
        shown = [literal(conn, value, conversation_id, fresh) for value in values]
        text = " ".join(statement.replace("%s", "\0").split())
        for one in shown:
            text = text.replace("\0", one, 1)
        body.append(f"{text};")
    lines += [f"\\set {name} random(1, 9000000000000000)" for name in fresh.values()]
    return "\n".join([*lines, *body]) + "\n"


def literal(
    conn: psycopg.Connection,
    value: Any,
    conversation_id: str,
    fresh: dict[str, str],
) -> str:
    """One value, with `:variables` where it names the conversation or what is new."""
    if isinstance(value, list):
        shown = (literal(conn, one, conversation_id, fresh) for one in value)
        return f"ARRAY[{', '.join(shown)}]::text[]"
    text = sql.Literal(value).as_string(conn)
    whole, _, cast = (
        text.rpartition("::") if re.search(r"'::\w+$", text) else (text, "", "")
    )

    def new(found: re.Match[str]) -> str:
        name = fresh.setdefault(found[0], f"n{len(fresh)}")
        return f"{found[1]}_' || :{name} || '"

    varied = MINTED.sub(new, whole).replace(conversation_id, "cnv_bench' || :c || '")
    if varied == whole:
        return text
    return f"({varied}){'::' + cast if cast else ''}"


def pgbench(url: str, script: str, clients: int, seconds: float) -> float | None:
    """Runs of the script a second, or None without pgbench."""
    program = shutil.which("pgbench") or next(
        (str(p) for p in Path("/usr/lib/postgresql").glob("*/bin/pgbench")), None
    )
    if program is None:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [program, url, "-n", "-f", file.name, "-c", str(clients)]
        command += ["-j", "1", "-T", str(round(seconds))]
        options = "-c search_path=stepaside,jobs -c role=stepaside_app -c timezone=UTC"
        done = subprocess.run(  # noqa: S603
            command,
            env={**os.environ, "PGOPTIONS": options},
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if not found or "aborted" in done.stderr:
        raise SystemExit(f"pgbench: {done.stdout}\n{done.stderr[:2000]}")
    return round(float(found[1]), 1)


def report(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print."""
    for row in rows:
        if row["pgbench_per_s"]:
            row["ratio"] = round(row["turns_per_s"] / row["pgbench_per_s"], 3)
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    names = list(rows[0])
    sys.stdout.write("  ".join(f"{name:>14}" for name in names) + "\n")
    for row in rows:
        sys.stdout.write("  ".join(f"{row[name]!s:>14}" for name in names) + "\n")


if __name__ == "__main__":
    main()
