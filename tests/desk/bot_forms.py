"""Reading the forms of bots as a browser would send them."""

import re
from html import unescape
from typing import Any

from stepaside.core.rules import Scenario
from stepaside.store.rules import list_rules
from tests.desk.office import Seat
from tests.world import World

HTML_FIELD = re.compile(
    r'<input[^>]*?name="(?P<name>[^"]+)"[^>]*?>|'
    r'<textarea[^>]*?name="(?P<area>[^"]+)"[^>]*>\n?(?P<text>[^<]*)</textarea>|'
    r'<select[^>]*?name="(?P<select>[^"]+)".*?</select>',
    re.DOTALL,
)
Fields = dict[str, Any]


def at(world: World, tab: str = "") -> str:
    """The address of a page of the bot."""
    return f"/bots/{world.bot.id}{tab}"


def form_on(seat: Seat, form_id: str = "goals") -> Fields:
    """What the form on the page would send, untouched."""
    found = re.search(rf'<form id="{form_id}".*?</form>', seat.last.text, re.DOTALL)
    assert found
    html = re.sub(r"<template.*?</template>", "", found[0], flags=re.DOTALL)
    fields: Fields = {}
    for match in HTML_FIELD.finditer(html):
        _add(fields, match)
    return fields


def _add(fields: Fields, match: re.Match[str]) -> None:
    whole = match[0]
    if match["area"]:
        fields.setdefault(match["area"], []).append(unescape(match["text"]))
    elif match["select"]:
        chosen = re.search(r'value="([^"]*)" selected', whole)
        first = re.search(r'value="([^"]*)"', whole)
        value = chosen or first
        fields.setdefault(match["select"], []).append(
            unescape(value[1] if value else "")
        )
    elif not re.search(r'type="(checkbox|radio)"', whole) or " checked" in whole:
        found = re.search(r'value="([^"]*)"', whole)
        text = unescape(found[1]) if found else "on"
        fields.setdefault(match["name"], []).append(text)


async def rules_of(world: World) -> dict[Scenario, Any]:
    async with world.db.transaction(world.account_id) as tx:
        return {rule.scenario: rule for rule in await list_rules(tx, world.bot.id)}


def key_of(world: World, scenario: Scenario, field: str) -> str:
    return f"r.{world.rules[scenario].id}.{field}"


HUMAN = Scenario.HUMAN_REQUESTED


def state_in(seat: Seat) -> Fields:
    """The trial so far, as the page carries it."""
    found = re.findall(r'name="(said|control)" value="([^"]*)"', seat.last.text)
    return {name: unescape(value) for name, value in found}
