"""The small parts: times, words, tries, and what templates may contain."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from stepaside.core.conversation import Control, Status
from stepaside.core.policy import Cause
from stepaside.desk import times, words
from stepaside.desk.pages import STATIC
from stepaside.desk.times import Clockwork, find_zone
from stepaside.store.desk_lists import View
from stepaside.store.notifications import NotificationChannel
from tests.world import MONDAY_MORNING

BERLIN = ZoneInfo("Europe/Berlin")
TEMPLATES = Path(times.__file__).with_name("templates")


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "< 1 min"),
        (timedelta(seconds=59), "< 1 min"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=134), "2 h 14 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=2, minutes=59), "2 d"),
        (timedelta(days=2, hours=5, minutes=59), "2 d 5 h"),
    ],
)
def test_spans_are_said_in_their_two_largest_units(
    length: timedelta, said: str
) -> None:
    assert times.span(length) == said


@pytest.mark.parametrize(
    ("away", "short", "due"),
    [
        (timedelta(0), "11:00", "today 11:00"),
        (timedelta(hours=14), "3 Mar", "tomorrow 01:00"),
        (timedelta(days=3), "5 Mar", "Thu 11:00"),
        (timedelta(days=9), "11 Mar", "11 Mar 11:00"),
        (timedelta(days=400), "6 Apr 2027", "6 Apr 2027 12:00"),
        (-timedelta(hours=11), "00:00", "today 00:00"),
        (-timedelta(hours=12), "Sun", "yesterday 23:00"),
        (-timedelta(days=8), "22 Feb", "22 Feb 11:00"),
    ],
)
def test_days_are_those_of_the_reader(away: timedelta, short: str, due: str) -> None:
    at, now = MONDAY_MORNING + away, MONDAY_MORNING
    assert times.short(at, now, BERLIN) == short
    assert times.due(at, now, BERLIN) == due


def test_near_days_have_names() -> None:
    now = MONDAY_MORNING
    days = [times.day(now + timedelta(days=n), now, BERLIN) for n in (-1, 0, 1, 5, 400)]
    near = ["Yesterday", "Today", "Tomorrow"]
    assert days == [*near, "Saturday, 7 March", "Tuesday, 6 April 2027"]


def test_a_time_carries_the_whole_instant_and_runs_where_it_should() -> None:
    clockwork = Clockwork(MONDAY_MORNING, BERLIN)
    shown = clockwork.until(MONDAY_MORNING + timedelta(hours=2))
    assert 'datetime="2026-03-02T12:00:00+00:00"' in shown
    assert 'data-runs="until"' in shown
    assert "Monday, 2 March 2026, 13:00:00 (Europe/Berlin)" in shown
    assert "data-runs" not in clockwork.clock(MONDAY_MORNING)


@pytest.mark.parametrize(
    "name", ["Nowhere/At_All", "../../etc/passwd", "", None, "Europe/\x00", "/etc"]
)
def test_a_zone_nobody_knows_is_the_accounts_own(name: str | None) -> None:
    assert str(find_zone(name, "Europe/London")) == "Europe/London"
    assert str(find_zone("Asia/Tokyo", "Europe/London")) == "Asia/Tokyo"
    assert str(find_zone(name, "Broken/Too")) == "UTC"


def test_every_state_has_its_word() -> None:
    assert set(words.CONTROL) == set(words.CONTROL_MORE) == set(Control)
    assert set(words.STATUS) == set(Status)
    assert set(words.VIEW) == set(View)
    assert set(words.CAUSE) == set(Cause)
    assert set(words.CHANNEL) == set(NotificationChannel)


def test_words_for_a_page_escape_what_comes_from_outside() -> None:
    said = words.html("Hello %(name)s", name="<b>")
    assert said == "Hello &lt;b&gt;"
    assert words.html("At %(time)s", time=Markup("<time>")) == "At <time>"


def templates() -> list[Path]:
    found = sorted(TEMPLATES.rglob("*.html"))
    assert len(found) > 20
    return found


def test_every_word_in_a_template_passes_the_translator() -> None:
    left = {}
    for path in templates():
        text = re.sub(
            r"<code>.*?</code>|\{% block page_kind %\}\w*|"
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}",
            "",
            path.read_text("utf-8"),
            flags=re.DOTALL,
        )
        text = re.sub(r"<!--.*?-->|<[^>]*>", "", text, flags=re.DOTALL)
        bare = re.sub(r"Stepaside|CSV|JSON|Ctrl|Enter|Esc|\b[jk]\b|[^A-Za-z]", "", text)
        if bare:
            left[path.name] = bare
    assert left == {}


def test_every_icon_that_is_drawn_exists() -> None:
    drawn = set()
    for path in templates():
        drawn |= set(re.findall(r'icon\("(\w+)"', path.read_text("utf-8")))
    drawn |= set(Control) | {"done", "failed", "none", "waiting", "check", "reopen"}
    sprite = (STATIC / "icons.svg").read_text("utf-8")
    assert drawn - set(re.findall(r'<symbol id="(\w+)"', sprite)) == set()


def test_no_template_marks_anything_as_safe() -> None:
    for path in templates():
        assert not re.search(r"\|\s*safe\b|autoescape", path.read_text("utf-8"))


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`. Source: WCAG 2.2, "relative luminance"."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_that_is_read_stands_out(scheme: int) -> None:
    sheet = (STATIC / "css" / "tokens.css").read_text("utf-8")
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", sheet)
    token = {name: pair[scheme] for name, *pair in found}
    grounds = ("bg", "sunken", "raised", "hover")
    pairs = [(ink, g) for ink in ("text", "text-2") for g in grounds]
    pairs += [(i, g) for i in ("accent", "problem", "queue") for g in grounds[:3]]
    pairs += [(n, f"{n}-soft") for n in ("bot", "queue", "human", "problem", "accent")]
    pairs += [(i, "accent-soft") for i in ("text", "text-2", "queue", "problem")]
    pairs += [("text", f"{n}-soft") for n in ("bot", "human")]
    pairs += [("bot", "bg"), ("human", "raised"), ("on-accent", "accent")]
    weak = {p: contrast(token[p[0]], token[p[1]]) for p in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    assert contrast(token["field"], token["raised"]) >= 3
