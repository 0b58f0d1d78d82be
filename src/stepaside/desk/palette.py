"""What the command palette finds besides places and actions: people and talks."""

from collections.abc import Sequence
from typing import Annotated, Final

from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from stepaside.desk.listing import show_rows
from stepaside.desk.pages import page
from stepaside.desk.visit import Visited
from stepaside.store.accounts import get_account
from stepaside.store.contact_list import WantedContacts, list_contacts
from stepaside.store.desk_lists import Listing, View, list_conversations
from stepaside.store.staff import load_roster

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
        rows = show_rows(found, listing, await load_roster(tx), times)
        wanted = WantedContacts(words=sought or None)
        contacts = await list_contacts(tx, wanted, limit=MOST) if sought else []
    return page("palette_found.html", rows=rows, contacts=contacts, times=times)


PALETTE_ROUTES: Final[Sequence[ControllerRouterHandler]] = (find_anything,)
