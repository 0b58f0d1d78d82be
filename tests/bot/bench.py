"""A bot that asks language models of a provider on this machine."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.llm.brain import Budget, LanguageModels, Spent
from stepaside.core.ids import BotId, KnowledgeItemId, RuleId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.roster import Bot
from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.models.language import open_model
from tests.bot.provider import Provider
from tests.world import Clock

RETURNS = KnowledgeItem(
    id=KnowledgeItemId("returns"),
    title="Returns",
    text="You can send a bike back within 30 days. Returns are free of charge.",
)
INDEX = KnowledgeIndex.build([RETURNS])
BOT = Bot(
    id=BotId("bot"),
    name="Wheely",
    personality="Cheerful.",
    goal="Help with bikes.",
    additional_information="The shop is in Ghent, at Veldstraat 12.",
)
RULE = {RuleId("r"): "The bike is damaged."}
ANSWER = {
    "kind": "answer",
    "text": "You have 30 days, and it is free.",
    "sources": ["s1"],
}


@dataclass
class Purse:
    """An account's budget that a test can empty."""

    full: bool = True
    most: int | None = None
    spent: list[tuple[str, Spent]] = field(default_factory=list)

    async def left(self, account_id: str) -> bool:
        del account_id
        return self.full and (self.most is None or len(self.spent) < self.most)

    async def record(self, account_id: str, spent: Spent) -> None:
        self.spent.append((account_id, spent))


@dataclass
class Bench:
    """A provider, and a bot that asks models of it."""

    server: Provider
    http: httpx2.AsyncClient
    clock: Clock = field(default_factory=Clock)
    purse: Purse = field(default_factory=Purse)

    def bot(
        self, *names: str, seconds: float = 5, within: float = 20
    ) -> LanguageModels:
        return LanguageModels(
            [self._open(name) for name in names],
            budget=Budget(left=self.purse.left, record=self.purse.record),
            now=self.clock,
            time_limit=timedelta(seconds=seconds),
            within=timedelta(seconds=within),
        )

    def _open(self, name: str) -> Any:
        if name == "local":
            return None
        url = self.server.url
        return open_model(name, self.http, base_url=url, api_key="secret")


def asks(*texts: str, history: tuple[Line, ...] = (), **fields: Any) -> Turn:
    burst = tuple(Line(author=Author.CONTACT, text=text) for text in texts)
    return Turn(burst=burst, history=history, account_id="acc", bot=BOT, **fields)


QUESTION = asks("How long may I send my bike back?")


def found(draft: Draft, name: SignalName) -> Signal | None:
    return next((x for x in draft.signals if x.name is name), None)
