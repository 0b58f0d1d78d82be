"""How soon people know: from a handover to its e-mail, and to the bell in an open desk.

Runs `stepaside up` on a fresh embedded database, with a mail server of its own and a
real browser that has the desk open. Times start when the handover's transaction does
(`started_at`), so they hold the commit as well.

    python bench/notify.py [--handovers 40] [--json]

The bell needs chromium; without it that line is left out.
"""

import argparse
import asyncio
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
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx2
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.async_api import Page, async_playwright

CHROMIUM = shutil.which("chromium")


class Office:
    """A mail server that notes when it took an e-mail to whom."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self.came = asyncio.Event()

    async def handle_DATA(  # noqa: N802 - the server's word
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take one e-mail."""
        del server, session
        self.taken.setdefault(str(envelope.rcpt_tos[0]), time.time())  # noqa: TID251
        self.came.set()
        return "250 OK"

    async def until(self, address: str) -> float:
        """When the e-mail to an address was taken."""
        while address not in self.taken:
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), 30)
        return self.taken[address]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--handovers", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    measured = asyncio.run(measure(options.handovers))
    rows = {name: figures(waits) for name, waits in measured.items() if waits}
    if options.json:
        print(json.dumps(rows))
        return
    for name, row in rows.items():
        print(
            f"{name:<28} p50 {row['p50_ms']:7.1f} ms   p95 {row['p95_ms']:7.1f} ms"
            f"   max {row['max_ms']:7.1f} ms   n {row['n']}"
        )


def figures(waits: Sequence[float]) -> dict[str, float]:
    """Milliseconds of a list of seconds."""
    cuts = statistics.quantiles(waits, n=20, method="inclusive")
    middle = statistics.median(waits)
    return {
        "p50_ms": round(middle * 1000, 1),
        "p95_ms": round(cuts[18] * 1000, 1),
        "max_ms": round(max(waits) * 1000, 1),
        "n": len(waits),
    }


async def measure(handovers: int) -> dict[str, list[float]]:
    """Both waits, in seconds, for each handover."""
    office = Office()
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(lambda: SMTP(office), "127.0.0.1", 0)
    port = mail.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "STEPASIDE_DATA_DIR": folder,
            "STEPASIDE_SMTP_URL": f"smtp://127.0.0.1:{port}",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "stepaside", "up", "--port", "0"),
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None  # noqa: S101
        try:
            url = await _address(process.stdout)
            account = _account(env)
            async with httpx2.AsyncClient(
                base_url=f"{url}/v1",
                headers={"Authorization": f"Bearer {account['api_key']}"},
                timeout=60,
            ) as api:
                bench = Bench(api, office)
                await bench.set_up()
                waits = {"handover to e-mail accepted": await bench.mails(handovers)}
                if CHROMIUM:
                    link = str(account["login_url"])
                    bell = await bench.bell(handovers, url, link)
                    waits["handover to bell in the desk"] = bell
                return waits
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()
            mail.close()


async def _address(stdout: asyncio.StreamReader) -> str:
    first = (await asyncio.wait_for(stdout.readline(), 120)).decode()
    found = re.search(r"http://\S+", first)
    if not found:
        raise SystemExit(f"the server did not start: {first}")
    return found[0]


def _account(env: dict[str, str]) -> dict[str, Any]:
    made = subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "stepaside", "account", "create"),
            *("--name", "Bench", "--email", "owner@example.org", "--json"),
        ],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    account: dict[str, Any] = json.loads(made.stdout)
    return account


class Bench:
    """One account, a rule that assigns, and conversations to hand over."""

    def __init__(self, api: httpx2.AsyncClient, office: Office) -> None:
        self.api = api
        self.office = office
        self.rule = self.inbox = ""

    async def set_up(self) -> None:
        """A bot, a rule without a task, and an inbox."""
        bot = (await self._post("/bots", {"name": "Ada"}))["id"]
        rule = {"scenario": "human_requested", "enabled": True}
        rule |= {"task": {"enabled": False}}
        self.rule = (await self._post(f"/bots/{bot}/handover-rules", rule))["id"]
        inbox = {"kind": "api", "name": "Bench", "bot_id": bot}
        self.inbox = (await self._post("/inboxes", inbox))["id"]

    async def mails(self, handovers: int) -> list[float]:
        """Each to a person of their own: one gets a summary after a few."""
        waits = []
        for n in range(handovers):
            address = f"staff{n}@example.org"
            who = await self._post("/staff", {"name": f"Staff {n}", "email": address})
            started = await self._hand_over(who["id"])
            waits.append(await self.office.until(address) - started)
        return waits

    async def bell(self, handovers: int, url: str, link: str) -> list[float]:
        """All to the owner, whose desk is open."""
        owner = (await self.api.get("/staff")).json()["items"][0]["id"]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"]
            )
            page = await browser.new_page()
            # The command line does not know which port the server was given.
            await page.goto(f"{url}/desk{link.partition('/desk')[2]}")
            await page.get_by_role("button", name="Sign in").click()
            await page.goto(f"{url}/desk/tasks")
            await page.evaluate(_WATCH)
            waits = []
            for n in range(handovers):
                started = await self._hand_over(owner)
                waits.append(await _rang(page, n + 1) - started)
            await browser.close()
        return waits

    async def _hand_over(self, staff_id: str) -> float:
        """When a handover to somebody began."""
        assign = {"assign": {"to": "staff", "staff_id": staff_id}}
        answer = await self.api.patch(f"/handover-rules/{self.rule}", json=assign)
        answer.raise_for_status()
        opened = await self._post(
            "/conversations", {"inbox_id": self.inbox, "contact": {"name": "Cy"}}
        )
        path = f"/conversations/{opened['id']}/handovers"
        made = await self._post(path, {"rule_id": self.rule})
        return datetime.fromisoformat(made["started_at"]).timestamp()

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.api.post(path, json=body)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


_WATCH = """() => {
    window.rang = [];
    const look = () => {
        const n = Number(document.getElementById("bell-count").dataset.n);
        while (window.rang.length < n) window.rang.push(Date.now() / 1000);
    };
    new MutationObserver(look).observe(document.body, {
        subtree: true, childList: true, attributes: true, characterData: true });
    look();
}"""


async def _rang(page: Page, n: int) -> float:
    """When the bell came to show that many."""
    await page.wait_for_function("n => window.rang.length >= n", arg=n, polling=20)
    at: float = await page.evaluate("n => window.rang[n - 1]", n)
    return at


if __name__ == "__main__":
    main()
