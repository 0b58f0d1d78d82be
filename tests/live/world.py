"""Two accounts with something to say: Cy's, and Dee's, who must see nothing of it."""

from datetime import UTC, datetime

from stepaside.core.events import CONTACT, Event, EventType
from stepaside.store.database import Database, Tx
from stepaside.store.events import StoredEvent, append_events

CYS = "acc_cys"
DEES = "acc_dees"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def open_accounts(db: Database) -> None:
    """Create both accounts, and two conversations in Cy's."""
    for account in (CYS, DEES):
        async with db.transaction(account) as tx:
            await tx.run(
                "INSERT INTO accounts (id, name, created_at) VALUES (%s, %s, %s)",
                *(account, account, NOON),
            )
    async with db.transaction(CYS) as tx:
        for sql in (
            """INSERT INTO inboxes (id, account_id, kind, name, created_at, updated_at)
            VALUES ('inb_1', %s, 'api', 'Shop', now(), now())""",
            """INSERT INTO contacts (id, account_id, created_at, updated_at)
            VALUES ('ctc_cy', %s, now(), now())""",
            """INSERT INTO conversations
                (id, account_id, inbox_id, contact_id, created_at)
            SELECT id, %s, 'inb_1', 'ctc_cy', now()
            FROM unnest(ARRAY['cnv_1', 'cnv_2']) id""",
        ):
            await tx.run(sql, CYS)


def said(words: str) -> Event:
    """Return the event of somebody saying this."""
    return Event(
        type=EventType.MESSAGE_RECEIVED, at=NOON, actor=CONTACT, data={"words": words}
    )


async def say(
    db: Database, *words: str, account: str = CYS, conversation: str | None = None
) -> None:
    """Commit one event for each of the words, together."""
    async with db.transaction(account) as tx:
        await say_in(tx, *words, conversation=conversation)


async def say_in(tx: Tx, *words: str, conversation: str | None = None) -> None:
    """Append one event for each of the words."""
    await append_events(tx, conversation, [said(one) for one in words])


def words_of(event: StoredEvent) -> str:
    """What `said` was given."""
    return str(event.event.data["words"])
