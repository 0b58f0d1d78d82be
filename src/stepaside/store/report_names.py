"""What people call the groups of a report."""

from collections.abc import Mapping
from typing import Final

from stepaside.store.database import Tx
from stepaside.store.reports import GroupBy

_NAMES: Final[Mapping[GroupBy, str]] = {
    GroupBy.REASON: "SELECT id, name FROM handover_rules WHERE account_id = %s",
    GroupBy.BOT: "SELECT id, name FROM bots WHERE account_id = %s",
    GroupBy.INBOX: "SELECT id, name FROM inboxes WHERE account_id = %s",
    GroupBy.STAFF: "SELECT id, name FROM staff WHERE account_id = %s",
}


async def names_of(tx: Tx, group_by: GroupBy) -> Mapping[str | None, str]:
    """Names by the ids a report is grouped by, also of what was deleted since.

    Empty for groups that are not named by ids.
    """
    sql = _NAMES.get(group_by)
    rows = await tx.all(sql, tx.account_id) if sql else []
    return {row["id"]: row["name"] for row in rows}


async def custom_rules(tx: Tx) -> Mapping[str | None, str]:
    """The names of the account's custom rules: each is a reason of its own."""
    rows = await tx.all(
        "SELECT id, name FROM handover_rules WHERE account_id = %s "
        "AND scenario = 'custom'",
        tx.account_id,
    )
    return {row["id"]: row["name"] for row in rows}


async def channels_in_use(tx: Tx) -> list[str]:
    """The kinds of inbox the account has, or had."""
    rows = await tx.all(
        "SELECT DISTINCT kind FROM inboxes WHERE account_id = %s ORDER BY kind",
        tx.account_id,
    )
    return [row["kind"] for row in rows]
