"""Bulk decisions about transcripts: a line in, a line out, in order."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from stepaside.cli.detect import decide_lines
from stepaside.evaluation.knowledge import read_indexes
from stepaside.evaluation.lines import UnreadableLine, numbered
from tests.commands import stepaside

ASKS = {"author": "contact", "text": "I want to talk to a human"}
HOURS = {"author": "contact", "text": "When are you open on Saturday?"}
ARTICLE = {
    "title": "Opening hours",
    "text": "The shop is open on Saturday from 10:00 to 14:00.",
}


def decided(*lines: dict[str, Any], knowledge: Any = None) -> list[dict[str, Any]]:
    written = [json.dumps({"id": n, **line}) for n, line in enumerate(lines)]
    return list(decide_lines(numbered(written, "talk.jsonl"), knowledge or {}))


def test_each_line_is_answered_in_order_with_scores() -> None:
    asks, hours = decided({"messages": [ASKS]}, {"messages": [HOURS]})
    assert (asks["id"], asks["decision"]) == (0, "hand_over")
    assert asks["scenario"] == "human_requested"
    assert asks["signals"]["human_requested"] >= 0.5
    assert set(asks["signals"]) == {
        "human_requested",
        "lack_of_information",
        "failed_to_resolve",
        "attempt_failed",
    }
    assert (hours["id"], hours["decision"], hours["failed_attempts"]) == (1, "reply", 0)


def test_nothing_known_hands_over_and_the_article_answers() -> None:
    unknown, known = decided(
        {"messages": [HOURS], "knowledge": []},
        {"messages": [HOURS], "knowledge": [ARTICLE]},
    )
    assert unknown["scenario"] == "lack_of_information"
    assert known["decision"] == "reply"


@pytest.mark.parametrize("name", ["knowledge.jsonl", "knowledge.jsonl.gz"])
def test_knowledge_may_come_from_a_file_by_its_id(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    opened = gzip.open if name.endswith(".gz") else open
    with opened(file, "wt", encoding="utf-8") as written:
        written.write(
            json.dumps({"knowledge_id": "shop", "items": [ARTICLE]})
            + "\n\n"
            + json.dumps({"knowledge_id": 2, "items": []})
        )
    known, unknown = decided(
        {"messages": [HOURS], "knowledge_id": "shop"},
        {"messages": [HOURS], "knowledge_id": 2},
        knowledge=read_indexes(file),
    )
    assert known["decision"] == "reply"
    assert unknown["decision"] == "hand_over"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('{"knowledge_id": "shop"}', "items"),
        ('{"knowledge_id": "shop", "itmes": []}', "items"),
        ('{"items": []}', "knowledge_id"),
        ('{"kb_id": 1}', "passages"),
        ('{"knowledge_id": 1, "items": [{"title": 5, "text": ""}]}', "title"),
        ("[]", "object"),
    ],
)
def test_a_line_of_knowledge_that_cannot_be_read_is_named(
    tmp_path: Path, line: str, word: str
) -> None:
    file = tmp_path / "knowledge.jsonl"
    file.write_text(f"\n{line}\n")
    with pytest.raises(UnreadableLine, match=r"knowledge.jsonl, line 2: ") as refused:
        read_indexes(file)
    assert word in str(refused.value)


def test_a_line_may_bring_rules_as_the_api_shows_them() -> None:
    ours = {
        "id": "rul_1",
        "bot_id": "bot_1",
        "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T10:00:00Z",
    }
    rules = [{"scenario": "human_requested", "enabled": True, **ours}]
    (asks,) = decided({"messages": [ASKS], "rules": rules})
    assert asks["scenario"] == "human_requested"


def test_a_line_may_bring_its_own_rules() -> None:
    off = {"scenario": "human_requested", "enabled": False}
    meant = {"scenario": "human_requested"}
    without, with_rule = decided(
        {"messages": [ASKS], "rules": [off]}, {"messages": [ASKS], "rules": [meant]}
    )
    assert without["decision"] != "hand_over"
    assert with_rule["decision"] == "hand_over"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("{", "JSON"),
        ('{"id": 1}', "messages"),
        ('{"id": 1, "messages": [{"author": "x", "text": ""}]}', "author"),
        ('{"id": 1, "messages": []}', "contact"),
        ('{"id": 1, "messages": [{"author": "bot", "text": "Hi"}]}', "contact"),
        (json.dumps({"id": 1, "messages": [HOURS], "knowledge_id": "x"}), "knowledge"),
        (
            json.dumps(
                {"id": 1, "messages": [HOURS], "rules": [{"scenario": "custom"}]}
            ),
            "trigger_condition",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, word: str) -> None:
    good = json.dumps({"id": 0, "messages": [HOURS]})
    lines = decide_lines(numbered([good, "\n", line], "talk.jsonl"), {})
    assert next(lines)["id"] == 0
    with pytest.raises(UnreadableLine, match=r"talk.jsonl, line 3: ") as refused:
        next(lines)
    assert word.lower() in str(refused.value).lower()


def test_the_command_reads_standard_input_and_stops_at_a_bad_line() -> None:
    good = json.dumps({"id": "a", "messages": [ASKS]})
    done = stepaside("detect", "-", stdin=f"{good}\n{{\n")
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["a"]
    assert done.status == 1
    assert done.err.startswith("stepaside: standard input, line 2: ")
