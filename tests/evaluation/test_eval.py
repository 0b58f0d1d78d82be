"""`stepaside eval`: labelled files are read, measured and held against limits."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from stepaside.cli.evaluate import evaluate
from stepaside.core.signal import SignalName
from stepaside.evaluation.cases import Case, Dialogue, UnreadableCase, read_cases

MESSAGES = [
    {"text": "I want to talk to a human", "label": 1, "lang": "en", "category": "a"},
    {"text": "where is my parcel?", "label": 0, "lang": "en", "category": "b"},
    {"text": "Ich will mit einem Menschen sprechen", "label": 1, "lang": "de"},
]
DIALOGUE = {
    "id": "d1",
    "turns": [
        {"role": "user", "text": "I can't log in", "label": 0},
        {"role": "bot", "text": "Reset your password."},
        {"role": "user", "text": "that didn't help", "label": 1},
    ],
    "handover_turn_k3": None,
}
KNOWLEDGE = {
    "kb_id": "shop",
    "passages": ["Delivery takes three days.", "We are open from 9 to 5."],
}
QUESTIONS = [
    {"question": "how long does delivery take?", "kb_id": "shop", "answerable": 1},
    {"question": "who is the president of France?", "kb_id": "shop", "answerable": 0},
]


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(x) for x in rows), "utf-8")
    return path


def run(
    capsys: pytest.CaptureFixture[str],
    *files: Path,
    knowledge: Path | None = None,
    limits: Path | None = None,
) -> tuple[int, Any]:
    status = evaluate(
        files, knowledge=knowledge, threshold=0.5, limits=limits, json_only=True
    )
    return status, json.loads(capsys.readouterr().out)


def test_a_file_of_messages_asks_for_a_person(tmp_path: Path) -> None:
    first = next(read_cases(write(tmp_path / "a.jsonl", *MESSAGES)))
    assert isinstance(first, Case)
    assert first.signal is SignalName.HUMAN_REQUESTED
    assert first.expected


def test_a_dialogue_asks_at_each_turn_and_as_a_whole(tmp_path: Path) -> None:
    case, dialogue = read_cases(write(tmp_path / "a.jsonl", DIALOGUE))
    assert isinstance(case, Case)
    assert case.signal is SignalName.ATTEMPT_FAILED
    assert isinstance(dialogue, Dialogue)
    assert dialogue.hands_over_at is None


def test_a_line_of_no_known_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCase, match=r"a\.jsonl, line 1"):
        list(read_cases(write(tmp_path / "a.jsonl", {"words": "?"})))


def test_messages_are_measured_by_language_and_category(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, made = run(capsys, write(tmp_path / "a.jsonl", *MESSAGES))
    found = made["detectors"]["human_requested"]
    assert status == 0
    assert found["recall"] == {
        "count": 2,
        "of": 2,
        "share": 1.0,
        "low": pytest.approx(0.34, abs=0.01),
        "high": 1.0,
    }
    assert list(found["by_language"]) == ["de", "en"]
    assert list(found["by_category"]) == ["a", "all", "b"]


def test_questions_are_asked_of_their_knowledge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = write(tmp_path / "q.jsonl", *QUESTIONS)
    known = write(tmp_path / "k.jsonl", KNOWLEDGE)
    _, made = run(capsys, asked, knowledge=known)
    found = made["detectors"]["lack_of_information"]
    assert (found["recall"]["count"], found["false"]["count"]) == (1, 0)


def test_unknown_knowledge_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnreadableCase, match="shop"):
        run(capsys, write(tmp_path / "q.jsonl", *QUESTIONS))


def test_what_is_worse_than_the_limits_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"text": "where is my parcel?", "label": 1}
    asked = write(tmp_path / "a.jsonl", *MESSAGES, wrong)
    limits = write(tmp_path / "limits.json", {"human_requested": {"recall": 0.9}})
    status, made = run(capsys, asked, limits=limits)
    assert status == 1
    assert made["short"] == [
        "human_requested: recall is 0.6666666666666666, wanted 0.9"
    ]


def test_a_language_that_is_worse_than_the_rest_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asks = [{"text": f"human please {x}", "label": 1, "lang": "en"} for x in range(30)]
    misses = [{"text": f"rechnung {x}", "label": 1, "lang": "de"} for x in range(10)]
    few = [{"text": f"faktura {x}", "label": 1, "lang": "sv"} for x in range(9)]
    asked = write(tmp_path / "a.jsonl", *asks, *misses, *few)
    limits = {"human_requested": {"recall": 0.5, "each_language": {"recall": 0.9}}}
    status, made = run(capsys, asked, limits=write(tmp_path / "limits.json", limits))
    assert status == 1
    assert made["short"] == ["human_requested, de: recall is 0.0, wanted 0.9"]


def test_the_sets_that_ship_are_within_their_limits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, made = run(capsys)
    assert made["short"] == []
    assert status == 0
    assert {"human_requested", "attempt_failed"} <= set(made["detectors"])


def test_the_examples_of_a_shop_tell_what_they_are_not_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = Path(str(files("stepaside.evaluation") / "sets" / "examples"))
    status, made = run(
        capsys,
        own / "questions.jsonl",
        knowledge=own / "knowledge.jsonl",
        limits=own / "limits.json",
    )
    assert made["short"] == []
    assert status == 0


def test_people_get_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = write(tmp_path / "a.jsonl", *MESSAGES, {"text": "cheese", "label": 1})
    evaluate([asked], knowledge=None, threshold=0.5, limits=None, json_only=False)
    shown = capsys.readouterr().out
    assert "human_requested, acting at 0.5" in shown
    assert "2/3 66.7%" in shown
    assert "missed" in shown
    assert "cheese" in shown
