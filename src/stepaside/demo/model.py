"""What the demo consists of: a business, its articles, and scripted conversations."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar, dataclass_transform

from pydantic import ConfigDict, Discriminator, Tag, with_config

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: type[T]) -> type[T]:
    """A frozen dataclass that refuses fields it does not know, read from JSON."""
    frozen = dataclass(frozen=True, slots=True, kw_only=True)(cls)
    return with_config(ConfigDict(extra="forbid"))(frozen)


class Source(StrEnum):
    """The public collection a customer message was copied from."""

    BANKING77 = "banking77"
    NLUPP = "nlupp"


class Expected(StrEnum):
    """What should become of a conversation."""

    ANSWERED = "answered"
    """The bot answers to the end; nothing is handed over."""
    HUMAN_REQUESTED = "human_requested"
    LACK_OF_INFORMATION = "lack_of_information"
    FAILED_TO_RESOLVE = "failed_to_resolve"


class StaffMove(StrEnum):
    """What a staff member does without writing."""

    CLAIM = "claim"
    HAND_BACK = "hand_back"
    RESOLVE = "resolve"


@record
class Account:
    """The business. `time_zone` is an IANA name."""

    name: str
    time_zone: str


@record
class BotProfile:
    """The bot, in the words of the API's bot."""

    name: str
    mode: str
    personality: str
    goal: str
    additional_information: str


@record
class StaffMember:
    """One of the staff. `key` is how rules, contacts and steps name this person."""

    key: str
    name: str
    email: str
    role: str


@record
class Business:
    """The account with its bot, staff and handover rules.

    rules: bodies in the shape of the API's handover rule, except that `assign` names
        a staff member by key; `rule_body` turns one into what the API takes.
    """

    account: Account
    bot: BotProfile
    staff: tuple[StaffMember, ...]
    rules: tuple[Mapping[str, Any], ...]


@record
class Article:
    """A help article. `text` is 60 to 120 words and answers each of `questions`."""

    key: str
    title: str
    questions: tuple[str, ...]
    text: str
    url: str

    @property
    def question(self) -> str:
        """The questions as the API takes them, one a line."""
        return "\n".join(self.questions)


@record
class ContactMessage:
    """A real customer's message, verbatim.

    intent: the label it has in its source; several are joined by `+`.
    article: key of the article about it, which should answer it when asked first;
        None where none should, as for thanks, a request for a person, a bare "that's
        not working", or a topic that was left out.
    """

    text: str
    source: Source
    intent: str
    article: str | None = None


@record
class StaffReply:
    """A staff member writes to the contact. `staff` is a key."""

    staff: str
    say: str


@record
class StaffAction:
    """A staff member does something to the conversation. `staff` is a key."""

    staff: str
    do: StaffMove


def _kind(step: Any) -> str | None:
    """The field that tells the three kinds of steps apart; None when it is missing."""
    return next((k for k in ("text", "say", "do") if k in step), None)


Step = Annotated[
    Annotated[ContactMessage, Tag("text")]
    | Annotated[StaffReply, Tag("say")]
    | Annotated[StaffAction, Tag("do")],
    Discriminator(_kind),
]


@record
class Contact:
    """An invented customer. `owner` is the key of their own staff member, or None."""

    name: str
    email: str
    owner: str | None = None


@record
class Conversation:
    """What happens in one conversation besides the bot, in order."""

    id: str
    contact: Contact
    expect: Expected
    steps: tuple[Step, ...]

    @property
    def messages(self) -> tuple[ContactMessage, ...]:
        """The contact's messages, oldest first."""
        return tuple(s for s in self.steps if isinstance(s, ContactMessage))


@record
class Demo:
    """The whole demo.

    left_out: topics the articles say nothing about, on purpose, so that the bot
        really lacks information when it is asked about them.
    """

    business: Business
    articles: tuple[Article, ...]
    left_out: tuple[str, ...]
    conversations: tuple[Conversation, ...]
