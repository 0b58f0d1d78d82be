"""The history of a configuration, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from stepaside.core.events import ActorKind
from stepaside.core.ids import BotId, RuleId
from stepaside.core.pauses import Resume
from stepaside.core.roster import BotMode, Roster
from stepaside.desk.bots.merge import THE_BOT, Conflict
from stepaside.desk.bots.sentence import SCENARIO, long_span
from stepaside.desk.bots.settings_said import RETURNS
from stepaside.desk.words import _, mark, plural
from stepaside.store.changes import Deed, StoredChange, Subject, list_changes
from stepaside.store.database import Tx

FIELD: Final[Mapping[str, str]] = {
    "name": mark("Name"),
    "mode": mark("Mode"),
    "personality": mark("Personality"),
    "goal": mark("Goal"),
    "additional_information": mark("Additional information"),
    "wait_seconds": mark("Wait before answering"),
    "max_messages": mark("Most messages in a row"),
    "takeover_pause": mark("Pause after a takeover"),
    "quiet": mark("Quiet after a person's last word"),
    "extension_cap": mark("Longest extension of a pause"),
    "offers_person": mark("Offers a person"),
    "offer_message": mark("How it offers one"),
    "stop_phrases": mark("Phrases that silence it"),
    "stop_message": mark("Last words when it is silenced"),
    "transfers.bot_id": mark("Passes on to"),
    "transfers.condition": mark("Passes on when"),
    "transfers.phrases": mark("Phrases to pass on"),
    "first_reply": mark("First reply"),
    "next_reply": mark("Further replies"),
    "resolution": mark("Settled"),
    "in_working_hours": mark("Only working hours count"),
    "every": mark("Steps come every"),
    "holding_message": mark("What a waiting contact is told"),
    "reassign": mark("Then given to somebody else"),
    "watchdog.resume": mark("The bot comes back in the end"),
    "resume_message": mark("What it says when it comes back"),
    "reassign_after": mark("Taken from somebody absent after"),
    "delay": mark("Asks again after"),
    "follow_ups.text": mark("Says to a silent contact"),
    "close_after": mark("Resolved after a silence of"),
    "on_return": mark("Comes back to"),
    "enabled": mark("Switched on"),
    "scenario": mark("Scenario"),
    "trigger_condition": mark("Trigger condition"),
    "example_phrases": mark("Example phrases"),
    "max_retries": mark("Retries"),
    "assign_to": mark("Assign to"),
    "staff_id": mark("Assign to"),
    "team_id": mark("Team"),
    "final_message_out_of_hours": mark("Final message while closed"),
    "final_messages": mark("Final messages by language"),
    "final_messages_out_of_hours": mark("Messages while closed by language"),
    "pause_until_opening": mark("Pause until the next opening"),
    "resume": mark("What ends the pause"),
    "clarifying_questions": mark("Questions asked first"),
    "clarifying_question": mark("Question asked first"),
    "skip_if_contact_has_owner": mark("Keep the contact's owner"),
    "final_message": mark("Final message"),
    "pause": mark("Bot pause"),
    "task_enabled": mark("Create a task"),
    "task_due_in": mark("Task due in"),
    "task_title": mark("Task title"),
    "task_description": mark("Task description"),
    "tags": mark("Tags"),
    "title": mark("Title"),
    "text": mark("Text"),
    "question": mark("Question"),
    "url": mark("Address"),
    "articles": mark("Articles"),
    "bot_id": mark("Bot"),
}
MODE: Final[Mapping[str, str]] = {
    BotMode.AUTO: mark("Answers by itself"),
    BotMode.SUGGEST: mark("Suggests to staff"),
    BotMode.OFF: mark("Off"),
}
_SPANS: Final = (
    "takeover_pause",
    "quiet",
    "extension_cap",
    "first_reply",
    "next_reply",
    "resolution",
    "every",
    "reassign_after",
    "delay",
    "close_after",
    "pause",
    "task_due_in",
)
_WITHOUT: Final[Mapping[str, str]] = {
    "first_reply": mark("no deadline"),
    "next_reply": mark("no deadline"),
    "resolution": mark("no deadline"),
    "reassign_after": mark("never"),
    "close_after": mark("never"),
    "delay": mark("nothing"),
    "takeover_pause": mark("until people hand back"),
    "pause": mark("until people hand back"),
    "wait_seconds": mark("as the channel has it"),
    "staff_id": mark("nobody"),
}
"""What it means that a field holds nothing."""
RESUME: Final[Mapping[Resume, str]] = {
    Resume.TIME: mark("Its time is over"),
    Resume.RESOLVED: mark("The conversation is resolved"),
    Resume.STAFF_INACTIVE: mark("People have been silent for that long"),
}
_CHOICES: Final[Mapping[str, Mapping[Any, str]]] = {
    "mode": MODE,
    "scenario": SCENARIO,
    "resume": RESUME,
    "on_return": RETURNS,
}
_UNSAID: Final = ("assign_to", "replaced", "transfers", "follow_ups")
"""Fields that say nothing beside another one."""
_SHORT: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field, what it was and what it is, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of the history, in words."""

    id: str
    at: datetime
    who: str
    what: str
    fields: Sequence[FieldChange]
    undo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirChange:
    """What somebody else changed while this person was writing.

    key, field: where it stands in the form; the field is empty where the whole rule
        is meant: deleted meanwhile, or changed while it was being removed.
    at: None where the history does not tell any more.
    """

    key: str
    field: str
    label: str
    who: str
    at: datetime | None
    theirs: str
    is_kept: bool = False


