"""What detectors and a bot are shown: one burst of the contact and what was before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from stepaside.core.ids import RuleId
from stepaside.core.roster import Bot


class Author(StrEnum):
    """Who wrote a message."""

    CONTACT = "contact"
    BOT = "bot"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One public message. `text` is hostile: it came from outside.

    `at` is None where only the order is known, as in a transcript file.
    """

    author: Author
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One burst by the contact, to be answered once.

    burst: the contact's messages nobody has answered yet, oldest first; never empty,
        every one by the contact.
    history: the public messages before the burst, oldest first, by anyone.
    failed_attempts: how many answers in a row had already failed on the current issue
        before this burst; 0 or more.
    person_on_request: whether asking for a person gets the contact one here; the bot
        must not say so where it does not.
    account_id: whose conversation it is; empty where nothing is stored.
    bot: who is to answer; None where nobody in particular is.
    conditions: what the owner's own rules ask, in plain language, by rule.
    """

    burst: tuple[Line, ...]
    history: tuple[Line, ...] = ()
    failed_attempts: int = 0
    person_on_request: bool = True
    account_id: str = ""
    bot: Bot | None = None
    conditions: Mapping[RuleId, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The burst as one text, a message a line."""
        return "\n".join(line.text for line in self.burst)

    @property
    def previous_answer(self) -> Line | None:
        """The last thing said to the contact before the burst; None at the start."""
        spoken = (x for x in reversed(self.history) if x.author is not Author.CONTACT)
        return next(spoken, None)

    @property
    def after_people(self) -> bool:
        """Whether a person was the last to speak for the business before the burst."""
        last = self.previous_answer
        return last is not None and last.author is Author.STAFF
