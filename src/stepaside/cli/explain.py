"""Why a turn was decided as it was."""

import asyncio
import contextlib
import json
import sys
from dataclasses import asdict
from typing import Any

from stepaside.cli.loop import run
from stepaside.cli.places import NothingThere, demo_of, is_there
from stepaside.settings import Settings
from stepaside.store.database import Database
from stepaside.store.decisions import (
    StoredDecision,
    find_decision,
    find_decision_about,
)
from stepaside.store.errors import NotFound
from stepaside.store.preflight import is_set_up
from stepaside.wiring import CannotStart, database_url, opened


def explain(
    settings: Settings, turn: str, *, account_id: str | None, as_json: bool
) -> None:
    """Print the decision record of a turn, also of one of the demo's.

    turn: the id of a decision, or of a message of the contact.
    account_id: whose it is; None finds it out, which takes the tables' owner.
    Raises:
        NotFound: there is no such decision.
        NothingThere: there is neither an installation nor a demo.
    """
    found = run(_find(settings, turn, account_id))
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), default=str) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(found)) + "\n")


async def _find(
    settings: Settings, turn: str, account_id: str | None
) -> StoredDecision:
    looked = False
    for place in filter(is_there, (settings, demo_of(settings))):
        async with database_url(place) as url:
            if not await asyncio.to_thread(is_set_up, url):
                continue
            looked = True
            with contextlib.suppress(NotFound):
                return await _find_in(url, turn, account_id)
    raise NotFound("decision", turn) if looked else NothingThere(settings)


async def _find_in(url: str, turn: str, account_id: str | None) -> StoredDecision:
    async with opened(Database(url, size=2)) as db:
        owner = account_id or await _account_of(db, turn)
        async with db.transaction(owner) as tx:
            by_id = await find_decision(tx, turn)
            found = by_id or await find_decision_about(tx, turn)
    if found is None:
        raise NotFound("decision", turn)
    return found


async def _account_of(db: Database, turn: str) -> str:
    """Whose it is, asked in the role that owns the tables and sees all accounts."""
    async with db.connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL ROLE NONE")
        cursor = await conn.execute(
            """SELECT account_id, row_security_active('decisions') AS blind
            FROM (SELECT account_id FROM decisions WHERE id = %(turn)s
                UNION ALL SELECT account_id FROM messages WHERE id = %(turn)s
                UNION ALL SELECT NULL) found LIMIT 1""",
            {"turn": turn},
        )
        row = await cursor.fetchone() or {}
    if row.get("account_id"):
        return str(row["account_id"])
    if row.get("blind"):
        raise CannotStart(
            "This database role sees no accounts. Name the account: --account acc_…"
        )
    raise NotFound("decision", turn)


def _lines(found: StoredDecision) -> list[str]:
    cause = f" ({found.cause})" if found.cause else ""
    lines = [
        f"Decision      {found.id}",
        f"At            {found.at.isoformat()}",
        f"Conversation  {found.conversation_id}, lease {found.lease}",
        f"About         {', '.join(found.message_ids)}",
        f"Decided       {found.decision}{cause}",
        f"Reason        {found.reason}",
        f"Evidence      {found.evidence or '-'}",
        f"Rule          {found.rule_id or '-'}",
        f"Failed so far {found.failed_attempts}",
        "Signals",
        *(_signal(signal) for signal in found.signals),
    ]
    versions = ", ".join(f"{k} {v}" for k, v in sorted(found.versions.items()))
    return [*lines, f"Versions      {versions}"]


def _signal(signal: dict[str, Any]) -> str:
    said = " ".join(str(signal.get("evidence") or signal.get("reason") or "").split())
    detector = signal.get("detector") or ""
    return f"  {signal['score']:<7} {signal['name']:<20} {detector:<24} {said}"
