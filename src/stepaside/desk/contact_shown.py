"""Reading contacts as the desk shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from stepaside.core.ids import StaffId
from stepaside.core.roster import Contact, Roster
from stepaside.desk.control import Holder, holder, name_of
from stepaside.desk.pages import ROOT
from stepaside.desk.visit import Me
from stepaside.desk.words import _, mark
from stepaside.store.contact_list import (
    NOBODY,
    BotStatus,
    ContactRow,
    WantedContacts,
    contact_row,
    count_contacts,
    list_contacts,
    tags_in_use,
)
from stepaside.store.contact_merge import MergedOne, Twin, find_twins, merged_into
from stepaside.store.contact_page import (
    ConversationLine,
    Identity,
    conversations_of,
    identities_of,
)
from stepaside.store.database import Tx
from stepaside.store.desk_conversation import PastHandover, handovers_of_contact
from stepaside.store.desk_lists import COUNTED
from stepaside.store.desk_tasks import TaskRow, tasks_about
from stepaside.store.staff import load_roster

PAGE: Final = 50
BOT_STATUS: Final[Mapping[BotStatus, str]] = {
    BotStatus.ACTIVE: mark("Bot active"),
    BotStatus.SNOOZED: mark("Bot snoozed"),
    BotStatus.INACTIVE: mark("Bot inactive"),
}
SAME: Final[Mapping[str, str]] = {
    "email": mark("same e-mail address"),
    "phone": mark("same phone"),
    "external_id": mark("same id on a channel"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsShown:
    """One page of contacts.

    count: how many the list holds, up to `COUNTED` and one.
    older, newest: addresses of the next page and of the first; empty for none.
    """

    rows: Sequence[ContactRow]
    count: int
    older: str
    newest: str
    query: Mapping[str, str]
    owners: Sequence[tuple[str, str]]
    tags: Sequence[str]
    roster: Roster

    def link(self, **more: str) -> str:
        """The list's address with something changed; empty takes it away."""
        return contacts_link({**self.query, **more})

    def name_of(self, staff_id: StaffId | None) -> str:
        """A staff member's name; empty for nobody."""
        return name_of(staff_id, self.roster)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactShown:
    """A contact with everything that belongs to them."""

    row: ContactRow
    name: str
    lines: Sequence[tuple[ConversationLine, Holder]]
    tasks: Sequence[TaskRow]
    pasts: Sequence[PastHandover]
    identities: Sequence[Identity]
    merged: Sequence[MergedOne]
    twins: Sequence[Twin]
    tags: Sequence[str]
    roster: Roster

    @property
    def contact(self) -> Contact:
        """The contact."""
        return self.row.stored.contact

    def name_of(self, staff_id: StaffId | None) -> str:
        """A staff member's name; empty for nobody."""
        return name_of(staff_id, self.roster)


def contacts_link(query: Mapping[str, str]) -> str:
    """The address of a list of contacts."""
    given = {name: value for name, value in query.items() if value}
    return f"{ROOT}/contacts" + (f"?{urlencode(given)}" if given else "")


def name_of_contact(contact: Contact) -> str:
    """What to call the contact, whatever is known of them."""
    return contact.name or contact.email or contact.phone or _("Unnamed contact")


def why_same(twin: Twin) -> str:
    """What two contacts have in common, in words."""
    return ", ".join(_(SAME[field]) for field in twin.same)


def staff_options(roster: Roster, chosen: str | None = None) -> list[tuple[str, str]]:
    """Who may be given something, as pairs of id and name; also who has it now."""
    people = [m for m in roster.staff.values() if m.active or m.id == chosen]
    return [(m.id, m.name) for m in sorted(people, key=lambda m: m.name.casefold())]


async def read_contacts(
    tx: Tx, wanted: WantedContacts, query: Mapping[str, str], after: str
) -> ContactsShown:
    """One page of contacts, who came last on top."""
    found = await list_contacts(
        tx, wanted, after=after, limit=PAGE + 1, newest_first=True
    )
    roster = await load_roster(tx)
    has_more = len(found) > PAGE
    older = {**query, "after": found[PAGE - 1].id} if has_more else None
    return ContactsShown(
        rows=found[:PAGE],
        count=await count_contacts(tx, wanted, COUNTED + 1),
        older=contacts_link(older) if older else "",
        newest=contacts_link(query) if after else "",
        query=query,
        owners=[*staff_options(roster), (NOBODY, _("Nobody"))],
        tags=await tags_in_use(tx),
        roster=roster,
    )


async def read_contact(tx: Tx, me: Me, contact_id: str) -> ContactShown:
    """A contact; for one that was merged, the kept one. Raises: NotFound."""
    row = await contact_row(tx, contact_id)
    roster = await load_roster(tx)
    lines = [
        (line, holder(line.control, line.assignee_id, me.staff_id, roster))
        for line in await conversations_of(tx, row.id)
    ]
    return ContactShown(
        row=row,
        name=name_of_contact(row.stored.contact),
        lines=lines,
        tasks=await tasks_about(tx, row.id),
        pasts=await handovers_of_contact(tx, row.id),
        identities=await identities_of(tx, row.id),
        merged=await merged_into(tx, row.id),
        twins=await find_twins(tx, row.id),
        tags=await tags_in_use(tx),
        roster=roster,
    )