def entries(
    changes: Sequence[StoredChange], roster: Roster, bots: Mapping[BotId, str]
) -> list[Entry]:
    """Changes as they are listed.

    bots: the names of the account's bots by id.
    """
    return [
        Entry(
            id=change.id,
            at=change.at,
            who=who(change, roster),
            what=_what(change),
            fields=list(_field_changes(change, roster, bots)),
            undo=change.subject is Subject.ITEM and change.deed is Deed.DELETED,
        )
        for change in changes
    ]


def who(change: StoredChange, roster: Roster) -> str:
    """Who changed it, as far as that is a person."""
    actor = change.actor
    if actor.kind is ActorKind.STAFF and actor.staff_id:
        member = roster.staff.get(actor.staff_id)
        return member.name if member else _("Somebody who left")
    return _("The API")


async def who_changed(
    tx: Tx,
    bot_id: BotId,
    conflicts: Sequence[Conflict],
    kept: Sequence[RuleId],
    roster: Roster,
) -> list[TheirChange]:
    """Who changed what a person was writing about, and to what."""
    recent = await list_changes(tx, bot_id, limit=100)
    found = []
    for conflict in conflicts:
        change = _latest(recent, conflict.key, conflict.field, bot_id)
        found.append(
            TheirChange(
                key=conflict.key,
                field=conflict.field,
                label=_(FIELD.get(conflict.field, "")) if conflict.field else "",
                who=who(change, roster) if change else _("Somebody"),
                at=change.at if change else None,
                theirs=value(conflict.field, conflict.theirs, roster),
            )
        )
    for rule_id in kept:
        change = _latest(recent, rule_id, "", bot_id)
        name = who(change, roster) if change else _("Somebody")
        at = change.at if change else None
        found.append(
            TheirChange(
                key=rule_id,
                field="",
                label="",
                who=name,
                at=at,
                theirs="",
                is_kept=True,
            )
        )
    return found


def value(field: str, found: Any, roster: Roster) -> str:
    """A field's value in words; lengths of time may be seconds."""
    if found is None and field in _WITHOUT:
        return _(_WITHOUT[field])
    if field in _SPANS:
        length = found if isinstance(found, timedelta) else timedelta(seconds=found)
        return long_span(length)
    if field == "staff_id":
        member = roster.staff.get(found)
        return member.name if member else _("somebody who left")
    if field in _CHOICES:
        return _(_CHOICES[field].get(found, found))
    return _plain(found)


