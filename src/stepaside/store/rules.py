"""Handover rules as rows of `handover_rules`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from stepaside.core.ids import BotId, RuleId
from stepaside.core.pauses import Resume
from stepaside.core.rules import (
    MAX_RULES,
    AssignTo,
    ByLanguage,
    HandoverRule,
    Scenario,
    ScenarioTaken,
    check_room,
)
from stepaside.store.bots import lock_bot
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound

FIELDS: Final = (
    "name",
    "enabled",
    "scenario",
    "trigger_condition",
    "example_phrases",
    "max_retries",
    "assign_to",
    "staff_id",
    "team_id",
    "skip_if_contact_has_owner",
    "final_message",
    "final_message_out_of_hours",
    "final_messages",
    "final_messages_out_of_hours",
    "pause",
    "pause_until_opening",
    "resume",
    "task_enabled",
    "task_due_in",
    "task_title",
    "task_description",
    "tags",
    "clarifying_questions",
    "clarifying_question",
)
_READ: Final = f"""
SELECT r.id, r.bot_id, {", ".join(f"r.{field}" for field in FIELDS)},
    r.created_at, r.updated_at
FROM handover_rules r JOIN bots b ON b.id = r.bot_id AND b.deleted_at IS NULL
"""  # noqa: S608 - the columns are the constant above


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRule:
    """A rule and what only the store knows of it."""

    rule: HandoverRule
    bot_id: BotId
    created_at: datetime
    updated_at: datetime


async def list_rules(tx: Tx, bot_id: BotId) -> tuple[HandoverRule, ...]:
    """Every rule of a bot, in the order they were made."""
    return tuple(stored.rule for stored in await list_stored(tx, bot_id))


async def enabled(tx: Tx, bot_id: BotId) -> tuple[HandoverRule, ...]:
    """The rules of a bot that are switched on."""
    return tuple(rule for rule in await list_rules(tx, bot_id) if rule.enabled)


async def list_stored(tx: Tx, bot_id: BotId) -> list[StoredRule]:
    """Every rule of a bot with its dates, in the order they were made."""
    rows = await tx.all(f"{_READ} WHERE r.bot_id = %s ORDER BY r.id", bot_id)
    return [_stored(row) for row in rows]


async def get_rule(tx: Tx, rule_id: RuleId, *, lock: bool = False) -> StoredRule:
    """The rule. Raises: NotFound.

    lock: hold it until the end of the transaction, to change it.
    """
    held = "FOR NO KEY UPDATE OF r" if lock else ""
    row = await tx.one(f"{_READ} WHERE r.id = %s {held}", rule_id)
    if row is None:
        raise NotFound("handover rule", rule_id)
    return _stored(row)


async def create_rule(
    tx: Tx,
    bot_id: BotId,
    rule: HandoverRule,
    now: datetime,
    *,
    limit: int = MAX_RULES,
) -> None:
    """Store a new rule of a bot, however many are made at the same instant.

    Raises:
        NotFound: there is no such bot.
        TooManyRules: the bot has `limit` rules.
        ScenarioTaken: it has a rule for this built-in scenario.
    """
    await lock_bot(tx, bot_id)
    check_room(list(await list_rules(tx, bot_id)), rule.scenario, limit)
    await tx.run(
        f"INSERT INTO handover_rules (account_id, bot_id, created_at, updated_at, id, "  # noqa: S608
        f"{', '.join(FIELDS)}) VALUES (%s, %s, %s, %s, %s{', %s' * len(FIELDS)})",
        tx.account_id,
        bot_id,
        now,
        now,
        rule.id,
        *_values(rule),
    )


async def save_rule(tx: Tx, rule: HandoverRule, now: datetime) -> None:
    """Store a changed rule.

    Raises:
        NotFound: there is none.
        ScenarioTaken: the bot has another rule for this built-in scenario.
    """
    try:
        touched = await tx.run(
            f"UPDATE handover_rules SET updated_at = %s, "  # noqa: S608
            f"{', '.join(f'{field} = %s' for field in FIELDS)} WHERE id = %s",
            now,
            *_values(rule),
            rule.id,
        )
    except UniqueViolation:
        raise ScenarioTaken(rule.scenario) from None
    if not touched:
        raise NotFound("handover rule", rule.id)


async def delete_rule(tx: Tx, rule_id: RuleId) -> None:
    """Delete it. Workflows that override it pass it over. Raises: NotFound."""
    if not await tx.run("DELETE FROM handover_rules WHERE id = %s", rule_id):
        raise NotFound("handover rule", rule_id)


def fields_to_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Some fields of a rule, by name, as JSON: durations in seconds."""
    return {name: _to_json(name, value) for name, value in fields.items()}


def _to_json(name: str, value: Any) -> Any:
    if name in _BY_LANGUAGE:
        return dict(value)
    return value.total_seconds() if isinstance(value, timedelta) else value


def fields_from_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What `fields_to_json` wrote, as the values `HandoverRule` holds."""
    return {
        name: value if value is None else _FROM_JSON.get(name, _same)(value)
        for name, value in fields.items()
    }


def _same(value: Any) -> Any:
    return value


def _seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def _by_language(texts: Mapping[str, str]) -> ByLanguage:
    return tuple(sorted(texts.items()))


_BY_LANGUAGE: Final = ("final_messages", "final_messages_out_of_hours")
_FROM_JSON: Final[Mapping[str, Callable[[Any], Any]]] = {
    "scenario": Scenario,
    "assign_to": AssignTo,
    "example_phrases": tuple,
    "tags": tuple,
    "pause": _seconds,
    "resume": Resume,
    "task_due_in": _seconds,
    **dict.fromkeys(_BY_LANGUAGE, _by_language),
}


def _values(rule: HandoverRule) -> list[Any]:
    return [_column(field, getattr(rule, field)) for field in FIELDS]


def _column(field: str, value: Any) -> Any:
    if field in _BY_LANGUAGE:
        return Jsonb(dict(value))
    return list(value) if isinstance(value, tuple) else value


def _stored(row: dict[str, Any]) -> StoredRule:
    fields = {field: row[field] for field in FIELDS}
    fields["scenario"] = Scenario(row["scenario"])
    fields["assign_to"] = AssignTo(row["assign_to"])
    fields["example_phrases"] = tuple(row["example_phrases"])
    fields["tags"] = tuple(row["tags"])
    fields["resume"] = Resume(row["resume"])
    fields |= {name: _by_language(row[name]) for name in _BY_LANGUAGE}
    return StoredRule(
        rule=HandoverRule(id=RuleId(row["id"]), **fields),
        bot_id=BotId(row["bot_id"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
