"""The page of reports: numbers that say what they are and lead to what they count."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from stepaside.core.roster import ContactRef
from stepaside.desk.charts import draw_bars, marked
from stepaside.desk.report_words import percent, seconds
from stepaside.pipeline.receive import start_conversation
from tests.desk.office import Office, Seat

HUMAN = "I want to talk to a human"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
async def busy(office: Office) -> Office:
    """Cy kept by the bot, Una answered after five minutes, Vic waiting."""
    house = office.house
    await house.writes("When are you open on Saturday?")
    for name in ("Una", f"Vic {SCRIPT}"):
        conversation_id = await start_conversation(
            house.rt,
            house.account_id,
            inbox_id=house.inbox_id,
            contact=ContactRef(external_id=name, name=name),
        )
        chat = replace(house, conversation_id=conversation_id)
        await chat.writes(HUMAN)
        if name == "Una":
            await house.later(minutes=5)
            await chat.replies(house.world.bo, "Hello!")
    return office


def links(seat: Seat, number: str) -> set[str]:
    found = re.findall(r'href="/desk(/reports/conversations\?[^"]*)"', seat.last.text)
    return {unescape(link) for link in found if f"number={number}" in link}


async def test_a_quiet_account_is_told_what_will_be_here(office: Office) -> None:
    seat = await office.seat(office.house.world.bo)
    text = await seat.opens("/reports")
    assert "Nothing happened in this period" in text
    assert "What each number means" in text


async def test_the_numbers_stand_there_with_what_they_mean(busy: Office) -> None:
    seat = await busy.seat(busy.house.world.bo)
    text = await seat.opens("/reports")
    assert "Conversations the bot had 3 Handed over 2 67 %" in text
    assert "Time to first human reply 5 min p90 5 min" in text
    assert "Unclaimed 1 1 claimed" in text
    assert "Asked for a person 2 67 %" in text
    assert "Taking a conversation over, and pausing the bot, is no handover." in text


@pytest.mark.parametrize(
    ("number", "names"),
    [
        ("conversations", ["Cy Clark", "Una", "Vic"]),
        ("handed_over", ["Una", "Vic"]),
        ("answered", ["Una"]),
        ("unclaimed", ["Vic"]),
    ],
)
async def test_a_number_leads_to_its_conversations(
    busy: Office, number: str, names: list[str]
) -> None:
    seat = await busy.seat(busy.house.world.bo)
    await seat.opens("/reports")
    text = await seat.opens(min(links(seat, number), key=len))
    assert seat.status == 200
    there = [name for name in ("Cy Clark", "Una", "Vic") if name in text]
    assert there == names
    assert len(re.findall(r'href="/desk/conversations/cnv_', seat.last.text)) == len(
        names
    )


async def test_every_link_of_the_page_leads_somewhere(busy: Office) -> None:
    seat = await busy.seat(busy.house.world.bo)
    await seat.opens("/reports?period=7")
    found = re.findall(r'href="/desk(/reports[^"]*)"', seat.last.text)
    assert len(found) > 20
    for link in sorted({unescape(link) for link in found}):
        await seat.opens(link)
        assert seat.status == 200, link


async def test_a_bar_of_the_times_leads_to_those_answered_in_that_time(
    busy: Office,
) -> None:
    seat = await busy.seat(busy.house.world.bo)
    await seat.opens("/reports")
    (link,) = {x for x in links(seat, "answered") if "over=300" in x}
    assert "Una" in await seat.opens(link)
    assert "None" in await seat.opens(link.replace("over=300", "over=301"))


async def test_the_address_holds_what_was_chosen(busy: Office) -> None:
    seat = await busy.seat(busy.house.world.bo)
    await seat.opens("/reports?period=7&reason=lack_of_information")
    assert "No handover in this period." in await seat.opens(
        "/reports?period=7&reason=lack_of_information"
    )
    assert '<option value="7" selected>' in seat.last.text
    assert '<option value="lack_of_information" selected>' in seat.last.text
    text = await seat.opens("/reports?period=custom&from=2026-03-01&to=2026-03-01")
    assert "Nothing happened in this period" in text
    assert "1 Mar to 1 Mar" in text


async def test_a_period_that_is_none_is_refused_beside_the_field(busy: Office) -> None:
    seat = await busy.seat(busy.house.world.bo)
    text = await seat.opens("/reports?period=custom&from=2026-03-02&to=2026-03-01")
    assert seat.status == 422
    assert "must be before" in text
    assert 'value="2026-03-01"' in seat.last.text


async def test_days_are_the_accounts_and_said_to_be(busy: Office) -> None:
    house = busy.house
    async with house.rt.db.transaction(house.account_id) as tx:
        await tx.run("UPDATE accounts SET time_zone = 'Pacific/Auckland'")
    seat = await busy.seat(house.world.bo)
    text = await seat.opens("/reports?period=today")
    assert "2 Mar to 2 Mar, days in Pacific/Auckland" in text
    house.world.clock.advance(timedelta(hours=2))  # the 3rd there
    assert "3 Mar to 3 Mar" in await seat.opens("/reports?period=today")


async def test_a_long_list_goes_on_page_by_page(busy: Office) -> None:
    house = busy.house
    async with house.rt.db.transaction(house.account_id) as tx:
        await tx.run(
            "INSERT INTO handovers (id, account_id, conversation_id, inbox_id, cause,"
            " evidence, reason, summary, tried, started_at, ended_at)"
            " SELECT 'hnd_' || n, account_id, conversation_id, inbox_id, cause, '', '',"
            " '', '{}', started_at - interval '1 s' * n, started_at"
            " FROM handovers, generate_series(1, 60) n"
            " WHERE first_reply_at IS NOT NULL"
        )
    seat = await busy.seat(house.world.bo)
    assert "Handovers 62" in await seat.opens("/reports/conversations?number=handovers")
    (older,) = re.findall(
        r'href="/desk([^"]*)" hx-boost="true" rel="next"', seat.last.text
    )
    await seat.opens(unescape(older))
    assert seat.last.text.count('class="is-title"') == 12


async def test_as_a_table_it_is_whole_and_carries_nothing_out(busy: Office) -> None:
    await busy.house.world.change_staff(busy.house.world.bo, name="=1+1")
    seat = await busy.seat(busy.house.world.ann)
    await seat.opens("/reports/handovers.csv?group_by=staff")
    assert seat.last.headers["content-type"].startswith("text/csv")
    assert "attachment" in seat.last.headers["content-disposition"]
    head, *rows = csv.reader(io.StringIO(seat.last.content.decode("utf-8-sig")))
    assert {row[1] for row in rows} == {"'=1+1", "Nobody"}
    assert all(len(row) == len(head) for row in rows)


async def test_script_text_in_names_stays_text(busy: Office) -> None:
    seat = await busy.seat(busy.house.world.bo)
    await seat.opens("/reports/conversations?number=handovers")
    assert SCRIPT not in seat.last.text
    assert f"Vic {SCRIPT}" in unescape(seat.last.text)


async def test_another_account_sees_none_of_it(busy: Office) -> None:
    dee = await busy.seat(busy.house.world.dee)
    assert "Nothing happened" in await dee.opens("/reports")
    assert "Una" not in await dee.opens("/reports/conversations?number=handovers")


def test_lengths_of_time_are_said_in_two_units_at_most() -> None:
    told = [seconds(n) for n in (None, 0, 59.6, 61, 599, 3599, 3600, 7320, 200_000)]
    assert told == [
        "–",
        "0 s",
        "1 min",
        "1 min 1 s",
        "9 min 59 s",
        "60 min",
        "1 h",
        "2 h 2 min",
        "2 d 7 h",
    ]
    assert [percent(None), percent(0.5), percent(1)] == ["–", "50 %", "100 %"]


@pytest.mark.parametrize("highest", [0, 1, 2, 3, 7, 19, 101, 99_999])
def test_the_scale_is_whole_and_holds_the_highest_column(highest: int) -> None:
    chart = draw_bars([(highest,), (0,)])
    numbers = [number for _y, number in chart.lines]
    assert numbers[0] == 0
    assert numbers[-1] >= max(highest, 1)
    assert all(number == int(number) for number in numbers)
    assert len(numbers) <= 7
    assert all(0 <= top <= chart.ground for bar in chart.bars for top in bar.tops)
    assert all(bar.x + bar.width <= chart.width for bar in chart.bars)


def test_layers_stand_upon_one_another() -> None:
    (bar,) = draw_bars([(2, 3)]).bars
    assert bar.tops[1] + bar.heights[1] == pytest.approx(bar.tops[0])
    assert bar.heights[0] / bar.heights[1] == pytest.approx(2 / 3, rel=0.01)


def test_no_more_columns_are_named_than_can_be_read() -> None:
    assert marked(5) == {0, 1, 2, 3, 4}
    assert len(marked(90)) <= 8
    assert max(marked(90)) == 89  # today is always named
