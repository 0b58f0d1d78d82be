"""What each account's language models were asked, a row a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from stepaside.store.database import Tx

_READ: Final = "SELECT day, answers, tokens_in, tokens_out FROM model_usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUsage:
    """One day in UTC: how many answers, and the tokens they took."""

    day: date
    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def tokens(self) -> int:
        """All tokens, as a budget counts them."""
        return self.tokens_in + self.tokens_out


async def usage_on(tx: Tx, now: datetime) -> ModelUsage:
    """The account's use on the day of an instant; zeros where there was none."""
    day = now.astimezone(UTC).date()
    row = await tx.one(f"{_READ} WHERE day = %s", day)
    return ModelUsage(**row) if row else ModelUsage(day=day)


async def last_days(tx: Tx, now: datetime, most: int) -> list[ModelUsage]:
    """The account's use on the days it had any, of the last `most`, the last first."""
    since = now.astimezone(UTC).date() - timedelta(days=most - 1)
    rows = await tx.all(f"{_READ} WHERE day >= %s ORDER BY day DESC", since)
    return [ModelUsage(**row) for row in rows]


async def within_budget(tx: Tx, now: datetime, most: int | None) -> bool:
    """Whether the account may ask a language model now.

    most: the installation's limit, in tokens a day; the account's own may be lower.
        None: no limit.
    """
    row = await tx.one("SELECT model_daily_tokens AS own FROM accounts")
    limits = [x for x in (most, row["own"] if row else None) if x is not None]
    return not limits or (await usage_on(tx, now)).tokens < min(limits)


async def add_usage(tx: Tx, now: datetime, *, tokens_in: int, tokens_out: int) -> None:
    """Count one more answer."""
    await tx.run(
        """INSERT INTO model_usage (account_id, day, answers, tokens_in, tokens_out)
        VALUES (%s, %s, 1, %s, %s)
        ON CONFLICT (account_id, day) DO UPDATE SET
            answers = model_usage.answers + 1,
            tokens_in = model_usage.tokens_in + EXCLUDED.tokens_in,
            tokens_out = model_usage.tokens_out + EXCLUDED.tokens_out""",
        tx.account_id,
        now.astimezone(UTC).date(),
        tokens_in,
        tokens_out,
    )
