"""A workflow picks the bot, and may switch each rule off or override its fields."""

from datetime import timedelta
from typing import Any

import pytest

from stepaside.core.conversation import Control
from stepaside.core.ids import BotId, RuleId, WorkflowId
from stepaside.core.roster import Bot, ContactRef
from stepaside.core.rules import Scenario
from stepaside.pipeline.receive import start_conversation
from stepaside.store.bots import create_bot
from stepaside.store.ids import new_id
from stepaside.store.workflows import Workflow, create_workflow
from tests.house import House, open_house
from tests.world import World


async def _enter(
    world: World, bot_id: BotId, overrides: dict[RuleId, dict[str, Any]]
) -> House:
    """A conversation that Cy enters by a workflow."""
    workflow_id, now = WorkflowId(new_id("workflow")), world.clock()
    async with world.db.transaction(world.account_id) as tx:
        await create_workflow(
            tx,
            Workflow(
                id=workflow_id,
                name="Spring campaign",
                bot_id=bot_id,
                overrides=overrides,
                created_at=now,
                updated_at=now,
            ),
        )
    house = await open_house(world)
    house.conversation_id = await start_conversation(
        house.rt,
        world.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(external_id="cy", name="Cy Clark"),
        workflow_id=workflow_id,
    )
    return house


async def test_a_rule_that_a_workflow_switches_off_does_not_fire(world: World) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    house = await _enter(world, world.bot.id, {rule.id: {"enabled": False}})

    await house.writes("I want to talk to a human")

    assert "human_requested" not in [d.cause for d in await house.decisions()]


async def test_without_the_workflow_the_same_rule_fires(world: World) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    await _enter(world, world.bot.id, {rule.id: {"enabled": False}})
    house = await open_house(world)

    await house.writes("I want to talk to a human")

    assert [d.cause for d in await house.decisions()] == ["human_requested"]


async def test_fields_that_a_workflow_overrides_are_its_own(world: World) -> None:
    rule = world.rules[Scenario.HUMAN_REQUESTED]
    house = await _enter(
        world,
        world.bot.id,
        {
            rule.id: {
                "final_message": "Spring greetings, {{contact.first_name}}!",
                "pause": timedelta(hours=3),
                "tags": ("spring",),
                "task_enabled": False,
            }
        },
    )

    await house.writes("I want to talk to a human")

    state = await house.state()
    assert await house.said_by_bot() == ["Spring greetings, Cy!"]
    assert state.resume_at == world.clock() + timedelta(hours=3)
    assert await house.tags() == {"spring"}
    assert await house.count("tasks") == 0


@pytest.mark.parametrize("has_rules", [True, False])
async def test_a_workflow_picks_the_bot_and_with_it_the_rules(
    world: World, has_rules: bool
) -> None:
    other = Bot(id=BotId(new_id("bot")), name="Campaign assistant")
    async with world.db.transaction(world.account_id) as tx:
        await create_bot(tx, other, world.clock())
    house = await _enter(world, world.bot.id if has_rules else other.id, {})

    await house.writes("I want to talk to a human")

    handed_over = (await house.state()).control is Control.QUEUE
    assert handed_over is has_rules
