"""Sections of a bot's settings: while people have it, and when nobody speaks."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self

from stepaside.core.bot_settings import FollowUp, Watchdog
from stepaside.core.roster import Bot
from stepaside.core.terms import Deadlines, Returning
from stepaside.desk.bots.fields import Sent, Span, whole
from stepaside.desk.bots.rule_form import FOR_A_TIME, NO_SPAN, UNTIL_BACK
from stepaside.desk.bots.settings_answering import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet(Section):
    """How long it keeps quiet once a person has spoken."""

    mode: str
    pause: Span
    minutes: str
    cap: Span

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        return cls(
            mode=UNTIL_BACK if bot.takeover_pause is None else FOR_A_TIME,
            pause=Span.of(bot.takeover_pause),
            minutes=str(int(bot.quiet.total_seconds()) // 60),
            cap=Span.of(bot.extension_cap),
        )

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent."""
        return cls(
            mode=sent.line("pause_mode"),
            pause=Span.read(sent, "pause"),
            minutes=sent.line("quiet_minutes"),
            cap=Span.read(sent, "extension_cap_minutes"),
        )

    def over(self, bot: Bot) -> Bot:
        """The bot that is quiet so."""
        for_ever = self.mode == UNTIL_BACK
        return replace(
            bot,
            takeover_pause=None if for_ever else self.pause.length("takeover_pause"),
            quiet=timedelta(minutes=whole(self.minutes, "quiet_minutes")),
            extension_cap=self.cap.length("extension_cap_minutes"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised(Section):
    """By when people owe what; an empty length is no deadline."""

    first_reply: Span
    next_reply: Span
    resolution: Span
    in_working_hours: bool

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        return cls.holding(bot.deadlines)

    @classmethod
    def holding(cls, deadlines: Deadlines) -> Self:
        """These deadlines, of whatever has them."""
        spans = {name: Span.of(getattr(deadlines, name)) for name in _OWED}
        return cls(**spans, in_working_hours=deadlines.in_working_hours)

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent."""
        spans = {name: Span.read(sent, _owed_at(name)) for name in _OWED}
        return cls(**spans, in_working_hours=sent.has("deadlines.in_working_hours"))

    def over(self, bot: Bot) -> Bot:
        """The bot with these deadlines."""
        return replace(bot, deadlines=self.deadlines())

    def deadlines(self) -> Deadlines:
        """What was typed. Raises: InvalidField."""
        spans = {name: getattr(self, name) for name in _OWED}
        return Deadlines(
            **{
                name: None if span.is_blank else span.length(_owed_at(name))
                for name, span in spans.items()
            },
            in_working_hours=self.in_working_hours,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Section):
    """What is done about a contact whom people keep waiting."""

    every: Span
    holding_message: str
    reassign: bool
    resume: bool
    resume_message: str
    moves: bool
    moves_after: Span

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        return cls(
            every=Span.of(bot.watchdog.every),
            holding_message=bot.watchdog.holding_message,
            reassign=bot.watchdog.reassign,
            resume=bot.watchdog.resume,
            resume_message=bot.watchdog.resume_message,
            moves=bot.reassign_after is not None,
            moves_after=Span.of(bot.reassign_after),
        )

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent."""
        return cls(
            every=Span.read(sent, "watchdog.every_minutes"),
            holding_message=sent.text("watchdog.holding_message"),
            reassign=sent.has("watchdog.reassign"),
            resume=sent.has("watchdog.resume"),
            resume_message=sent.text("watchdog.resume_message"),
            moves=sent.has("reassigns"),
            moves_after=Span.read(sent, "reassign_after_minutes"),
        )

    def over(self, bot: Bot) -> Bot:
        """The bot whose contacts are looked after so."""
        watchdog = Watchdog(
            every=self.every.length("watchdog.every_minutes"),
            holding_message=self.holding_message,
            reassign=self.reassign,
            resume=self.resume,
            resume_message=self.resume_message,
        )
        after = self.moves_after.length("reassign_after_minutes")
        moves = after if self.moves else None
        return replace(bot, watchdog=watchdog, reassign_after=moves)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRow:
    """One thing it says to a contact who has fallen silent."""

    delay: Span = NO_SPAN
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Section):
    """What happens when the contact says nothing more."""

    rows: tuple[FollowUpRow, ...]
    closes: bool
    close_after: Span

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        return cls(
            rows=tuple(
                FollowUpRow(delay=Span.of(step.delay), text=step.text)
                for step in bot.follow_ups
            ),
            closes=bot.close_after is not None,
            close_after=Span.of(bot.close_after),
        )

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent, without rows nobody wrote in."""
        found = (
            FollowUpRow(
                delay=Span.read(sent, f"f.{key}.delay"),
                text=sent.text(f"f.{key}.text"),
            )
            for key in dict.fromkeys(sent.raw("follow_ups"))
        )
        return cls(
            rows=tuple(row for row in found if row.text or not row.delay.is_blank),
            closes=sent.has("closes"),
            close_after=Span.read(sent, "close_after"),
        )

    def over(self, bot: Bot) -> Bot:
        """The bot that asks again, and closes, so."""
        steps = tuple(
            FollowUp(
                delay=row.delay.length(f"follow_ups.{number}.delay_minutes"),
                text=row.text,
            )
            for number, row in enumerate(self.rows)
        )
        after = self.close_after.length("close_after") if self.closes else None
        return replace(bot, follow_ups=steps, close_after=after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Section):
    """Who gets a contact that comes back."""

    to: str

    @classmethod
    def of(cls, bot: Bot) -> Self:
        """What is stored."""
        return cls(to=bot.on_return)

    @classmethod
    def read(cls, sent: Sent) -> Self:
        """What was sent."""
        return cls(to=sent.line("on_return"))

    def over(self, bot: Bot) -> Bot:
        """The bot to whose contacts this happens."""
        known = self.to in list(Returning)
        return replace(bot, on_return=Returning(self.to) if known else bot.on_return)


_OWED: Final = ("first_reply", "next_reply", "resolution")


def _owed_at(name: str) -> str:
    return f"deadlines.{name}_minutes"
