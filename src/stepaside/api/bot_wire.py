"""What may be set for a bot beside its words and rules, as JSON, and back."""

from datetime import timedelta
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.wire import PROSE, SAYING, Id, Request, named
from stepaside.core.bot_settings import FollowUp, Transfer, Watchdog
from stepaside.core.ids import BotId

Phrase = Annotated[str, Meta(min_length=1, max_length=500, pattern=PROSE)]
Phrases = Annotated[list[Phrase], Meta(max_length=50)]
Message = Annotated[str, Meta(max_length=2000, pattern=PROSE)]


class TransferTo(Request):
    """Another bot that takes over when the contact speaks of its subject.

    condition: in plain words, what it is for.
    phrases: how contacts say it.
    """

    bot_id: Id
    phrases: Annotated[list[Phrase], Meta(min_length=1, max_length=50)]
    condition: Message = ""


class WatchdogChange(Request):
    """What happens when people keep a contact waiting for longer than was promised.

    What is left out takes its default. The steps come in this order, each once in an
    episode, until a person answers: remind the assignee, remind everyone who may take
    it, tell the contact, remind the owners, reassign, let the bot back.

    every_minutes: the time between two steps, in working time.
    holding_message: what the contact is told; empty: nothing.
    reassign: whether it goes to somebody else, or back to the queue.
    resume: whether the bot comes back in the end.
    resume_message: what it then says.
    """

    every_minutes: Annotated[int, Meta(ge=1, le=10_080)] | UnsetType = UNSET
    holding_message: Message | UnsetType = UNSET
    reassign: bool | UnsetType = UNSET
    resume: bool | UnsetType = UNSET
    resume_message: Message | UnsetType = UNSET


class WatchdogView(Struct, kw_only=True):
    """What happens when people keep a contact waiting for longer than was promised."""

    every_minutes: int
    holding_message: str
    reassign: bool
    resume: bool
    resume_message: str


def watchdog_from(change: WatchdogChange) -> Watchdog:
    """The watchdog a request names, the rest as by default."""
    fields = named(change)
    if "every_minutes" in fields:
        fields["every"] = timedelta(minutes=fields.pop("every_minutes"))
    return Watchdog(**fields)


def watchdog_view(watchdog: Watchdog) -> WatchdogView:
    """A watchdog as it is shown."""
    return WatchdogView(
        every_minutes=int(watchdog.every.total_seconds()) // 60,
        holding_message=watchdog.holding_message,
        reassign=watchdog.reassign,
        resume=watchdog.resume,
        resume_message=watchdog.resume_message,
    )


class FollowUpStep(Request):
    """What the bot says when the contact has been silent for so much working time."""

    delay_minutes: Annotated[int, Meta(ge=1, le=43_200)]
    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=SAYING)]


FollowUps = Annotated[list[FollowUpStep], Meta(max_length=5)]


def follow_ups_from(wanted: list[FollowUpStep]) -> tuple[FollowUp, ...]:
    """What a request says about asking again."""
    return tuple(
        FollowUp(delay=timedelta(minutes=step.delay_minutes), text=step.text)
        for step in wanted
    )


def follow_ups_view(steps: tuple[FollowUp, ...]) -> list[FollowUpStep]:
    """Follow-ups as they are shown."""
    return [
        FollowUpStep(delay_minutes=int(s.delay.total_seconds()) // 60, text=s.text)
        for s in steps
    ]


def transfer_from(wanted: TransferTo) -> Transfer:
    """What a request says about another bot."""
    return Transfer(
        bot_id=BotId(wanted.bot_id),
        condition=wanted.condition,
        phrases=tuple(wanted.phrases),
    )


def transfer_view(transfer: Transfer) -> TransferTo:
    """Another bot as it is shown."""
    return TransferTo(
        bot_id=transfer.bot_id,
        condition=transfer.condition,
        phrases=list(transfer.phrases),
    )
