"""What the bot does when the contact says nothing more: ask again, then close."""

import re
from typing import Any, Final

from stepaside.core.effects import MessageKind, Say
from stepaside.core.events import TIMER, EventType
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.roster import BotMode
from stepaside.core.schedule import window_closed

Changes = dict[str, Any]

_DECLINES: Final = re.compile(
    r"\b(not interested|no interest|leave me alone|stop (writing|messaging|contacting)"
    r"|don'?t (write|contact|message)|no,? thank(s| you)|unsubscribe|kein interesse"
    r"|nein,? danke|nicht interessiert|pas intéressée?|non,? merci|no me interesa"
    r"|no,? gracias|non mi interessa|no,? grazie|geen interesse|nee,? bedankt"
    r"|não (tenho interesse|me interessa)|não,? obrigad[oa])\b",
    re.IGNORECASE,
)


def declines(text: str) -> bool:
    """Whether a contact says that they want to hear no more of it."""
    return _DECLINES.search(text.replace("’", "'")) is not None


def silence_begins(s: Situation, *, settled: bool) -> Changes:
    """The bot has answered and the contact is to say the next word.

    settled: they thanked, or want to hear no more: the bot does not ask again.
    """
    bot = s.bot
    if bot is None:
        return {}
    steps = () if settled else bot.follow_ups
    follow = s.terms.working(s.now, steps[0].delay) if steps else None
    close = s.now + bot.close_after if bot.close_after else None
    return {"follow_up_at": follow, "follow_ups": 0, "close_at": close}


def follow_up(s: Situation) -> Outcome:
    """Ask the contact again, each text once; nothing where the bot may not."""
    c, bot = s.conversation, s.bot
    steps = bot.follow_ups if bot and bot.mode is BotMode.AUTO else ()
    if bot is None or c.follow_ups >= len(steps) or window_closed(c, s.now):
        changes: Changes = {"follow_up_at": None}
        return nothing(c).then(
            EventType.FOLLOW_UPS_ENDED, s.now, TIMER, changes, reason="not_possible"
        )
    sent = c.follow_ups + 1
    following = steps[sent].delay if sent < len(steps) else None
    changes = {
        "follow_ups": sent,
        "follow_up_at": s.terms.working(s.now, following) if following else None,
        "bot_messages": c.bot_messages + 1,
    }
    if bot.close_after:
        changes["close_at"] = s.now + bot.close_after
    since = c.last_contact_at.isoformat() if c.last_contact_at else ""
    says = Say(
        key=f"follow_up:{c.lease}:{since}:{sent}",
        text=steps[sent - 1].text,
        kind=MessageKind.REPLY,
        lease=c.lease,
    )
    return nothing(c).then(
        EventType.FOLLOWED_UP, s.now, TIMER, changes, says, number=sent
    )
