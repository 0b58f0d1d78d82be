"""Changing a bot and what belongs to it, with the history in the same commit.

Desk, API and command line change a configuration here and nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as parts
from dataclasses import is_dataclass, replace
from typing import Any, Final

from stepaside.core.checks import check_bot, check_item
from stepaside.core.errors import InvalidField, Refusal
from stepaside.core.ids import BotId, KnowledgeItemId, RuleId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.roster import Bot, BotMode
from stepaside.core.rules import MAX_RULES, HandoverRule, check_rule
from stepaside.store import bots, inboxes, knowledge, rules, workflows
from stepaside.store.changes import (
    By,
    Change,
    Deed,
    Fields,
    Subject,
    get_change,
    record,
)
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox
from stepaside.store.staff import get_staff
from stepaside.store.teams import get_team
from stepaside.store.workflows import Workflow

Pair = tuple[Fields, Fields]
ITEM_FIELDS: Final = ("title", "text", "question", "url")


class NothingToUndo(Refusal):
    """The change cannot be taken back: it took nothing away."""

    def __init__(self) -> None:
        super().__init__("Only what was deleted can be restored.")


async def create_bot(tx: Tx, bot: Bot, by: By) -> None:
    """Make a bot. Raises: InvalidField."""
    await _check_transfers(tx, bot)
    await bots.create_bot(tx, check_bot(bot), by.at)
    await record(tx, _bot_change(bot, Deed.CREATED, {}, _bot_fields(bot)), by)


async def change_bot(tx: Tx, bot: Bot, by: By) -> None:
    """Make a bot what it is here; nothing happens where it is that already.

    Raises:
        NotFound: there is none.
        InvalidField: a field breaks its limits.
    """
    was = (await bots.get_bot(tx, bot.id, lock=True)).bot
    if was == bot:
        return
    if was.transfers != bot.transfers:
        await _check_transfers(tx, bot)
    await bots.save_bot(tx, check_bot(bot), by.at)
    before, after = _bot_fields(was), _bot_fields(bot)
    await record(tx, _bot_change(bot, Deed.CHANGED, before, after), by)


async def _check_transfers(tx: Tx, bot: Bot) -> None:
    for transfer in bot.transfers:
        if transfer.bot_id == bot.id:
            raise InvalidField("transfers", "a bot cannot give it to itself")
        await bots.get_bot(tx, transfer.bot_id)


async def duplicate_bot(tx: Tx, bot_id: BotId, name: str, by: By) -> BotId:
    """Make a bot like this one, with its rules and knowledge, switched off.

    Off and in no inbox, so that nobody is answered before somebody has looked at it.
    Raises:
        NotFound: there is none.
        InvalidField: the name breaks its limits.
    """
    was = (await bots.get_bot(tx, bot_id)).bot
    twin = replace(was, id=BotId(new_id("bot")), name=name, mode=BotMode.OFF)
    await create_bot(tx, twin, by)
    of_old = await rules.list_rules(tx, bot_id)
    for rule in of_old:
        new = replace(rule, id=RuleId(new_id("rule")))
        await create_rule(tx, twin.id, new, by, limit=max(len(of_old), 1))
    items = await knowledge.load_items(tx, bot_id)
    if items:
        await replace_items(tx, twin.id, [_anew(item) for item in items], by)
    return twin.id


async def delete_bot(tx: Tx, bot_id: BotId, by: By) -> None:
    """Delete a bot. Its open conversations go to people with the next message.

    Raises:
        NotFound: there is none.
    """
    bot = (await bots.get_bot(tx, bot_id, lock=True)).bot
    await bots.delete_bot(tx, bot_id, by.at)
    await record(tx, _bot_change(bot, Deed.DELETED, {}, {}), by)


async def restore_bot(tx: Tx, bot_id: BotId, by: By) -> None:
    """Take back that a bot was deleted, as it was. Raises: NotFound: it was not."""
    await bots.restore_bot(tx, bot_id)
    bot = (await bots.get_bot(tx, bot_id)).bot
    await record(tx, _bot_change(bot, Deed.RESTORED, {}, {}), by)


async def create_rule(
    tx: Tx, bot_id: BotId, rule: HandoverRule, by: By, *, limit: int = MAX_RULES
) -> None:
    """Make a handover rule of a bot.

    Raises:
        NotFound: there is no such bot, or no such staff member to assign.
        InvalidField: a field breaks its limits, or the staff member is disabled.
        TooManyRules: the bot has `limit` rules.
        ScenarioTaken: it has a rule for this built-in scenario.
    """
    await rules.create_rule(tx, bot_id, check_rule(rule), by.at, limit=limit)
    await record(
        tx, _part_change(bot_id, rule, Deed.CREATED, ({}, _rule_fields(rule))), by
    )


async def change_rule(tx: Tx, rule: HandoverRule, by: By) -> None:
    """Make a rule what it is here; nothing happens where it is that already.

    Raises:
        NotFound: there is none.
        InvalidField: a field breaks its limits.
        ScenarioTaken: the bot has another rule for this built-in scenario.
    """
    stored = await rules.get_rule(tx, rule.id, lock=True)
    if stored.rule == rule:
        return
    await rules.save_rule(tx, check_rule(rule), by.at)
    fields = _rule_fields(stored.rule), _rule_fields(rule)
    await record(tx, _part_change(stored.bot_id, rule, Deed.CHANGED, fields), by)


async def delete_rule(tx: Tx, rule_id: RuleId, by: By) -> None:
    """Delete a rule. What it has handed over stays as it is. Raises: NotFound."""
    stored = await rules.get_rule(tx, rule_id, lock=True)
    await rules.delete_rule(tx, rule_id)
    fields = _rule_fields(stored.rule), dict[str, Any]()
    await record(tx, _part_change(stored.bot_id, stored.rule, Deed.DELETED, fields), by)


async def check_assignee(tx: Tx, fields: Mapping[str, Any], path: str) -> None:
    """See that the staff member or team a rule is to assign can be assigned.

    fields: some fields of a rule by name.
    Raises:
        NotFound: there is no such staff member or team.
        InvalidField: they are disabled; names `path`.
    """
    if team_id := fields.get("team_id"):
        await get_team(tx, team_id)
    staff_id = fields.get("staff_id")
    if staff_id and not (await get_staff(tx, staff_id)).member.active:
        raise InvalidField(path, "this staff member is disabled")


async def add_item(tx: Tx, bot_id: BotId, item: KnowledgeItem, by: By) -> None:
    """Add an article. Raises: NotFound: no such bot; InvalidField."""
    await knowledge.add_item(tx, bot_id, check_item(item), by.at)
    await record(
        tx, _part_change(bot_id, item, Deed.CREATED, ({}, _item_fields(item))), by
    )


async def change_item(tx: Tx, bot_id: BotId, item: KnowledgeItem, by: By) -> None:
    """Make an article what it is here. Raises: NotFound; InvalidField."""
    was = await knowledge.get_item(tx, bot_id, item.id)
    if was == item:
        return
    await knowledge.save_item(tx, bot_id, check_item(item))
    fields = _item_fields(was), _item_fields(item)
    await record(tx, _part_change(bot_id, item, Deed.CHANGED, fields), by)


async def delete_item(
    tx: Tx, bot_id: BotId, item_id: KnowledgeItemId, by: By
) -> str | None:
    """Take an article away; the change by which it can be restored. Raises: NotFound.

    None never: a deletion always leaves an entry.
    """
    was = await knowledge.get_item(tx, bot_id, item_id)
    await knowledge.delete_item(tx, bot_id, item_id)
    fields = _item_fields(was), dict[str, Any]()
    return await record(tx, _part_change(bot_id, was, Deed.DELETED, fields), by)


async def restore_item(tx: Tx, bot_id: BotId, change_id: str, by: By) -> None:
    """Bring an article back as it was when it was deleted.

    Raises:
        NotFound: no such bot or change.
        NothingToUndo: the change took no article away, or it is there again.
    """
    change = await get_change(tx, change_id)
    gone = change.subject is Subject.ITEM and change.deed is Deed.DELETED
    if not gone or change.bot_id != bot_id:
        raise NothingToUndo
    if await knowledge.find_item(tx, bot_id, change.subject_id):
        raise NothingToUndo
    fields = {name: was for name, (was, _now) in change.fields.items()}
    item = KnowledgeItem(id=KnowledgeItemId(change.subject_id), **fields)
    await knowledge.add_item(tx, bot_id, item, by.at)
    await record(tx, _part_change(bot_id, item, Deed.RESTORED, ({}, {})), by)


async def add_items(
    tx: Tx, bot_id: BotId, items: Sequence[KnowledgeItem], by: By
) -> None:
    """Add many articles at once; one entry counts them. Raises: as `add_item`."""
    known = await knowledge.count_items(tx, bot_id)
    await knowledge.add_items(tx, bot_id, [check_item(i) for i in items], by.at)
    await record(tx, _count_change(bot_id, known, known + len(items)), by)


async def replace_items(
    tx: Tx, bot_id: BotId, items: Sequence[KnowledgeItem], by: By
) -> None:
    """Make these the only articles of a bot. Raises: as `add_item`."""
    known = await knowledge.count_items(tx, bot_id)
    await knowledge.replace_items(tx, bot_id, [check_item(i) for i in items], by.at)
    await record(tx, _count_change(bot_id, known, len(items)), by)


async def create_workflow(tx: Tx, workflow: Workflow, by: By) -> None:
    """Make a workflow. Raises: NotFound, InvalidField: as `check_workflow`."""
    await check_workflow(tx, workflow)
    await workflows.create_workflow(tx, workflow)
    await record(
        tx, _workflow_change(workflow, Deed.CREATED, ({}, _laid(workflow))), by
    )


async def change_workflow(tx: Tx, workflow: Workflow, by: By) -> None:
    """Make a workflow what it is here. Raises: as `create_workflow`."""
    was = await workflows.get_workflow(tx, workflow.id, lock=True)
    if (was.bot_id, was.overrides) != (workflow.bot_id, workflow.overrides):
        await check_workflow(tx, workflow)
    await workflows.save_workflow(tx, workflow)
    fields = _laid(was), _laid(workflow)
    await record(tx, _workflow_change(workflow, Deed.CHANGED, fields), by)


async def delete_workflow(tx: Tx, workflow: Workflow, by: By) -> None:
    """Delete a workflow; its conversations go on under the bot's own rules."""
    await workflows.delete_workflow(tx, workflow.id, by.at)
    await record(
        tx, _workflow_change(workflow, Deed.DELETED, (_laid(workflow), {})), by
    )


