"""Deciding about a transcript that is stored nowhere: `/v1/decide`."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final

from litestar import post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from stepaside.api.auth import READ
from stepaside.api.call import Called
from stepaside.api.conversation_wire import SignalView
from stepaside.api.knowledge import NewItem
from stepaside.api.rule_wire import NewRule, TriedRule, rule_fields
from stepaside.api.wire import SAYING, Request
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.errors import InvalidField
from stepaside.core.ids import KnowledgeItemId, RuleId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.policy import Cause, DecisionKind
from stepaside.core.rules import HandoverRule, check_rule, default_rule
from stepaside.core.turn import Author, Line
from stepaside.pipeline.decide_once import DEFAULT_RULES, Verdict, decide_transcript
from stepaside.store.decisions import signal_to_json

Text = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=SAYING)]


class Spoken(Request):
    """One message of a transcript."""

    author: Author
    text: Text


class Case(Request):
    """A transcript to decide about.

    rules: left out: the three built-in ones with their defaults. Those that do not say
        `enabled` are switched on. They may be sent as they are read.
    knowledge: left out: nothing is said about missing information.
    """

    transcript: Annotated[list[Spoken], Meta(min_length=1, max_length=500)]
    rules: Annotated[list[TriedRule], Meta(max_length=20)] | None = None
    knowledge: Annotated[list[NewItem], Meta(max_length=500)] | None = None


class VerdictView(Struct, kw_only=True):
    """What would be decided about the last thing the contact said.

    answer: what the bot would say; null where it would say nothing.
    scores: 0 to 1; 0.5 is where the default rules act.
    """

    decision: DecisionKind
    scenario: Cause | None
    reason: str
    evidence: str
    failed_attempts: int
    signals: list[SignalView]
    scores: dict[str, float]
    answer: str | None


@post("/decide", scopes=READ, status_code=200)
async def decide(call: Called, data: JSONBody[Case]) -> VerdictView:
    """Decide about a transcript. Stores nothing and sends nothing."""
    del call
    rules = DEFAULT_RULES if data.rules is None else rules_of(data.rules)
    lines = [Line(author=said.author, text=said.text) for said in data.transcript]
    if all(line.author is not Author.CONTACT for line in lines):
        raise InvalidField("transcript", "the contact says nothing in it")
    verdict = await asyncio.to_thread(_decide, lines, rules, data.knowledge)
    return view(verdict)


ROUTES: Final = (decide,)


def view(verdict: Verdict) -> VerdictView:
    """A verdict as it is shown."""
    decision = verdict.decision
    return VerdictView(
        decision=decision.kind,
        scenario=decision.cause,
        reason=decision.reason,
        evidence=decision.evidence,
        failed_attempts=decision.failed_attempts,
        signals=[SignalView(**signal_to_json(s)) for s in verdict.signals],
        scores=dict(verdict.scores),
        answer=verdict.answer,
    )


def _decide(
    lines: Sequence[Line],
    rules: Sequence[HandoverRule],
    knowledge: Sequence[NewItem] | None,
) -> Verdict:
    index = None if knowledge is None else KnowledgeIndex.build(_items(knowledge))
    return decide_transcript(lines, rules=rules, index=index)


def rules_of(sent: Sequence[NewRule]) -> tuple[HandoverRule, ...]:
    """Rules that were sent to be tried: on, unless they say that they are off.

    Raises:
        InvalidField: names the rule and the field.
    """
    rules = []
    for place, new in enumerate(sent):
        blank = default_rule(RuleId(f"rules[{place}]"), new.scenario)
        laid = {"enabled": True, **rule_fields(new)}
        try:
            rules.append(check_rule(replace(blank, **laid)))
        except InvalidField as error:
            raise InvalidField(f"rules[{place}].{error.field}", error.rule) from None
    return tuple(rules)


def _items(sent: Sequence[NewItem]) -> list[KnowledgeItem]:
    return [
        KnowledgeItem(
            id=KnowledgeItemId(f"knowledge[{place}]"),
            title=item.title,
            text=item.text,
            question=item.question,
            url=item.url,
        )
        for place, item in enumerate(sent)
    ]
