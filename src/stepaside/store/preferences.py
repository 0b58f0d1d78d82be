"""In which language and time zone the desk speaks to somebody, and to an account."""

from dataclasses import dataclass

from stepaside.core.ids import StaffId
from stepaside.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Empty fields follow the account, and then the browser."""

    language: str = ""
    time_zone: str = ""


async def get_preferences(tx: Tx, staff_id: StaffId) -> Preferences:
    """What a staff member chose."""
    row = await tx.one("SELECT language, time_zone FROM staff WHERE id = %s", staff_id)
    return Preferences(**row) if row else Preferences()


async def save_preferences(tx: Tx, staff_id: StaffId, chosen: Preferences) -> None:
    """Store what a staff member chose."""
    await tx.run(
        "UPDATE staff SET language = %s, time_zone = %s WHERE id = %s",
        *(chosen.language, chosen.time_zone, staff_id),
    )


async def preferences_in_force(tx: Tx, staff_id: StaffId | None) -> Preferences:
    """How to speak to a staff member where no browser says more; None: to the account.

    As they chose, else as their account did.
    """
    row = await tx.one(
        """SELECT coalesce(nullif(s.language, ''), a.language) AS language,
            coalesce(nullif(s.time_zone, ''), a.time_zone) AS time_zone
        FROM accounts a LEFT JOIN staff s ON s.account_id = a.id AND s.id = %s
        WHERE a.id = %s""",
        *(staff_id, tx.account_id),
    )
    return Preferences(**row) if row else Preferences()


async def get_account_language(tx: Tx) -> str:
    """The language of whoever chose none; empty for their browser's."""
    row = await tx.one("SELECT language FROM accounts WHERE id = %s", tx.account_id)
    return str(row["language"]) if row else ""


async def save_account_language(tx: Tx, language: str) -> None:
    """Store the language of whoever chose none."""
    await tx.run(
        "UPDATE accounts SET language = %s WHERE id = %s", language, tx.account_id
    )
