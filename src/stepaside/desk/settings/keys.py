"""API keys: what programs may do, made and revoked; each secret is shown once."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.ids import StaffId
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.settings.frame import Sent, open_settings, settings_page
from stepaside.desk.settings.names import SCOPE
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _
from stepaside.store.api_keys import (
    NewApiKey,
    Scope,
    create_api_key,
    list_api_keys,
    revoke_api_key,
)
from stepaside.store.staff import list_staff

MOST: Final = 500


@get("/settings/keys")
async def show_keys(visit: Visited) -> Response[str]:
    """Every key, the newest first, revoked ones last."""
    return await _keys_page(visit, Sent.empty())


@post("/settings/keys", status_code=HTTP_200_OK)
async def make_key(visit: Visited) -> Response[str]:
    """Make a key; the page shows its secret, this once."""
    sent = await Sent.by(visit)
    name = sent.text("name", most=100, required=True)
    scopes = [scope for scope in Scope if scope in sent.many("scopes")]
    if not scopes:
        sent.problems["scopes"] = _("Tick at least one.")
    whose = sent.text("staff_id")
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        known = [row.member.id for row in await list_staff(tx, limit=MOST)]
        if whose and whose not in known:
            sent.problems["staff_id"] = _("Choose one of the list.")
        if sent.problems:
            return await _keys_page(visit, sent)
        made = await create_api_key(
            tx,
            name=name,
            scopes=scopes,
            staff_id=StaffId(whose) if whose else None,
            now=visit.now(),
        )
    return await _keys_page(visit, Sent.empty(), made)


@post("/settings/keys/{key_id:str}/revoke", status_code=HTTP_200_OK)
async def revoke_key(visit: Visited, key_id: FromPath[str]) -> Response[Any]:
    """End a key for good."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        await revoke_api_key(tx, key_id, visit.now())
    return go_on("/settings/keys", _("The key is revoked. It stopped working at once."))


async def _keys_page(
    visit: Visit, sent: Sent, made: NewApiKey | None = None
) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "keys")
        keys = await list_api_keys(tx, limit=MOST)
        people = [row.member for row in await list_staff(tx, limit=MOST)]
    return settings_page(
        "keys",
        frame,
        sent.problems,
        sent=sent,
        keys=[k for k in keys if not k.revoked_at] + [k for k in keys if k.revoked_at],
        people={member.id: member.name for member in people},
        active=[member for member in people if member.active],
        scope_names=SCOPE,
        made=made,
    )


KEY_ROUTES: Final[Sequence[ControllerRouterHandler]] = (show_keys, make_key, revoke_key)
