"""A yes to an offered person takes it in every language, and nothing else does."""

from pathlib import Path

import pytest

from stepaside.detectors.offers import accepts_offer

SAID = {
    line[:2]: line[4:].split(" | ")
    for line in (Path(__file__).parents[1] / "sayings" / "offers.txt")
    .read_text("utf-8")
    .splitlines()
}
"""By language: the bot's offer, two ways to take it, and two that do not."""


@pytest.mark.parametrize("language", SAID)
def test_a_yes_takes_the_offered_person(language: str) -> None:
    offer, *taken, _, _ = SAID[language]
    assert [x for x in taken if not accepts_offer(offer, x)] == []


@pytest.mark.parametrize("language", SAID)
def test_a_no_and_a_question_take_nobody(language: str) -> None:
    offer, _, _, *others = SAID[language]
    assert [x for x in others if accepts_offer(offer, x)] == []


@pytest.mark.parametrize(
    ("asked", "reply"),
    [
        ("Shall I change the address?", "yes please"),
        ("Are you the account manager?", "yes"),
        ("Shall I continue without bringing in a colleague?", "yes"),
        ("So you don't want to talk to an agent?", "yes"),
        ("Akkor nem kér ügyintézőt?", "igen"),
        ("Θέλετε να αλλάξω τη διεύθυνση;", "ναι, ευχαριστώ"),
        ("ต้องการเปลี่ยนที่อยู่ไหมคะ", "ค่ะ"),
        ("Módosítsam a címet?", "igen, köszönöm"),
        ("לבטל את ההזמנה?", "כן בבקשה"),
        ("Bạn có muốn đổi địa chỉ không?", "vâng"),
    ],
)
def test_a_yes_to_another_question_takes_nobody(asked: str, reply: str) -> None:
    assert not accepts_offer(asked, reply)


def test_a_no_to_the_bot_may_take_the_person() -> None:
    offer = "Shall we try once more, or would you rather talk to a colleague?"
    assert accepts_offer(offer, "no, the colleague please")
    assert accepts_offer(offer, "no, the second")
    assert not accepts_offer("Would you like to talk to a colleague?", "no thank you")
