"""Measuring the detectors on labelled files: as a table, or as JSON for programs."""

import json
import sys
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from stepaside.bot.local import warm_up
from stepaside.evaluation.cases import Case, Dialogue, read_cases
from stepaside.evaluation.figures import Figures, Share
from stepaside.evaluation.knowledge import Indexes, read_indexes
from stepaside.evaluation.report import (
    Answered,
    Report,
    as_json,
    read_wanted,
    report,
    shortfalls,
)
from stepaside.evaluation.scoring import Played, score

_WRONG_SHOWN = 40
_OWN = files("stepaside.evaluation") / "sets"


def evaluate(
    given: Sequence[Path],
    *,
    knowledge: Path | None,
    threshold: float,
    limits: Path | None,
    json_only: bool,
) -> int:
    """Print the figures; give 1 where they are worse than wanted, else 0.

    given: labelled files; none for the sets that ship, with the limits they have.
    """
    warm_up()
    with as_file(_OWN) as own:
        chosen = given or sorted(own.glob("*_set.jsonl"))
        indexes = _indexes(own if not given else None, knowledge)
        wanted = read_wanted(own / "limits.json") if not given else {}
        made = report(score(_read(chosen), indexes), threshold)
    short = shortfalls(made, read_wanted(limits) if limits else wanted)
    if json_only:
        found = {**as_json(made), "short": short}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        show(made, Console(), short)
    return 1 if short else 0


def _indexes(own: Path | None, given: Path | None) -> Indexes:
    shipped = sorted(own.glob("*knowledge.jsonl")) if own else []
    files = [*shipped, given] if given else shipped
    return {name: index for x in files for name, index in read_indexes(x).items()}


def _read(chosen: Sequence[Path]) -> Iterator[Case | Dialogue]:
    for path in chosen:
        yield from read_cases(path)


def show(made: Report, console: Console, short: Sequence[str]) -> None:
    """Print tables for people."""
    for one in made.detectors:
        console.print(_table(one))
        console.print(_sweep(one))
        _show_wrong(one, console)
    if made.exact:
        console.print(f"handed over at exactly the right turn: {_sure(made.exact)}")
        for missed in made.missed:
            console.print(f"  {_missed(missed)}", markup=False, highlight=False)
    for line in short:
        console.print(f"worse than wanted: {line}", style="bold red", markup=False)


def _missed(one: Played) -> str:
    due, at = one.dialogue.hands_over_at, one.handed_over_at
    wanted = "never" if due is None else f"at {due}"
    was = "never" if at is None else f"at {at} for {one.cause}"
    return f"{one.dialogue.id}: wanted {wanted}, handed over {was}"


def _table(one: Answered) -> Table:
    table = _plain(f"{one.signal}, acting at {one.whole.threshold}")
    table.add_column("", max_width=20, no_wrap=True)
    for name in ("recall", "false", "precision", "F1", "AUC"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row("all", *_cells(one.whole), style="bold")
    groups = {"by language": one.by_language, "by category": one.by_category}
    for heading, found in groups.items():
        if len(found) > 1:
            table.add_section()
            table.add_row(heading, style="italic")
            for name, own in found.items():
                table.add_row(name, *_cells(own))
    whole = one.whole
    auc = "" if whole.auc is None else f", AUC {whole.auc_low:.3f}-{whole.auc_high:.3f}"
    table.caption = (
        f"with 95 % certainty: recall {_range(whole.recall)},"
        f" false {_range(whole.false)},\n"
        f"F1 {whole.f1_low:.3f}-{whole.f1_high:.3f}{auc}\n"
        f"scores are off what came true by {whole.calibration:.3f} in the mean\n"
        f"a turn takes {1000 * one.median:.2f} ms, p95 {1000 * one.slowest:.2f} ms"
    )
    return table


def _plain(title: str) -> Table:
    return Table(
        title=title,
        box=SIMPLE,
        title_justify="left",
        caption_justify="left",
        padding=(0, 1),
    )


def _cells(own: Figures) -> tuple[str, ...]:
    f1 = f"{own.f1:.3f}" if own.recall.of else "-"
    auc = "-" if own.auc is None else f"{own.auc:.3f}"
    precision = _percent(own.precision)
    return _count(own.recall), _count(own.false), precision, f1, auc


def _count(one: Share) -> str:
    return "-" if one.share is None else f"{one.count}/{one.of} {_percent(one)}"


def _percent(one: Share) -> str:
    return "-" if one.share is None else f"{one.share:.1%}"


def _sure(one: Share) -> str:
    """A share with how sure it is."""
    return "-" if one.share is None else f"{_count(one)} [{_range(one)}]"


def _range(one: Share) -> str:
    return f"{one.low:.0%}-{one.high:.0%}"


def _sweep(one: Answered) -> Table:
    table = _plain("at other thresholds")
    for name in ("threshold", "recall", "false"):
        table.add_column(name, justify="right")
    for at, found, false in one.sweep:
        table.add_row(f"{at:.2f}", _sure(found), _sure(false))
    return table


def _show_wrong(one: Answered, console: Console) -> None:
    for wrong in one.wrong[:_WRONG_SHOWN]:
        kind = "missed" if wrong.case.expected else "false"
        text = " ".join(wrong.case.transcript[-1].text.split())[:160]
        console.print(
            f"  {kind} {wrong.score:.2f} {wrong.case.language}"
            f" {wrong.case.category}: {text}",
            markup=False,
            highlight=False,
        )
    if len(one.wrong) > _WRONG_SHOWN:
        console.print(f"  and {len(one.wrong) - _WRONG_SHOWN} more")
