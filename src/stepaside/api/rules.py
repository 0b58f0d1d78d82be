"""Handover rules: `/v1/bots/{id}/handover-rules` and `/v1/handover-rules/{id}`."""

from dataclasses import replace
from typing import Final

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from stepaside.api.auth import ADMIN, READ
from stepaside.api.call import Called
from stepaside.api.paging import Items, Paged
from stepaside.api.rule_wire import NewRule, RuleChange, RuleView, rule_fields, view
from stepaside.core.ids import BotId, RuleId
from stepaside.core.rules import check_rule, default_rule
from stepaside.store import configuration, rules
from stepaside.store.bots import get_bot
from stepaside.store.configuration import check_assignee
from stepaside.store.ids import new_id


@get("/bots/{bot_id:str}/handover-rules", scopes=READ)
async def list_rules(
    call: Called, page: Paged, bot_id: FromPath[str]
) -> Items[RuleView]:
    """List a bot's handover rules, the oldest first."""
    async with call.transaction() as tx:
        await get_bot(tx, BotId(bot_id))
        stored = await rules.list_stored(tx, BotId(bot_id))
    return page.part(stored, view, lambda found: found.rule.id)


@post("/bots/{bot_id:str}/handover-rules", scopes=ADMIN)
async def create_rule(
    call: Called, bot_id: FromPath[str], data: JSONBody[NewRule]
) -> RuleView:
    """Make a handover rule, off unless it says otherwise. A fourth is refused."""
    rule_id = RuleId(new_id("rule"))
    named = rule_fields(data)
    rule = check_rule(replace(default_rule(rule_id, data.scenario), **named))
    async with call.transaction() as tx:
        await check_assignee(tx, named, "assign.staff_id")
        limit = call.rt.limits.max_rules
        await configuration.create_rule(tx, BotId(bot_id), rule, call.by, limit=limit)
        return view(await rules.get_rule(tx, rule_id))


@get("/handover-rules/{rule_id:str}", scopes=READ)
async def get_rule(call: Called, rule_id: FromPath[str]) -> RuleView:
    """Read one handover rule."""
    async with call.transaction() as tx:
        return view(await rules.get_rule(tx, RuleId(rule_id)))


@patch("/handover-rules/{rule_id:str}", scopes=ADMIN)
async def change_rule(
    call: Called, rule_id: FromPath[str], data: JSONBody[RuleChange]
) -> RuleView:
    """Change the fields that are named."""
    named = rule_fields(data)
    async with call.transaction() as tx:
        stored = await rules.get_rule(tx, RuleId(rule_id), lock=True)
        await check_assignee(tx, named, "assign.staff_id")
        changed = check_rule(replace(stored.rule, **named))
        await configuration.change_rule(tx, changed, call.by)
        return view(await rules.get_rule(tx, RuleId(rule_id)))


@delete("/handover-rules/{rule_id:str}", scopes=ADMIN)
async def delete_rule(call: Called, rule_id: FromPath[str]) -> None:
    """Delete a handover rule. What it has handed over stays as it is."""
    async with call.transaction() as tx:
        await configuration.delete_rule(tx, RuleId(rule_id), call.by)


ROUTES: Final = (list_rules, create_rule, get_rule, change_rule, delete_rule)
