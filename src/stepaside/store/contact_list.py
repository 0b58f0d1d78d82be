"""Contacts as lists, a page at a time, and the bot's standing with each of them."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from stepaside.core.ids import ContactId
from stepaside.store.contacts import StoredContact, stored_contact
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound

NOBODY: Final = "nobody"
"""In place of an owner's id: contacts without one."""
MOST_WORDS: Final = 6
"""Of a search; further ones are passed over."""


class BotStatus(StrEnum):
    """Whether the bot answers a contact's next message, in their current conversation.

    The current one is the one with the latest words among those not resolved; where
    all are resolved, among all.
    """

    ACTIVE = "active"
    """The bot has control, or the contact has no conversation."""
    SNOOZED = "snoozed"
    """People have control, and the pause has an end."""
    INACTIVE = "inactive"
    """People have control until they hand back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """A contact in a list.

    bot_until: when the bot comes back; set exactly while it is snoozed.
    conversation_id: the current conversation; None where there is none.
    open_tasks: how many are still to be done.
    """

    stored: StoredContact
    bot_status: BotStatus
    bot_until: datetime | None
    conversation_id: str | None
    last_message_at: datetime | None
    open_tasks: int

    @property
    def id(self) -> ContactId:
        """The contact's id, by which lists are ordered."""
        return self.stored.contact.id


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedContacts:
    """Which contacts a list shows; None leaves it wide.

    words: each is part of the name, e-mail address, phone, external id or a tag; what
        a merged contact was called counts as well.
    email, external_id: exactly that; letters may be large or small in the first.
    owner: a staff member's id, or `NOBODY`.
    twins: only those whose e-mail address or phone another contact has too.
    """

    words: str | None = None
    email: str | None = None
    external_id: str | None = None
    tag: str | None = None
    owner: str | None = None
    bot_status: BotStatus | None = None
    twins: bool = False


async def list_contacts(
    tx: Tx,
    wanted: WantedContacts,
    *,
    after: str = "",
    limit: int = 50,
    newest_first: bool = False,
) -> list[ContactRow]:
    """Contacts in the order they came, or the other way round; those after an id.

    Costs the same for the first page and the thousandth.
    """
    which, values = _which(wanted)
    if after:
        which.append(f"p.id {'<' if newest_first else '>'} %(after)s")
    sql = f"""{_READ} WHERE {" AND ".join(which)}
        ORDER BY p.id {"DESC" if newest_first else ""} LIMIT %(limit)s"""
    return [_row(row) for row in await _run(tx, sql, values, after=after, limit=limit)]


async def count_contacts(tx: Tx, wanted: WantedContacts, most: int) -> int:
    """How many contacts a list shows, up to `most`."""
    which, values = _which(wanted)
    now = _NOW if wanted.bot_status else ""
    sql = f"""SELECT count(*) AS n FROM (SELECT 1 FROM contacts p {now}
        WHERE {" AND ".join(which)} LIMIT %(most)s) counted"""  # noqa: S608
    (row,) = await _run(tx, sql, values, most=most)
    return int(row["n"])


async def contact_row(tx: Tx, contact_id: str) -> ContactRow:
    """One contact as lists show it; for a merged one, the kept. Raises: NotFound."""
    sql = f"""{_READ} WHERE p.id = (SELECT coalesce(merged_into, id) FROM contacts
        WHERE id = %(id)s AND account_id = %(account)s)"""  # noqa: S608
    rows = await _run(tx, sql, {}, id=contact_id)
    if not rows:
        raise NotFound("contact", contact_id)
    return _row(rows[0])


async def tags_in_use(tx: Tx, most: int = 200) -> list[str]:
    """The account's tags, the most frequent first."""
    rows = await tx.all(
        """SELECT tag FROM contact_tags WHERE account_id = %s
        GROUP BY tag ORDER BY count(*) DESC, tag LIMIT %s""",
        tx.account_id,
        most,
    )
    return [row["tag"] for row in rows]


_NOW: Final = """LEFT JOIN LATERAL (
    SELECT c.id, c.control, c.resume_at FROM conversations c WHERE c.contact_id = p.id
    ORDER BY c.status = 'resolved', c.last_message_at DESC NULLS LAST, c.id DESC LIMIT 1
) n ON true"""
_STATUS: Final = """CASE WHEN n.control IS NULL OR n.control = 'bot' THEN 'active'
    WHEN n.resume_at IS NULL THEN 'inactive' ELSE 'snoozed' END"""
