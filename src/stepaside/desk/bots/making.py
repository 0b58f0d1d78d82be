"""Making a bot that works at once: with the three built-in rules, switched on."""

from dataclasses import replace

from stepaside.core.ids import BotId, RuleId
from stepaside.core.roster import Bot
from stepaside.core.rules import Scenario, default_rule
from stepaside.store import configuration
from stepaside.store.changes import By
from stepaside.store.database import Tx
from stepaside.store.ids import new_id


async def make_bot(tx: Tx, bot: Bot, by: By) -> BotId:
    """Store a bot with its rules; its id.

    bot: whatever its id, it gets one of its own.
    Raises:
        InvalidField: a field breaks its limits.
    """
    made = replace(bot, id=BotId(new_id("bot")))
    await configuration.create_bot(tx, made, by)
    for scenario in Scenario:
        if scenario is not Scenario.CUSTOM:
            rule = default_rule(RuleId(new_id("rule")), scenario)
            on = replace(rule, enabled=True)
            await configuration.create_rule(tx, made.id, on, by)
    return made.id
