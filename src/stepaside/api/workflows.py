"""Workflows: `/v1/workflows`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Struct, UnsetType, field

from stepaside.api.auth import ADMIN, READ
from stepaside.api.call import Called
from stepaside.api.paging import Items, Paged
from stepaside.api.rule_wire import Override, override_view, rule_fields
from stepaside.api.wire import Id, Name, Request
from stepaside.core.ids import BotId, RuleId, WorkflowId
from stepaside.store import configuration, workflows
from stepaside.store.ids import new_id
from stepaside.store.workflows import Overrides, Workflow


class NewWorkflow(Request):
    """An entry point to make.

    overrides: by the id of one of the bot's rules, the fields to replace.
    """

    name: Name
    bot_id: Id
    overrides: dict[str, Override] = field(default_factory=dict)


class WorkflowChange(Request):
    """What to change of a workflow. `overrides` replaces all of them."""

    name: Name | UnsetType = UNSET
    bot_id: Id | UnsetType = UNSET
    overrides: dict[str, Override] | UnsetType = UNSET


class WorkflowView(Struct, kw_only=True):
    """A workflow."""

    id: str
    name: str
    bot_id: str
    overrides: dict[str, Override]
    created_at: datetime
    updated_at: datetime


@get("/workflows", scopes=READ)
async def list_workflows(call: Called, page: Paged) -> Items[WorkflowView]:
    """List the workflows, the oldest first."""
    async with call.transaction() as tx:
        rows = await workflows.list_workflows(tx, after=page.after, limit=page.one_more)
    return page.of(rows, view, lambda workflow: workflow.id)


@post("/workflows", scopes=ADMIN)
async def create_workflow(call: Called, data: JSONBody[NewWorkflow]) -> WorkflowView:
    """Make a workflow."""
    now = call.now()
    workflow = Workflow(
        id=WorkflowId(new_id("workflow")),
        name=data.name,
        bot_id=BotId(data.bot_id),
        overrides=_overrides(data.overrides),
        created_at=now,
        updated_at=now,
    )
    async with call.transaction() as tx:
        await configuration.create_workflow(tx, workflow, call.by)
    return view(workflow)


@get("/workflows/{workflow_id:str}", scopes=READ)
async def get_workflow(call: Called, workflow_id: FromPath[str]) -> WorkflowView:
    """Read one workflow."""
    async with call.transaction() as tx:
        return view(await workflows.get_workflow(tx, WorkflowId(workflow_id)))


@patch("/workflows/{workflow_id:str}", scopes=ADMIN)
async def change_workflow(
    call: Called, workflow_id: FromPath[str], data: JSONBody[WorkflowChange]
) -> WorkflowView:
    """Change the fields that are named."""
    async with call.transaction() as tx:
        stored = await workflows.get_workflow(tx, WorkflowId(workflow_id), lock=True)
        changed = replace(stored, **_named(data), updated_at=call.now())
        await configuration.change_workflow(tx, changed, call.by)
    return view(changed)


@delete("/workflows/{workflow_id:str}", scopes=ADMIN)
async def delete_workflow(call: Called, workflow_id: FromPath[str]) -> None:
    """Delete a workflow. Its conversations go on under the bot's own rules."""
    async with call.transaction() as tx:
        stored = await workflows.get_workflow(tx, WorkflowId(workflow_id), lock=True)
        await configuration.delete_workflow(tx, stored, call.by)


ROUTES: Final = (
    list_workflows,
    create_workflow,
    get_workflow,
    change_workflow,
    delete_workflow,
)


def view(workflow: Workflow) -> WorkflowView:
    """A workflow as it is shown."""
    laid = workflow.overrides.items()
    return WorkflowView(
        id=workflow.id,
        name=workflow.name,
        bot_id=workflow.bot_id,
        overrides={rule_id: override_view(fields) for rule_id, fields in laid},
        created_at=workflow.created_at,
        updated_at=workflow.updated_at,
    )


def _named(change: WorkflowChange) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if change.name is not UNSET:
        fields["name"] = change.name
    if change.bot_id is not UNSET:
        fields["bot_id"] = BotId(change.bot_id)
    if change.overrides is not UNSET:
        fields["overrides"] = _overrides(change.overrides)
    return fields


def _overrides(sent: Mapping[str, Override]) -> Overrides:
    return {RuleId(rule_id): rule_fields(fields) for rule_id, fields in sent.items()}
