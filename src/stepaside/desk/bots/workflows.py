"""Workflows beside rules: where each rule is on or off, and what is replaced there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId, RuleId, WorkflowId
from stepaside.core.pauses import Resume
from stepaside.core.rules import HandoverRule, Scenario, faults_of
from stepaside.desk.bots import history
from stepaside.desk.bots.fields import Sent
from stepaside.desk.bots.frame import open_bot
from stepaside.desk.bots.rule_form import (
    RuleForm,
    form_of,
    read_rule,
    rule_of,
    with_fault,
)
from stepaside.desk.bots.sentence import people, sentence
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.pages import page
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, mark
from stepaside.store import configuration
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id
from stepaside.store.rules import get_rule, list_rules
from stepaside.store.workflows import Workflow, get_workflow, list_workflows

KEY: Final = "override"
"""The key of the one rule in the form of overrides."""
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "final_message": ("final_message",),
    "out_of_hours": ("final_message_out_of_hours",),
    "assign": ("assign_to", "staff_id", "team_id"),
    "skip": ("skip_if_contact_has_owner",),
    "pause": ("pause", "pause_until_opening", "resume"),
    "task": ("task_enabled", "task_due_in", "task_title", "task_description"),
    "tags": ("tags",),
    "max_retries": ("max_retries",),
}
"""What a person replaces as one thing, and the fields it is made of."""
WORDS: Final[Mapping[str, str]] = {
    "final_message": mark("Final message"),
    "out_of_hours": mark("Final message while nobody works"),
    "assign": mark("Assign to"),
    "skip": mark("Skip if the contact already has an owner"),
    "pause": mark("Pause the bot"),
    "task": mark("Task"),
    "tags": mark("Tags"),
    "max_retries": mark("Further attempts before a person"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A rule in a workflow. state: `as_rule`, `on` or `off`."""

    rule: HandoverRule
    state: str
    replaced: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A workflow with its cells, in the order of the rules."""

    workflow: Workflow
    cells: Sequence[Cell]


async def read_table(tx: Tx, bot_id: BotId) -> list[Row]:
    """Every workflow of a bot beside every rule."""
    rules = await list_rules(tx, bot_id)
    flows = [f for f in await list_workflows(tx, limit=200) if f.bot_id == bot_id]
    return [
        Row(workflow=flow, cells=[_cell(flow, rule) for rule in rules])
        for flow in flows
    ]


@post("/bots/{bot_id:str}/workflows", status_code=HTTP_200_OK)
async def add_workflow(visit: Visited, bot_id: FromPath[str]) -> Response[Any]:
    """Make a workflow of this bot, with nothing replaced."""
    sent = Sent(form=await visit.request.form())
    now = visit.now()
    flow = Workflow(
        id=WorkflowId(new_id("workflow")),
        name=sent.line("name")[:100] or _("New workflow"),
        bot_id=BotId(bot_id),
        created_at=now,
        updated_at=now,
    )
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        await configuration.create_workflow(tx, flow, visit.by)
    return go_on(f"/bots/{bot_id}/goals", _("Added."))


@post(
    "/bots/{bot_id:str}/workflows/{flow_id:str}/{rule_id:str}/switch",
    status_code=HTTP_200_OK,
)
async def switch_rule(
    visit: Visited,
    bot_id: FromPath[str],
    flow_id: FromPath[str],
    rule_id: FromPath[str],
) -> Response[Any]:
    """Switch a rule on or off in a workflow, or leave it as the bot has it."""
    state = Sent(form=await visit.request.form()).line("state")

    def switched(laid: dict[str, Any]) -> dict[str, Any]:
        rest = {name: value for name, value in laid.items() if name != "enabled"}
        return rest if state not in _STATES else {**rest, "enabled": _STATES[state]}

    await _replace(visit, flow_id, rule_id, switched)
    return go_on(f"/bots/{bot_id}/goals", _("Saved."))


@get("/bots/{bot_id:str}/workflows/{flow_id:str}/{rule_id:str}")
async def show_overrides(
    visit: Visited,
    bot_id: FromPath[str],
    flow_id: FromPath[str],
    rule_id: FromPath[str],
) -> Response[str]:
    """What a workflow replaces of one rule."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        flow, rule = await _find(tx, bot_id, flow_id, rule_id)
        laid = flow.overrides.get(rule.id, {})
        form = form_of(replace(rule, **laid), KEY)
        shown = _Shown(flow=flow, rule=rule, form=form, ticked=_groups(laid))
        return await _page(tx, visit, shown, 200)


