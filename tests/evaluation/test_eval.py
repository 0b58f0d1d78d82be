"""`stepaside eval`: labelled files are read, measured and held against limits."""

import gzip
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from stepaside.cli.evaluate import evaluate
from stepaside.core.signal import SignalName
from stepaside.evaluation.cases import Case, Dialogue, read_cases
from stepaside.evaluation.lines import UnreadableLine

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
EARLY = {
    "id": "d2",
    "turns": [
        {"role": "user", "text": "where is my parcel?", "label": 0},
        {"role": "bot", "text": "It is on its way."},
        {"role": "user", "text": "I want to talk to a human", "label": 0},
    ],
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
    with pytest.raises(UnreadableLine, match=r"a\.jsonl, line 1"):
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
    assert list(found["by_category"]) == ["(none)", "a", "b"]


def test_questions_are_asked_of_their_knowledge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = write(tmp_path / "q.jsonl", *QUESTIONS)
    known = write(tmp_path / "k.jsonl", KNOWLEDGE)
    _, made = run(capsys, asked, knowledge=known)
    found = made["detectors"]["lack_of_information"]
    assert (found["recall"]["count"], found["false"]["count"]) == (1, 0)


def test_knowledge_may_be_packed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = write(tmp_path / "q.jsonl", *QUESTIONS)
    known = tmp_path / "k.jsonl.gz"
    known.write_bytes(gzip.compress(json.dumps(KNOWLEDGE).encode()))
    _, made = run(capsys, asked, knowledge=known)
    assert made["detectors"]["lack_of_information"]["recall"]["count"] == 1


@pytest.mark.parametrize("name", ["k.jsonl", "k.jsonl.gz"])
def test_a_file_that_is_no_text_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    asked = write(tmp_path / "q.jsonl", *QUESTIONS)
    with pytest.raises(UnreadableLine, match=name):
        run(capsys, asked, knowledge=tmp_path / name)


def test_knowledge_that_is_not_there_is_not_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = write(tmp_path / "a.jsonl", *MESSAGES)
    with pytest.raises(FileNotFoundError):
        run(capsys, asked, knowledge=tmp_path / "k.jsonl")


def test_without_a_language_or_a_category_it_stands_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, made = run(capsys, write(tmp_path / "a.jsonl", {"text": "hello", "label": 0}))
    found = made["detectors"]["human_requested"]
    assert [*found["by_language"], *found["by_category"]] == ["(none)", "(none)"]


@pytest.mark.parametrize("due", [None, 2])
def test_a_handover_for_another_cause_is_not_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], due: int | None
) -> None:
    asked = write(tmp_path / "d.jsonl", EARLY | {"handover_turn_k3": due})
    _, made = run(capsys, asked)
    assert made["handed_over_at_the_right_turn"]["count"] == 0
    assert made["dialogues_wrong"] == [
        {
            "id": "d2",
            "expected": due,
            "handed_over_at": 2,
            "cause": "human_requested",
        }
    ]


def test_never_handed_over_where_it_never_should_be_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, made = run(capsys, write(tmp_path / "d.jsonl", DIALOGUE))
    assert made["handed_over_at_the_right_turn"]["count"] == 1
    assert made["dialogues_wrong"] == []


def test_unknown_knowledge_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnreadableLine, match="shop"):
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


@pytest.mark.parametrize(
    ("limits", "short"),
    [
        (
            {"dialogues": {"exact": 0.9}},
            "dialogues: exact was not measured, wanted 0.9",
        ),
        (
            {"attempt_failed": {"f1": 0.9}},
            "attempt_failed: f1 was not measured, wanted 0.9",
        ),
        (
            {"human_requested/c": {"recall": 0.9}},
            "human_requested/c: recall was not measured, wanted 0.9",
        ),
        (
            {"human_requested/a": {"false": 0.1}},
            "human_requested/a: false was not measured, wanted 0.1",
        ),
        (
            {"human_requested": {"each_language": {"recall": 0.9}}},
            "human_requested: recall was measured in no language, wanted 0.9",
        ),
        (
            {"human_requested": {"recal": 0.9}},
            "human_requested: recal was not measured, wanted 0.9",
        ),
    ],
    ids=["dialogues", "detector", "category", "kind", "language", "figure"],
)
def test_a_limit_that_measured_nothing_is_not_kept(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    limits: dict[str, Any],
    short: str,
) -> None:
    asked = write(tmp_path / "a.jsonl", *MESSAGES)
    status, made = run(capsys, asked, limits=write(tmp_path / "limits.json", limits))
    assert (status, made["short"]) == (1, [short])


def test_a_language_that_is_never_found_has_no_precision_to_be_content_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asks = [{"text": f"rechnung {x}", "label": 1, "lang": "de"} for x in range(10)]
    other = [{"text": f"danke {x}", "label": 0, "lang": "de"} for x in range(10)]
    limits = {"human_requested": {"each_language": {"precision": 0.9}}}
    asked = write(tmp_path / "a.jsonl", *asks, *other)
    status, made = run(capsys, asked, limits=write(tmp_path / "limits.json", limits))
    assert status == 1
    assert made["short"] == [
        "human_requested, de: precision was not measured, wanted 0.9"
    ]


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


def shown(capsys: pytest.CaptureFixture[str], files: Sequence[Path]) -> str:
    evaluate(files, knowledge=None, threshold=0.5, limits=None, json_only=False)
    return capsys.readouterr().out


def test_people_get_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = write(tmp_path / "a.jsonl", *MESSAGES, {"text": "cheese", "label": 1})
    table = shown(capsys, [asked])
    assert "human_requested, acting at 0.5" in table
    assert "2/3 66.7%" in table
    assert "missed" in table
    assert "cheese" in table


def test_the_table_has_precision_and_says_what_its_parts_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named, *rows = shown(capsys, [write(tmp_path / "a.jsonl", *MESSAGES)]).split("\n")
    assert named.startswith("human_requested")
    words = [row.split() for row in rows if row.strip()]
    assert words[0] == ["recall", "false", "precision", "F1", "AUC"]
    assert " ".join(words[2]) == "all 2/2 100.0% 0/1 0.0% 100.0% 1.000 1.000"
    firsts = [x[0] if x[0] != "by" else " ".join(x) for x in words[3:10]]
    assert firsts == ["by language", "de", "en", "by category", "(none)", "a", "b"]


def test_people_read_why_a_dialogue_was_handed_over_wrongly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = write(tmp_path / "d.jsonl", EARLY | {"handover_turn_k3": None})
    told = "d2: wanted never, handed over at 2 for human_requested"
    assert told in shown(capsys, [asked])
