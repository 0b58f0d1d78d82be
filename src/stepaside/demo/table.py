"""The demo's outcome as a table for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDE: Final = 200
"""Columns that the table needs; narrower terminals get two lines a conversation."""
HEADINGS: Final = (
    "Contact",
    "Asked first",
    "What happened",
    "Assigned to",
    "Task due",
    "Tags",
    "Bot paused until",
)
_WORDS: Final[Mapping[str, str]] = {
    "answered": "[green]answered[/]",
    "human_requested": "[yellow]asked for a person[/]",
    "lack_of_information": "[yellow]no information[/]",
    "failed_to_resolve": "[yellow]answers did not help[/]",
}


def render(
    rows: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
    seconds: float,
    urls: Mapping[str, str] | None,
) -> None:
    """Print one line a conversation, the sums, and where to go on.

    urls: `desk`, `shop` and `api`; None when nothing stays up to be looked at.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(_table(rows) if console.width >= WIDE else _list(rows))
    console.print()
    handed = sum(n for what, n in counts.items() if what != "answered")
    console.print(
        f"{len(rows)} conversations in {seconds} s: {counts.get('answered', 0)} "
        f"answered by the bot, {handed} handed over to people."
    )
    console.print(
        "The messages are what customers wrote, from BANKING77 and NLU++ (CC BY 4.0)."
    )
    console.print()
    if urls is None:
        console.print("Without --once it stays up, with the desk and a widget to try.")
        return
    console.print(f"Desk (signs you in once):  {urls['desk']}", soft_wrap=True)
    console.print(f"Demo page with the widget: {urls['shop']}", soft_wrap=True)
    console.print(f"API:                       {urls['api']}", soft_wrap=True)


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row))
    return table


def _list(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Two lines a conversation, for a terminal too narrow for the columns."""
    table = Table.grid(padding=(0, 2))
    for row in rows:
        contact, asked, *facts = _cells(row)
        named = zip(HEADINGS[3:], facts[1:], strict=True)
        rest = ", ".join(f"{name.lower()} {fact}" for name, fact in named if fact)
        what = f"{facts[0]}: {rest}" if rest else facts[0]
        table.add_row(contact, f"{asked}\n[dim]→[/] {what}")
    return table


def _cells(row: Mapping[str, Any]) -> list[str]:
    handed = row["happened"] != "answered"
    what = _WORDS.get(row["happened"], escape(row["happened"]))
    if row["control"] == "bot" and handed:
        what += ", handed back"
    waits = "in the queue" if row["control"] == "queue" else ""
    paused = "people hand back" if handed and row["control"] != "bot" else ""
    return [
        escape(row["contact"]),
        escape(_short(row["asked"])),
        what,
        row["assigned_to"] or waits,
        _when(row["task_due_at"]),
        ", ".join(row["tags"]),
        _when(row["bot_paused_until"]) or paused,
    ]


def _when(instant: str | None) -> str:
    """In the reader's own zone."""
    if not instant:
        return ""
    return f"{datetime.fromisoformat(instant).astimezone():%a %d %b %H:%M}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 44 else f"{flat[:43]}…"
