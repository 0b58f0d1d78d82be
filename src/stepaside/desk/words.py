"""Every word the desk says passes here, so that it can be said in other languages.

The texts in the code and the templates are English and are the keys. `_` marks a text
and says it; `mark` only marks one that is said later. `scripts/words` renews the
catalogs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

from stepaside.core.brief import Sentiment
from stepaside.core.conversation import Control, Status
from stepaside.core.errors import InvalidField, StepasideError
from stepaside.core.policy import Cause
from stepaside.core.roster import Availability
from stepaside.desk.languages import locale, spoken, translations
from stepaside.sayings.again import say_again
from stepaside.store.desk_lists import COUNTED, View
from stepaside.store.errors import NotFound


def _(message: str, **values: Any) -> str:
    """Say a text; `%(name)s` in it stands for the value of that name."""
    said = translations().gettext(message) if message else ""
    return said % values if values else said


def html(message: str, **values: Any) -> Markup:
    """Say a text in a template: values are escaped, unless they are HTML of ours."""
    said = Markup(translations().gettext(message) if message else "")  # noqa: S704 - our own words
    return said % values if values else said


def plural(one: str, many: str, n: int, **values: Any) -> str:
    """Say the text for this number; `%(n)s` in it stands for the number."""
    said = translations().ngettext(one, many, n)
    return said % {"n": number(n), **values}


def again(text: str) -> str:
    """Say what the core, a detector or the pipeline wrote, which is stored in English.

    Any other text stays as it is.
    """
    return say_again(text, spoken())


def why_refused(error: StepasideError) -> str:
    """Why something was refused, as a sentence."""
    if isinstance(error, NotFound):
        return _("It was deleted, or the address is wrong.")
    if isinstance(error, InvalidField):
        return sentence(again(error.rule))
    # Some are of the desk's own, the others of the rooms below.
    return again(_(str(error)))


def sentence(text: str) -> str:
    """A clause that begins and ends as a sentence does."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def mark(message: str) -> str:
    """Mark a text as one to translate, and leave it as it is."""
    return message


def mark_plural(one: str, many: str) -> tuple[str, str]:
    """Mark a text and its plural, for `plural` to say them later."""
    return one, many


def language() -> str:
    """The language everything is said in, as HTML names it."""
    return str(spoken())


def listed(names: Sequence[str]) -> str:
    """Names in a row, as the reader's language joins them: `Ann, Bo und Cy`."""
    return str(format_list(names, locale=locale()))


def number(n: float) -> str:
    """A number as it is written in the reader's language: `1.234,5`."""
    return str(format_decimal(n, locale=locale()))


def percent(share: float) -> str:
    """A share of 1 as a percentage, whole: `42 %`."""
    return str(format_percent(share, "#,##0 %", locale=locale()))


def spoken_name(code: str) -> str:
    """What a language is called in the reader's own; its code where nobody knows."""
    called = locale().languages.get(code)
    return str(called) if called else code


def count(n: int) -> str:
    """A number of things in a list, as far as they were counted."""
    return f"{number(COUNTED)}+" if n > COUNTED else number(n)


CONTROL: Final[Mapping[Control, str]] = {
    Control.BOT: mark("Bot"),
    Control.QUEUE: mark("Waiting"),
    Control.HUMAN: mark("Person"),
}
"""The one word for each state of control, everywhere."""

CONTROL_MORE: Final[Mapping[Control, str]] = {
    Control.BOT: "",
    Control.QUEUE: mark("for a person"),
    Control.HUMAN: "",
}
"""What the word leaves open, said where there is room and to screen readers."""

STATUS: Final[Mapping[Status, str]] = {
    Status.OPEN: mark("Open"),
    Status.SNOOZED: mark("Snoozed"),
    Status.RESOLVED: mark("Resolved"),
}
AVAILABILITY: Final[Mapping[Availability, str]] = {
    Availability.ONLINE: mark("Online"),
    Availability.AWAY: mark("Away"),
    Availability.OFFLINE: mark("Offline"),
}
"""Whether somebody is at work."""
SENTIMENT: Final[Mapping[Sentiment, str]] = {
    Sentiment.UPSET: mark("Upset"),
    Sentiment.NEUTRAL: mark("Calm"),
    Sentiment.PLEASED: mark("Pleased"),
}
"""How a contact sounds."""
VIEW: Final[Mapping[View, str]] = {
    View.UNASSIGNED: mark("Unassigned"),
    View.MINE: mark("Mine"),
    View.ALL: mark("All"),
}
CAUSE: Final[Mapping[str, str]] = {
    Cause.HUMAN_REQUESTED: mark("Asked for a person"),
    Cause.LACK_OF_INFORMATION: mark("No information"),
    Cause.FAILED_TO_RESOLVE: mark("Answers did not help"),
    Cause.CUSTOM: mark("Custom rule"),
    Cause.BOT_ERROR: mark("The bot failed"),
    Cause.BOT_UNAVAILABLE: mark("The bot was off"),
    Cause.MESSAGE_LIMIT: mark("Message limit reached"),
    Cause.PROMISED: mark("The bot promised a person"),
    Cause.MANUAL: mark("Handed over by hand"),
    Cause.TAKEOVER: mark("Taken over"),
    Cause.PAUSE: mark("Bot paused"),
    Cause.RETURNED: mark("Came back"),
    Cause.STOPPED: mark("Told the bot to stop"),
}
"""Why people have a conversation, in a few words."""

CHANNEL: Final[Mapping[str, str]] = {
    "in_app": mark("in the desk"),
    "email": mark("by e-mail"),
    "sms": mark("by text message"),
    "push": mark("in the browser"),
    "chat": mark("in a chat"),
}
"""How somebody was told."""


def cause(value: str | None, rule: str | None = None) -> str:
    """Why people have a conversation. A custom rule is named as its owner named it."""
    if value == Cause.CUSTOM and rule:
        return rule
    return _(CAUSE.get(value or "", value or ""))
