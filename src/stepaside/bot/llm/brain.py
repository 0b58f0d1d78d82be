"""A bot that answers with language models, one after the other until one does."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from pydantic import BaseModel

from stepaside.bot import local
from stepaside.bot.draft import BotFailure, BotStopped, Draft
from stepaside.bot.finding import find
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.llm import briefing
from stepaside.bot.llm.answer import Answer
from stepaside.bot.llm.breaker import Breaker
from stepaside.bot.llm.briefing import BriefAnswer
from stepaside.bot.llm.check import draft_from
from stepaside.bot.llm.prompt import prompt_for
from stepaside.core.brief import Brief
from stepaside.core.turn import Line, Turn

_Shape = TypeVar("_Shape", bound=BaseModel)

log = structlog.get_logger(__name__)

_LOOKED_AT: Final = 10
"""Passages a model is shown."""
_ANSWER_TOKENS: Final = 1200

SHIPPED: Final = "local"
"""The name, in a list of models, of the bot that needs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one call used, in tokens."""

    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What an account may still spend, and the book of what it did.

    left: whether anything is left today. record: write down what a call used.
    """

    left: Callable[[str], Awaitable[bool]]
    record: Callable[[str, Spent], Awaitable[None]]


class LanguageModels:
    """Asks the models in order. Call it like any other bot.

    models: pydantic-ai models, the preferred first; None stands for the shipped bot.
    time_limit: for one call of one model.
    """

    def __init__(
        self,
        models: Sequence[Any],
        *,
        budget: Budget,
        now: Callable[[], datetime],
        time_limit: timedelta,
    ) -> None:
        self._chain = [(model, Breaker(now)) for model in models]
        self._budget = budget
        self._time_limit = time_limit.total_seconds()

    async def __call__(self, turn: Turn, index: KnowledgeIndex) -> Draft:
        """Draft an answer that stands in the knowledge, checked as far as it can be.

        Raises:
            BotFailure: none of the models gave a usable answer.
            BotStopped: the account's budget for today is used up.
        """
        if not await self._may_spend(turn.account_id):
            if any(model is None for model, _ in self._chain):
                return await asyncio.to_thread(local.draft, turn, index)
            raise BotStopped("Today's budget for the language model is used up.")
        failures: list[str] = []
        for model, breaker in self._chain:
            if model is None:
                return await asyncio.to_thread(local.draft, turn, index)
            try:
                with _watched(model, breaker, failures):
                    return await self._ask(model, turn, index)
            except _NextModel:
                continue
        raise BotFailure(f"The language model did not answer ({'; '.join(failures)}).")

    async def summarise(
        self, account_id: str, lines: Sequence[Line], before: Brief
    ) -> Brief | None:
        """A better summary than `before`; None where no model gives one.

        lines: the public transcript, oldest first.
        """
        if not await self._may_spend(account_id):
            return None
        for model, breaker in self._chain:
            if model is None:
                continue
            try:
                with _watched(model, breaker, []):
                    return await self._brief(model, account_id, lines, before)
            except _NextModel:
                continue
        return None

    async def _brief(
        self, model: Any, account_id: str, lines: Sequence[Line], before: Brief
    ) -> Brief:
        told, shown = briefing.instructions(), briefing.material(lines)
        async with asyncio.timeout(self._time_limit):
            answer, spent = await _call(model, BriefAnswer, told, shown)
        await self._budget.record(account_id, spent)
        return briefing.improved(before, answer, model.model_name)

    async def _may_spend(self, account_id: str) -> bool:
        return not account_id or await self._budget.left(account_id)

    async def _ask(self, model: Any, turn: Turn, index: KnowledgeIndex) -> Draft:
        passages = await asyncio.to_thread(find, turn, index, _LOOKED_AT)
        prompt = prompt_for(turn, passages)
        async with asyncio.timeout(self._time_limit):
            told, shown = prompt.instructions, prompt.material
            answer, spent = await _call(model, Answer, told, shown)
        if turn.account_id:
            await self._budget.record(turn.account_id, spent)
        return draft_from(answer, turn, prompt)


class _NextModel(Exception):
    """This model gave nothing usable."""


@contextlib.contextmanager
def _watched(model: Any, breaker: Breaker, failures: list[str]) -> Iterator[None]:
    """Note how a call of a model goes; a failure leads on to the next one."""
    if not breaker.may_try():
        failures.append(f"{model.model_name} failed too often and rests")
        raise _NextModel
    try:
        yield
    except Exception as error:
        breaker.failed()
        log.info("model_failed", model=model.model_name, error=_name(error))
        failures.append(f"{model.model_name}: {_what_happened(error)}")
        raise _NextModel from error
    breaker.succeeded()


async def _call(
    model: Any, shape: type[_Shape], told: str, shown: str
) -> tuple[_Shape, Spent]:
    """One structured answer. told: from us; shown: hostile."""
    # Loaded here: it takes a second, and most of the program does without it.
    from pydantic_ai import Agent, UsageLimits  # noqa: PLC0415

    asking = Agent(
        model,
        output_type=shape,
        instructions=told,
        retries=1,
        # Tries again are counted in one place, with the time limit: the pipeline.
        model_settings={"max_tokens": _ANSWER_TOKENS, "temperature": 0.0},
    )
    done = await asking.run(shown, usage_limits=UsageLimits(request_limit=2))
    used = done.usage
    return done.output, Spent(
        tokens_in=used.input_tokens or 0, tokens_out=used.output_tokens or 0
    )


def _what_happened(error: Exception) -> str:
    """The failure in words for staff: nothing of a prompt, a key or an answer."""
    status = getattr(error, "status_code", None)
    if isinstance(error, TimeoutError):
        return "took too long"
    if status:
        return f"answered with status {status}"
    return {
        "UnexpectedModelBehavior": "gave no usable answer",
        "UsageLimitExceeded": "gave no usable answer",
        "ModelAPIError": "could not be reached",
        "ModelConnectionError": "could not be reached",
    }.get(_name(error), _name(error))


def _name(error: Exception) -> str:
    return type(error).__name__
