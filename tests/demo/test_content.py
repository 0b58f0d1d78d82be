"""The demo's content is complete, honest about its sources, and checked on loading."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stepaside.demo.content import DemoContentError, load, rule_body
from stepaside.demo.model import ContactMessage, Demo, Expected, StaffMove

Edit = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def demo() -> Demo:
    return load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(Path(str(files("stepaside.demo"))) / "northwind", tmp_path / "n")
    return tmp_path / "n"


def edit(folder: Path, name: str, change: Edit) -> None:
    content = json.loads((folder / name).read_text("utf-8"))
    change(content)
    (folder / name).write_text(json.dumps(content), "utf-8")


def test_there_is_enough_to_show(demo: Demo) -> None:
    expected = Counter(talk.expect for talk in demo.conversations)
    assert len(demo.articles) >= 45
    assert len(demo.conversations) >= 36
    assert expected[Expected.ANSWERED] >= 20
    assert expected[Expected.HUMAN_REQUESTED] >= 6
    assert expected[Expected.LACK_OF_INFORMATION] >= 4
    assert expected[Expected.FAILED_TO_RESOLVE] >= 4
    assert [s.name for s in demo.business.staff] == [
        "Ann Lindqvist",
        "Bo Adeyemi",
        "Mia Tanaka",
    ]


def test_every_contact_message_stands_in_its_source_verbatim(demo: Demo) -> None:
    lines = (Path(__file__).parent / "sources.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    published = {(r["text"], r["source"], r["intent"]) for r in rows}
    said = {
        (m.text, m.source, m.intent) for c in demo.conversations for m in c.messages
    }
    assert said - published == set()


def test_the_attribution_names_both_sources_and_their_license() -> None:
    text = (files("stepaside.demo") / "northwind/ATTRIBUTION.md").read_text("utf-8")
    for words in ("BANKING77", "NLU++", "PolyAI", "CC BY 4.0", "verbatim"):
        assert words in text


def test_nobody_in_the_demo_can_be_reached_for_real(demo: Demo) -> None:
    contacts = {c.contact.email.rpartition("@")[2] for c in demo.conversations}
    staff = {s.email.rpartition("@")[2] for s in demo.business.staff}
    assert contacts == {"example.org"}
    assert staff == {"northwind.example"}
    start = "https://northwind.example/help/"
    assert all(a.url == start + a.key for a in demo.articles)


def test_the_articles_say_nothing_about_the_topics_left_out(demo: Demo) -> None:
    words = (
        r"mortgage|loan|overdraft|saving|interest|business account|appointment|insur"
    )
    told = [
        a.key
        for a in demo.articles
        if re.search(words, a.text + a.title, re.IGNORECASE)
    ]
    assert told == []
    assert len(demo.left_out) >= 5


def test_contacts_ask_about_topics_left_out_only_where_information_lacks(
    demo: Demo,
) -> None:
    words = r"\b(mortgages?|loans?|overdrafts?|savings)\b"
    asked = {
        talk.expect
        for talk in demo.conversations
        for message in talk.messages
        if re.search(words, message.text)
    }
    assert asked == {Expected.LACK_OF_INFORMATION}


def test_an_unresolved_issue_takes_a_first_answer_and_two_retries(demo: Demo) -> None:
    for talk in demo.conversations:
        if talk.expect is Expected.FAILED_TO_RESOLVE:
            before_staff = []
            for step in talk.steps:
                if not isinstance(step, ContactMessage):
                    break
                before_staff.append(step)
            assert len(before_staff) == 4, talk.id


def test_staff_claim_answer_hand_back_and_resolve_somewhere(demo: Demo) -> None:
    steps = [s for talk in demo.conversations for s in talk.steps]
    done = {s.do for s in steps if hasattr(s, "do")}
    assert done == set(StaffMove)
    assert any(hasattr(s, "say") for s in steps)


def test_the_bank_is_in_a_known_time_zone(demo: Demo) -> None:
    assert ZoneInfo(demo.business.account.time_zone).key == "Europe/London"


def test_a_rule_becomes_what_the_api_takes(demo: Demo) -> None:
    ids = {"ann": "stf_1", "bo": "stf_2", "mia": "stf_3"}
    bodies = {r["scenario"]: rule_body(r, ids) for r in demo.business.rules}
    assert bodies["human_requested"]["assign"] == {"to": "staff", "staff_id": "stf_2"}
    assert bodies["lack_of_information"]["assign"]["staff_id"] == "stf_3"
    assert bodies["failed_to_resolve"]["assign"] == {"to": "nobody"}
    assert bodies["failed_to_resolve"]["max_retries"] == 2
    assert all("human_handover" in body["tags"] for body in bodies.values())


def test_making_a_body_leaves_the_rule_as_it_was(demo: Demo) -> None:
    rule = demo.business.rules[0]
    rule_body(rule, {"bo": "stf_2"})
    assert rule["assign"] == {"to": "staff", "staff": "bo"}


def _forget_the_title(content: dict[str, Any]) -> None:
    del content["articles"][3]["title"]


def _add_an_unknown_field(content: dict[str, Any]) -> None:
    content["staff"][0]["nickname"] = "Annie"


def _shorten_an_article(content: dict[str, Any]) -> None:
    content["articles"][0]["text"] = "Soon."


def _keep_ten_articles(content: dict[str, Any]) -> None:
    del content["articles"][10:]


def _repeat_an_article(content: dict[str, Any]) -> None:
    content["articles"].append(content["articles"][0])


def _assign_to_a_stranger(content: dict[str, Any]) -> None:
    content["rules"][0]["assign"]["staff"] = "zed"


def _drop_a_rule(content: dict[str, Any]) -> None:
    del content["rules"][2]


def _drop_the_assignment(content: dict[str, Any]) -> None:
    del content["rules"][0]["assign"]


def _dismiss_mia(content: dict[str, Any]) -> None:
    del content["staff"][2]


def _let_a_stranger_speak(content: dict[str, Any]) -> None:
    content["conversations"][0]["steps"].append({"staff": "zed", "say": "Hello"})


def _own_by_a_stranger(content: dict[str, Any]) -> None:
    content["conversations"][0]["contact"]["owner"] = "zed"


def _cite_a_missing_article(content: dict[str, Any]) -> None:
    content["conversations"][0]["steps"][0]["article"] = "no-such-article"


def _let_staff_begin(content: dict[str, Any]) -> None:
    content["conversations"][0]["steps"].insert(0, {"staff": "ann", "do": "claim"})


def _invent_a_move(content: dict[str, Any]) -> None:
    content["conversations"][0]["steps"].append({"staff": "ann", "do": "dance"})


def _keep_five_conversations(content: dict[str, Any]) -> None:
    del content["conversations"][5:]


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("knowledge.json", _forget_the_title, "articles.3.title: Field required"),
        ("business.json", _add_an_unknown_field, "staff.0.nickname"),
        ("knowledge.json", _shorten_an_article, "1 words, not 60 to 120"),
        ("knowledge.json", _keep_ten_articles, "10 articles, not 45"),
        ("knowledge.json", _repeat_an_article, "card-delivery-time is there twice"),
        ("business.json", _assign_to_a_stranger, "no staff member has the key zed"),
        ("business.json", _drop_a_rule, "not one each for"),
        ("business.json", _drop_the_assignment, "Asks for a person lacks assign"),
        ("business.json", _dismiss_mia, "2 staff members, not 3"),
        ("conversations.json", _let_a_stranger_speak, "has the key zed"),
        ("conversations.json", _own_by_a_stranger, "has the key zed"),
        ("conversations.json", _cite_a_missing_article, "no article no-such-article"),
        ("conversations.json", _let_staff_begin, "does not begin with the contact"),
        ("conversations.json", _invent_a_move, "steps.3.do.do"),
        ("conversations.json", _keep_five_conversations, "5 conversations, not 36"),
    ],
)
def test_a_file_edited_badly_is_refused_with_the_place_named(
    folder: Path, name: str, change: Edit, told: str
) -> None:
    edit(folder, name, change)
    with pytest.raises(DemoContentError, match=re.escape(told)) as refused:
        load(folder)
    assert name in str(refused.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "knowledge.json").unlink()
    with pytest.raises(DemoContentError, match=r"knowledge\.json: cannot be read"):
        load(folder)


def test_a_file_that_is_not_json_is_named(folder: Path) -> None:
    (folder / "business.json").write_text("{", "utf-8")
    with pytest.raises(DemoContentError, match=r"business\.json: file: Invalid JSON"):
        load(folder)


def test_every_mistake_is_told_at_once(folder: Path) -> None:
    edit(folder, "knowledge.json", _shorten_an_article)
    edit(folder, "business.json", _assign_to_a_stranger)
    with pytest.raises(DemoContentError) as refused:
        load(folder)
    assert len(refused.value.problems) == 2
