"""What people may do to contacts: each in one commit, with the event that tells it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from stepaside.core.errors import InvalidField
from stepaside.core.events import Actor, Event, EventType
from stepaside.core.ids import ContactId
from stepaside.pipeline.runtime import Runtime
from stepaside.store import contacts
from stepaside.store.contact_list import ContactRow, contact_row
from stepaside.store.contact_merge import Merge, merge_contacts
from stepaside.store.contacts import StoredContact
from stepaside.store.database import Tx
from stepaside.store.events import append_events
from stepaside.store.staff import get_staff


async def create(
    rt: Runtime, account_id: str, new: StoredContact, *, actor: Actor
) -> ContactRow:
    """Store a new contact with their tags; the contact as lists show it.

    Raises:
        NotFound: there is no such owner.
        InvalidField: the owner is disabled, or the external id is taken.
    """
    async with rt.db.transaction(account_id) as tx:
        await _check_owner(tx, new.contact.owner_id)
        await contacts.create_contact(tx, new)
        tagged = [
            _tagged(new.contact.id, tag, new.created_at, actor) for tag in new.tags
        ]
        await append_events(tx, None, tagged)
        return await contact_row(tx, new.contact.id)


async def change(
    rt: Runtime,
    account_id: str,
    contact_id: str,
    *,
    fields: Mapping[str, Any],
    tags: Iterable[str] | None = None,
    actor: Actor,
) -> StoredContact:
    """Change some details of a contact, by name, and which tags there are.

    fields: of `Contact`, and `external_id`.
    tags: all of them; None leaves them.
    Raises:
        NotFound: there is no such contact or owner.
        InvalidField: the owner is disabled, or the external id is taken.
    """
    async with rt.db.transaction(account_id) as tx:
        now = rt.now()
        before = await contacts.get_contact(tx, ContactId(contact_id), lock=True)
        after = _with(before, fields)
        if after != before:
            if after.contact.owner_id != before.contact.owner_id:
                await _check_owner(tx, after.contact.owner_id)
            await contacts.save_contact(tx, replace(after, updated_at=now))
            await _tell_change(tx, before, after, now, actor)
        if tags is not None:
            await _set_tags(tx, before, list(tags), now, actor)
        return await contacts.get_contact(tx, before.contact.id)


async def tag(
    rt: Runtime, account_id: str, contact_id: str, added: str, *, actor: Actor
) -> StoredContact:
    """Add a tag; one that is there already stays. Raises: NotFound."""
    async with rt.db.transaction(account_id) as tx:
        before = await contacts.get_contact(tx, ContactId(contact_id), lock=True)
        await _set_tags(tx, before, [*before.tags, added], rt.now(), actor)
        return await contacts.get_contact(tx, before.contact.id)


async def untag(
    rt: Runtime, account_id: str, contact_id: str, removed: str, *, actor: Actor
) -> StoredContact:
    """Take a tag away; one that is not there is no error. Raises: NotFound."""
    async with rt.db.transaction(account_id) as tx:
        before = await contacts.get_contact(tx, ContactId(contact_id), lock=True)
        rest = [tag for tag in before.tags if tag != removed]
        await _set_tags(tx, before, rest, rt.now(), actor)
        return await contacts.get_contact(tx, before.contact.id)


async def merge(
    rt: Runtime, account_id: str, contact_id: str, gone_id: str, *, actor: Actor
) -> Merge:
    """Make two contacts one; the first is kept.

    Everything of the other goes over in this commit, also what begins for them while
    it lasts. `store.contact_merge.plan_merge` says beforehand what that is.

    Raises: NotFound, SameContact.
    """
    async with rt.db.transaction(account_id) as tx:
        now = rt.now()
        done = await merge_contacts(tx, contact_id, gone_id, now)
        gone = done.gone
        data = {
            "contact_id": done.kept.contact.id,
            "merged_id": gone.contact.id,
            "moved": dict(done.moved),
            "tags": list(done.new_tags),
        }
        event = Event(type=EventType.CONTACT_MERGED, at=now, actor=actor, data=data)
        await append_events(tx, None, [event])
    return done


async def _check_owner(tx: Tx, owner_id: Any) -> None:
    if owner_id and not (await get_staff(tx, owner_id)).member.active:
        raise InvalidField("owner_id", "this staff member is disabled")


def _with(stored: StoredContact, fields: Mapping[str, Any]) -> StoredContact:
    of_contact = {k: v for k, v in fields.items() if k != "external_id"}
    return replace(
        stored,
        contact=replace(stored.contact, **of_contact),
        external_id=fields.get("external_id", stored.external_id),
    )


async def _tell_change(
    tx: Tx, before: StoredContact, after: StoredContact, now: datetime, actor: Actor
) -> None:
    names = ("name", "email", "phone", "owner_id", "language")
    changed = [
        n for n in names if getattr(before.contact, n) != getattr(after.contact, n)
    ]
    if before.external_id != after.external_id:
        changed.append("external_id")
    # Which, and not what: an event is never deleted, and a detail may have to be.
    data: dict[str, Any] = {"contact_id": before.contact.id, "fields": changed}
    if "owner_id" in changed:
        data["owner_id"] = after.contact.owner_id
    event = Event(type=EventType.CONTACT_CHANGED, at=now, actor=actor, data=data)
    await append_events(tx, None, [event])


async def _set_tags(
    tx: Tx, before: StoredContact, tags: list[str], now: datetime, actor: Actor
) -> None:
    contact_id = before.contact.id
    gone = [tag for tag in before.tags if tag not in tags]
    events = []
    for tag in gone:
        await contacts.remove_tag(tx, contact_id, tag)
        data = {"contact_id": contact_id, "tag": tag}
        events.append(
            Event(type=EventType.CONTACT_UNTAGGED, at=now, actor=actor, data=data)
        )
    added = await contacts.add_tags(tx, contact_id, tags, now)
    events += [_tagged(contact_id, tag, now, actor) for tag in added]
    await append_events(tx, None, events)


def _tagged(contact_id: ContactId, tag: str, now: datetime, actor: Actor) -> Event:
    data = {"contact_id": contact_id, "tag": tag}
    return Event(type=EventType.CONTACT_TAGGED, at=now, actor=actor, data=data)
