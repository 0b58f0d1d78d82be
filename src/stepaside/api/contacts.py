"""Contacts and their tags: `/v1/contacts`."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import READ, WRITE
from stepaside.api.call import Call, Called
from stepaside.api.paging import Items, Paged
from stepaside.api.wire import (
    ONE_LINE,
    ExternalId,
    Id,
    Language,
    MaybeEmail,
    MaybeName,
    Phone,
    Request,
    Tag,
    named,
)
from stepaside.core.ids import ContactId
from stepaside.core.roster import Contact
from stepaside.pipeline import contacts
from stepaside.store import contact_list
from stepaside.store.contact_list import (
    BotStatus,
    ContactRow,
    WantedContacts,
    contact_row,
)
from stepaside.store.contact_merge import Merge, find_twins, plan_merge
from stepaside.store.contacts import StoredContact
from stepaside.store.ids import new_id

Words = Annotated[
    Annotated[str, Meta(min_length=1, max_length=200)] | None,
    QueryParameter(min_length=1, max_length=200),
]
TagInPath = Annotated[str, PathParameter(min_length=1, max_length=50, pattern=ONE_LINE)]


class ContactChange(Request):
    """What to change of a contact; the rest stays.

    external_id: the business's own id for them.
    owner_id: the staff member they belong to.
    language: what they write in, as `de`; null when it is not known.
    tags: all of them; what is left out is taken away.
    """

    name: MaybeName | UnsetType = UNSET
    email: MaybeEmail | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    external_id: ExternalId | UnsetType | None = UNSET
    owner_id: Id | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    tags: Annotated[list[Tag], Meta(max_length=100)] | UnsetType = UNSET


class NewContact(ContactChange):
    """A contact to add."""


class ContactView(Struct, kw_only=True):
    """A contact.

    bot_status: of the current conversation, the one with the latest words among those
        not resolved, or else among all. `active`: the bot has control, or there is
        none; `snoozed`: people have it until `bot_until`; `inactive`: people have it
        until they hand back.
    merged_into: the kept contact's id, where the id that was asked for was merged;
        everything else is the kept one's.
    """

    id: str
    name: str
    email: str
    phone: str
    external_id: str | None
    owner_id: str | None
    language: str | None
    tags: list[str]
    bot_status: BotStatus
    bot_until: datetime | None
    merged_into: str | None
    created_at: datetime
    updated_at: datetime


class Merging(Request):
    """Whom to merge into the contact. `preview`: only say what that would do."""

    contact_id: Id
    preview: bool = False


class MovedView(Struct, kw_only=True):
    """How many of what go over to the kept contact."""

    conversations: int
    tasks: int
    identities: int
    widget_sessions: int


class MergeView(Struct, kw_only=True):
    """What merging does, or would do.

    contact_id, merged_id: the contact that is kept, and the one that goes.
    name, email, phone, external_id, owner_id: the kept contact's afterwards.
    done: false for a preview.
    """

    contact_id: str
    merged_id: str
    name: str
    email: str
    phone: str
    external_id: str | None
    owner_id: str | None
    moved: MovedView
    new_tags: list[str]
    done: bool


class TwinView(Struct, kw_only=True):
    """A contact that may be the same person, and what both have in common."""

    contact: ContactView
    same: list[Literal["email", "phone", "external_id"]]


@get("/contacts", scopes=READ)
async def list_contacts(
    call: Called,
    page: Paged,
    *,
    q: Words = None,
    email: FromQuery[str | None] = None,
    external_id: FromQuery[str | None] = None,
    tag: FromQuery[str | None] = None,
    owner: FromQuery[str | None] = None,
    bot_status: FromQuery[BotStatus | None] = None,
    duplicates: FromQuery[bool] = False,
) -> Items[ContactView]:
    """List the contacts, the oldest first; all of them, or those that match.

    `q`: every word is part of the name, e-mail address, phone, external id or a tag.
    `owner` is a staff member's id, or `nobody`. `duplicates`: only those whose e-mail
    address or phone another contact has too.
    """
    wanted = WantedContacts(
        words=q,
        email=email,
        external_id=external_id,
        tag=tag,
        owner=owner,
        bot_status=bot_status,
        twins=duplicates,
    )
    async with call.transaction() as tx:
        rows = await contact_list.list_contacts(
            tx, wanted, after=page.after, limit=page.one_more
        )
    return page.of(rows, view, lambda row: row.id)


@post("/contacts", scopes=WRITE)
async def create_contact(call: Called, data: JSONBody[NewContact]) -> ContactView:
    """Add a contact."""
    now = call.now()
    fields, tags = _fields(data)
    own = {"external_id": fields.pop("external_id", None)}
    contact = Contact(id=ContactId(new_id("contact")), **fields)
    added = StoredContact(
        contact=contact, **own, tags=tuple(tags or ()), created_at=now, updated_at=now
    )
    made = await contacts.create(call.rt, call.account_id, added, actor=call.actor)
    return view(made, asked_for=contact.id)


@get("/contacts/{contact_id:str}", scopes=READ)
async def get_contact(call: Called, contact_id: FromPath[str]) -> ContactView:
    """Read one contact; for one that was merged, the kept one."""
    return await _read(call, contact_id)


@patch("/contacts/{contact_id:str}", scopes=WRITE)
async def change_contact(
    call: Called, contact_id: FromPath[str], data: JSONBody[ContactChange]
) -> ContactView:
    """Change the fields that are named."""
    fields, tags = _fields(data)
    await contacts.change(
        call.rt, call.account_id, contact_id, fields=fields, tags=tags, actor=call.actor
    )
    return await _read(call, contact_id)


@put("/contacts/{contact_id:str}/tags/{tag:str}", scopes=WRITE)
async def add_tag(
    call: Called, contact_id: FromPath[str], tag: TagInPath
) -> ContactView:
    """Add a tag; one that is there already stays."""
    await contacts.tag(call.rt, call.account_id, contact_id, tag, actor=call.actor)
    return await _read(call, contact_id)


@delete("/contacts/{contact_id:str}/tags/{tag:str}", scopes=WRITE)
async def remove_tag(call: Called, contact_id: FromPath[str], tag: TagInPath) -> None:
    """Take a tag away; one that is not there is no error."""
    await contacts.untag(call.rt, call.account_id, contact_id, tag, actor=call.actor)


@get("/contacts/{contact_id:str}/duplicates", scopes=READ)
async def list_duplicates(
    call: Called, contact_id: FromPath[str], page: Paged
) -> Items[TwinView]:
    """List contacts with the same e-mail address, phone or id on a channel."""
    async with call.transaction() as tx:
        row = await contact_row(tx, contact_id)
        found = [
            TwinView(
                contact=view(await contact_row(tx, twin.stored.contact.id)),
                same=list(twin.same),  # type: ignore[arg-type]
            )
            for twin in await find_twins(tx, row.id)
        ]
    return page.part(found, lambda twin: twin, lambda twin: twin.contact.id)


@post("/contacts/{contact_id:str}/merge", scopes=WRITE, status_code=200)
async def merge_contact(
    call: Called, contact_id: FromPath[str], data: JSONBody[Merging]
) -> MergeView:
    """Merge another contact into this one, which is kept.

    Conversations, tasks, identities and tags go over; details and owner fill in where
    the kept contact has none. The other id answers with the kept contact from then
    on. It cannot be taken back.
    """
    if data.preview:
        async with call.transaction() as tx:
            return merge_view(await plan_merge(tx, contact_id, data.contact_id))
    done = await contacts.merge(
        call.rt, call.account_id, contact_id, data.contact_id, actor=call.actor
    )
    return merge_view(done, done=True)


ROUTES: Final = (
    list_contacts,
    create_contact,
    get_contact,
    change_contact,
    add_tag,
    remove_tag,
    list_duplicates,
    merge_contact,
)


def view(row: ContactRow, asked_for: str | None = None) -> ContactView:
    """A contact as they are shown. `asked_for`: by which id, where that may differ."""
    contact = row.stored.contact
    return ContactView(
        id=contact.id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        external_id=row.stored.external_id,
        owner_id=contact.owner_id,
        language=contact.language or None,
        tags=list(row.stored.tags),
        bot_status=row.bot_status,
        bot_until=row.bot_until,
        merged_into=contact.id if asked_for not in (None, contact.id) else None,
        created_at=row.stored.created_at,
        updated_at=row.stored.updated_at,
    )


def merge_view(merge: Merge, *, done: bool = False) -> MergeView:
    """A merge as it is shown."""
    contact = merge.kept.contact
    return MergeView(
        contact_id=contact.id,
        merged_id=merge.gone.contact.id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        external_id=merge.kept.external_id,
        owner_id=contact.owner_id,
        moved=MovedView(**merge.moved),
        new_tags=list(merge.new_tags),
        done=done,
    )


async def _read(call: Call, contact_id: str) -> ContactView:
    async with call.transaction() as tx:
        return view(await contact_row(tx, contact_id), asked_for=contact_id)


def _fields(change: ContactChange) -> tuple[dict[str, Any], list[str] | None]:
    fields = named(change)
    if "language" in fields:
        fields["language"] = fields["language"] or ""
    return fields, fields.pop("tags", None)
