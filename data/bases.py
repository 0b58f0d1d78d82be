# ruff: noqa: INP001, S311 (beside the scripts that share it; its chance must repeat)
"""Knowledge of many kinds, with questions that it can and cannot answer.

Articles that list examples are `intent: one | other | …` with every example there is.
Questions are those that nothing has learnt from (`held.py`), at most eight an intent.
"""

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from held import PUBLIC, held_out
from train import HERE, public_rows

from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.turn import Author, Line

EACH = 8
BANKS = HERE / "intents"
KEPT = (
    "credit_union",
    "eyewear_shop",
    "fantasy_cricket_quiz",
    "gym_chain",
    "pet_food_shop",
    "telecom_billing",
)
"""Banks of `data/intents/` that measure: nothing learns from them."""
SETS = HERE.parent / "src/stepaside/evaluation/sets"
COLLECTIONS = ("fiqa", "ibmcloud", "clapnq", "govt")
BANKING_OF_CLINC = (
    "account_blocked application_status apr balance bill_balance bill_due"
    " card_declined credit_limit credit_limit_change credit_score damaged_card"
    " expiration_date freeze_account improve_credit_score interest_rate"
    " international_fees min_payment new_card order_checks pay_bill pin_change"
    " redeem_rewards replacement_card_duration report_fraud report_lost_card"
    " rewards_balance routing spending_history transactions transfer"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Some knowledge, what it answers and what it does not.

    kind: bases of one kind share their messages. right: the article of each question
    that is answered, by its place; empty where that is not known.
    """

    name: str
    kind: str
    items: Sequence[KnowledgeItem]
    answered: Sequence[str]
    right: Sequence[int]
    missing: Sequence[str]
    before: Mapping[str, Sequence[Line]] = field(default_factory=dict)


def all_bases() -> Iterator[Base]:
    """Give every base, those of examples first."""
    yield from example_bases()
    yield from prose_bases()


def example_bases() -> Iterator[Base]:
    """Knowledge that is made of examples."""
    banking, clinc = intents_of("banking77"), intents_of("clinc150")
    for seed in range(3):
        yield _parted(f"banking 50 of 77 ({seed})", "banking", banking, seed, 27)
    yield _parted("banking 50 of 77, five examples", "banking", banking, 0, 27, 5)
    half = random.Random(3).sample(sorted(banking), 38)
    yield _parted("banking 20 of 38", "banking", {x: banking[x] for x in half}, 3, 18)
    near = [x for name in BANKING_OF_CLINC.split() for x in clinc[name] if held_out(x)]
    whole = _parted("banking, other banks' questions", "banking", banking, 0, 0)
    yield _with(whole, near[::2])
    oos = _oos()
    yield _with(_parted("banking, off topic", "banking", banking, 1, 0), oos)
    yield from _clinc(oos)
    hotels = {x: y for x, y in intents_of("nlupp").items() if x and len(y) >= EACH}
    for seed in range(2):
        yield _parted(f"NLU++ 22 of 32 ({seed})", "nlupp", hotels, seed, 10)
    yield _shop("clothes")
    yield _shop("purifier")
    for name in KEPT:
        entries, others = bank(name)
        plain = name.replace("_", " ")
        yield _with(_parted(f"bank: {plain}", "bank", entries, 0, 0), others)


def prose_bases() -> Iterator[Base]:
    """Knowledge that is made of articles."""
    for name in COLLECTIONS:
        yield _collection(name)
    yield from _ours()


def read(name: str) -> list[dict[str, Any]]:
    """Give the rows of a public file."""
    with gzip.open(PUBLIC / name, "rt", encoding="utf-8") as source:
        return [json.loads(x) for x in source]


def article(
    name: str, title: str, text: str, question: str | None = None
) -> KnowledgeItem:
    """Give an article."""
    return KnowledgeItem(
        id=KnowledgeItemId(name), title=title, text=text, question=question
    )


def listed(name: str, examples: Iterable[str]) -> KnowledgeItem:
    """Give an article that lists examples."""
    plain = name.replace("_", " ").replace("+", " ")
    return article(name, "", f"{plain}: {' | '.join(examples)}")


def intents_of(source: str) -> dict[str, list[str]]:
    """Give the messages of a public source by what they ask for."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in public_rows():
        if row["source"] == source:
            found[row["intent"]].append(row["text"])
    return found


def bank_names() -> list[str]:
    """Give the names of all banks of `data/intents/`."""
    return sorted(x.stem for x in BANKS.glob("*.txt"))


def bank(name: str) -> tuple[dict[str, list[str]], list[str]]:
    """Give a bank's ways of asking by entry, and what none of its entries answers."""
    found: dict[str, list[str]] = {}
    for line in (BANKS / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            own = found.setdefault(line[2:].strip(), [])
        elif line.strip():
            own.append(line.strip())
    return found, found.pop("-")


def _parted(  # noqa: PLR0917 - what a base is parted by
    name: str,
    kind: str,
    intents: Mapping[str, Sequence[str]],
    seed: int,
    gone: int,
    most: int = 200,
) -> Base:
    """Some intents are articles; what is asked of the others is missing."""
    rng = random.Random(seed)
    names = rng.sample(sorted(intents), len(intents))
    kept = [x for x in names[gone:] if any(not held_out(y) for y in intents[x])]
    asked = {x: [y for y in intents[x] if held_out(y)][:EACH] for x in names}
    items = [listed(x, [y for y in intents[x] if not held_out(y)][:most]) for x in kept]
    return Base(
        name=name,
        kind=kind,
        items=items,
        answered=[y for x in kept for y in asked[x]],
        right=[at for at, x in enumerate(kept) for _ in asked[x]],
        missing=[y for x in names[:gone] for y in asked[x]],
    )


def _with(base: Base, missing: Sequence[str]) -> Base:
    return Base(
        name=base.name,
        kind=base.kind,
        items=base.items,
        answered=base.answered,
        right=base.right,
        missing=missing,
    )


def _oos() -> list[str]:
    rows = read("answerability_dev.jsonl.gz")
    own = [x["question"] for x in rows if x["kb_id"] == "clinc" and not x["answerable"]]
    return [*own, *(x for x in intents_of("clinc150")["oos"] if held_out(x))]


def _clinc(oos: Sequence[str]) -> Iterator[Base]:
    passages = _passages("clinc")
    items = [article(str(i), "", x) for i, x in enumerate(passages)]
    asked: dict[int, list[str]] = defaultdict(list)
    for row in read("answerability_dev.jsonl.gz"):
        if row["kb_id"] == "clinc" and row["answerable"]:
            asked[row["gold_pids"][0]].append(row["question"])
    for name, gone in (("CLINC150", 0), ("CLINC 100 of 150", 50), ("CLINC 75", 75)):
        order = random.Random(gone).sample(range(150), 150)
        kept = sorted(order[gone:])
        away = [y for x in order[:gone] for y in asked[x][:EACH]]
        yield Base(
            name=name,
            kind="clinc",
            items=[items[x] for x in kept],
            answered=[y for x in kept for y in asked[x][:EACH]],
            right=[at for at, x in enumerate(kept) for _ in asked[x][:EACH]],
            missing=away or oos,
        )


def _shop(name: str) -> Base:
    """A small bot of `data/faq`: `# title` and its examples; `?` marks a question.

    What stands under `# -` is asked as well, and belongs to no article.
    """
    items: list[tuple[str, list[str]]] = []
    asked: list[tuple[str, int]] = []
    for line in (HERE / f"faq/{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            items.append((line[2:], []))
        elif line.startswith("? "):
            asked.append((line[2:], len(items) - 1))
        elif line.strip():
            items[-1][1].append(line.strip())
    missing = next(x for title, x in items if title == "-")
    return Base(
        name=f"shop: {name}",
        kind="shop",
        items=[listed(x, y) for x, y in items if x != "-"],
        answered=[x for x, _ in asked],
        right=[x for _, x in asked],
        missing=missing,
    )


def _passages(name: str) -> list[str]:
    rows = read("answerability_dev_kb.jsonl.gz")
    found: list[str] = next(x["passages"] for x in rows if x["kb_id"] == name)
    return found


def _collection(name: str) -> Base:
    """A collection of documents; what is asked of the others is missing."""
    rows = [
        x for x in read("answerability_dev.jsonl.gz") if x["kb_id"].startswith("mtrag")
    ]
    own = [x for x in rows if x["kb_id"] == f"mtrag_{name}"]
    others = [x for x in rows if x not in own and x["answerable"]]
    away = [x for x in own if x["answerable"] == 0]
    passages = _passages(f"mtrag_{name}")
    return Base(
        name=f"MTRAG {name}",
        kind=f"mtrag {name}",
        items=[article(str(i), "", x) for i, x in enumerate(passages)],
        answered=[x["question"] for x in own if x["answerable"]],
        right=(),
        missing=[x["question"] for x in (*others, *away)],
        before={x["question"]: _lines(x["history"]) for x in rows},
    )


def _lines(history: Sequence[Mapping[str, str]]) -> list[Line]:
    authors = {"user": Author.CONTACT, "bot": Author.BOT}
    return [Line(author=authors[x["role"]], text=x["text"]) for x in history]


def _ours() -> Iterator[Base]:
    asked = [json.loads(x) for x in (SETS / "answers_set.jsonl").open(encoding="utf-8")]
    for line in (SETS / "knowledge.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        own = [x for x in asked if x["kb_id"] == row.get("knowledge_id")]
        if not own:
            continue
        items = [
            article(str(i), x["title"], x["text"], x.get("question"))
            for i, x in enumerate(row["items"])
        ]
        yield Base(
            name=f"ours: {row['knowledge_id']}",
            kind=row["knowledge_id"],
            items=items,
            answered=[x["question"] for x in own if x["answerable"]],
            right=(),
            missing=[x["question"] for x in own if not x["answerable"]],
        )