async def check_workflow(tx: Tx, workflow: Workflow) -> None:
    """Every override must fit a rule of the bot, and leave it a valid rule.

    Raises:
        NotFound: no such bot or staff member.
        InvalidField: names the override and the field.
    """
    await bots.get_bot(tx, workflow.bot_id)
    known = {rule.id: rule for rule in await rules.list_rules(tx, workflow.bot_id)}
    for rule_id, laid in workflow.overrides.items():
        path = f"overrides.{rule_id}"
        if rule_id not in known:
            raise InvalidField(path, "the bot has no such handover rule")
        await check_assignee(tx, laid, f"{path}.assign.staff_id")
        try:
            check_rule(replace(known[rule_id], **laid))
        except InvalidField as error:
            raise InvalidField(f"{path}.{error.field}", error.rule) from None


async def create_inbox(tx: Tx, inbox: Inbox, by: By) -> None:
    """Make an inbox. Raises: NotFound: no such bot or workflow."""
    await _check_inbox(tx, inbox)
    await inboxes.create_inbox(tx, inbox)
    await _record_inbox(tx, inbox, None, inbox.bot_id, by)


async def change_inbox(tx: Tx, inbox: Inbox, by: By) -> None:
    """Make an inbox what it is here. Open conversations keep their bot.

    The history of each bot tells that it came to the inbox, or left it.
    Raises:
        NotFound: no such inbox, bot or workflow.
    """
    was = await inboxes.get_inbox(tx, inbox.id, lock=True)
    await _check_inbox(tx, inbox)
    await inboxes.save_inbox(tx, inbox)
    await _record_inbox(tx, inbox, was.bot_id, inbox.bot_id, by)


