"""A bot that answers with language models, one after the other until one does."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
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
from stepaside.bot.llm.trouble import Trouble, no_answer, resting, trouble_of
from stepaside.core.brief import Brief
from stepaside.core.turn import Line, Turn

_Shape = TypeVar("_Shape", bound=BaseModel)
_Found = TypeVar("_Found")

log = structlog.get_logger(__name__)

_LOOKED_AT: Final = 10
"""Passages a model is shown."""
_ANSWER_TOKENS: Final = 1200


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

    models: pydantic-ai models, the preferred first; None stands for the shipped bot,
        which always answers: what follows it is never asked.
    time_limit: for one call of one model.
    within: for all of them together, of which a slow one leaves the others their part.
    """

    def __init__(
        self,
        models: Sequence[Any],
        *,
        budget: Budget,
        now: Callable[[], datetime],
        time_limit: timedelta,
        within: timedelta,
    ) -> None:
        asked = itertools.takewhile(lambda model: model is not None, models)
        self._chain = [(model, Breaker(now)) for model in asked]
        self._ends_local = None in models
        self._budget = budget
        self._time_limit = time_limit.total_seconds()
        self._within = within.total_seconds()

    async def __call__(self, turn: Turn, index: KnowledgeIndex) -> Draft:
        """Draft an answer that stands in the knowledge, checked as far as it can be.

        Raises:
            BotFailure: none of the models gave a usable answer.
            BotStopped: the account's budget for today is used up, or none of the models
                takes such a request.
        """
        try:
            return await self._first(
                turn.account_id, lambda call: self._ask(call, turn, index)
            )
        except BotFailure:
            if not self._ends_local:
                raise
            return await asyncio.to_thread(local.draft, turn, index)

    async def summarise(
        self, account_id: str, lines: Sequence[Line], before: Brief
    ) -> Brief | None:
        """A better summary than `before`; None where no model gives one.

        lines: the public transcript, oldest first.
        """
        try:
            return await self._first(
                account_id, lambda call: _brief(call, lines, before)
            )
        except BotFailure:
            return None

    async def _first(
        self, account_id: str, ask: Callable[["_Call"], Awaitable[_Found]]
    ) -> _Found:
        """What the first model answers that does. Raises: BotFailure: none does."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._within
        troubles: list[Trouble] = []
        for place, (model, breaker) in enumerate(self._chain):
            if not await self._may_spend(account_id):
                raise BotStopped("Today's budget for the language model is used up.")
            if not breaker.may_try():
                troubles.append(resting(model.model_name, breaker.left()))
                continue
            share = (until - clock()) / (len(self._chain) - place)
            seconds = min(self._time_limit, share)
            try:
                answer = await ask(_Call(model, account_id, self._budget, seconds))
            except Exception as error:  # noqa: BLE001 - the next model is asked
                troubles.append(_noted(model, breaker, error))
                continue
            breaker.succeeded()
            return answer
        raise no_answer(troubles)

    async def _may_spend(self, account_id: str) -> bool:
        return not account_id or await self._budget.left(account_id)

    async def _ask(self, call: "_Call", turn: Turn, index: KnowledgeIndex) -> Draft:
        passages = await asyncio.to_thread(find, turn, index, _LOOKED_AT)
        prompt = prompt_for(turn, passages)
        answer = await call.make(Answer, prompt.instructions, prompt.material)
        return await asyncio.to_thread(draft_from, answer, turn, prompt)


@dataclass(frozen=True, slots=True)
class _Call:
    """A question to one model, on an account's budget, within so many seconds."""

    model: Any
    account_id: str
    budget: Budget
    seconds: float

    async def make(self, shape: type[_Shape], told: str, shown: str) -> _Shape:
        """One structured answer. told: from us; shown: hostile."""
        # Loaded here: it takes a second, and most of the program does without it.
        from pydantic_ai import Agent, RunUsage, UsageLimits  # noqa: PLC0415

        asking = Agent(
            self.model,
            output_type=shape,
            instructions=told,
            retries=1,
            # Tries again are counted in one place, with the time limit: the pipeline.
            model_settings={"max_tokens": _ANSWER_TOKENS, "temperature": 0.0},
        )
        used = RunUsage()
        try:
            async with asyncio.timeout(self.seconds):
                done = await asking.run(
                    shown, usage_limits=UsageLimits(request_limit=2), usage=used
                )
            return done.output
        finally:
            # What is no use to us is to be paid all the same.
            if self.account_id and used.has_values():
                spent = Spent(
                    tokens_in=used.input_tokens or 0, tokens_out=used.output_tokens or 0
                )
                await self.budget.record(self.account_id, spent)


async def _brief(call: _Call, lines: Sequence[Line], before: Brief) -> Brief:
    told, shown = briefing.instructions(), briefing.material(lines)
    answer = await call.make(BriefAnswer, told, shown)
    return briefing.improved(before, answer, call.model.model_name)


def _noted(model: Any, breaker: Breaker, error: Exception) -> Trouble:
    """Take note of a failure; what it means."""
    trouble = trouble_of(model.model_name, error)
    log.info("model_failed", model=model.model_name, error=type(error).__name__)
    if trouble.is_down:
        breaker.failed(trouble.wait)
    else:
        breaker.succeeded()
    return trouble
