"""What language models cost an account, and what it allows them."""

from stepaside.store.model_usage import add_usage
from tests.api.conftest import Api
from tests.world import World


async def test_an_account_sees_what_its_bots_used_and_limits_it(
    api: Api, world: World
) -> None:
    async with world.db.transaction(world.account_id) as tx:
        for _ in range(2):
            await add_usage(tx, world.clock(), tokens_in=90, tokens_out=10)
    changed = await api.patch("/account", {"model_daily_tokens": 5000})
    assert changed.json["model_daily_tokens"] == 5000
    used = await api.get("/model-usage")
    assert used.json["daily_tokens"] == 5000
    (day,) = used.json["items"]
    assert day == {
        "day": world.clock().date().isoformat(),
        "answers": 2,
        "tokens_in": 180,
        "tokens_out": 20,
    }


async def test_a_budget_of_nothing_is_refused_by_name(api: Api) -> None:
    refused = await api.patch("/account", {"model_daily_tokens": 0})
    assert refused.status == 422
    assert refused.broken_fields == ["model_daily_tokens"]
