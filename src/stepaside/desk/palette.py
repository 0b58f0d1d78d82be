"""What the command palette finds besides what the page offers: pages, people, talks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from stepaside.core.roster import StaffMember
from stepaside.desk.frame import may_configure
from stepaside.desk.listing import show_rows
from stepaside.desk.pages import page
from stepaside.desk.settings.frame import settings_path, settings_places
from stepaside.desk.visit import Visited
from stepaside.desk.words import _
from stepaside.store.accounts import get_account
from stepaside.store.contact_list import WantedContacts, list_contacts
from stepaside.store.desk_lists import Listing, View, list_conversations
from stepaside.store.staff import load_roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page to go to: its name in the reader's language, and where it is."""

    id: str
    name: str
    icon: str
    path: str


MOST: Final = 6
"""Of each kind: who finds more than that goes on typing."""


@get("/palette")
async def find_anything(
    visit: Visited, q: FromQuery[Annotated[str, Meta(max_length=100)]] = ""
) -> Response[str]:
    """Conversations and contacts with these words."""
    sought = q.strip()
    listing = Listing(view=View.ALL, me=visit.me.staff_id, search=sought)
    async with visit.transaction() as tx:
        times = visit.times((await get_account(tx)).time_zone)
        found = await list_conversations(tx, listing, limit=MOST)
        roster = await load_roster(tx)
        rows = show_rows(found, listing, roster, times)
        wanted = WantedContacts(words=sought or None)
        contacts = await list_contacts(tx, wanted, limit=MOST) if sought else []
    places = find_places(sought, roster.staff[visit.me.staff_id])
    return page(
        "palette_found.html", places=places, rows=rows, contacts=contacts, times=times
    )


def find_places(sought: str, reader: StaffMember) -> list[Place]:
    """Pages that no page has in its navigation; of nothing sought, where one begins."""
    begins = [
        Place(id="task", name=_("New task"), icon="plus", path="/tasks/new"),
        Place(id="contact", name=_("New contact"), icon="plus", path="/contacts/new"),
    ]
    if not sought:
        return begins
    kept = []
    pages = settings_places(configures=may_configure(reader))
    for key, name, icon in pages:
        said = _("Settings: %(page)s", page=name)
        kept.append(Place(id=key, name=said, icon=icon, path=settings_path(key)))
    wanted = sought.casefold()
    return [place for place in begins + kept if wanted in place.name.casefold()]


PALETTE_ROUTES: Final[Sequence[ControllerRouterHandler]] = (find_anything,)
