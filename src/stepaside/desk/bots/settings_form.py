"""A bot's settings as they are typed, right or wrong, and the bot they describe."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from stepaside.core.checks import check_bot
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId
from stepaside.core.roster import Bot
from stepaside.desk.bots.fields import Faults, Sent, in_words
from stepaside.desk.bots.settings_answering import (
    Answering,
    Identity,
    Offering,
    Others,
    Section,
    Stopping,
)
from stepaside.desk.bots.settings_people import (
    Promised,
    Quiet,
    Return,
    Silence,
    Waiting,
)
from stepaside.desk.words import mark

_A_YEAR: Final = mark("Between 1 minute and 365 days.")
_A_MESSAGE: Final = mark("At most 2000 characters.")
FAULTS: Final[Mapping[str, str]] = {
    "name": mark("Give it a name, up to 100 characters."),
    "wait_seconds": mark("Between 0 and 300 seconds, or empty."),
    "max_messages": mark("Between 1 and 100."),
    "takeover_pause": _A_YEAR,
    "quiet_minutes": mark("Between 0 and 1440 minutes."),
    "extension_cap_minutes": mark("At most 365 days, in whole numbers."),
    "offer_message": mark("Write how it offers a person, up to 500 characters."),
    "stop_phrases": mark("At most 50 phrases, each up to 500 characters."),
    "stop_message": _A_MESSAGE,
    "transfers": mark("Up to ten other bots, each of them once."),
    "transfers.bot_id": mark("Choose another bot."),
    "transfers.phrases": mark(
        "Write at least one phrase, each up to 500 characters, one a line."
    ),
    "deadlines.first_reply_minutes": _A_YEAR,
    "deadlines.next_reply_minutes": _A_YEAR,
    "deadlines.resolution_minutes": _A_YEAR,
    "reassign_after_minutes": mark("Between 1 minute and 7 days."),
    "watchdog.every_minutes": mark("Between 1 minute and 7 days."),
    "watchdog.holding_message": _A_MESSAGE,
    "watchdog.resume_message": mark(
        "Write what it says when it comes back, up to 2000 characters."
    ),
    "follow_ups": mark("At most five."),
    "follow_ups.delay_minutes": mark("Between 1 minute and 30 days."),
    "follow_ups.text": mark("Write what it says, up to 2000 characters."),
    "close_after": _A_YEAR,
}
"""What is wrong, by the core's field, the number of a row left out."""
_ROW: Final = re.compile(r"\.\d+(?=\.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsForm:
    """Every section, and what is wrong by the core's field.

    wrong: the sections something is wrong in, by name: they are shown open.
    """

    identity: Identity
    answering: Answering
    offering: Offering
    stopping: Stopping
    others: Others
    quiet: Quiet
    promised: Promised
    waiting: Waiting
    silence: Silence
    returning: Return
    faults: Faults = field(default_factory=Faults)
    wrong: frozenset[str] = frozenset()


SECTIONS: Final[Mapping[str, type[Section]]] = {
    "identity": Identity,
    "answering": Answering,
    "offering": Offering,
    "stopping": Stopping,
    "others": Others,
    "quiet": Quiet,
    "promised": Promised,
    "waiting": Waiting,
    "silence": Silence,
    "returning": Return,
}
"""The parts of the form by name, in their order."""


def form_of(bot: Bot) -> SettingsForm:
    """What is stored, as the fields of a form."""
    parts: dict[str, Any] = {n: kind.of(bot) for n, kind in SECTIONS.items()}
    return SettingsForm(**parts)


def read_form(sent: Sent) -> SettingsForm:
    """What was sent."""
    parts: dict[str, Any] = {n: kind.read(sent) for n, kind in SECTIONS.items()}
    return SettingsForm(**parts)


def applied(
    bot: Bot, form: SettingsForm, others: Mapping[BotId, str]
) -> tuple[Bot, SettingsForm]:
    """The bot that the form describes, and the form with what is wrong in it.

    others: the names of the account's other bots by id.
    """
    changed, faults, wrong = bot, Faults(), set()
    for name in SECTIONS:
        section: Section = getattr(form, name)
        try:
            laid = check_bot(section.over(changed))
            _check_others(bot, laid, others)
        except InvalidField as fault:
            faults[fault.field] = told(fault)
            wrong.add(name)
        else:
            changed = laid
    return changed, replace(form, faults=faults, wrong=frozenset(wrong))


def told(fault: InvalidField) -> str:
    """What is wrong, in words for people."""
    plain = InvalidField(_ROW.sub("", fault.field), fault.rule)
    return in_words(plain, FAULTS)


def _check_others(was: Bot, bot: Bot, others: Mapping[BotId, str]) -> None:
    """See that a bot passes on to bots that are there, once that is touched."""
    if was.transfers == bot.transfers:
        return
    for number, transfer in enumerate(bot.transfers):
        if transfer.bot_id not in others:
            raise InvalidField(f"transfers.{number}.bot_id", "another bot")
