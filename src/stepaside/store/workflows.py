"""Workflows: named entry points that pick a bot and lay overrides over its rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.core.ids import BotId, RuleId, WorkflowId
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.rules import fields_from_json, fields_to_json

Overrides = Mapping[RuleId, Mapping[str, Any]]

_READ: Final = """
SELECT id, name, bot_id, overrides, created_at, updated_at FROM workflows
WHERE deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """An entry point.

    overrides: by rule, the fields it replaces, with the values `HandoverRule` holds.
    """

    id: WorkflowId
    name: str
    bot_id: BotId
    overrides: Overrides = field(default_factory=dict)
    created_at: datetime
    updated_at: datetime


async def overrides(tx: Tx, workflow_id: WorkflowId | None) -> Overrides:
    """By rule, the fields a workflow replaces. Nothing for a deleted workflow."""
    row = await tx.one(f"{_READ} AND id = %s", workflow_id) if workflow_id else None
    return _workflow(row).overrides if row else {}


async def get_workflow(
    tx: Tx, workflow_id: WorkflowId, *, lock: bool = False
) -> Workflow:
    """The workflow. Raises: NotFound.

    lock: hold it until the end of the transaction, to change it.
    """
    held = "FOR NO KEY UPDATE" if lock else ""
    row = await tx.one(f"{_READ} AND id = %s {held}", workflow_id)
    if row is None:
        raise NotFound("workflow", workflow_id)
    return _workflow(row)


async def list_workflows(tx: Tx, *, after: str = "", limit: int = 50) -> list[Workflow]:
    """Workflows in the order they were made, those with an id after `after`."""
    rows = await tx.all(f"{_READ} AND id > %s ORDER BY id LIMIT %s", after, limit)
    return [_workflow(row) for row in rows]


async def create_workflow(tx: Tx, workflow: Workflow) -> None:
    """Store a new workflow."""
    await tx.run(
        "INSERT INTO workflows (id, account_id, name, bot_id, overrides, created_at, "
        "updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        workflow.id,
        tx.account_id,
        workflow.name,
        workflow.bot_id,
        _json(workflow.overrides),
        workflow.created_at,
        workflow.updated_at,
    )


async def save_workflow(tx: Tx, workflow: Workflow) -> None:
    """Store a changed workflow. Raises: NotFound."""
    touched = await tx.run(
        "UPDATE workflows SET name = %s, bot_id = %s, overrides = %s, updated_at = %s "
        "WHERE id = %s AND deleted_at IS NULL",
        workflow.name,
        workflow.bot_id,
        _json(workflow.overrides),
        workflow.updated_at,
        workflow.id,
    )
    if not touched:
        raise NotFound("workflow", workflow.id)


async def delete_workflow(tx: Tx, workflow_id: WorkflowId, now: datetime) -> None:
    """Delete it; its conversations go on under the bot's own rules.

    Raises:
        NotFound: there is none.
    """
    touched = await tx.run(
        "UPDATE workflows SET deleted_at = %s WHERE id = %s AND deleted_at IS NULL",
        now,
        workflow_id,
    )
    if not touched:
        raise NotFound("workflow", workflow_id)


def _json(overrides: Overrides) -> Jsonb:
    return Jsonb({rule_id: fields_to_json(f) for rule_id, f in overrides.items()})


def _workflow(row: dict[str, Any]) -> Workflow:
    laid = row["overrides"].items()
    return Workflow(
        id=WorkflowId(row["id"]),
        name=row["name"],
        bot_id=BotId(row["bot_id"]),
        overrides={RuleId(rule_id): fields_from_json(f) for rule_id, f in laid},
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
