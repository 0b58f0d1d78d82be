"""What may be set for a bot beside its words and rules, as JSON, and back."""

from typing import Annotated

from msgspec import Meta

from stepaside.api.wire import PROSE, Id, Request
from stepaside.core.bot_settings import Transfer
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
