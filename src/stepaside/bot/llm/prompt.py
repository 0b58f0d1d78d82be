"""What a language model is told and shown about one turn."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Final

from stepaside.bot.passage import Passage
from stepaside.core.ids import RuleId
from stepaside.core.turn import Line, Turn
from stepaside.models.text import clip

ABOUT_US: Final = "business"
"""The id of the source that is the bot's own additional information."""
_EARLIER: Final = 20
"""Messages before the newest that are shown."""
_LONGEST: Final = 2000
_AFTER_PEOPLE: Final = (
    "- A colleague spoke with the contact last. Go on from what the colleague said; "
    "do not contradict it and do not start over."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What one call sends, and what the short names in its answer stand for.

    instructions: from the owner. material: JSON, hostile. sources: passages by the id
    the model cites them by. conditions: rules by the id the model reports them by.
    """

    instructions: str
    material: str
    sources: Mapping[str, Passage]
    conditions: Mapping[str, RuleId]


def prompt_for(turn: Turn, passages: tuple[Passage, ...]) -> Prompt:
    """Put together what a model needs to answer a turn.

    passages: what was found in the knowledge, best first.
    """
    sources = {f"s{n}": passage for n, passage in enumerate(passages, 1)}
    conditions = {f"c{n}": rule for n, rule in enumerate(turn.conditions, 1)}
    material = {
        "sources": _sources(turn, sources),
        "conversation": [_line(x) for x in turn.history[-_EARLIER:]],
        "newest": [_line(x) for x in turn.burst],
        "conditions": [
            {"id": name, "when": turn.conditions[rule]}
            for name, rule in conditions.items()
        ],
    }
    return Prompt(
        instructions=_instructions(turn),
        material=json.dumps(material, ensure_ascii=False),
        sources=sources,
        conditions=conditions,
    )


def _sources(turn: Turn, sources: Mapping[str, Passage]) -> list[dict[str, str]]:
    known = [
        {"id": name, "title": x.item.title, "text": clip(x.text, _LONGEST)}
        for name, x in sources.items()
    ]
    about = turn.bot.additional_information if turn.bot else ""
    if about.strip():
        known.insert(0, {"id": ABOUT_US, "title": "About us", "text": about})
    return known


def _line(line: Line) -> dict[str, str]:
    return {"from": line.author.value, "text": clip(line.text, _LONGEST)}


def _instructions(turn: Turn) -> str:
    bot = turn.bot
    return _template().substitute(
        name=bot.name if bot and bot.name else "the assistant",
        personality=f"Personality: {bot.personality}"
        if bot and bot.personality
        else "",
        goal=f"Goal: {bot.goal}" if bot and bot.goal else "",
        after_people=_AFTER_PEOPLE if turn.after_people else "",
    )


@cache
def _template() -> Template:
    source = files("stepaside.bot.llm") / "prompts" / "answer.txt"
    return Template(source.read_text("utf-8"))
