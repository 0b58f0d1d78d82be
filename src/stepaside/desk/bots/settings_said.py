"""What a bot's settings come to, a sentence a section: the page shows them folded."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from stepaside.core.ids import BotId
from stepaside.core.roster import Bot
from stepaside.core.terms import Deadlines, Returning
from stepaside.desk.bots.sentence import long_span
from stepaside.desk.words import _, mark, plural

RETURNS: Final[Mapping[Returning, str]] = {
    Returning.STAY: mark("Whoever has the conversation then"),
    Returning.BOT: mark("The bot"),
    Returning.LAST_OWNER: mark("The person who had them last"),
}


def said(bot: Bot, others: Mapping[BotId, str]) -> dict[str, str]:
    """By section, what holds now.

    others: the names of the account's other bots by id.
    """
    return {
        "answering": _answering(bot),
        "offering": _offering(bot),
        "stopping": _stopping(bot),
        "others": _others(bot, others),
        "quiet": _quiet(bot),
        "promised": deadlines_said(bot.deadlines),
        "waiting": _waiting(bot),
        "silence": _silence(bot),
        "returning": _("%(who)s.", who=_(RETURNS[bot.on_return])),
    }


def deadlines_said(deadlines: Deadlines) -> str:
    """By when people owe what, in one sentence."""
    owed = (
        (deadlines.first_reply, _("a first reply within %(span)s")),
        (deadlines.next_reply, _("further replies within %(span)s")),
        (deadlines.resolution, _("settled within %(span)s")),
    )
    parts = [text % {"span": long_span(length)} for length, text in owed if length]
    if not parts:
        return _("No deadline.")
    if deadlines.in_working_hours:
        parts.append(_("counted in working hours"))
    return _sentence(parts)


def _answering(bot: Bot) -> str:
    wait = bot.wait_seconds
    waits = (
        _("Waits as the channel has it")
        if wait is None
        else plural("Waits %(n)s second", "Waits %(n)s seconds", wait)
    )
    most = plural(
        "one message in a row", "up to %(n)s messages in a row", bot.max_messages
    )
    return _sentence([waits, most])


def _offering(bot: Bot) -> str:
    if not bot.offers_person:
        return _("Only who asks gets a person.")
    return _("Beside a doubtful answer, once in a conversation.")


def _stopping(bot: Bot) -> str:
    n = len(bot.stop_phrases)
    if not n:
        return _("No words silence it.")
    return plural("%(n)s phrase silences it.", "%(n)s phrases silence it.", n)


def _others(bot: Bot, others: Mapping[BotId, str]) -> str:
    if not bot.transfers:
        return _("It passes nobody on.")
    gone = _("a bot that is gone")
    names = [others.get(each.bot_id, gone) for each in bot.transfers]
    return _("Passes on to %(names)s.", names=", ".join(names))


def _quiet(bot: Bot) -> str:
    pause = bot.takeover_pause
    back = _("Quiet until people hand back")
    if pause is not None:
        back = _("Quiet for %(span)s after a takeover", span=long_span(pause))
    return _sentence([back])


def _waiting(bot: Bot) -> str:
    dog = bot.watchdog
    parts = [_("Every %(span)s a step further", span=long_span(dog.every))]
    if dog.holding_message.strip():
        parts.append(_("the contact is told"))
    if dog.reassign:
        parts.append(_("somebody else gets it"))
    if dog.resume:
        parts.append(_("in the end the bot comes back"))
    return _sentence(parts)


def _silence(bot: Bot) -> str:
    n = len(bot.follow_ups)
    asks = plural("Asks again once", "Asks again %(n)s times", n)
    parts = [asks if n else _("Does not ask again")]
    parts.append(_closing(bot.close_after))
    return _sentence(parts)


def _closing(after: timedelta | None) -> str:
    if after is None:
        return _("leaves the conversation open")
    return _("resolves after %(span)s", span=long_span(after))


def _sentence(parts: list[str]) -> str:
    text = ", ".join(parts)
    return _("%(what)s.", what=text[:1].upper() + text[1:])
