"""Lists that staff come back to, as rows of `saved_views`."""

from dataclasses import dataclass
from datetime import datetime

from stepaside.core.ids import StaffId
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A list with a name.

    query: what names the list in an address, without the question mark.
    staff_id: who made it; only they may delete it.
    is_shared: whether everybody sees it.
    """

    id: str
    staff_id: StaffId
    name: str
    query: str
    is_shared: bool


async def list_saved_views(
    tx: Tx, staff_id: StaffId, *, limit: int = 100
) -> list[SavedView]:
    """One's own and the shared ones, by name."""
    rows = await tx.all(
        """SELECT id, staff_id, name, query, is_shared FROM saved_views
        WHERE account_id = %s AND (staff_id = %s OR is_shared)
        ORDER BY lower(name), id LIMIT %s""",
        *(tx.account_id, staff_id, limit),
    )
    return [SavedView(**row) for row in rows]


async def create_saved_view(
    tx: Tx, staff_id: StaffId, name: str, query: str, *, is_shared: bool, now: datetime
) -> SavedView:
    """Keep a list under a name."""
    view = SavedView(
        id=new_id("saved_view"),
        staff_id=staff_id,
        name=name,
        query=query,
        is_shared=is_shared,
    )
    await tx.run(
        "INSERT INTO saved_views (id, account_id, staff_id, name, query, is_shared, "
        "created_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        *(view.id, tx.account_id, staff_id, name, query, is_shared, now),
    )
    return view


async def delete_saved_view(tx: Tx, view_id: str, staff_id: StaffId) -> SavedView:
    """Let one of one's own go. Raises: NotFound: there is none, or it is another's."""
    row = await tx.one(
        "DELETE FROM saved_views WHERE id = %s AND staff_id = %s "
        "RETURNING id, staff_id, name, query, is_shared",
        *(view_id, staff_id),
    )
    if row is None:
        raise NotFound("saved view", view_id)
    return SavedView(**row)
