"""The people and the bot a decision may name, as they stand at that moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from stepaside.core.bot_settings import USUAL_WATCHDOG, FollowUp, Transfer, Watchdog
from stepaside.core.ids import BotId, ContactId, StaffId
from stepaside.core.terms import USUAL_DEADLINES, Deadlines, Returning

DEFAULT_OFFER: Final = "If you would rather talk to a person, just say so."


class Role(StrEnum):
    """What a staff member may do besides answering contacts."""

    OWNER = "owner"
    ADMIN = "admin"
    AGENT = "agent"


class Availability(StrEnum):
    """Whether a staff member is at work."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


class BotMode(StrEnum):
    """What a bot does with a message."""

    OFF = "off"
    SUGGEST = "suggest"
    """It drafts for staff and says nothing itself."""
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """A person of the business. `active` is False once disabled or deleted.

    capacity: open conversations at a time; None without limit. No conversation is
        assigned beyond it by itself; a person may take more by hand.
    languages: those they answer in, as `de`; empty: nobody has said.
    """

    id: StaffId
    name: str
    email: str = ""
    role: Role = Role.AGENT
    availability: Availability = Availability.ONLINE
    active: bool = True
    capacity: int | None = None
    languages: tuple[str, ...] = ()

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return self.name.split()[0] if self.name.split() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The person outside. `owner_id` is the staff member assigned to the contact.

    language: what they write in, as `de`; empty when nobody has said.
    """

    id: ContactId
    name: str = ""
    email: str = ""
    phone: str = ""
    owner_id: StaffId | None = None
    language: str = ""

    @property
    def first_name(self) -> str:
        """The first word of the name; empty when the name is not known."""
        return self.name.split()[0] if self.name.split() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRef:
    """Who a contact is on a channel; empty fields are not known.

    external_id: the channel's stable id for the sender; None where it gives none.
    """

    external_id: str | None = None
    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A configured bot.

    wait_seconds: how long to wait for more before answering a burst; None takes the
        channel's default (2 for channels, 0 for kind `api`).
    max_messages: replies before people are asked to take over, counted since the bot
        got control or the contact came back to what was resolved.
    takeover_pause: silence after a person speaks unasked; None until handed back.
    quiet: a pause never ends sooner than this after a staff member's last word.
    deadlines: what people owe by when, where the inbox does not say otherwise.
    stop_phrases: with these words the contact silences the bot for the conversation.
    stop_message: the last thing it then says; may be empty.
    transfers: other bots, and what they are for.
    offers_person: whether a doubtful answer offers a person, once in a conversation.
    offer_message: the words of that offer.
    reassign_after: when the contact has waited so long for somebody who is away or
        offline, it goes to somebody else; None keeps it with them.
    watchdog: what happens when people keep a contact waiting for too long.
    follow_ups: what it says when the contact has stopped answering, one after another.
    close_after: a conversation the bot has is resolved after so long a silence of the
        contact; None: never by itself.
    extension_cap: how much people's words may extend a pause, all together.
    on_return: to whom a contact comes back after it was resolved.
    """

    id: BotId
    name: str
    mode: BotMode = BotMode.AUTO
    personality: str = ""
    goal: str = ""
    additional_information: str = ""
    wait_seconds: int | None = None
    max_messages: int = 75
    takeover_pause: timedelta | None = timedelta(days=1)
    quiet: timedelta = timedelta(minutes=15)
    deadlines: Deadlines = USUAL_DEADLINES
    stop_phrases: tuple[str, ...] = ()
    stop_message: str = ""
    transfers: tuple[Transfer, ...] = ()
    offers_person: bool = True
    offer_message: str = DEFAULT_OFFER
    reassign_after: timedelta | None = None
    watchdog: Watchdog = USUAL_WATCHDOG
    follow_ups: tuple[FollowUp, ...] = ()
    close_after: timedelta | None = None
    extension_cap: timedelta = timedelta(days=1)
    on_return: Returning = Returning.STAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Everybody on the account's staff, by id. Bots are never in it (S55)."""

    staff: Mapping[StaffId, StaffMember] = field(default_factory=dict)

    def active(self, staff_id: StaffId | None) -> StaffMember | None:
        """The staff member, unless unknown, disabled or deleted."""
        member = self.staff.get(staff_id) if staff_id else None
        return member if member and member.active else None

    def who_may_claim(self) -> tuple[StaffId, ...]:
        """Everyone who may take a conversation from the queue, in a fixed order."""
        return tuple(sorted(m.id for m in self.staff.values() if m.active))

    def owners(self) -> tuple[StaffId, ...]:
        """The account's owners, in a fixed order; there is always one."""
        return tuple(
            sorted(
                m.id for m in self.staff.values() if m.active and m.role is Role.OWNER
            )
        )

    def admins(self) -> tuple[StaffId, ...]:
        """Those who look after the configuration, in a fixed order."""
        return tuple(
            sorted(
                m.id
                for m in self.staff.values()
                if m.active and m.role in (Role.OWNER, Role.ADMIN)
            )
        )