_READ: Final = f"""SELECT p.id, p.name, p.email, p.phone, p.owner_id, p.language,
    p.external_id, p.created_at, p.updated_at, n.id AS conversation_id,
    {_STATUS} AS bot_status,
    CASE WHEN n.control <> 'bot' THEN n.resume_at END AS bot_until,
    ARRAY(SELECT tag FROM contact_tags t WHERE t.contact_id = p.id
        ORDER BY added_at, tag) AS tags,
    (SELECT max(last_message_at) FROM conversations c WHERE c.contact_id = p.id)
        AS last_message_at,
    (SELECT count(*) FROM tasks t WHERE t.contact_id = p.id AND t.status = 'open')
        AS open_tasks
FROM contacts p {_NOW}"""  # noqa: S608 - constants of ours

# People have few of all conversations: found first, they spare looking at everybody's.
_WITH_PEOPLE: Final = """p.id IN (SELECT contact_id FROM conversations
    WHERE account_id = %(account)s AND control <> 'bot')"""
_TWINS: Final = """(p.email_key IN (SELECT email_key FROM contacts
        WHERE account_id = %(account)s AND merged_into IS NULL AND email_key <> ''
        GROUP BY email_key HAVING count(*) > 1)
    OR p.phone_key IN (SELECT phone_key FROM contacts
        WHERE account_id = %(account)s AND merged_into IS NULL
            AND length(phone_key) > 5
        GROUP BY phone_key HAVING count(*) > 1))"""


def _which(wanted: WantedContacts) -> tuple[list[str], dict[str, Any]]:
    which = ["p.account_id = %(account)s", "p.merged_into IS NULL"]
    values: dict[str, Any] = {}
    for number, word in enumerate((wanted.words or "").lower().split()[:MOST_WORDS]):
        which.append(_HAS_WORD.format(word=f"%(word{number})s"))
        values[f"word{number}"] = f"%{_literal(word)}%"
    for name, clause in _EQUAL.items():
        if (value := getattr(wanted, name)) is not None:
            which.append(clause)
            values[name] = value
    if wanted.owner is not None:
        nobody = wanted.owner == NOBODY
        which.append("p.owner_id IS NULL" if nobody else "p.owner_id = %(owner)s")
        values["owner"] = wanted.owner
    if wanted.bot_status not in (None, BotStatus.ACTIVE):
        which.append(_WITH_PEOPLE)
    if wanted.twins:
        which.append(_TWINS)
    return which, values


_HAS_WORD: Final = """(p.sought LIKE {word} OR p.id IN (
        SELECT contact_id FROM contact_tags
        WHERE account_id = %(account)s AND lower(tag) LIKE {word})
    OR p.id IN (SELECT merged_into FROM contacts
        WHERE account_id = %(account)s AND merged_into IS NOT NULL
            AND sought LIKE {word}))"""
_EQUAL: Final = {
    "email": "p.email_key = lower(%(email)s)",
    "external_id": """p.id = (SELECT coalesce(merged_into, id) FROM contacts
        WHERE account_id = %(account)s AND external_id = %(external_id)s)""",
    "tag": """p.id IN (SELECT contact_id FROM contact_tags
        WHERE account_id = %(account)s AND tag = %(tag)s)""",
    "bot_status": f"{_STATUS} = %(bot_status)s",
}


def _literal(word: str) -> str:
    """Text for LIKE in which nothing stands for anything else."""
    return re.sub(r"([\\%_])", r"\\\1", word)


async def _run(
    tx: Tx, sql: str, values: dict[str, Any], **more: Any
) -> list[dict[str, Any]]:
    named = {"account": tx.account_id, **values, **more}
    cursor = await tx.conn.execute(sql, named)
    return await cursor.fetchall()


def _row(row: dict[str, Any]) -> ContactRow:
    return ContactRow(
        stored=stored_contact(row),
        bot_status=BotStatus(row["bot_status"]),
        bot_until=row["bot_until"],
        conversation_id=row["conversation_id"],
        last_message_at=row["last_message_at"],
        open_tasks=row["open_tasks"],
    )
