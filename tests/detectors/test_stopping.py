"""The contact tells the bot to stop, in the words its owner chose."""

import time

import pytest

from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors.stopping import only_stops, stop_words

PHRASES = ("stop", "stop writing to me")


def lines(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(author=Author.CONTACT, text=text) for text in texts)


@pytest.mark.parametrize(
    ("said", "stops", "alone"),
    [
        (("STOP",), "STOP", True),
        (("Stop writing to me!",), "Stop writing to me!", True),
        (("Hello", "stop"), "stop", False),
        (("Is it near the bus stop?",), "", False),
    ],
)
def test_a_phrase_stops_it_and_a_word_only_where_it_is_all(
    said: tuple[str, ...], stops: str, *, alone: bool
) -> None:
    turn = Turn(burst=lines(*said))
    assert stop_words(turn, PHRASES) == stops
    assert only_stops(turn, PHRASES) is alone


@pytest.mark.parametrize("place", [0, -1])
def test_a_flood_of_long_messages_is_read_in_bounded_time(place: int) -> None:
    flood = ["please leave my bike alone " * 370] * 200
    flood[place] = "stop"
    turn = Turn(burst=lines(*flood))
    began = time.process_time()
    assert stop_words(turn, PHRASES) == "stop"
    assert not only_stops(turn, PHRASES)
    assert time.process_time() - began < 2  # 0.3 s alone on a core
