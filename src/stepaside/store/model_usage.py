"""What each account's language models were asked, a row a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from stepaside.store.database import Tx


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
    row = await tx.one("SELECT * FROM model_usage WHERE day = %s", day)
    if row is None:
        return ModelUsage(day=day)
    return ModelUsage(
        day=day,
        answers=row["answers"],
        tokens_in=row["tokens_in"],
        tokens_out=row["tokens_out"],
    )


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
