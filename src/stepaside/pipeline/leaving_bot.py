"""Whether a bot should leave a conversation: told to stop, or not its subject."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from stepaside.core.bot_settings import Transfer
from stepaside.core.ids import BotId, RuleId
from stepaside.core.policy import Reading
from stepaside.core.roster import Bot, BotMode
from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Turn
from stepaside.detectors import custom
from stepaside.detectors.stopping import only_stops, stop_words
from stepaside.store.bots import find_bot
from stepaside.store.database import Tx


async def open_transfers(
    tx: Tx, bot: Bot | None, left: Sequence[BotId]
) -> tuple[Transfer, ...]:
    """The bots this one may give the conversation to.

    left: bots that were in the conversation before: none gets it back by itself, so
        that two bots never send a contact to and fro.
    """
    found = []
    for transfer in bot.transfers if bot else ():
        target = (
            None if transfer.bot_id in left else await find_bot(tx, transfer.bot_id)
        )
        if target and target.mode is BotMode.AUTO:
            found.append(transfer)
    return tuple(found)


async def with_wishes(
    reading: Reading, turn: Turn, bot: Bot, transfers: Sequence[Transfer]
) -> Reading:
    """What was read, and whether the contact wants the bot silent or another one."""
    if not bot.stop_phrases and not transfers:
        return reading
    return await asyncio.to_thread(_with_wishes, reading, turn, bot, transfers)


def _with_wishes(
    reading: Reading, turn: Turn, bot: Bot, transfers: Sequence[Transfer]
) -> Reading:
    stop = stop_words(turn, bot.stop_phrases)
    if only_stops(turn, bot.stop_phrases):
        reading = replace(reading, signals=tuple(map(_asks_nobody, reading.signals)))
    signals = _wanted(turn, transfers)
    best = max((s for s in signals if s.acts), key=lambda s: s.score, default=None)
    if best is None:
        return replace(reading, stop=stop) if stop else reading
    to_bot_id = BotId(str(best.rule_id))
    return replace(reading, stop=stop, to_bot_id=to_bot_id, to_bot_words=best.evidence)


def _asks_nobody(signal: Signal) -> Signal:
    if signal.name is not SignalName.HUMAN_REQUESTED:
        return signal
    reason = "Nothing in the message asks for a person."
    return replace(signal, score=0.0, evidence="", reason=reason)


def _wanted(turn: Turn, transfers: Sequence[Transfer]) -> list[Signal]:
    return [
        custom.detect(turn, t.condition, t.phrases, RuleId(t.bot_id)) for t in transfers
    ]