async def delete_inbox(tx: Tx, inbox: Inbox, by: By) -> None:
    """Delete an inbox. Its conversations stay to be read. Raises: NotFound."""
    await inboxes.delete_inbox(tx, inbox.id, by.at)
    await _record_inbox(tx, inbox, inbox.bot_id, None, by)


async def _check_inbox(tx: Tx, inbox: Inbox) -> None:
    if inbox.bot_id:
        await bots.get_bot(tx, inbox.bot_id)
    if inbox.workflow_id:
        await workflows.get_workflow(tx, inbox.workflow_id)


def _anew(item: KnowledgeItem) -> KnowledgeItem:
    return replace(item, id=KnowledgeItemId(new_id("knowledge_item")))


def _fields(thing: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _bot_fields(bot: Bot) -> dict[str, Any]:
    return dict(_flat(_fields(bot, bots.FIELDS)))


def _flat(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Fields within fields by their paths, such as `deadlines.first_reply`."""
    for name, value in fields.items():
        if isinstance(value, tuple) and any(map(is_dataclass, value)):
            yield from _flat({f"{name}.{n}": part for n, part in enumerate(value)})
        elif is_dataclass(value):
            inner = {each.name: getattr(value, each.name) for each in parts(value)}
            yield from _flat({f"{name}.{key}": part for key, part in inner.items()})
        else:
            yield name, value


def _rule_fields(rule: HandoverRule) -> dict[str, Any]:
    return _fields(rule, rules.FIELDS)


def _item_fields(item: KnowledgeItem) -> dict[str, Any]:
    return _fields(item, ITEM_FIELDS)


def _laid(workflow: Workflow) -> dict[str, Any]:
    """A workflow as flat fields: `rule id.field` for each that it replaces."""
    laid = {
        f"{rule_id}.{name}": value
        for rule_id, fields in workflow.overrides.items()
        for name, value in fields.items()
    }
    return {"name": workflow.name, "bot_id": workflow.bot_id, **laid}


def _bot_change(bot: Bot, deed: Deed, before: Fields, after: Fields) -> Change:
    return Change(
        bot_id=bot.id,
        subject=Subject.BOT,
        id=bot.id,
        name=bot.name,
        deed=deed,
        before=before,
        after=after,
    )


def _part_change(
    bot_id: BotId, part: HandoverRule | KnowledgeItem, deed: Deed, fields: Pair
) -> Change:
    return Change(
        bot_id=bot_id,
        subject=Subject.RULE if isinstance(part, HandoverRule) else Subject.ITEM,
        id=part.id,
        name=part.title,
        deed=deed,
        before=fields[0],
        after=fields[1],
    )


def _count_change(bot_id: BotId, was: int, now: int) -> Change:
    return Change(
        bot_id=bot_id,
        subject=Subject.KNOWLEDGE,
        id=bot_id,
        name="",
        deed=Deed.CHANGED,
        before={"articles": was},
        # Said also where as many came as went: their words are others.
        after={"articles": now, "replaced": was == now or None},
    )


def _workflow_change(workflow: Workflow, deed: Deed, fields: Pair) -> Change:
    return Change(
        bot_id=workflow.bot_id,
        subject=Subject.WORKFLOW,
        id=workflow.id,
        name=workflow.name,
        deed=deed,
        before=fields[0],
        after=fields[1],
    )


async def _record_inbox(
    tx: Tx, inbox: Inbox, was: BotId | None, now: BotId | None, by: By
) -> None:
    """Tell the bot that left an inbox, and the one that came to it."""
    if was == now:
        return
    for bot_id, deed in ((was, Deed.DELETED), (now, Deed.CREATED)):
        if bot_id:
            change = Change(
                bot_id=bot_id,
                subject=Subject.INBOX,
                id=inbox.id,
                name=inbox.name,
                deed=deed,
                before={},
                after={},
            )
            await record(tx, change, by)
