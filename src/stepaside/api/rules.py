"""Handover rules: `/v1/bots/{id}/handover-rules` and `/v1/handover-rules/{id}`."""

from dataclasses import replace
from typing import Any, Final

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from stepaside.api.auth import ADMIN, READ
from stepaside.api.call import Called
from stepaside.api.paging import Items, Paged
from stepaside.api.rule_wire import NewRule, RuleChange, RuleView, rule_fields, view
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId, RuleId
from stepaside.core.rules import check_rule, default_rule
from stepaside.store import rules
from stepaside.store.bots import get_bot
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.staff import get_staff


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
        await rules.create_rule(tx, BotId(bot_id), rule, call.now(), limit=limit)
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
        await rules.save_rule(tx, changed, call.now())
        return view(await rules.get_rule(tx, RuleId(rule_id)))


@delete("/handover-rules/{rule_id:str}", scopes=ADMIN)
async def delete_rule(call: Called, rule_id: FromPath[str]) -> None:
    """Delete a handover rule. What it has handed over stays as it is."""
    async with call.transaction() as tx:
        await rules.delete_rule(tx, RuleId(rule_id))


ROUTES: Final = (list_rules, create_rule, get_rule, change_rule, delete_rule)


async def check_assignee(tx: Tx, named: dict[str, Any], field: str) -> None:
    """See that the staff member a rule is to assign can be assigned.

    Raises:
        NotFound: there is no such staff member.
        InvalidField: they are disabled.
    """
    staff_id = named.get("staff_id")
    if staff_id and not (await get_staff(tx, staff_id)).member.active:
        raise InvalidField(field, "this staff member is disabled")
