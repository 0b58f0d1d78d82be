"""API keys: `/v1/api-keys`."""

from datetime import datetime
from typing import Annotated, Final

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import ADMIN
from stepaside.api.call import Called
from stepaside.api.paging import Items, Paged
from stepaside.api.wire import Id, Name, Request
from stepaside.core.ids import StaffId
from stepaside.store import api_keys
from stepaside.store.api_keys import ApiKey, Scope
from stepaside.store.staff import get_staff


class NewKey(Request):
    """A key to make. `staff_id`: in whose name it acts; null for a program's own."""

    name: Name
    scopes: Annotated[list[Scope], Meta(min_length=1)]
    staff_id: Id | None = None


class KeyView(Struct, kw_only=True):
    """A key without its secret. `prefix` is how the secret begins."""

    id: str
    name: str
    prefix: str
    scopes: list[Scope]
    staff_id: str | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class MadeKey(Struct, kw_only=True):
    """A fresh key. `token` is the secret: shown once, and not when asked again."""

    id: str
    token: str | UnsetType = UNSET


@get("/api-keys", scopes=ADMIN)
async def list_keys(call: Called, page: Paged) -> Items[KeyView]:
    """List the keys, the oldest first, revoked ones included."""
    async with call.transaction() as tx:
        rows = await api_keys.list_api_keys(tx, after=page.after, limit=page.one_more)
    return page.of(rows, view, lambda key: key.id)


@post("/api-keys", scopes=ADMIN, once=("token",))
async def create_key(call: Called, data: JSONBody[NewKey]) -> MadeKey:
    """Make a key."""
    staff_id = StaffId(data.staff_id) if data.staff_id else None
    async with call.transaction() as tx:
        if staff_id:
            await get_staff(tx, staff_id)
        made = await api_keys.create_api_key(
            tx,
            name=data.name,
            scopes=frozenset(data.scopes),
            staff_id=staff_id,
            now=call.now(),
        )
    return MadeKey(id=made.id, token=made.token)


@delete("/api-keys/{key_id:str}", scopes=ADMIN)
async def revoke_key(call: Called, key_id: FromPath[str]) -> None:
    """End a key for good, at once."""
    async with call.transaction() as tx:
        await api_keys.revoke_api_key(tx, key_id, call.now())


ROUTES: Final = (list_keys, create_key, revoke_key)


def view(key: ApiKey) -> KeyView:
    """A key as it is shown."""
    return KeyView(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        staff_id=key.staff_id,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )
