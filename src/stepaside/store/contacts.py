"""The people outside: rows of `contacts`, their tags, and who they are on a channel."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from psycopg.errors import UniqueViolation

from stepaside.core.errors import InvalidField
from stepaside.core.ids import ContactId, InboxId, StaffId
from stepaside.core.roster import Contact, ContactRef
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id

_CONTACT: Final = "id, name, email, phone, owner_id, language, merged_into"
_READ: Final = f"""
SELECT {_CONTACT}, external_id, created_at, updated_at, ARRAY(
    SELECT tag FROM contact_tags t WHERE t.contact_id = c.id ORDER BY added_at, tag
) AS tags
FROM contacts c
"""  # noqa: S608 - the columns are the constant above
_BY_ID: Final = f"SELECT {_CONTACT} FROM contacts WHERE id = %s"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContact:
    """A contact and what only the store knows of them.

    external_id: the business's own id for the contact; None where it gave none.
    tags: in the order they were added.
    """

    contact: Contact
    external_id: str | None = None
    tags: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime


async def find_contact(tx: Tx, contact_id: ContactId) -> Contact:
    """The contact; for one that was merged, the kept one. Raises: NotFound."""
    row = await _kept(tx, await tx.one(_BY_ID, contact_id))
    if row is None:
        raise NotFound("contact", contact_id)
    return _contact(row)


async def get_contact(
    tx: Tx, contact_id: ContactId, *, lock: bool = False
) -> StoredContact:
    """The contact with tags and dates; for one that was merged, the kept one.

    lock: hold it until the end of the transaction, to change it.
    Raises: NotFound.
    """
    held = "FOR NO KEY UPDATE" if lock else ""
    row = await tx.one(f"{_READ} WHERE id = %s {held}", contact_id)
    if row is None:
        raise NotFound("contact", contact_id)
    if row["merged_into"]:
        return await get_contact(tx, row["merged_into"], lock=lock)
    return stored_contact(row)


async def create_contact(tx: Tx, stored: StoredContact) -> None:
    """Store a new contact. Raises: InvalidField: the external id is taken."""
    contact = stored.contact
    try:
        await tx.run(
            "INSERT INTO contacts (id, account_id, external_id, name, email, phone, "
            "owner_id, language, created_at, updated_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            contact.id,
            tx.account_id,
            stored.external_id,
            contact.name,
            contact.email,
            contact.phone,
            contact.owner_id,
            contact.language,
            stored.created_at,
            stored.updated_at,
        )
    except UniqueViolation:
        raise _external_id_taken() from None
    await add_tags(tx, contact.id, stored.tags, stored.created_at)


async def save_contact(tx: Tx, stored: StoredContact) -> None:
    """Store a changed contact, except for its tags.

    Raises:
        NotFound: there is none.
        InvalidField: the external id is taken.
    """
    contact = stored.contact
    try:
        touched = await tx.run(
            "UPDATE contacts SET external_id = %s, name = %s, email = %s, phone = %s, "
            "owner_id = %s, language = %s, updated_at = %s WHERE id = %s",
            stored.external_id,
            contact.name,
            contact.email,
            contact.phone,
            contact.owner_id,
            contact.language,
            stored.updated_at,
            contact.id,
        )
    except UniqueViolation:
        raise _external_id_taken() from None
    if not touched:
        raise NotFound("contact", contact.id)


async def add_tags(
    tx: Tx, contact_id: ContactId, tags: Iterable[str], now: datetime
) -> tuple[str, ...]:
    """Add tags; those already there stay. Returns the ones that are new.

    In the order of the alphabet, as a merge does: two who add the same ones at once
    wait for each other, and never both.
    """
    added = []
    for tag in sorted(set(tags)):
        new = await tx.run(
            "INSERT INTO contact_tags (contact_id, tag, account_id, added_at) "
            "VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            contact_id,
            tag,
            tx.account_id,
            now,
        )
        if new:
            added.append(tag)
    return tuple(added)


async def remove_tag(tx: Tx, contact_id: ContactId, tag: str) -> bool:
    """Take a tag away; whether it was there."""
    gone = "DELETE FROM contact_tags WHERE contact_id = %s AND tag = %s"
    return bool(await tx.run(gone, contact_id, tag))


async def identify(
    tx: Tx, inbox_id: InboxId, ref: ContactRef, *, own_ids: bool, now: datetime
) -> Contact:
    """The contact behind a sender on an inbox; made when nobody is known by that id.

    A sender without an id is somebody new. What is known of a contact is never
    overwritten by what a channel says; empty fields are filled.

    own_ids: the ids are the business's own (kind `api`), so that they also name
        contacts made elsewhere in the account; a channel's ids name somebody on that
        inbox only.
    """
    if ref.external_id is None:
        return await _make(tx, ref, None, now)
    found = await _known(tx, inbox_id, ref.external_id, own_ids)
    if found is None:
        found = await _make(tx, ref, ref.external_id if own_ids else None, now)
        found = await _link(tx, inbox_id, ref.external_id, found)
    return await _fill(tx, found, ref, now)


async def _known(
    tx: Tx, inbox_id: InboxId, external_id: str, own_ids: bool
) -> Contact | None:
    row = await tx.one(
        "SELECT c.id, c.name, c.email, c.phone, c.owner_id, c.language, c.merged_into "
        "FROM contact_identities i "
        "JOIN contacts c ON c.id = i.contact_id "
        "WHERE i.inbox_id = %s AND i.external_id = %s",
        inbox_id,
        external_id,
    )
    if row is None and own_ids:
        row = await tx.one(
            f"SELECT {_CONTACT} FROM contacts WHERE external_id = %s",  # noqa: S608
            external_id,
        )
    row = await _kept(tx, row)
    return _contact(row) if row else None


async def _kept(tx: Tx, row: dict[str, Any] | None) -> dict[str, Any] | None:
    """The row itself, or that of the contact it was merged into: one step at most."""
    if row is None or row["merged_into"] is None:
        return row
    return await tx.one(_BY_ID, row["merged_into"])


async def _make(
    tx: Tx, ref: ContactRef, external_id: str | None, now: datetime
) -> Contact:
    # The no-op update returns the row of whoever made the same contact meanwhile.
    row = await tx.one(
        "INSERT INTO contacts (id, account_id, external_id, name, email, phone, "  # noqa: S608
        "created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (account_id, external_id) WHERE external_id IS NOT NULL "
        "DO UPDATE SET external_id = excluded.external_id "
        f"RETURNING {_CONTACT}",
        *(new_id("contact"), tx.account_id, external_id),
        *(ref.name, ref.email, ref.phone, now, now),
    )
    row = await _kept(tx, row)
    assert row is not None  # noqa: S101 - an insert or its update returns one
    return _contact(row)


async def _link(
    tx: Tx, inbox_id: InboxId, external_id: str, contact: Contact
) -> Contact:
    row = await tx.one(
        "INSERT INTO contact_identities "
        "(inbox_id, external_id, account_id, contact_id) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (inbox_id, external_id) "
        "DO UPDATE SET contact_id = contact_identities.contact_id "
        "RETURNING contact_id",
        *(inbox_id, external_id, tx.account_id, contact.id),
    )
    if row is None or row["contact_id"] == contact.id:
        return contact
    # The same sender wrote twice at once: the first one's contact is the contact.
    gone = "DELETE FROM contacts WHERE id = %s AND external_id IS NULL"
    await tx.run(gone, contact.id)
    return await find_contact(tx, ContactId(row["contact_id"]))


async def _fill(tx: Tx, contact: Contact, ref: ContactRef, now: datetime) -> Contact:
    filled = replace(
        contact,
        name=contact.name or ref.name,
        email=contact.email or ref.email,
        phone=contact.phone or ref.phone,
    )
    if filled != contact:
        await tx.run(
            "UPDATE contacts SET name = %s, email = %s, phone = %s, updated_at = %s "
            "WHERE id = %s",
            *(filled.name, filled.email, filled.phone, now, contact.id),
        )
    return filled


def _external_id_taken() -> InvalidField:
    return InvalidField("external_id", "another contact has it")


def stored_contact(row: dict[str, Any]) -> StoredContact:
    """A row with the columns of a contact, and `tags`."""
    return StoredContact(
        contact=_contact(row),
        external_id=row["external_id"],
        tags=tuple(row["tags"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _contact(row: dict[str, Any]) -> Contact:
    return Contact(
        id=ContactId(row["id"]),
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        owner_id=StaffId(row["owner_id"]) if row["owner_id"] else None,
        language=row["language"],
    )
