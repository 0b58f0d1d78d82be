"""Two people at one bot's settings: what each changed, and where both did.

As with `merge`, compared are what a person saw when they began, what they want, and
what is stored now. What only one of them changed is taken from that one; a section in
which both changed the same thing is a conflict, which people decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import msgspec

from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId
from stepaside.core.roster import Bot
from stepaside.desk.bots import history
from stepaside.desk.bots.fields import Sent
from stepaside.desk.bots.merge import THE_BOT
from stepaside.desk.bots.settings_answering import Section
from stepaside.desk.bots.settings_form import SECTIONS, SettingsForm, form_of
from stepaside.desk.bots.settings_said import said
from stepaside.desk.words import _, mark
from stepaside.store.changes import list_changes
from stepaside.store.database import Tx
from stepaside.store.staff import load_roster

TITLES: Final[Mapping[str, str]] = {
    "identity": mark("Who it is"),
    "answering": mark("When it answers"),
    "offering": mark("Offering a person"),
    "stopping": mark("When a contact says stop"),
    "others": mark("Passing on to other bots"),
    "quiet": mark("When it keeps quiet"),
    "promised": mark("Deadlines for people"),
    "waiting": mark("When a contact waits too long"),
    "silence": mark("When a contact says nothing more"),
    "returning": mark("When a contact comes back"),
}
"""What the page calls its sections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The bot to store, with what this person wants where both changed something.

    conflicts: by section, the fields both changed; while there is one, nothing may be
        stored.
    """

    bot: Bot
    conflicts: Mapping[str, frozenset[str]]


def pack(form: SettingsForm) -> str:
    """What a person sees, as a text that the page carries along."""
    return msgspec.json.encode({n: getattr(form, n) for n in SECTIONS}).decode()


def seen_form(sent: Sent, bot: Bot) -> SettingsForm:
    """What the person saw; what is stored where the page did not say."""
    now = form_of(bot)
    try:
        plain = msgspec.json.decode(sent.text("base"), type=dict[str, msgspec.Raw])
        found: dict[str, Any] = {
            name: msgspec.json.decode(plain[name], type=kind)
            for name, kind in SECTIONS.items()
            if name in plain
        }
    except msgspec.DecodeError:
        return now
    return replace(now, **found)


def as_chosen(sent: Sent, mine: SettingsForm, seen: SettingsForm) -> SettingsForm:
    """What was typed, with the sections as they were seen where that was chosen."""
    taken = [n for n in SECTIONS if sent.line(f"take.{THE_BOT}.{n}") == "theirs"]
    return replace(mine, **{name: getattr(seen, name) for name in taken})


def merge(seen: SettingsForm, mine: SettingsForm, theirs: Bot) -> Merged:
    """Put together what a person wants with what is stored now.

    Raises:
        InvalidField: what both want together is not possible.
    """
    laid: dict[str, Any] = {}
    conflicts: dict[str, frozenset[str]] = {}
    for section in SECTIONS:
        before = _over(getattr(seen, section), theirs)
        wanted = getattr(mine, section).over(theirs)
        changed = [
            name
            for name in _FIELDS
            if getattr(wanted, name) not in (getattr(before, name), _of(theirs, name))
        ]
        laid |= {name: getattr(wanted, name) for name in changed}
        both = [n for n in changed if getattr(before, n) != _of(theirs, n)]
        if both:
            conflicts[section] = frozenset(both)
    return Merged(bot=replace(theirs, **laid), conflicts=conflicts)


async def who_changed(
    tx: Tx, theirs: Bot, merged: Merged, others: Mapping[BotId, str]
) -> dict[str, history.TheirChange]:
    """By section, who changed what a person was writing about, and to what."""
    roster = await load_roster(tx)
    recent = await list_changes(tx, theirs.id, limit=100)
    now = said(theirs, others)
    now["identity"] = f"{theirs.name}, {_(history.MODE[theirs.mode])}"
    told = {}
    for section, names in merged.conflicts.items():
        mine = (c for c in recent if c.subject_id == theirs.id)
        change = next((c for c in mine if names & _plain(c.fields)), None)
        told[section] = history.TheirChange(
            key=THE_BOT,
            field=section,
            label=_(TITLES[section]),
            who=history.who(change, roster) if change else _("Somebody"),
            at=change.at if change else None,
            theirs=now[section],
        )
    return told


_FIELDS: Final = tuple(each.name for each in fields(Bot))


def _of(bot: Bot, name: str) -> Any:
    return getattr(bot, name)


def _over(section: Section, bot: Bot) -> Bot:
    """The bot with a section as it was seen; as it is, where that makes no sense."""
    try:
        return section.over(bot)
    except InvalidField:
        return bot


def _plain(changed: Mapping[str, Any]) -> set[str]:
    """The fields of the bot that a change was about, whichever of their parts."""
    return {name.partition(".")[0] for name in changed}
