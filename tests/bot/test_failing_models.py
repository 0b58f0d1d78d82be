"""A model that fails is left alone, and is never an answer."""

import httpx2
import pytest

from stepaside.bot.draft import BotFailure, BotStopped
from stepaside.bot.llm.brain import Spent
from stepaside.bot.llm.breaker import FAILURES, REST
from stepaside.models.language import UnknownModel, open_model
from tests.bot.bench import ANSWER, INDEX, QUESTION, Bench

PROVIDERS = ["openai", "anthropic", "google"]
FAULTS = {
    "down": "answered with status 503",
    "broken": "answered with status 500",
    "busy": "answered with status 429",
    "refused": "answered with status 400",
    "locked": "answered with status 401",
    "barred": "answered with status 403",
    "cut": "could not be reached",
    "garbled": "gave no usable answer",
    "hollow": "gave no usable answer",
    "words": "gave no usable answer",
    "wrong": "gave no usable answer",
    "torn": "gave no usable answer",
    "empty": "gave no usable answer",
}


@pytest.mark.parametrize("named", PROVIDERS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_fails_is_a_failure_in_plain_words_and_never_an_answer(
    bench: Bench, fault: str, named: str
) -> None:
    bench.server.answering = lambda _: ANSWER
    with pytest.raises(BotFailure) as failed:
        await bench.bot(f"{named}:{fault}")(QUESTION, INDEX)
    why = f"{fault}: {FAULTS[fault]}"
    assert str(failed.value) == f"The language model did not answer ({why})."


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_next_model_answers_where_one_fails(bench: Bench, fault: str) -> None:
    bench.server.answering = lambda _: ANSWER
    draft = await bench.bot(f"openai:{fault}", "openai:ok")(QUESTION, INDEX)
    assert draft.text == ANSWER["text"]


async def test_a_model_that_hangs_is_left_after_its_time(bench: Bench) -> None:
    bench.server.answering = lambda _: ANSWER
    with pytest.raises(BotFailure, match="took too long"):
        await bench.bot("openai:hang", seconds=0.05)(QUESTION, INDEX)


@pytest.mark.parametrize("last", ["openai:ok", "local"])
async def test_a_slow_model_leaves_the_others_their_time(
    bench: Bench, last: str
) -> None:
    bench.server.answering = lambda _: ANSWER
    draft = await bench.bot("openai:hang", last, seconds=300, within=2)(QUESTION, INDEX)
    assert draft.text


async def test_a_model_that_keeps_hanging_rests_however_long_it_may_take(
    bench: Bench,
) -> None:
    bot = bench.bot("openai:hang", seconds=300, within=0.05)
    for _ in range(FAILURES):
        with pytest.raises(BotFailure, match="took too long"):
            await bot(QUESTION, INDEX)
    with pytest.raises(BotFailure, match="rests"):
        await bot(QUESTION, INDEX)


@pytest.mark.parametrize(
    "fault", ["refused", "locked", "garbled", "hollow", "words", "wrong", "torn"]
)
async def test_what_one_contact_can_provoke_switches_a_model_off_for_nobody(
    bench: Bench, fault: str
) -> None:
    bot = bench.bot(f"openai:{fault}")
    for _ in range(FAILURES + 1):
        with pytest.raises(BotFailure, match=fault):
            await bot(QUESTION, INDEX)
    with pytest.raises(BotFailure) as failed:
        await bot(QUESTION, INDEX)
    assert "rests" not in str(failed.value)


@pytest.mark.parametrize("fault", ["down", "broken", "busy", "cut"])
async def test_a_model_that_serves_nobody_rests(bench: Bench, fault: str) -> None:
    bot = bench.bot(f"openai:{fault}")
    for _ in range(FAILURES):
        with pytest.raises(BotFailure, match=fault):
            await bot(QUESTION, INDEX)
    with pytest.raises(BotFailure, match="rests"):
        await bot(QUESTION, INDEX)


@pytest.mark.parametrize("named", PROVIDERS)
@pytest.mark.parametrize("fault", ["words", "wrong"])
async def test_what_was_no_use_is_paid_all_the_same(
    bench: Bench, fault: str, named: str
) -> None:
    with pytest.raises(BotFailure):
        await bench.bot(f"{named}:{fault}")(QUESTION, INDEX)
    asked = len(bench.server.asked)
    assert asked == 2
    spent = Spent(tokens_in=90 * asked, tokens_out=10 * asked)
    assert bench.purse.spent == [("acc", spent)]


async def test_the_next_model_is_asked_only_with_something_left(bench: Bench) -> None:
    bench.purse.most = 1
    with pytest.raises(BotStopped, match="budget"):
        await bench.bot("openai:wrong", "openai:ok")(QUESTION, INDEX)
    assert bench.server.counts["ok"] == 0


@pytest.mark.parametrize("fault", ["words", "wrong"])
async def test_a_model_that_answers_in_another_shape_is_asked_once_more(
    bench: Bench, fault: str
) -> None:
    bench.server.answering = lambda _: ANSWER
    draft = await bench.bot(f"openai:once-{fault}")(QUESTION, INDEX)
    assert draft.text == ANSWER["text"]
    assert len(bench.server.asked) == 2


async def test_a_model_that_keeps_failing_rests_and_is_tried_again(
    bench: Bench,
) -> None:
    bot = bench.bot("openai:down")
    for _ in range(FAILURES + 3):
        with pytest.raises(BotFailure):
            await bot(QUESTION, INDEX)
    assert bench.server.counts["down"] == FAILURES
    bench.clock.advance(REST)
    with pytest.raises(BotFailure):
        await bot(QUESTION, INDEX)
    with pytest.raises(BotFailure, match="rests"):
        await bot(QUESTION, INDEX)
    assert bench.server.counts["down"] == FAILURES + 1


async def test_a_busy_model_rests_for_every_conversation(bench: Bench) -> None:
    bench.server.retry_after = "12"
    bot = bench.bot("openai:busy")
    for match in ("429", "rests"):
        with pytest.raises(BotFailure, match=match) as failed:
            await bot(QUESTION, INDEX)
        assert failed.value.wait == 12
    assert bench.server.counts["busy"] == 1


async def test_a_spent_budget_asks_no_model(bench: Bench) -> None:
    bench.purse.full = False
    with pytest.raises(BotStopped, match="budget"):
        await bench.bot("openai:ok")(QUESTION, INDEX)
    assert bench.server.asked == []


@pytest.mark.parametrize("full", [True, False])
async def test_the_shipped_bot_is_the_last_that_answers(
    bench: Bench, full: bool
) -> None:
    bench.purse.full = full
    draft = await bench.bot("openai:down", "local")(QUESTION, INDEX)
    assert draft.text
    assert "30 days" in draft.text


def test_a_model_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(UnknownModel, match="nobody:model"):
        open_model("nobody:model", httpx2.AsyncClient(), base_url=None, api_key=None)
