"""The audit log: `/v1/audit`."""

from datetime import datetime
from typing import Any, Final

from litestar import get
from litestar.params import FromQuery
from msgspec import Struct

from stepaside.api.auth import ADMIN
from stepaside.api.call import Called
from stepaside.api.paging import Items, Paged
from stepaside.core.errors import InvalidField
from stepaside.store.audit import Entry, Sought, list_entries


class AuditView(Struct, kw_only=True):
    """One change of the configuration, or one attempt to sign in.

    actor: `staff:stf_…`, `key:key_…`; empty for the installation itself.
    action: what was done to which kind of thing, as `webhook.created`.
    before, after: the fields that changed; secrets are dots.
    """

    id: str
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject_kind: str
    subject_id: str
    subject_name: str
    before: dict[str, Any]
    after: dict[str, Any]
    address: str


@get("/audit", scopes=ADMIN)
async def list_audit(
    call: Called,
    page: Paged,
    *,
    actor: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    subject_id: FromQuery[str] = "",
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
) -> Items[AuditView]:
    """List who changed which configuration, the newest first.

    `actor` is the id of a staff member or an API key.
    """
    for name, instant in (("since", since), ("until", until)):
        if instant is not None and instant.tzinfo is None:
            raise InvalidField(name, "must say its offset, such as Z")
    sought = Sought(
        actor=actor, kind=kind, subject_id=subject_id, since=since, until=until
    )
    async with call.transaction() as tx:
        rows = await list_entries(
            tx, sought, before=_before(page.after), limit=page.one_more
        )
    return page.of(rows, view, lambda entry: str(entry.id))


ROUTES: Final = (list_audit,)


def view(entry: Entry) -> AuditView:
    """An entry as it is shown."""
    shown: dict[str, Any] = {n: getattr(entry, n) for n in AuditView.__struct_fields__}
    return AuditView(**{**shown, "id": str(entry.id)})


def _before(after: str) -> int | None:
    if not after:
        return None
    if not after.isdecimal() or len(after) > 18:
        raise InvalidField("after", "what an earlier page gave as `next`")
    return int(after)
