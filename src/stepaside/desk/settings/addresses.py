"""Addresses that somebody types into a form of the settings."""

import re
from typing import Final

from stepaside.desk.settings.frame import Sent
from stepaside.desk.words import _

_URL: Final = re.compile(r"https?://[^\s/?#@]+([/?#]\S*)?")
_ORIGIN: Final = re.compile(r"https?://[^\s/?#@]+")


def check_url(sent: Sent, name: str) -> str:
    """A url that can be called."""
    value = sent.text(name, most=2000, required=True)
    if name not in sent.problems and not _URL.fullmatch(value):
        sent.problems[name] = _("An address such as https://example.com/hook.")
    return value


def check_origins(sent: Sent, name: str) -> list[str]:
    """Websites, one a line, each without a path."""
    found = [line.rstrip("/") for line in sent.lines(name, most=50)]
    wrong = [one for one in found if len(one) > 300 or not _ORIGIN.fullmatch(one)]
    if wrong:
        sent.problems[name] = _(
            "%(what)s is no website. Write it like https://example.com.",
            what=wrong[0][:60],
        )
    return list(dict.fromkeys(found))
