"""Sections of a bot's settings: who it is, and how it answers and leaves.

Every section shows itself from a bot, reads itself from a form as it was typed, right
or wrong, and lays what was typed over a bot.
"""

from dataclasses import dataclass, fields, replace
from typing import Self

from stepaside.core.bot_settings import Transfer
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId
from stepaside.core.roster import Bot, BotMode
from stepaside.desk.bots.fields import Sent, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the form."""

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        raise NotImplementedError

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent."""
        raise NotImplementedError

    def over(self, bot: Bot) -> Bot:
        """The bot with this laid over it. Raises: InvalidField: what is no number."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Section):
    """Who it is."""

    name: str
    mode: str

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        return cls(name=bot.name, mode=bot.mode)

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent."""
        return cls(name=sent.line("name"), mode=sent.line("mode"))

    def over(self, bot: Bot) -> Bot:
        """The bot of this name and mode."""
        known = self.mode in list(BotMode)
        mode = BotMode(self.mode) if known else bot.mode
        return replace(bot, name=self.name, mode=mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering(Section):
    """When it answers, and how often in a row."""

    wait_seconds: str
    max_messages: str

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        wait = "" if bot.wait_seconds is None else str(bot.wait_seconds)
        return cls(wait_seconds=wait, max_messages=str(bot.max_messages))

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent."""
        return cls(**{name: sent.line(name) for name in _names(cls)})

    def over(self, bot: Bot) -> Bot:
        """The bot that answers so."""
        wait = self.wait_seconds
        most = whole(self.max_messages, "max_messages")
        seconds = whole(wait, "wait_seconds") if wait else None
        return replace(bot, wait_seconds=seconds, max_messages=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering(Section):
    """Offering a person beside a doubtful answer."""

    offers: bool
    message: str

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        return cls(offers=bot.offers_person, message=bot.offer_message)

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent."""
        return cls(offers=sent.has("offers_person"), message=sent.text("offer_message"))

    def over(self, bot: Bot) -> Bot:
        """The bot that offers so; words that are not in force may be left out."""
        kept = "" if self.offers else bot.offer_message
        message = self.message or kept
        return replace(bot, offers_person=self.offers, offer_message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping(Section):
    """The words with which a contact silences it, one a line."""

    phrases: str
    message: str

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        return cls(phrases="\n".join(bot.stop_phrases), message=bot.stop_message)

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent."""
        return cls(phrases=sent.text("stop_phrases"), message=sent.text("stop_message"))

    def over(self, bot: Bot) -> Bot:
        """The bot that stops so."""
        phrases = _lines(self.phrases)
        return replace(bot, stop_phrases=phrases, stop_message=self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """Another bot and its phrases, one a line."""

    bot_id: str = ""
    condition: str = ""
    phrases: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Others(Section):
    """The bots it passes conversations on to."""

    rows: tuple[TransferRow, ...]

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        return cls(
            rows=tuple(
                TransferRow(
                    bot_id=each.bot_id,
                    condition=each.condition,
                    phrases="\n".join(each.phrases),
                )
                for each in bot.transfers
            )
        )

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent, without rows nobody wrote in."""
        found = (
            TransferRow(
                bot_id=sent.line(f"t.{key}.bot_id"),
                condition=sent.text(f"t.{key}.condition"),
                phrases=sent.text(f"t.{key}.phrases"),
            )
            for key in dict.fromkeys(sent.raw("transfers"))
        )
        return cls(rows=tuple(row for row in found if row != TransferRow()))

    def over(self, bot: Bot) -> Bot:
        """The bot that passes on so."""
        for number, row in enumerate(self.rows):
            if row.bot_id in ("", bot.id):
                raise InvalidField(f"transfers.{number}.bot_id", "another bot")
        found = tuple(
            Transfer(
                bot_id=BotId(row.bot_id),
                condition=row.condition,
                phrases=_lines(row.phrases),
            )
            for row in self.rows
        )
        return replace(bot, transfers=found)


def _names(kind: type[Section]) -> list[str]:
    return [each.name for each in fields(kind)]


def _lines(text: str) -> tuple[str, ...]:
    found = (" ".join(line.split()) for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in found if line))