@post(
    "/bots/{bot_id:str}/workflows/{flow_id:str}/{rule_id:str}",
    status_code=HTTP_200_OK,
)
async def save_overrides(
    visit: Visited,
    bot_id: FromPath[str],
    flow_id: FromPath[str],
    rule_id: FromPath[str],
) -> Response[Any]:
    """Replace the fields that are ticked, and no other."""
    sent = Sent(form=await visit.request.form())
    ticked = [group for group in GROUPS if group in sent.raw("replace")]
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        flow, rule = await _find(tx, bot_id, flow_id, rule_id)
        form, laid = _read(sent, rule, ticked)
        if form.faults:
            shown = _Shown(flow=flow, rule=rule, form=form, ticked=ticked)
            return await _page(tx, visit, shown, 422)

    def replaced(before: dict[str, Any]) -> dict[str, Any]:
        kept = {n: v for n, v in before.items() if n not in _GROUPED}
        return {**kept, **laid}

    await _replace(visit, flow_id, rule_id, replaced)
    return go_on(f"/bots/{bot_id}/goals", _("Saved."))


WORKFLOW_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    add_workflow,
    switch_rule,
    show_overrides,
    save_overrides,
)
_STATES: Final = {"on": True, "off": False}
_GROUPED: Final = frozenset(name for fields in GROUPS.values() for name in fields)


def _read(
    sent: Sent, rule: HandoverRule, ticked: Sequence[str]
) -> tuple[RuleForm, dict[str, Any]]:
    """The form with what is wrong in it, and the fields to lay over the rule."""
    shown = read_rule(sent, KEY)
    form = replace(shown, scenario=rule.scenario, is_open=True)
    try:
        whole = rule_of(form, rule)
    except InvalidField as no_number:
        return with_fault(form, no_number), {}
    laid = {n: getattr(whole, n) for group in ticked for n in GROUPS[group]}
    for fault in faults_of(replace(rule, **laid)):
        form = with_fault(form, fault)
    return form, laid


async def _replace(
    visit: Visit,
    flow_id: str,
    rule_id: str,
    change: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    """Change what a workflow replaces of a rule, while nobody else does."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        flow = await get_workflow(tx, WorkflowId(flow_id), lock=True)
        laid = change(dict(flow.overrides.get(RuleId(rule_id), {})))
        known = {rule.id for rule in await list_rules(tx, flow.bot_id)}
        others = {
            i: fields
            for i, fields in flow.overrides.items()
            if i != rule_id and i in known
        }
        overrides = {**others, **({RuleId(rule_id): laid} if laid else {})}
        changed = replace(flow, overrides=overrides, updated_at=visit.now())
        await configuration.change_workflow(tx, changed, visit.by)


async def _find(
    tx: Tx, bot_id: str, flow_id: str, rule_id: str
) -> tuple[Workflow, HandoverRule]:
    flow = await get_workflow(tx, WorkflowId(flow_id))
    stored = await get_rule(tx, RuleId(rule_id))
    if flow.bot_id != bot_id or stored.bot_id != bot_id:
        raise NotFound("workflow", flow_id)
    return flow, stored.rule


def _cell(flow: Workflow, rule: HandoverRule) -> Cell:
    laid = flow.overrides.get(rule.id, {})
    state = {True: "on", False: "off"}.get(laid.get("enabled"), "as_rule")  # type: ignore[arg-type]
    words = [_(WORDS[group]) for group in _groups(laid)]
    return Cell(rule=rule, state=state, replaced=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A rule in a workflow, and what is ticked to be replaced there."""

    flow: Workflow
    rule: HandoverRule
    form: RuleForm
    ticked: Sequence[str]


def _groups(laid: Mapping[str, Any]) -> list[str]:
    return [g for g, fields in GROUPS.items() if not laid.keys().isdisjoint(fields)]


async def _page(tx: Tx, visit: Visit, shown: _Shown, status: int) -> Response[str]:
    flow, rule = shown.flow, shown.rule
    frame = await open_bot(tx, visit, flow.bot_id, "goals")
    there = await people(tx)
    return page(
        "bots/override.html",
        status=status,
        **frame,
        flow=flow,
        rule=rule,
        form=shown.form,
        ticked=shown.ticked,
        groups=[g for g in GROUPS if g != "max_retries" or _retries(rule)],
        group_words=WORDS,
        before={g: _before(rule, g, there.roster) for g in GROUPS},
        said=sentence(rule, there),
        people=[m for m in there.roster.staff.values() if m.active],
        teams=there.teams,
    )


def _retries(rule: HandoverRule) -> bool:
    return rule.scenario is Scenario.FAILED_TO_RESOLVE


def _before(rule: HandoverRule, group: str, roster: Any) -> str:
    """What the rule itself says, in words."""
    if group == "task" and not rule.task_enabled:
        return _("none")
    if group == "task":
        return _(
            "due in %(span)s",
            span=history.value("task_due_in", rule.task_due_in, roster),
        )
    if group == "pause" and rule.pause_until_opening:
        return _("until the next opening")
    if group == "pause" and rule.resume is not Resume.TIME:
        return _(history.RESUME[rule.resume])
    name = {"assign": "staff_id"}.get(group, GROUPS[group][0])
    return history.value(name, getattr(rule, name), roster)
