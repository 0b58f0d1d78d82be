"""What may be set for a bot beside its words and its handover rules."""

from dataclasses import dataclass
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
