"""Draw docs/states.md from the tables the core obeys.

.venv/bin/python scripts/states.py           write it
.venv/bin/python scripts/states.py --check   only say whether it is up to date
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Final, TypeVar

from stepaside.core.conversation import (
    CONTROL_AFTER,
    STATUS_AFTER,
    Control,
    IllegalMove,
    Move,
    Status,
    StatusMove,
)

PAGE: Final = Path(__file__).parent.parent / "docs" / "states.md"
COMMAND: Final = ".venv/bin/python scripts/states.py"

S = TypeVar("S", bound=Control | Status)
M = TypeVar("M", bound=Move | StatusMove)
Table = Mapping[tuple[S, M], S | None]

MEANING: Final[Mapping[Move | StatusMove, str]] = {
    Move.HAND_OVER_TO_QUEUE: "the bot steps aside, nobody is named",
    Move.HAND_OVER_TO_STAFF: "the bot steps aside for somebody",
    Move.TAKE_OVER: "a person speaks, from the desk or anywhere else",
    Move.CLAIM: "a staff member takes it",
    Move.ASSIGN: "somebody gives it to a staff member",
    Move.RELEASE: "the holder gives it to the queue",
    Move.GIVE_TO_TEAM: "somebody gives it to the queue of a team",
    Move.HAND_BACK: "people return control",
    Move.RESUME: "the pause has ended, the timer returns control",
    Move.PAUSE: "the bot is silenced, or its silence gets another end",
    Move.TRANSFER: "another bot gets it",
    StatusMove.RESOLVE: "the work is done",
    StatusMove.REOPEN: "it was not done after all",
    StatusMove.SNOOZE: "put aside until an instant",
    StatusMove.WAKE: "the instant has come, or somebody did not wait for it",
    StatusMove.CONTACT_WRITES: "a message comes in",
}

HEAD: Final = f"""\
# Who may speak, and whether there is work left

Drawn from the tables in
[`src/stepaside/core/conversation.py`](../src/stepaside/core/conversation.py); do not
edit it by hand. To draw it again: `{COMMAND}`

`control` says who may speak to the contact: the bot, people of whom nobody has taken it
yet (`queue`), or a person (`human`). `status` says whether there is work left. Neither
is derived from the other, and but for the end of a snooze (below) no move changes both.
Every accepted move of control bumps the conversation's lease by one; what the bot
decided under an earlier lease is never sent.
"""
BESIDE: Final = """\
## What the tables cannot know

Two refusals depend on more than the state, so the functions make them:

- `claim` is refused while somebody else holds the conversation (`moves.claim`).
- `hand_over_to_queue` and `hand_over_to_staff` are refused while it is resolved: the
  contact would be promised a person, and nobody would look at it (`plan.hand_over`).

One thing follows from both: what is `snoozed` is `open` again, in the same event, when
it comes to the queue (a handover, `release`, `give_to_team`, a `pause` of the bot) or
the bot hands it over to somebody. Whoever it comes to did not put it aside, and the
queue shows only what is open.
"""


def render() -> str:
    """The whole page, as it must be."""
    control = _chapter(CONTROL_AFTER, list(Control), list(Move))
    status = _chapter(STATUS_AFTER, list(Status), list(StatusMove))
    return "\n".join([HEAD, "## Control", *control, "## Status", *status, BESIDE])


def _chapter(table: Table[S, M], states: list[S], moves: list[M]) -> Iterator[str]:
    """A diagram and a table. Conversations start in the first of the states."""
    yield from ("", "```mermaid", "stateDiagram-v2", f"    [*] --> {states[0]}")
    yield from _arrows(table, states, moves)
    yield from ("```", "")
    yield _row(["move", "what happens", *(f"from `{s}`" for s in states)])
    yield _row(["---"] * (2 + len(states)))
    for move in moves:
        yield _row([f"`{move}`", MEANING[move], *_cells(table, states, move)])
    yield ""


def _arrows(table: Table[S, M], states: list[S], moves: list[M]) -> Iterator[str]:
    """One arrow for each pair of states, with every move that leads along it."""
    for before, after in product(states, states):
        along = [move for move in moves if table[before, move] is after]
        if along:
            yield f"    {before} --> {after}: {', '.join(along)}"


def _cells(table: Table[S, M], states: list[S], move: M) -> Iterator[str]:
    for state in states:
        target = table[state, move]
        yield f"`{target}`" if target else f"refused: {IllegalMove(state, move)}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with --check say whether it is up to date.

    Returns 0 when all is well, 1 when it is out of date, 2 for anything else asked.
    """
    if list(arguments) == ["--check"]:
        current = PAGE.exists() and PAGE.read_text("utf-8") == render()
        print("up to date" if current else f"out of date; run {COMMAND}")
        return 0 if current else 1
    if arguments:
        print(__doc__)
        return 2
    PAGE.write_text(render(), "utf-8")
    print(f"drew {PAGE.relative_to(PAGE.parent.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
