"""Workflows: entry points that pick a bot and lay overrides over its rules."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId, WorkflowId
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.settings.frame import Sent, open_settings, settings_page
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _
from stepaside.store import configuration
from stepaside.store.bots import list_bots
from stepaside.store.changes import By
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.inboxes import list_inboxes
from stepaside.store.rules import list_rules
from stepaside.store.workflows import Workflow, get_workflow, list_workflows

MOST: Final = 500


@get("/settings/workflows")
async def show_workflows(visit: Visited) -> Response[str]:
    """Every workflow."""
    return await _list_page(visit, Sent.empty())


@post("/settings/workflows", status_code=HTTP_200_OK)
async def make_workflow(visit: Visited) -> Response[Any]:
    """Make one."""
    sent = await Sent.by(visit)
    now = visit.now()
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        flow = Workflow(
            id=WorkflowId(new_id("workflow")),
            name=sent.text("name", most=100, required=True),
            bot_id=await _bot(tx, sent),
            created_at=now,
            updated_at=now,
        )
        if not sent.problems:
            await configuration.create_workflow(tx, flow, _by(visit))
            return go_on(f"/settings/workflows/{flow.id}", _("The workflow is made."))
    return await _list_page(visit, sent)


@get("/settings/workflows/{workflow_id:str}")
async def show_workflow(visit: Visited, workflow_id: FromPath[str]) -> Response[str]:
    """One workflow, to be changed."""
    return await _page(visit, workflow_id, None)


@post("/settings/workflows/{workflow_id:str}", status_code=HTTP_200_OK)
async def change_workflow(visit: Visited, workflow_id: FromPath[str]) -> Response[Any]:
    """Store what was changed: its name, and which rules are off in it."""
    sent = await Sent.by(visit)
    try:
        async with visit.transaction() as tx:
            await only_admins(tx, visit)
            stored = await get_workflow(tx, WorkflowId(workflow_id), lock=True)
            name = sent.text("name", most=100, required=True)
            laid = await _switched(tx, stored, set(sent.many("rules")))
            changed = replace(stored, name=name, overrides=laid, updated_at=visit.now())
            if not sent.problems:
                await configuration.change_workflow(tx, changed, _by(visit))
                return go_on(f"/settings/workflows/{workflow_id}", _("Saved."))
    except InvalidField as error:
        sent.refuse(error)
    return await _page(visit, workflow_id, sent)


@post("/settings/workflows/{workflow_id:str}/delete", status_code=HTTP_200_OK)
async def remove_workflow(visit: Visited, workflow_id: FromPath[str]) -> Response[Any]:
    """Delete it; its conversations go on under the bot's own rules."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        flow = await get_workflow(tx, WorkflowId(workflow_id), lock=True)
        await configuration.delete_workflow(tx, flow, _by(visit))
    return go_on("/settings/workflows", _("The workflow is deleted."))


async def _switched(tx: Tx, flow: Workflow, on: set[str]) -> dict[Any, Any]:
    """The overrides with each rule on or off as ticked; what equals the rule goes."""
    laid: dict[Any, Any] = {}
    for rule in await list_rules(tx, flow.bot_id):
        fields = dict(flow.overrides.get(rule.id, {}))
        fields.pop("enabled", None)
        if (rule.id in on) is not rule.enabled:
            fields["enabled"] = rule.id in on
        if fields:
            laid[rule.id] = fields
    return laid


async def _bot(tx: Tx, sent: Sent) -> BotId:
    chosen = BotId(sent.text("bot_id", required=True))
    known = [row.bot.id for row in await list_bots(tx, limit=MOST)]
    if "bot_id" not in sent.problems and chosen not in known:
        sent.problems["bot_id"] = _("Choose one of the list.")
    return chosen


def _by(visit: Visit) -> By:
    return By(actor=visit.actor, at=visit.now())


async def _list_page(visit: Visit, sent: Sent) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "workflows")
        flows = await list_workflows(tx, limit=MOST)
        bots = [row.bot for row in await list_bots(tx, limit=MOST)]
        inboxes = await list_inboxes(tx, limit=MOST)
    return settings_page(
        "workflows",
        frame,
        sent.problems,
        sent=sent,
        flows=flows,
        bots={bot.id: bot.name for bot in bots},
        inboxes=inboxes,
    )


async def _page(visit: Visit, workflow_id: str, sent: Sent | None) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "workflows")
        flow = await get_workflow(tx, WorkflowId(workflow_id))
        rules = await list_rules(tx, flow.bot_id)
        bots = [row.bot for row in await list_bots(tx, limit=MOST)]
    on = [r.id for r in rules if flow.overrides.get(r.id, {}).get("enabled", r.enabled)]
    return settings_page(
        "workflow",
        frame,
        sent.problems if sent else None,
        sent=sent or Sent.of({"name": flow.name, "rules": on}),
        flow=flow,
        rules=rules,
        bots={bot.id: bot.name for bot in bots},
    )


FLOW_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_workflows,
    make_workflow,
    show_workflow,
    change_workflow,
    remove_workflow,
)
