"""What only gives a number, or only mends a typo, and what merely looks so."""

import time

import pytest

from stepaside.models.courtesy import is_reference, mends_typo


@pytest.mark.parametrize(
    "said",
    [
        "88213",
        "4471-22",
        "AB 12 34",
        "my order number is 4471",
        "Bestellnummer 4471-22.",
        "订单号 4471",
        "주문번호 4471",
        "cy@example.com",
        "my email is cy@example.com",
        "Meine E-Mail ist cy@example.com.",
        "我的邮箱是 cy@example.com",
        "מספר הזמנה 4471",
        "M AB 1234",
        "ab 12 34",
    ],
)
def test_a_number_that_was_asked_for_is_a_reference(said: str) -> None:
    assert is_reference(said)


@pytest.mark.parametrize(
    "said",
    [
        *("退款 300", "客服 95588", "환불 300", "人工 1", "refund 300", "help 4471"),
        *("human please cy@example.com", "I want a human, cy@example.com"),
        *("Das hilft nicht: cy@example.com", "please refund me: cy@example.com"),
        *("is it ok at 9", "I am 20", "my pc 5", "is it ok at 1400"),
    ],
)
def test_a_wish_with_a_number_or_an_address_is_none(said: str) -> None:
    assert not is_reference(said)


def test_a_long_row_of_numbers_is_read_in_bounded_time() -> None:
    began = time.process_time()
    for end in ("??", "?!", "!?", "(?", "?)"):
        assert not is_reference("a1" + (" " + "1" * 11) * 6 + end)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("said", ["*delivery", "delivery*", "* next week"])
def test_a_star_mends_a_typo(said: str) -> None:
    assert mends_typo(said)


@pytest.mark.parametrize(
    "said", ["**not helpful**", "*useless*", "useless***", "this s***", "delivery"]
)
def test_bold_words_and_stars_for_letters_mend_nothing(said: str) -> None:
    assert not mends_typo(said)
