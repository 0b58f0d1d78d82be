"""What the texts and numbers of a configuration may be."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stepaside.core.checks import check_bot, check_item
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId, KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.roster import Bot

BOT = Bot(id=BotId("bot_1"), name="Pedal")
ITEM = KnowledgeItem(id=KnowledgeItemId("kno_1"), title="Hours", text="From 9 to 18.")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"wait_seconds": None, "takeover_pause": None},
        {"wait_seconds": 0, "max_messages": 1, "quiet": timedelta(0)},
        {"wait_seconds": 300, "max_messages": 100, "quiet": timedelta(days=1)},
        {"takeover_pause": timedelta(minutes=1), "goal": "Two\nlines\tof text"},
    ],
)
def test_a_bot_within_its_limits_is_taken_as_it_is(fields: dict[str, Any]) -> None:
    bot = replace(BOT, **fields)
    assert check_bot(bot) is bot


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("name", " ", "name"),
        ("name", "two\nlines", "name"),
        ("name", "x" * 101, "name"),
        ("personality", "x" * 20_001, "personality"),
        ("goal", "a bell\x07", "goal"),
        ("additional_information", "\x00", "additional_information"),
        ("wait_seconds", -1, "wait_seconds"),
        ("wait_seconds", 301, "wait_seconds"),
        ("max_messages", 0, "max_messages"),
        ("max_messages", 101, "max_messages"),
        ("takeover_pause", timedelta(seconds=59), "takeover_pause"),
        ("takeover_pause", timedelta(days=366), "takeover_pause"),
        ("quiet", timedelta(days=2), "quiet_minutes"),
        ("offer_message", " ", "offer_message"),
        ("offer_message", "x" * 501, "offer_message"),
        ("close_after", timedelta(0), "close_after"),
    ],
)
def test_a_bots_limits_are_told_by_field(field: str, value: Any, named: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check_bot(replace(BOT, **{field: value}))
    assert refused.value.field == named


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"question": "When?\nUntil when?"},
        {"url": "https://shop.example.org/hours"},
    ],
)
def test_an_article_within_its_limits_is_taken_as_it_is(fields: dict[str, Any]) -> None:
    item = replace(ITEM, **fields)
    assert check_item(item) is item


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("text", " \n"),
        ("text", "x" * 50_001),
        ("question", "x" * 501),
        ("url", "javascript:alert(1)"),
        ("url", "https://a b"),
        ("url", "https://" + "x" * 2000),
    ],
)
def test_an_articles_limits_are_told_by_field(field: str, value: str) -> None:
    changed: dict[str, Any] = {field: value}
    item = replace(ITEM, **changed)
    with pytest.raises(InvalidField) as refused:
        check_item(item)
    assert refused.value.field == field
