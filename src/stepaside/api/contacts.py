"""Contacts and their tags: `/v1/contacts`."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import READ, WRITE
from stepaside.api.call import Call, Called
from stepaside.api.paging import Items, Paged
from stepaside.api.wire import (
    ONE_LINE,
    ExternalId,
    Id,
    MaybeEmail,
    MaybeName,
    Phone,
    Request,
    Tag,
    named,
)
from stepaside.core.errors import InvalidField
from stepaside.core.events import Event, EventType
from stepaside.core.ids import ContactId
from stepaside.core.roster import Contact
from stepaside.store import contacts
from stepaside.store.contacts import StoredContact
from stepaside.store.database import Tx
from stepaside.store.events import append_events
from stepaside.store.ids import new_id
from stepaside.store.staff import get_staff

TagInPath = Annotated[str, PathParameter(min_length=1, max_length=50, pattern=ONE_LINE)]


class ContactChange(Request):
    """What to change of a contact; the rest stays.

    external_id: the business's own id for them.
    owner_id: the staff member they belong to.
    tags: all of them; what is left out is taken away.
    """

    name: MaybeName | UnsetType = UNSET
    email: MaybeEmail | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    external_id: ExternalId | UnsetType | None = UNSET
    owner_id: Id | UnsetType | None = UNSET
    tags: Annotated[list[Tag], Meta(max_length=100)] | UnsetType = UNSET


class NewContact(ContactChange):
    """A contact to add."""


class ContactView(Struct, kw_only=True):
    """A contact."""

    id: str
    name: str
    email: str
    phone: str
    external_id: str | None
    owner_id: str | None
    tags: list[str]
    created_at: datetime
    updated_at: datetime


@get("/contacts", scopes=READ)
async def list_contacts(
    call: Called,
    page: Paged,
    email: FromQuery[str | None] = None,
    external_id: FromQuery[str | None] = None,
    tag: FromQuery[str | None] = None,
) -> Items[ContactView]:
    """List the contacts, the oldest first; all of them, or those that match."""
    async with call.transaction() as tx:
        rows = await contacts.list_contacts(
            tx,
            after=page.after,
            limit=page.one_more,
            email=email,
            external_id=external_id,
            tag=tag,
        )
    return page.of(rows, view, lambda row: row.contact.id)


@post("/contacts", scopes=WRITE)
async def create_contact(call: Called, data: JSONBody[NewContact]) -> ContactView:
    """Add a contact."""
    now = call.now()
    contact = Contact(id=ContactId(new_id("contact")))
    added = _changed(
        StoredContact(contact=contact, created_at=now, updated_at=now), data
    )
    async with call.transaction() as tx:
        await _check_owner(tx, data)
        await contacts.create_contact(tx, added)
        await _set_tags(tx, call, added, data)
        return view(await contacts.get_contact(tx, contact.id))


@get("/contacts/{contact_id:str}", scopes=READ)
async def get_contact(call: Called, contact_id: FromPath[str]) -> ContactView:
    """Read one contact."""
    async with call.transaction() as tx:
        return view(await contacts.get_contact(tx, ContactId(contact_id)))


@patch("/contacts/{contact_id:str}", scopes=WRITE)
async def change_contact(
    call: Called, contact_id: FromPath[str], data: JSONBody[ContactChange]
) -> ContactView:
    """Change the fields that are named."""
    async with call.transaction() as tx:
        stored = await contacts.get_contact(tx, ContactId(contact_id), lock=True)
        await _check_owner(tx, data)
        changed = replace(_changed(stored, data), updated_at=call.now())
        await contacts.save_contact(tx, changed)
        await _set_tags(tx, call, stored, data)
        return view(await contacts.get_contact(tx, stored.contact.id))


@put("/contacts/{contact_id:str}/tags/{tag:str}", scopes=WRITE)
async def add_tag(
    call: Called, contact_id: FromPath[str], tag: TagInPath
) -> ContactView:
    """Add a tag; one that is there already stays."""
    async with call.transaction() as tx:
        stored = await contacts.get_contact(tx, ContactId(contact_id), lock=True)
        await _add_tags(tx, call, stored.contact.id, [tag])
        return view(await contacts.get_contact(tx, stored.contact.id))


@delete("/contacts/{contact_id:str}/tags/{tag:str}", scopes=WRITE)
async def remove_tag(call: Called, contact_id: FromPath[str], tag: TagInPath) -> None:
    """Take a tag away; one that is not there is no error."""
    async with call.transaction() as tx:
        stored = await contacts.get_contact(tx, ContactId(contact_id), lock=True)
        await _remove_tags(tx, call, stored.contact.id, [tag])


ROUTES: Final = (
    list_contacts,
    create_contact,
    get_contact,
    change_contact,
    add_tag,
    remove_tag,
)


def view(stored: StoredContact) -> ContactView:
    """A contact as they are shown."""
    contact = stored.contact
    return ContactView(
        id=contact.id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        external_id=stored.external_id,
        owner_id=contact.owner_id,
        tags=list(stored.tags),
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def _changed(stored: StoredContact, change: ContactChange) -> StoredContact:
    fields: dict[str, Any] = named(change)
    fields.pop("tags", None)
    own = {"external_id": fields.pop("external_id")} if "external_id" in fields else {}
    return replace(stored, **own, contact=replace(stored.contact, **fields))


async def _check_owner(tx: Tx, change: ContactChange) -> None:
    owner_id: Any = named(change).get("owner_id")
    if owner_id and not (await get_staff(tx, owner_id)).member.active:
        raise InvalidField("owner_id", "this staff member is disabled")


async def _set_tags(
    tx: Tx, call: Call, before: StoredContact, change: ContactChange
) -> None:
    if change.tags is not UNSET:
        gone = [tag for tag in before.tags if tag not in change.tags]
        await _remove_tags(tx, call, before.contact.id, gone)
        await _add_tags(tx, call, before.contact.id, change.tags)


async def _add_tags(tx: Tx, call: Call, contact_id: ContactId, tags: list[str]) -> None:
    added = await contacts.add_tags(tx, contact_id, tags, call.now())
    await _tell(tx, call, EventType.CONTACT_TAGGED, contact_id, added)


async def _remove_tags(
    tx: Tx, call: Call, contact_id: ContactId, tags: list[str]
) -> None:
    gone = [tag for tag in tags if await contacts.remove_tag(tx, contact_id, tag)]
    await _tell(tx, call, EventType.CONTACT_UNTAGGED, contact_id, gone)


async def _tell(
    tx: Tx, call: Call, type_: EventType, contact_id: ContactId, tags: Any
) -> None:
    events = [
        Event(
            type=type_,
            at=call.now(),
            actor=call.actor,
            data={"contact_id": contact_id, "tag": tag},
        )
        for tag in tags
    ]
    await append_events(tx, None, events)
