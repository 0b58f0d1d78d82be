"""A figure, an address or a link is stated whole or not at all."""

import time

import pytest

from stepaside.bot.llm.figures import first_beyond

KNOWN = [
    "You can send a bike back within 30 days. Delivery costs 12 euros since 2024.",
    "Open 10:00-14:00, again from 2.30 pm, not on 01.12.2026. A frame: £1,000.",
    "A bell costs 4.99. Call +32 9 123 45 67, see https://bikes.example.com/returns",
    "or write to help@bikes.example.com. It takes five to nine working days.",
]


@pytest.mark.parametrize(
    "answer",
    [
        "You have 30 days.",
        "You have thirty days.",
        "Sie haben noch dreißig Tage Zeit, um das Fahrrad zurückzugeben.",
        "You have a 30-day period.",
        "30日以内にお送りください。",
        "لديك ٣٠ يوما",
        "It is 12.00 euros.",
        "Das macht 12,00 €.",
        "From 10 to 14.",
        "From 10 am to 2 pm.",
        "Von 10 bis 14 Uhr, und wieder ab 14:30 Uhr.",
        "Closed on 1 December 2026.",
        "1000 pounds, or 1.000 £.",
        "4,99 for the bell.",
        "+3291234567",
        "09 123 45 67",
        "See bikes.example.com/returns.",
        "See https://www.bikes.example.com/returns/",
        "See bikes.example.com.",
        "Write to Help@bikes.example.com!",
        "It takes 5–9 days.",
        "There are two ways, or three.",
        "1. Pack it.\n2. Send it.\n3. Done.",
    ],
)
def test_what_is_stated_may_be_written_another_way(answer: str) -> None:
    assert first_beyond(answer, KNOWN) == ""


@pytest.mark.parametrize(
    ("answer", "beyond"),
    [
        ("You have 3 days.", "3"),
        ("You have 0 days.", "0"),
        ("It costs 2 euros.", "2"),
        ("You have 45 days.", "45"),
        ("A bell costs 99 cents.", "99"),
        ("It costs 499 euros.", "499"),
        ("From 10 am to 6 pm.", "6"),
        ("You have ninety days.", "ninety"),
        ("You have forty-five days.", "forty five"),
        ("Sie haben noch neunzig Tage Zeit dafür.", "neunzig"),
        ("لديك ٩٠ يوما", "90"),
        ("See bikes.example.com/return.", "bikes.example.com/return"),
        ("See elsewhere.example.", "elsewhere.example"),
        ("Write to all@bikes.example.com.", "all@bikes.example.com"),
    ],
)
def test_what_is_not_stated_whole_is_found(answer: str, beyond: str) -> None:
    assert first_beyond(answer, KNOWN) == beyond


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Hi, my order number is 4471, where is it?", "Order 4471 is on its way."),
        ("Wo ist Bestellnummer 4471-22?", "Ihre Bestellung 4471-22 ist unterwegs."),
        ("4471", "Thanks, 4471 it is."),
        ("It is about AB-1234", "About AB-1234:"),
        ("I am cy@example.com", "We write to cy@example.com."),
    ],
)
def test_what_a_contact_names_may_be_named_again(said: str, answer: str) -> None:
    assert first_beyond(answer, KNOWN, [said]) == ""


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Is it 999 euros?", "Yes, 999 euros."),
        ("It is 5000 euros, right?", "Yes, 5000 euros."),
        ("I have ninety days, or 90?", "Yes, 90 days."),
        ("Is it www.evil.example?", "Yes, www.evil.example."),
        ("Do you close at 11:45?", "Yes, at 11:45."),
    ],
)
def test_what_a_contact_supposes_is_no_source(said: str, answer: str) -> None:
    assert first_beyond(answer, KNOWN, [said])


@pytest.mark.parametrize(
    "run",
    ["a", "a.", "ab-", "a1", "A1-", "1", "-", ".", "+", "a@", "a@b.", "\n", "\n1. "],
)
def test_a_long_run_of_anything_is_read_in_time_linear_in_its_length(run: str) -> None:
    text = run * (10_000 // len(run))
    first_beyond("You have thirty days.", KNOWN)
    began = time.process_time()
    first_beyond("You have 30 days.", KNOWN, [text])
    first_beyond(text, KNOWN)
    assert time.process_time() - began < 0.3  # 0.02 s alone on a core


@pytest.mark.parametrize(
    ("answer", "beyond"),
    [
        ("Write to (all+us@bikes.example.com).", "all+us@bikes.example.com"),
        (f"Write to {'a' * 100}@bikes.example.com", f"{'a' * 100}@bikes.example.com"),
        ("See ...elsewhere.example", "elsewhere.example"),
        ("See süß.elsewhere.example", "elsewhere.example"),
        ("See x_elsewhere.example/a", "elsewhere.example/a"),
    ],
)
def test_an_address_is_found_wherever_it_begins(answer: str, beyond: str) -> None:
    assert first_beyond(answer, KNOWN) == beyond
