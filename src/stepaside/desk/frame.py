"""What an ordinary page stands in: who is there, the navigation, and the time."""

from typing import Any, Final
from urllib.parse import quote

from litestar.datastructures import Cookie
from litestar.response import Redirect

from stepaside.core.errors import Refusal
from stepaside.core.roster import Role, StaffMember
from stepaside.desk.listing import read_counts
from stepaside.desk.pages import ROOT
from stepaside.desk.visit import Visit
from stepaside.desk.words import mark
from stepaside.store.accounts import get_account
from stepaside.store.database import Tx
from stepaside.store.desk_lists import Listing, View
from stepaside.store.setup import count_left
from stepaside.store.staff import load_roster

SAID_COOKIE: Final = "stepaside_said"
"""What the next page says once; its scripts read it and let it go."""


class NotForYou(Refusal):
    """The reader's role does not allow it."""

    def __init__(self) -> None:
        super().__init__(
            mark("Only owners and admins can see and change this. Ask one of them.")
        )


def may_configure(member: StaffMember) -> bool:
    """Whether they may change bots, inboxes, people and the account."""
    return member.role in (Role.OWNER, Role.ADMIN)


async def open_frame(
    tx: Tx, visit: Visit, place: str, *, admins: bool = False
) -> dict[str, Any]:
    """What `page.html` needs besides the page's own values: pass it as `**frame`.

    Read before anything else: what happens meanwhile comes with the stream.

    place: which line of the navigation is lit: `tasks`, `contacts`, `bots`,
        `reports` or `settings`.
    admins: whether only owners and admins may see the page.
    Raises: NotForYou.
    """
    cursor = visit.desk.hub.position
    myself = (await load_roster(tx)).staff[visit.me.staff_id]
    if admins and not may_configure(myself):
        raise NotForYou
    return {
        "me": visit.me,
        "myself": myself,
        "may_configure": may_configure(myself),
        "times": visit.times((await get_account(tx)).time_zone),
        "counts": await read_counts(tx, visit.me),
        "listing": Listing(view=View.MINE, me=visit.me.staff_id),
        "cursor": cursor,
        "place": place,
        "setup_left": await count_left(tx) if may_configure(myself) else 0,
    }


async def only_admins(tx: Tx, visit: Visit) -> StaffMember:
    """The reader, who may configure. Raises: NotForYou."""
    member = (await load_roster(tx)).staff[visit.me.staff_id]
    if not may_configure(member):
        raise NotForYou
    return member


def go_on(path: str, said: str = "") -> Redirect:
    """Answer a form that was carried out: go to a page, which says what was done.

    path: below `/desk`.
    said: a short message, already in the reader's language; empty for none.
    """
    cookies = []
    if said:
        cookies = [
            Cookie(
                key=SAID_COOKIE,
                value=quote(said),
                path=ROOT,
                max_age=30,
                samesite="lax",
            )
        ]
    return Redirect(f"{ROOT}{path}", status_code=303, cookies=cookies)
