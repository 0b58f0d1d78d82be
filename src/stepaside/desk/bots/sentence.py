"""A handover rule as one readable sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from stepaside.core.ids import TeamId
from stepaside.core.pauses import Resume
from stepaside.core.roster import Roster
from stepaside.core.rules import HandoverRule, Scenario
from stepaside.desk.words import _, mark, plural
from stepaside.store.database import Tx
from stepaside.store.staff import load_roster
from stepaside.store.teams import team_names

SCENARIO: Final[Mapping[Scenario, str]] = {
    Scenario.HUMAN_REQUESTED: mark("Asks for a person"),
    Scenario.LACK_OF_INFORMATION: mark("No information"),
    Scenario.FAILED_TO_RESOLVE: mark("Answers did not help"),
    Scenario.CUSTOM: mark("A rule of your own"),
}
TRIGGER: Final[Mapping[Scenario, str]] = {
    Scenario.HUMAN_REQUESTED: mark(
        "The contact asks for a person, in any words or language."
    ),
    Scenario.LACK_OF_INFORMATION: mark(
        "The knowledge does not answer what the contact asks."
    ),
    Scenario.FAILED_TO_RESOLVE: mark(
        "The contact says that the answers did not help, more often in a row than the "
        "retries allow."
    ),
}
_SHORT: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Whom a rule may name."""

    roster: Roster
    teams: Mapping[TeamId, str]


async def people(tx: Tx) -> People:
    """Everybody on the staff, and the teams by id."""
    return People(roster=await load_roster(tx), teams=await team_names(tx))


def sentence(rule: HandoverRule, there: People) -> str:
    """When the rule acts and what it does, in one sentence."""
    said = ", ".join((_when(rule), *_then(rule, there)))
    return f"{said}."


def _when(rule: HandoverRule) -> str:
    match rule.scenario:
        case Scenario.HUMAN_REQUESTED:
            return _("When a contact asks for a person")
        case Scenario.LACK_OF_INFORMATION:
            return _("When the knowledge does not answer")
        case Scenario.FAILED_TO_RESOLVE:
            return plural(
                "When the answer did not help",
                "When %(n)s answers in a row did not help",
                rule.max_retries + 1,
            )
        case Scenario.CUSTOM:
            condition = _short(rule.trigger_condition or _("your condition holds"))
            return _("When “%(what)s”", what=condition.rstrip("."))


def _then(rule: HandoverRule, there: People) -> Iterator[str]:
    if rule.clarifying_questions:
        yield _("ask first what it is about")
    yield _whom(rule, there)
    if rule.skip_if_contact_has_owner:
        yield _("unless the contact has an owner, who gets it")
    yield _pause(rule)
    if rule.task_enabled:
        yield _("create a task due in %(span)s", span=long_span(rule.task_due_in))
    if rule.tags:
        yield _("tag %(tags)s", tags=" + ".join(rule.tags))
    if not rule.final_message.strip():
        yield _("say nothing")


def _pause(rule: HandoverRule) -> str:
    if rule.pause_until_opening:
        return _("pause the bot until the next opening")
    if rule.resume is Resume.RESOLVED:
        return _("pause the bot until it is resolved")
    if rule.pause is None:
        return _("pause the bot until people hand back")
    span = long_span(rule.pause)
    if rule.resume is Resume.STAFF_INACTIVE:
        return _("pause the bot until people are silent for %(span)s", span=span)
    return _("pause the bot %(span)s", span=span)


def _whom(rule: HandoverRule, there: People) -> str:
    if rule.team_id:
        name = there.teams.get(rule.team_id)
        gone = _("assign a team that is gone")
        return _("assign the team %(name)s", name=name) if name else gone
    if rule.staff_id is None:
        return _("let it wait for whoever claims it")
    member = there.roster.active(rule.staff_id)
    if member is None:
        return _("assign somebody who has left")
    return _("assign %(name)s", name=member.name)


def long_span(length: timedelta) -> str:
    """A length of time with whole words: `1 day 2 hours`."""
    minutes = int(length.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    parts = (
        plural("%(n)s day", "%(n)s days", days) if days else "",
        plural("%(n)s hour", "%(n)s hours", hours) if hours else "",
        plural("%(n)s minute", "%(n)s minutes", minutes % 60) if minutes % 60 else "",
    )
    return " ".join(part for part in parts if part) or _("no time")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHORT else f"{flat[: _SHORT - 1]}…"
