"""Times that contacts were told, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from stepaside.core.effects import (
    GivePromise,
    PromiseState,
    RenewPromise,
    SettlePromise,
)
from stepaside.core.hours import WorkingHours
from stepaside.core.ids import ConversationId, HandoverId
from stepaside.core.policy import Cause
from stepaside.core.promises import Pace, usual_time
from stepaside.store.database import Tx

RECENT: Final = timedelta(days=14)
"""How far back handovers tell how long an answer takes."""
ENOUGH: Final = 50
"""Of the recent ones, the latest so many are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One time that a contact was told.

    words: as it stood in the final message.
    settled_at: when it was kept, broken or withdrawn; None while it is open.
    told_at: when the contact was told that it takes longer; None when they were not.
    """

    handover_id: HandoverId
    conversation_id: ConversationId
    words: str
    given_at: datetime
    due_at: datetime
    state: PromiseState
    settled_at: datetime | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCount:
    """How promises given in a period stand. `open` ones are not yet due or settled."""

    given: int
    kept: int
    broken: int
    withdrawn: int
    open: int


async def record(
    tx: Tx,
    conversation_id: str,
    effect: GivePromise | SettlePromise | RenewPromise,
    now: datetime,
) -> None:
    """Record that a time was told, once for a handover, or what became of it."""
    match effect:
        case SettlePromise():
            await _settle(tx, effect, now)
        case RenewPromise():
            await _renew(tx, effect)
        case GivePromise():
            await _give(tx, conversation_id, effect, now)
        case _:
            assert_never(effect)


async def _give(
    tx: Tx, conversation_id: str, promise: GivePromise, now: datetime
) -> None:
    await tx.run(
        """INSERT INTO promises
            (handover_id, account_id, conversation_id, words, given_at, due_at)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
        promise.handover_id,
        tx.account_id,
        conversation_id,
        promise.words,
        now,
        promise.due_at,
    )


async def _settle(tx: Tx, settled: SettlePromise, now: datetime) -> None:
    """What is settled stays so."""
    if settled.told:
        await tx.run(
            """UPDATE promises SET told_at = %s
            WHERE handover_id = %s AND told_at IS NULL AND state = 'broken'""",
            now,
            settled.handover_id,
        )
        return
    await tx.run(
        """UPDATE promises SET state = %s, settled_at = %s
        WHERE handover_id = %s AND state = 'given'""",
        settled.state,
        now,
        settled.handover_id,
    )


async def _renew(tx: Tx, renewed: RenewPromise) -> None:
    """Only what was withdrawn: a time that was kept or missed stays so."""
    await tx.run(
        """UPDATE promises SET state = 'given', settled_at = NULL
        WHERE handover_id = %s AND state = 'withdrawn'""",
        renewed.handover_id,
    )


async def find_promise(tx: Tx, handover_id: str) -> Promise | None:
    """The time a contact was told at a handover, or None."""
    row = await tx.one("SELECT * FROM promises WHERE handover_id = %s", handover_id)
    return _promise(row) if row else None


async def list_promises(tx: Tx, conversation_id: str) -> tuple[Promise, ...]:
    """Every time that was told in a conversation, the oldest first."""
    rows = await tx.all(
        "SELECT * FROM promises WHERE conversation_id = %s ORDER BY given_at",
        conversation_id,
    )
    return tuple(_promise(row) for row in rows)


async def count_promises(tx: Tx, start: datetime, end: datetime) -> PromiseCount:
    """What became of the promises given from `start` until just before `end`."""
    rows = await tx.all(
        """SELECT state, count(*) AS n FROM promises
        WHERE given_at >= %s AND given_at < %s GROUP BY state""",
        start,
        end,
    )
    n = {row["state"]: int(row["n"]) for row in rows}
    return PromiseCount(
        given=sum(n.values()),
        kept=n.get(PromiseState.KEPT, 0),
        broken=n.get(PromiseState.BROKEN, 0),
        withdrawn=n.get(PromiseState.WITHDRAWN, 0),
        open=n.get(PromiseState.GIVEN, 0),
    )


async def load_pace(tx: Tx, hours: WorkingHours, now: datetime) -> Pace:
    """How quickly people have answered lately, and how many contacts wait for them."""
    rows = await tx.all(
        """SELECT started_at, first_reply_at FROM handovers
        WHERE started_at >= %s AND first_reply_at IS NOT NULL AND cause <> ALL(%s)
        ORDER BY started_at DESC LIMIT %s""",
        now - RECENT,
        [Cause.TAKEOVER, Cause.PAUSE, Cause.STOPPED],
        ENOUGH,
    )
    waiting = await tx.one(
        """SELECT count(*) AS n FROM conversations WHERE status = 'open'
            AND control IN ('queue', 'human') AND waiting_since IS NOT NULL"""
    )
    spans = [(row["started_at"], row["first_reply_at"]) for row in rows]
    return Pace(
        usual=usual_time(spans, hours), waiting=int(waiting["n"]) if waiting else 0
    )


PROMISE: Final = """p.words AS promise_words, p.given_at AS promise_given_at,
    p.due_at AS promise_due_at, p.state AS promise_state,
    p.settled_at AS promise_settled_at, p.told_at AS promise_told_at"""
"""Columns for `promise_beside`, where `p` is the promise of a handover, if any."""


def promise_beside(row: Mapping[str, Any]) -> Promise | None:
    """The promise in a row of `handovers` that has the columns `PROMISE`."""
    if row["promise_due_at"] is None:
        return None
    names = ("words", "given_at", "due_at", "state", "settled_at", "told_at")
    own = {name: row[f"promise_{name}"] for name in names}
    ids = {"handover_id": row["id"], "conversation_id": row["conversation_id"]}
    return _promise({**own, **ids})


def _promise(row: Mapping[str, Any]) -> Promise:
    values = {name: row[name] for name in Promise.__slots__}
    values["state"] = PromiseState(row["state"])
    return Promise(**values)
