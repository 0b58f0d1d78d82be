"""Deadlines start and stop: the changes that go with an event, never an event alone.

What is due is written into the state as instants, so that a change of the terms
touches only what starts after it, and the timer has nothing to work out.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from stepaside.core.conversation import Control, Conversation
from stepaside.core.terms import WARN_SHARE, WINDOW_WARNING, Terms

Changes = dict[str, Any]

REPLY_OWED_NO_MORE: Final[Mapping[str, Any]] = {
    "reply_due_at": None,
    "reply_warn_at": None,
    "reply_missed": False,
    "promised_at": None,
    "step_at": None,
}
NOTHING_OWED: Final[Mapping[str, Any]] = {
    **REPLY_OWED_NO_MORE,
    "resolve_due_at": None,
    "resolve_warn_at": None,
    "resolve_missed": False,
}


def episode_begins(waits: bool, at: datetime, terms: Terms) -> Changes:
    """People have it from now on: an answer is due if somebody waits, and an end."""
    first = terms.deadlines.first_reply if waits else None
    return {
        "answered": False,
        **_reply(first, at, terms),
        **resolution_begins(at, terms),
    }


def resolution_begins(at: datetime, terms: Terms) -> Changes:
    """From now on the whole matter is to be settled."""
    due, warn = _due(terms.deadlines.resolution, at, terms)
    return {"resolve_due_at": due, "resolve_warn_at": warn, "resolve_missed": False}


def wait_begins(c: Conversation, at: datetime, terms: Terms) -> Changes:
    """The contact wrote and nobody had kept them waiting: people owe an answer."""
    if c.control is Control.BOT:
        return {}
    which = terms.deadlines.next_reply if c.answered else terms.deadlines.first_reply
    return _reply(which, at, terms)


def window_opens(last: datetime, terms: Terms) -> Changes:
    """The contact's message opens the channel's reply window anew."""
    if terms.window is None:
        return {}
    closes = last + terms.window
    return {
        "window_closes_at": closes,
        "window_warn_at": closes - min(WINDOW_WARNING, terms.window / 2),
    }


SILENCE_ENDS: Final[Mapping[str, Any]] = {
    "follow_up_at": None,
    "follow_ups": 0,
    "close_at": None,
}
"""The contact wrote, or the bot has it no more: it asks no further."""


def only_changed(c: Conversation, changes: Mapping[str, Any]) -> Changes:
    """The changes that are any, so that events stay short."""
    return {name: new for name, new in changes.items() if getattr(c, name) != new}


def _reply(length: timedelta | None, at: datetime, terms: Terms) -> Changes:
    due, warn = _due(length, at, terms)
    return {"reply_due_at": due, "reply_warn_at": warn, "reply_missed": False}


def _due(
    length: timedelta | None, at: datetime, terms: Terms
) -> tuple[datetime | None, datetime | None]:
    if length is None:
        return None, None
    return terms.due(at, length), terms.due(at, length - length / WARN_SHARE)
