"""What the texts and numbers of a configuration may be, wherever they come from."""

import re
from datetime import timedelta
from typing import Final

from stepaside.core.bot_settings import check_follow_ups, check_leaving, check_watchdog
from stepaside.core.errors import InvalidField
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.roster import Bot
from stepaside.core.terms import check_deadlines

MAX_NAME, MAX_PROSE = 100, 20_000
MAX_TITLE, MAX_ARTICLE, MAX_QUESTION, MAX_URL = 200, 50_000, 500, 2000
MAX_WAIT, MAX_MESSAGES, MAX_QUIET = 300, 100, timedelta(days=1)
MAX_OFFER: Final = 500
MAX_ABSENCE: Final = timedelta(days=7)
MINUTE, YEAR = timedelta(minutes=1), timedelta(days=365)

_PROSE: Final = ("personality", "goal", "additional_information")
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAK: Final = re.compile(r"[\t\r\n]")
_WEB: Final = re.compile(r"https?://\S+")


def check_bot(bot: Bot) -> Bot:
    """Return the bot when every field keeps its limits.

    Raises:
        InvalidField: names the first field that breaks a rule, and the rule.
    """
    check_line("name", bot.name, MAX_NAME)
    for field in _PROSE:
        check_prose(field, getattr(bot, field), MAX_PROSE)
    wait, pause, absent = bot.wait_seconds, bot.takeover_pause, bot.reassign_after
    close = bot.close_after
    limits = (
        ("wait_seconds", wait is not None and not 0 <= wait <= MAX_WAIT, "0 to 300"),
        ("max_messages", not 1 <= bot.max_messages <= MAX_MESSAGES, "1 to 100"),
        (
            "takeover_pause",
            pause is not None and not MINUTE <= pause <= YEAR,
            "between 1 minute and 365 days",
        ),
        (
            "reassign_after_minutes",
            absent is not None and not MINUTE <= absent <= MAX_ABSENCE,
            "1 to 10080",
        ),
        (
            "close_after",
            close is not None and not MINUTE <= close <= YEAR,
            "between 1 minute and 365 days",
        ),
        (
            "extension_cap_minutes",
            not timedelta(0) <= bot.extension_cap <= YEAR,
            "0 to 525600",
        ),
        ("quiet_minutes", not timedelta(0) <= bot.quiet <= MAX_QUIET, "0 to 1440"),
        (
            "offer_message",
            not 1 <= len(bot.offer_message.strip()) <= MAX_OFFER,
            f"1 to {MAX_OFFER} characters",
        ),
    )
    for field, broken, rule in limits:
        if broken:
            raise InvalidField(field, rule)
    check_deadlines(bot.deadlines)
    check_follow_ups(bot.follow_ups)
    check_watchdog(bot.watchdog)
    check_leaving(bot.stop_phrases, bot.stop_message, bot.transfers)
    return bot


def check_item(item: KnowledgeItem) -> KnowledgeItem:
    """Return the article when every field keeps its limits.

    Raises:
        InvalidField: names the first field that breaks a rule, and the rule.
    """
    check_line("title", item.title, MAX_TITLE)
    if not item.text.strip():
        raise InvalidField("text", "required: what the bot is to say")
    check_prose("text", item.text, MAX_ARTICLE)
    check_prose("question", item.question or "", MAX_QUESTION)
    url = item.url or ""
    if url and not _WEB.fullmatch(url):
        raise InvalidField("url", "begins with http:// or https://, without spaces")
    if len(url) > MAX_URL:
        raise InvalidField("url", f"at most {MAX_URL} characters")
    return item


def check_line(field: str, text: str, most: int) -> None:
    """Allow one line that is not blank. Raises: InvalidField."""
    if not text.strip():
        raise InvalidField(field, "required")
    if _LINE_BREAK.search(text):
        raise InvalidField(field, "must be one line")
    check_prose(field, text, most)


def check_prose(field: str, text: str, most: int) -> None:
    """Allow text without control characters. Raises: InvalidField."""
    if len(text) > most:
        raise InvalidField(field, f"at most {most} characters")
    if _UNSEEN.search(text):
        rule = "may not contain control characters except tab and line break"
        raise InvalidField(field, rule)
