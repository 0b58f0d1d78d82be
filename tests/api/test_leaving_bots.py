"""Stop phrases and transfers over HTTP."""

from tests.api.conftest import Api
from tests.world import World


async def test_a_bot_tells_what_makes_it_leave(api: Api, world: World) -> None:
    other = await api.post("/bots", {"name": "Loans"})
    leaves = {
        "stop_phrases": ["stop", "be quiet"],
        "stop_message": "I am silent now.",
        "transfers": [
            {"bot_id": other["id"], "phrases": ["I need a loan"], "condition": "Loans"}
        ],
    }
    changed = await api.patch(f"/bots/{world.bot.id}", leaves)
    assert changed.status == 200
    assert {name: changed[name] for name in leaves} == leaves


async def test_a_transfer_needs_another_bot_of_the_same_account(
    api: Api, world: World
) -> None:
    for bot_id, status in (
        (world.bot.id, 422),
        (world.dees_shop.bot.id, 404),
    ):
        to = {"transfers": [{"bot_id": bot_id, "phrases": ["a loan"]}]}
        assert (await api.patch(f"/bots/{world.bot.id}", to)).status == status


async def test_another_bot_is_chosen_by_hand_while_no_person_has_control(
    api: Api, dees_api: Api, world: World
) -> None:
    other = await api.post("/bots", {"name": "Loans"})
    contact = {"external_id": "cy"}
    made = await api.post(
        "/conversations", {"inbox_id": world.inbox_id, "contact": contact}
    )
    path = f"/conversations/{made['id']}"
    chosen = await api.put(f"{path}/bot", {"bot_id": other["id"]})
    assert (chosen.status, chosen["bot_id"], chosen["lease"]) == (200, other["id"], 1)
    assert (await dees_api.put(f"{path}/bot", {"bot_id": other["id"]})).status == 404

    await api.post(f"{path}/handovers")
    refused = await api.put(f"{path}/bot", {"bot_id": world.bot.id})
    assert refused.status == 409