def _plain(found: Any) -> str:
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, list | tuple):
        found = ", ".join(_quoted(x) for x in found)
    text = "" if found is None else str(found)
    return _short(text) or _("nothing")


def _quoted(found: Any) -> str:
    """One text of several; with its language where it is one of those."""
    if isinstance(found, list | tuple):
        language, text = found
        return f"{language}: “{text}”"
    return f"“{found}”"


def _latest(
    changes: Sequence[StoredChange], key: str, field: str, bot_id: BotId
) -> StoredChange | None:
    subject_id = bot_id if key == THE_BOT else key
    mine = (c for c in changes if c.subject_id == subject_id)
    return next((c for c in mine if not field or field in c.fields), None)


def _what(change: StoredChange) -> str:
    name = change.subject_name
    match change.subject, change.deed:
        case (Subject.BOT, _):
            return _(_BOT[change.deed])
        case (Subject.KNOWLEDGE, _):
            return _count(change)
        case _:
            return _(_DEEDS[change.subject][change.deed], name=name)


_BOT: Final[Mapping[Deed, str]] = {
    Deed.CREATED: mark("Made the bot"),
    Deed.CHANGED: mark("Changed the bot"),
    Deed.DELETED: mark("Deleted the bot"),
    Deed.RESTORED: mark("Restored the bot"),
}
_DEEDS: Final[Mapping[Subject, Mapping[Deed, str]]] = {
    Subject.RULE: {
        Deed.CREATED: mark("Added the rule “%(name)s”"),
        Deed.CHANGED: mark("Changed the rule “%(name)s”"),
        Deed.DELETED: mark("Deleted the rule “%(name)s”"),
        Deed.RESTORED: mark("Restored the rule “%(name)s”"),
    },
    Subject.ITEM: {
        Deed.CREATED: mark("Added the article “%(name)s”"),
        Deed.CHANGED: mark("Changed the article “%(name)s”"),
        Deed.DELETED: mark("Deleted the article “%(name)s”"),
        Deed.RESTORED: mark("Restored the article “%(name)s”"),
    },
    Subject.WORKFLOW: {
        Deed.CREATED: mark("Added the workflow “%(name)s”"),
        Deed.CHANGED: mark("Changed the workflow “%(name)s”"),
        Deed.DELETED: mark("Deleted the workflow “%(name)s”"),
        Deed.RESTORED: mark("Restored the workflow “%(name)s”"),
    },
    Subject.INBOX: {
        Deed.CREATED: mark("Put the bot into the inbox “%(name)s”"),
        Deed.CHANGED: mark("Changed the inbox “%(name)s”"),
        Deed.DELETED: mark("Took the bot out of the inbox “%(name)s”"),
        Deed.RESTORED: mark("Put the bot back into the inbox “%(name)s”"),
    },
}


def _count(change: StoredChange) -> str:
    was, now = change.fields.get("articles", (0, 0))
    if now > was:
        return plural("Added %(n)s article", "Added %(n)s articles", now - was)
    return _("Replaced the knowledge")


def _field_changes(
    change: StoredChange, roster: Roster, bots: Mapping[BotId, str]
) -> Iterator[FieldChange]:
    if change.deed is not Deed.CHANGED:
        return
    order = list(FIELD)
    for name, (was, now) in sorted(
        change.fields.items(),
        key=lambda x: order.index(p) if (p := _plain_name(x[0])) in FIELD else 999,
    ):
        plain = _plain_name(name)
        if plain not in _UNSAID:
            is_bot = plain.endswith("bot_id")
            before, after = (
                (is_bot and bots.get(found)) or value(plain, found, roster)
                for found in (was, now)
            )
            label = _(FIELD.get(plain, plain))
            yield FieldChange(label=label, before=before, after=after)


def _plain_name(path: str) -> str:
    """What a field within fields is called: `transfers.bot_id` for the third one's."""
    parts = [part for part in path.split(".") if not part.isdigit()]
    pair = ".".join(parts[-2:])
    return pair if pair in FIELD else parts[-1]


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHORT else f"{flat[: _SHORT - 1]}…"
