"""Reading one conversation as the desk shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stepaside.core.conversation import Conversation, Status
from stepaside.core.roster import Contact, Roster, StaffMember
from stepaside.desk.card import BY_HAND, Card, Mark, Surroundings
from stepaside.desk.control import Deeds, Holder, by_name, deeds, holder, name_of
from stepaside.desk.deadlines import Due, dues
from stepaside.desk.moments import Moment, pause_moments, snooze_moments
from stepaside.desk.pausing import Ending, Return, brought_back_by, endings
from stepaside.desk.times import Clockwork
from stepaside.desk.transcript import SHOWN, Entry, Names, lay_out
from stepaside.desk.visit import Me
from stepaside.desk.words import _
from stepaside.store.bots import find_bot, list_bots
from stepaside.store.contacts import StoredContact, get_contact
from stepaside.store.conversations import StoredConversation, find_conversation
from stepaside.store.database import Tx
from stepaside.store.desk_conversation import (
    PastHandover,
    Said,
    events_since,
    handovers_of_contact,
    said_before,
    said_lately,
    said_since,
    told_about,
)
from stepaside.store.desk_tasks import TaskRow, tasks_about
from stepaside.store.handovers import StoredHandover, list_handovers
from stepaside.store.inboxes import get_inbox
from stepaside.store.staff import load_roster
from stepaside.store.teams import list_teams, team_names

MANY: Final = 100
"""Teams to choose from; whoever has more finds the others in the settings."""
PAGE: Final = 50
"""Messages shown at first, and for each look further back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A conversation, ready to be shown to one reader.

    since: the instant from which on everything is shown; what is older comes on
        request.
    dues: what is owed and by when, the most pressing first.
    team: the name of the team whose it is; empty where no team is meant.
    teams: those it can be given to, with their names.
    """

    state: Conversation
    contact: StoredContact
    contact_name: str
    owner: str
    bot: str
    inbox: str
    channel: str
    holder: Holder
    deeds: Deeds
    entries: tuple[Entry, ...]
    since: datetime
    has_earlier: bool
    tasks: list[TaskRow]
    pasts: list[PastHandover]
    roster: Roster
    snoozes: list[Moment]
    pauses: list[Moment]
    endings: list[Ending]
    returns: Return
    dues: tuple[Due, ...]
    team: str
    teams: list[tuple[str, str]]

    @property
    def staff(self) -> list[StaffMember]:
        """Whom it can be given to, by name."""
        return by_name(self.roster)

    @property
    def id(self) -> str:
        """The conversation's id."""
        return self.state.id

    @property
    def is_unsettled(self) -> bool:
        """Whether something on a card is still under way, which no event will tell."""
        return any(
            fact.mark is Mark.WAITING and not fact.is_due
            for entry in self.entries
            if isinstance(entry, Card)
            for fact in entry.facts
        )

    def name_of(self, staff_id: str | None) -> str:
        """A staff member's name; empty for nobody."""
        return name_of(staff_id, self.roster)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Some older part of a transcript."""

    conversation_id: str
    entries: tuple[Entry, ...]
    since: datetime
    has_earlier: bool


async def read_conversation(
    tx: Tx, me: Me, conversation_id: str, times: Clockwork, since: datetime | None
) -> Shown:
    """Everything about a conversation, from an instant on.

    since: what the reader's page shows already; None for a fresh page.
    Raises: NotFound: this account has no such conversation.
    """
    stored = await find_conversation(tx, conversation_id)
    if since is None:
        said = await said_lately(tx, stored.id, limit=PAGE)
        since = said[0].at if len(said) >= PAGE else _beginning(stored, said)
    else:
        said = await said_since(tx, stored.id, since)
    contact = await get_contact(tx, stored.contact_id)
    inbox = await get_inbox(tx, stored.inbox_id)
    bot = await find_bot(tx, stored.bot_id) if stored.bot_id else None
    roster = await load_roster(tx)
    names = Names(
        me=me.staff_id,
        roster=roster,
        contact=name_of_contact(contact.contact),
        bot=bot.name if bot else _("Bot"),
        teams=await team_names(tx),
        bots={b.bot.id: b.bot.name for b in await list_bots(tx)},
    )
    tasks = await tasks_about(tx, stored.contact_id)
    window = _Window(conversation_id=stored.id, said=said, since=since)
    entries = await _entries(tx, window, tasks, names, times)
    state = stored.state
    return Shown(
        state=state,
        contact=contact,
        contact_name=names.contact,
        owner=name_of(contact.contact.owner_id, roster),
        bot=names.bot,
        inbox=inbox.name,
        channel=str(inbox.kind),
        holder=holder(state.control, state.assignee_id, me.staff_id, roster),
        deeds=deeds(state, has_bot=bot is not None),
        entries=entries,
        since=since,
        has_earlier=await _has_earlier(tx, stored, since),
        tasks=tasks,
        pasts=await handovers_of_contact(tx, stored.contact_id),
        roster=roster,
        snoozes=snooze_moments(times.now, times.zone),
        pauses=pause_moments(times.now, times.zone),
        endings=endings(is_resolved=state.status is Status.RESOLVED),
        returns=brought_back_by(state),
        dues=dues(state, times),
        team=names.teams.get(state.team_id, "") if state.team_id else "",
        teams=[(team.id, team.name) for team in await list_teams(tx, limit=MANY)],
    )


async def read_earlier(
    tx: Tx, me: Me, conversation_id: str, times: Clockwork, before: datetime
) -> Earlier:
    """What came before an instant, one page of it.

    Raises: NotFound: this account has no such conversation.
    """
    stored = await find_conversation(tx, conversation_id)
    said = await said_before(tx, stored.id, before, limit=PAGE)
    since = said[0].at if len(said) >= PAGE else _beginning(stored, said)
    contact = await get_contact(tx, stored.contact_id)
    bot = await find_bot(tx, stored.bot_id) if stored.bot_id else None
    names = Names(
        me=me.staff_id,
        roster=await load_roster(tx),
        contact=name_of_contact(contact.contact),
        bot=bot.name if bot else _("Bot"),
        teams=await team_names(tx),
        bots={b.bot.id: b.bot.name for b in await list_bots(tx)},
    )
    tasks = await tasks_about(tx, stored.contact_id)
    window = _Window(conversation_id=stored.id, said=said, since=since)
    entries = await _entries(tx, window, tasks, names, times)
    return Earlier(
        conversation_id=stored.id,
        entries=tuple(entry for entry in entries if entry.at < before),
        since=since,
        has_earlier=await _has_earlier(tx, stored, since),
    )


def name_of_contact(contact: Contact) -> str:
    """What to call the contact, whatever is known of them."""
    return contact.name or contact.email or contact.phone or _("Unnamed contact")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """The stretch of a transcript that is shown."""

    conversation_id: str
    said: Sequence[Said]
    since: datetime


async def _entries(
    tx: Tx,
    window: _Window,
    tasks: Sequence[TaskRow],
    names: Names,
    times: Clockwork,
) -> tuple[Entry, ...]:
    events = await events_since(tx, window.conversation_id, window.since, SHOWN)
    handovers = await _handovers(tx, window)
    around = Surroundings(
        said=window.said,
        events=[stored.event for stored in events],
        tasks=[row.task for row in tasks],
        told=await told_about(tx, [handover.id for handover in handovers]),
        roster=names.roster,
    )
    return lay_out(
        said=window.said,
        events=events,
        handovers=handovers,
        around=around,
        names=names,
        times=times,
    )


async def _handovers(tx: Tx, window: _Window) -> list[StoredHandover]:
    return [
        handover
        for handover in await list_handovers(tx, window.conversation_id)
        if handover.started_at >= window.since and handover.cause not in BY_HAND
    ]


async def _has_earlier(tx: Tx, stored: StoredConversation, since: datetime) -> bool:
    """Whether there is more of it, before or after the moment we heard of it."""
    if since > stored.created_at:
        return True
    return bool(await said_before(tx, stored.id, since, limit=1))


def _beginning(stored: StoredConversation, said: Sequence[Said]) -> datetime:
    """When it began. A provider's time may lie before the moment we heard of it."""
    return min([stored.created_at, *(message.at for message in said[:1])])
