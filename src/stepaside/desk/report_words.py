"""What reports call their numbers, and what each of them means."""

from collections.abc import Mapping
from typing import Final

from stepaside.desk import words
from stepaside.desk.words import CAUSE, _, mark
from stepaside.store.reports import NOBODY, GroupBy, Number

NUMBER: Final[Mapping[Number, str]] = {
    Number.CONVERSATIONS: mark("Conversations the bot had"),
    Number.HANDED_OVER: mark("Handed over"),
    Number.HANDOVERS: mark("Handovers"),
    Number.CLAIMED: mark("Claimed"),
    Number.UNCLAIMED: mark("Unclaimed"),
    Number.ANSWERED: mark("Answered by a person"),
    Number.UNANSWERED: mark("Not answered"),
    Number.HANDED_BACK: mark("Handed back"),
    Number.RESUMED: mark("Resumed by the bot"),
    Number.RIGHT: mark("Right"),
    Number.TOO_EARLY: mark("Too early"),
    Number.TOO_LATE: mark("Too late"),
    Number.PROMISES_KEPT: mark("Promises kept"),
    Number.PROMISES_BROKEN: mark("Promises broken"),
}

MEANING: Final[Mapping[str, str]] = {
    mark("Conversations the bot had"): mark(
        "The bot decided on something the contact wrote there, in this period. "
        "Conversations that staff began, or that came while the bot was off, are not "
        "the bot's."
    ),
    mark("Handed over"): mark(
        "Of these, the ones with at least one handover. Taking a conversation over, "
        "and pausing the bot, is no handover."
    ),
    mark("Handover rate"): mark(
        "Handed over as a share of the conversations the bot had. By reason and by "
        "staff: the share of all the bot's conversations."
    ),
    mark("Handovers"): mark(
        "A conversation may be handed over several times; each counts. All numbers "
        "below count handovers that began in this period."
    ),
    mark("Claimed, unclaimed"): mark(
        "A person had the conversation at any time in that handover, or nobody did."
    ),
    mark("Time to first human reply"): mark(
        "From the handover to the first words of a person. The bot's final message "
        "does not end the wait. Half of the answered handovers were faster than the "
        "median, nine of ten faster than p90."
    ),
    mark("Handed back, resumed"): mark(
        "The handover ended because a person gave the conversation back, or because "
        "the bot's pause was over."
    ),
    mark("Promises kept"): mark(
        "The final message told the contact a time, and a person answered by then. "
        "Promises that are not due yet are not counted."
    ),
    mark("Right, too early, too late"): mark(
        "What staff said about the handover on its card."
    ),
}
"""The definitions that stand on the page."""

CHANNEL: Final[Mapping[str, str]] = {
    "api": mark("API"),
    "widget": mark("Website widget"),
    "webhook": mark("Webhook"),
    "email": mark("E-mail"),
    "sms": mark("SMS"),
    "whatsapp": mark("WhatsApp"),
    "telegram": mark("Telegram"),
    "messenger": mark("Messenger"),
    "instagram": mark("Instagram"),
    "slack": mark("Slack"),
    "chatwoot": mark("Chatwoot"),
}

SPAN: Final = (
    mark("under 1 min"),
    mark("1 to 5 min"),
    mark("5 to 15 min"),
    mark("15 to 60 min"),
    mark("1 to 4 h"),
    mark("4 to 24 h"),
    mark("over 24 h"),
)
"""The names of the bars of `store.reports.reply_times`."""


def channel(kind: str) -> str:
    """What a kind of inbox is called."""
    return _(CHANNEL[kind]) if kind in CHANNEL else kind.replace("_", " ").capitalize()


def group_name(
    group_by: GroupBy, key: str | None, names: Mapping[str | None, str]
) -> str:
    """What a group of a report is called."""
    if key in names:
        return names[key]
    if key is None or key == NOBODY:
        return _("Nobody") if group_by is GroupBy.STAFF else _("None of these")
    if group_by is GroupBy.CHANNEL:
        return channel(key)
    return _(CAUSE[key]) if key in CAUSE else key


def seconds(length: float | None) -> str:
    """A length of time in its two largest units; a dash for none."""
    if length is None:
        return "–"
    whole = round(length)
    if whole < 60:
        return _("%(n)s s", n=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 10 and rest:
        return _("%(m)s min %(s)s s", m=minutes, s=rest)
    if minutes < 60:
        return _("%(n)s min", n=round(whole / 60))
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return (
            _("%(h)s h %(m)s min", h=hours, m=minutes)
            if minutes
            else _("%(n)s h", n=hours)
        )
    days, hours = divmod(hours, 24)
    return _("%(d)s d %(h)s h", d=days, h=hours) if hours else _("%(n)s d", n=days)


def percent(share: float | None) -> str:
    """A share as a percentage; a dash for none."""
    return "–" if share is None else words.percent(share)
