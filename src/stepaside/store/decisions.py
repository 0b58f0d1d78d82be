"""Decision records: every turn's signals, scores, evidence, rule and versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from stepaside.core.ids import ConversationId, DecisionId
from stepaside.core.policy import Decision
from stepaside.core.signal import Signal
from stepaside.store.database import Tx
from stepaside.store.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """What was decided about one burst, and all that went into it.

    signals: as JSON objects with name, score, evidence, reason, detector, rule_id.
    versions: of the policy and of the package.
    """

    id: DecisionId
    conversation_id: ConversationId
    message_ids: tuple[str, ...]
    lease: int
    decision: str
    cause: str | None
    rule_id: str | None
    reason: str
    evidence: str
    failed_attempts: int
    signals: list[dict[str, Any]]
    versions: dict[str, str]
    at: datetime


async def insert_decision(
    tx: Tx,
    *,
    conversation_id: str,
    message_ids: Sequence[str],
    lease: int,
    decision: Decision,
    signals: Sequence[Signal],
    versions: Mapping[str, str],
    at: datetime,
) -> DecisionId:
    """Record a decision, also one that led to nothing."""
    decision_id = DecisionId(new_id("decision"))
    await tx.run(
        """INSERT INTO decisions (id, account_id, conversation_id, message_ids, lease,
            decision, cause, rule_id, reason, evidence, failed_attempts, signals,
            versions, at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        decision_id,
        tx.account_id,
        conversation_id,
        list(message_ids),
        lease,
        decision.kind,
        decision.cause,
        decision.rule.id if decision.rule else None,
        decision.reason,
        decision.evidence,
        decision.failed_attempts,
        Jsonb([signal_to_json(signal) for signal in signals]),
        Jsonb(dict(versions)),
        at,
    )
    return decision_id


def signal_to_json(signal: Signal) -> dict[str, Any]:
    """A signal as the record and the API show it."""
    return {
        "name": str(signal.name),
        "score": round(signal.score, 4),
        "evidence": signal.evidence,
        "reason": signal.reason,
        "detector": signal.detector,
        "rule_id": signal.rule_id,
        "details": signal.details,
    }


async def list_decisions(tx: Tx, conversation_id: str) -> tuple[StoredDecision, ...]:
    """A conversation's decisions, oldest first."""
    rows = await tx.all(
        "SELECT * FROM decisions WHERE conversation_id = %s ORDER BY id",
        conversation_id,
    )
    return tuple(_decision(row) for row in rows)


async def find_decision(tx: Tx, decision_id: str) -> StoredDecision | None:
    """One decision, or None."""
    row = await tx.one("SELECT * FROM decisions WHERE id = %s", decision_id)
    return _decision(row) if row else None


async def find_decision_about(tx: Tx, message_id: str) -> StoredDecision | None:
    """The latest decision about a burst that this message was part of, or None.

    That a bot passed it on settles nothing: the next bot's decision does.
    """
    row = await tx.one(
        """SELECT d.* FROM decisions d JOIN messages m ON m.id = %s
        WHERE d.conversation_id = m.conversation_id AND d.message_ids @> ARRAY[m.id]
            AND d.decision <> 'transfer'
        ORDER BY d.id DESC LIMIT 1""",
        message_id,
    )
    return _decision(row) if row else None


def _decision(row: Mapping[str, Any]) -> StoredDecision:
    names = StoredDecision.__slots__
    values = {name: row[name] for name in names}
    values["message_ids"] = tuple(row["message_ids"])
    return StoredDecision(**values)
