"""Two contacts that are one person: found, looked at beforehand, made one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from stepaside.core.errors import Refusal
from stepaside.core.ids import ContactId
from stepaside.store.contacts import StoredContact, get_contact, save_contact
from stepaside.store.database import Tx

MOVED: Final[Mapping[str, str]] = {
    "conversations": "conversations",
    "tasks": "tasks",
    "identities": "contact_identities",
    "widget_sessions": "widget_sessions",
}
"""What goes over as it is, by what it is called, in the order of the locks: a turn
holds its conversation before it makes a task."""


class SameContact(Refusal):
    """A contact cannot be merged with itself, nor with one merged into it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What merging two contacts does, or did.

    kept: the contact that stays, as it is afterwards.
    gone: the other one, as it was.
    moved: how many of what go over to the kept one.
    new_tags: the tags that are new to it.
    """

    kept: StoredContact
    gone: StoredContact
    moved: Mapping[str, int]
    new_tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedOne:
    """A contact that was merged into another: what it was called then."""

    id: ContactId
    name: str
    email: str
    phone: str
    external_id: str | None
    merged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A contact that may be the same person: `email`, `phone` or `external_id`."""

    stored: StoredContact
    same: tuple[str, ...]


async def plan_merge(tx: Tx, kept_id: str, gone_id: str) -> Merge:
    """What merging would do. Raises: NotFound, SameContact."""
    kept = await get_contact(tx, ContactId(kept_id))
    gone = await get_contact(tx, ContactId(gone_id))
    if kept.contact.id == gone.contact.id:
        raise SameContact("These are one contact already.")
    counts = {}
    for name, table in MOVED.items():
        row = await tx.one(
            f"SELECT count(*) AS n FROM {table} WHERE contact_id = %s",  # noqa: S608
            gone.contact.id,
        )
        counts[name] = int(row["n"]) if row else 0
    new_tags = tuple(tag for tag in gone.tags if tag not in kept.tags)
    return Merge(
        kept=_united(kept, gone, new_tags), gone=gone, moved=counts, new_tags=new_tags
    )


async def merge_contacts(tx: Tx, kept_id: str, gone_id: str, now: datetime) -> Merge:
    """Make two contacts one.

    The kept one's details win; where it has none, the other's fill in. The other's id
    and external id lead to the kept one from now on.

    Raises: NotFound, SameContact.
    """
    foreseen = await plan_merge(tx, kept_id, gone_id)
    kept, gone = foreseen.kept.contact.id, foreseen.gone.contact.id
    await _lock_both(tx, kept, gone)
    merge = await plan_merge(tx, kept, gone)
    if (merge.kept.contact.id, merge.gone.contact.id) != (kept, gone):
        raise SameContact("One of them was merged meanwhile. Look at them again.")
    for table in MOVED.values():
        await tx.run(
            f"UPDATE {table} SET contact_id = %s WHERE contact_id = %s",  # noqa: S608
            kept,
            gone,
        )
    await _move_tags(tx, kept, gone)
    takes_id = merge.kept.external_id == merge.gone.external_id
    await tx.run(
        """UPDATE contacts SET merged_into = %s, merged_at = %s, updated_at = %s,
            external_id = CASE WHEN %s THEN NULL ELSE external_id END WHERE id = %s""",
        *(kept, now, now, takes_id, gone),
    )
    # Whoever was merged into the other one before is one step away as well.
    await tx.run(
        "UPDATE contacts SET merged_into = %s WHERE merged_into = %s", kept, gone
    )
    await save_contact(tx, replace(merge.kept, updated_at=now))
    await tx.run(
        "UPDATE contacts SET created_at = %s WHERE id = %s", merge.kept.created_at, kept
    )
    return replace(merge, kept=await get_contact(tx, kept))


async def merged_into(tx: Tx, contact_id: str) -> list[MergedOne]:
    """Who was merged into a contact, the last one first."""
    rows = await tx.all(
        """SELECT id, name, email, phone, external_id, merged_at FROM contacts
        WHERE merged_into = %s ORDER BY merged_at DESC, id""",
        contact_id,
    )
    return [MergedOne(**row) for row in rows]


async def find_twins(tx: Tx, contact_id: str, most: int = 10) -> list[Twin]:
    """Contacts with the same e-mail address, phone or id on a channel."""
    rows = await tx.all(_TWINS, *([contact_id] * 3), contact_id, most)
    return [
        Twin(
            stored=await get_contact(tx, ContactId(row["id"])),
            same=tuple(row["same"]),
        )
        for row in rows
    ]


# Short numbers are extensions: several people share them.
_TWINS: Final = """
WITH me AS (SELECT * FROM contacts WHERE id = %s), found AS (
    SELECT p.id, 'email' AS same FROM me JOIN contacts p
        ON p.account_id = me.account_id AND p.email_key = me.email_key
    WHERE me.email_key <> ''
    UNION SELECT p.id, 'phone' FROM me JOIN contacts p
        ON p.account_id = me.account_id AND p.phone_key = me.phone_key
    WHERE length(me.phone_key) > 5
    UNION SELECT o.contact_id, 'external_id' FROM me JOIN contact_identities o
        ON o.account_id = me.account_id AND o.external_id = me.external_id
    UNION SELECT o.contact_id, 'external_id' FROM contact_identities i
        JOIN contact_identities o
        ON o.account_id = i.account_id AND o.external_id = i.external_id
    WHERE i.contact_id = %s
    UNION SELECT p.id, 'external_id' FROM contact_identities i JOIN contacts p
        ON p.account_id = i.account_id AND p.external_id = i.external_id
    WHERE i.contact_id = %s
)
SELECT p.id, f.same FROM (
    -- Cut first: without an end the planner expects a crowd and reads all contacts.
    SELECT id, array_agg(same ORDER BY same) AS same FROM found
    WHERE id <> %s GROUP BY id ORDER BY count(*) DESC, id LIMIT 50
) f JOIN contacts p ON p.id = f.id
WHERE p.merged_into IS NULL ORDER BY cardinality(f.same) DESC, p.id LIMIT %s
"""


async def _lock_both(tx: Tx, *ids: str) -> None:
    """In the order of the ids: two merges the other way round wait, and never both."""
    await tx.run(
        "SELECT 1 FROM contacts WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        list(ids),
    )


async def _move_tags(tx: Tx, kept: ContactId, gone: ContactId) -> None:
    await tx.run(
        """INSERT INTO contact_tags (contact_id, tag, account_id, added_at)
        SELECT %s, tag, account_id, added_at FROM contact_tags WHERE contact_id = %s
        ORDER BY tag
        ON CONFLICT (contact_id, tag) DO UPDATE
            SET added_at = least(contact_tags.added_at, excluded.added_at)""",
        *(kept, gone),
    )
    await tx.run("DELETE FROM contact_tags WHERE contact_id = %s", gone)


def _united(
    kept: StoredContact, gone: StoredContact, new_tags: tuple[str, ...]
) -> StoredContact:
    mine, theirs = kept.contact, gone.contact
    return replace(
        kept,
        contact=replace(
            mine,
            name=mine.name or theirs.name,
            email=mine.email or theirs.email,
            phone=mine.phone or theirs.phone,
            owner_id=mine.owner_id or theirs.owner_id,
            language=mine.language or theirs.language,
        ),
        external_id=kept.external_id or gone.external_id,
        tags=(*kept.tags, *new_tags),
        created_at=min(kept.created_at, gone.created_at),
    )
