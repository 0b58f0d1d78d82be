"""What may be set for a bot beside its words and its handover rules."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId

MAX_TRANSFERS: Final = 10
MAX_STOP_PHRASES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Another bot that takes over when the contact speaks of its subject.

    condition: in plain words, what it is for.
    phrases: how contacts say it; at least one.
    """

    bot_id: BotId
    condition: str = ""
    phrases: tuple[str, ...] = ()


def check_leaving(
    stop_phrases: tuple[str, ...], stop_message: str, transfers: tuple[Transfer, ...]
) -> None:
    """See that what makes a bot leave keeps its limits.

    Raises:
        InvalidField: names the first field that does not, and the rule.
    """
    if len(stop_phrases) > MAX_STOP_PHRASES or not _said(stop_phrases):
        raise InvalidField("stop_phrases", "at most 50, each 1 to 500 characters")
    if len(stop_message) > 2000:
        raise InvalidField("stop_message", "at most 2000 characters")
    if len(transfers) > MAX_TRANSFERS:
        raise InvalidField("transfers", f"at most {MAX_TRANSFERS}")
    if len({transfer.bot_id for transfer in transfers}) < len(transfers):
        raise InvalidField("transfers", "each bot at most once")
    for number, transfer in enumerate(transfers):
        if not transfer.phrases or not _said(transfer.phrases):
            field = f"transfers.{number}.phrases"
            raise InvalidField(field, "at least one, each 1 to 500 characters")


def _said(phrases: tuple[str, ...]) -> bool:
    return all(phrase.strip() and len(phrase) <= 500 for phrase in phrases)


MAX_FOLLOW_UPS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What the bot says when the contact has been silent for so much working time."""

    delay: timedelta
    text: str


def check_follow_ups(follow_ups: tuple[FollowUp, ...]) -> None:
    """See that follow-ups keep their limits.

    Raises:
        InvalidField: names the first field that does not, and the rule.
    """
    if len(follow_ups) > MAX_FOLLOW_UPS:
        raise InvalidField("follow_ups", f"at most {MAX_FOLLOW_UPS}")
    for number, step in enumerate(follow_ups):
        if not timedelta(minutes=1) <= step.delay <= timedelta(days=30):
            field = f"follow_ups.{number}.delay_minutes"
            raise InvalidField(field, "between 1 and 43200")
        if not step.text.strip() or len(step.text) > 2000:
            raise InvalidField(f"follow_ups.{number}.text", "1 to 2000 characters")


class Step(StrEnum):
    """What is done about a contact who waits too long, in this order, each once."""

    ASSIGNEE = "assignee"
    """Remind whoever has it."""
    TEAM = "team"
    """Remind everyone who may take it."""
    CONTACT = "contact"
    """Tell the contact honestly that it takes longer."""
    OWNERS = "owners"
    """Remind the account's owners."""
    REASSIGN = "reassign"
    """Give it to somebody else, or back to the queue."""
    BOT = "bot"
    """Let the bot come back, and say so."""


DEFAULT_HOLDING: Final = (
    "Thank you for waiting. This is taking longer than it should; you are not "
    "forgotten, and a person will answer you."
)
DEFAULT_BACK: Final = (
    "I am sorry that nobody could answer you yet. I am the assistant, and I am back: "
    "write to me, and I will try to help meanwhile."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchdog:
    """What happens when people keep a contact waiting for longer than was promised.

    every: the time between two steps, in working time.
    holding_message: what the contact is then told; empty: nothing.
    reassign: whether it goes to somebody else.
    resume: whether the bot comes back in the end.
    resume_message: what it says then.
    """

    every: timedelta = timedelta(minutes=10)
    holding_message: str = DEFAULT_HOLDING
    reassign: bool = False
    resume: bool = False
    resume_message: str = DEFAULT_BACK

    def next_step(self, done: int) -> Step | None:
        """The next step to take once so many of all steps are past; None: no more."""
        return next((step for step in list(Step)[done:] if self._takes(step)), None)

    def _takes(self, step: Step) -> bool:
        chosen = {
            Step.CONTACT: bool(self.holding_message.strip()),
            Step.REASSIGN: self.reassign,
            Step.BOT: self.resume,
        }
        return chosen.get(step, True)


USUAL_WATCHDOG: Final = Watchdog()
"""What holds where nothing else was set, and where the bot was deleted."""


def past(step: Step) -> int:
    """How many steps are past once this one is."""
    return list(Step).index(step) + 1


def check_watchdog(watchdog: Watchdog) -> None:
    """See that a watchdog keeps its limits.

    Raises:
        InvalidField: names the first field that does not, and the rule.
    """
    if not timedelta(minutes=1) <= watchdog.every <= timedelta(days=7):
        raise InvalidField("watchdog.every_minutes", "between 1 and 10080")
    for name in ("holding_message", "resume_message"):
        if len(getattr(watchdog, name)) > 2000:
            raise InvalidField(f"watchdog.{name}", "at most 2000 characters")
    if watchdog.resume and not watchdog.resume_message.strip():
        raise InvalidField(
            "watchdog.resume_message", "required: a bot that comes back says so"
        )
