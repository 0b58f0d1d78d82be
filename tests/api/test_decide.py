from typing import Any

import pytest

from tests.api.conftest import Api
from tests.world import ARTICLES, World

KNOWLEDGE = [{"title": title, "text": text} for title, text in ARTICLES]


async def decide(api: Api, *lines: tuple[str, str], **more: Any) -> Any:
    transcript = [{"author": author, "text": text} for author, text in lines]
    answer = await api.post("/decide", {"transcript": transcript, **more})
    assert answer.status == 200, answer.json
    return answer.json


async def test_asking_for_a_person_would_hand_over(api: Api) -> None:
    verdict = await decide(api, ("contact", "Can someone real help me?"))
    assert (verdict["decision"], verdict["scenario"]) == (
        "hand_over",
        "human_requested",
    )
    assert verdict["reason"]
    signal = next(s for s in verdict["signals"] if s["name"] == "human_requested")
    assert signal["score"] >= 0.5


async def test_a_question_the_knowledge_answers_would_be_answered(api: Api) -> None:
    verdict = await decide(
        api, ("contact", "How much does delivery cost?"), knowledge=KNOWLEDGE
    )
    assert (verdict["decision"], verdict["scenario"]) == ("reply", None)
    assert "29 euros" in verdict["answer"]


async def test_only_the_rules_that_are_sent_count(api: Api) -> None:
    asked = ("contact", "I want to talk to a human")
    verdict = await decide(api, asked, rules=[{"scenario": "failed_to_resolve"}])
    assert verdict["decision"] == "reply"
    rule = {"scenario": "human_requested", "enabled": False}
    assert (await decide(api, asked, rules=[rule]))["decision"] == "reply"


async def test_rules_may_be_sent_as_they_are_read(api: Api, world: World) -> None:
    rules = (await api.get(f"/bots/{world.bot.id}/handover-rules"))["items"]
    asked = ("contact", "I want to talk to a human")
    assert (await decide(api, asked, rules=rules))["scenario"] == "human_requested"
    # Where they would change something, what only we may set is refused as ever.
    made = await api.post(f"/bots/{world.bot.id}/handover-rules", rules[0])
    assert (made.status, "id" in made.broken_fields) == (422, True)


async def test_nothing_is_stored(api: Api, world: World) -> None:
    await decide(api, ("contact", "I want to talk to a human"))
    assert (await api.get("/events"))["items"] == []
    assert (await api.get("/conversations"))["items"] == []


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("transcript", {}),
        ("transcript", {"transcript": []}),
        ("transcript", {"transcript": [{"author": "bot", "text": "Hello"}]}),
        ("transcript[0].author", {"transcript": [{"author": "x", "text": "y"}]}),
        (
            "rules[1].trigger_condition",
            {
                "transcript": [{"author": "contact", "text": "Hello"}],
                "rules": [{"scenario": "human_requested"}, {"scenario": "custom"}],
            },
        ),
        (
            "knowledge[0].text",
            {
                "transcript": [{"author": "contact", "text": "Hello"}],
                "knowledge": [{"title": "T", "text": ""}],
            },
        ),
    ],
)
async def test_a_case_that_cannot_be_is_refused_by_field(
    api: Api, field: str, body: Any
) -> None:
    refused = await api.post("/decide", body)
    assert (refused.status, refused.broken_fields) == (422, [field])
