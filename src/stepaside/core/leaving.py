"""A bot leaves a conversation: it was told to stop, or another bot is meant for it."""

from stepaside.core import clock
from stepaside.core.conversation import Move
from stepaside.core.effects import MessageKind, Say, SwitchBot
from stepaside.core.episode import with_people
from stepaside.core.events import Actor, EventType
from stepaside.core.ids import BotId, HandoverId
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.pauses import pause_begins


def stop_bot(s: Situation, words: str, actor: Actor, new: HandoverId) -> Outcome:
    """The contact told the bot to stop: it is silent from now on, people may take it.

    words: what the contact said. Nobody is chased: nothing was asked of anybody.
    Only people give it back to the bot.
    Raises:
        IllegalMove: never; where people have control it stays with them.
    """
    c = s.conversation
    changes = {
        **c.moved(Move.PAUSE, s.now),
        **pause_begins(None, s.bot, by_hand=True),
        "waiting_since": None,
        **clock.NOTHING_OWED,
    }
    stopped = with_people(s, EventType.BOT_STOPPED, actor, changes, new, words=words)
    text = s.bot.stop_message.strip() if s.bot else ""
    if not text:
        return stopped
    key = f"stopped:{stopped.conversation.handover_id}"
    lease = stopped.conversation.lease
    return stopped.also(Say(key=key, text=text, kind=MessageKind.FINAL, lease=lease))


def transfer(
    s: Situation, to: BotId, actor: Actor, *, reason: str, evidence: str = ""
) -> Outcome:
    """Give the conversation to another bot, which answers what waits.

    The lease grows: what the first bot had in mind is never said.
    Raises:
        IllegalMove: people have control.
    """
    c = s.conversation
    changes = {
        **c.moved(Move.TRANSFER, s.now),
        "failed_attempts": 0,
        "bot_messages": 0,
    }
    return nothing(c).then(
        EventType.BOT_CHANGED,
        s.now,
        actor,
        changes,
        SwitchBot(bot_id=to),
        from_bot_id=s.bot.id if s.bot else None,
        to_bot_id=to,
        reason=reason,
        evidence=evidence,
    )
