"""What a bot may answer from: rows of `knowledge_items` and the version they form."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from stepaside.core.ids import BotId, KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.store.bots import lock_bot
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound

_COLUMNS: Final = "id, title, text, question, url"


async def load_items(tx: Tx, bot_id: BotId) -> tuple[KnowledgeItem, ...]:
    """Everything a bot knows, in the order it was given."""
    return tuple(await list_items(tx, bot_id, limit=None))


async def version(tx: Tx, bot_id: BotId) -> int:
    """A number that grows with every change of the bot's knowledge. Raises: NotFound.

    A deleted bot keeps its last version.
    """
    row = await tx.one("SELECT knowledge_version FROM bots WHERE id = %s", bot_id)
    if row is None:
        raise NotFound("bot", bot_id)
    found: int = row["knowledge_version"]
    return found


async def list_items(
    tx: Tx,
    bot_id: BotId,
    *,
    after: str = "",
    limit: int | None = 50,
    words: str = "",
) -> list[KnowledgeItem]:
    """Items in the order they were given, those with an id after `after`.

    words: only those that hold this text somewhere, in small or capital letters;
        empty for all.
    """
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM knowledge_items "  # noqa: S608
        "WHERE bot_id = %s AND id > %s "
        "AND strpos(lower(concat_ws(chr(10), title, question, text, url)), "
        "lower(%s)) > 0 ORDER BY id LIMIT %s",
        *(bot_id, after, words, limit),
    )
    return [_item(row) for row in rows]


async def count_items(tx: Tx, bot_id: BotId) -> int:
    """How many articles a bot has."""
    row = await tx.one(
        "SELECT count(*) AS n FROM knowledge_items WHERE bot_id = %s", bot_id
    )
    return int(row["n"]) if row else 0


async def find_item(tx: Tx, bot_id: BotId, item_id: str) -> KnowledgeItem | None:
    """One article of a bot, or None."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM knowledge_items WHERE bot_id = %s AND id = %s",  # noqa: S608
        *(bot_id, item_id),
    )
    return _item(row) if row else None


async def get_item(tx: Tx, bot_id: BotId, item_id: str) -> KnowledgeItem:
    """One article of a bot. Raises: NotFound."""
    found = await find_item(tx, bot_id, item_id)
    if found is None:
        raise NotFound("knowledge item", item_id)
    return found


async def replace_items(
    tx: Tx, bot_id: BotId, items: Sequence[KnowledgeItem], now: datetime
) -> None:
    """Make these the only items of the bot. Raises: NotFound: no such bot."""
    await lock_bot(tx, bot_id)
    await tx.run("DELETE FROM knowledge_items WHERE bot_id = %s", bot_id)
    async with tx.conn.cursor() as cursor:
        await cursor.executemany(_INSERT, [_row(tx, bot_id, i, now) for i in items])
    await _changed(tx, bot_id)


async def add_item(tx: Tx, bot_id: BotId, item: KnowledgeItem, now: datetime) -> None:
    """Add one item. Raises: NotFound: no such bot."""
    await lock_bot(tx, bot_id)
    await tx.run(_INSERT, *_row(tx, bot_id, item, now))
    await _changed(tx, bot_id)


async def add_items(
    tx: Tx, bot_id: BotId, items: Sequence[KnowledgeItem], now: datetime
) -> None:
    """Add many items at once. Raises: NotFound: no such bot."""
    await lock_bot(tx, bot_id)
    async with tx.conn.cursor() as cursor:
        await cursor.executemany(_INSERT, [_row(tx, bot_id, i, now) for i in items])
    await _changed(tx, bot_id)


async def save_item(tx: Tx, bot_id: BotId, item: KnowledgeItem) -> None:
    """Store a changed item. Raises: NotFound: no such bot or item."""
    await lock_bot(tx, bot_id)
    touched = await tx.run(
        "UPDATE knowledge_items SET title = %s, text = %s, question = %s, url = %s "
        "WHERE bot_id = %s AND id = %s",
        *(item.title, item.text, item.question, item.url, bot_id, item.id),
    )
    if not touched:
        raise NotFound("knowledge item", item.id)
    await _changed(tx, bot_id)


async def delete_item(tx: Tx, bot_id: BotId, item_id: KnowledgeItemId) -> None:
    """Take one item away. Raises: NotFound: no such bot or item."""
    await lock_bot(tx, bot_id)
    gone = "DELETE FROM knowledge_items WHERE bot_id = %s AND id = %s"
    if not await tx.run(gone, bot_id, item_id):
        raise NotFound("knowledge item", item_id)
    await _changed(tx, bot_id)


_INSERT: Final = """
INSERT INTO knowledge_items
    (account_id, bot_id, created_at, id, title, text, question, url)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


def _row(tx: Tx, bot_id: BotId, item: KnowledgeItem, now: datetime) -> list[Any]:
    fields = [item.id, item.title, item.text, item.question, item.url]
    return [tx.account_id, bot_id, now, *fields]


async def _changed(tx: Tx, bot_id: BotId) -> None:
    await tx.run(
        "UPDATE bots SET knowledge_version = knowledge_version + 1 WHERE id = %s",
        bot_id,
    )


def _item(row: dict[str, Any]) -> KnowledgeItem:
    fields = {name: row[name] for name in ("title", "text", "question", "url")}
    return KnowledgeItem(id=KnowledgeItemId(row["id"]), **fields)
