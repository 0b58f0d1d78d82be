"""`/v1/reports/handovers`: the numbers, broken down and narrowed, as JSON and CSV."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from stepaside.core.ids import RuleId
from stepaside.core.roster import ContactRef
from stepaside.core.rules import Scenario, default_rule
from stepaside.pipeline import staff
from stepaside.pipeline.receive import start_conversation
from stepaside.store.ids import new_id
from stepaside.store.reports import Asked, Number, list_behind, report
from stepaside.store.rules import create_rule
from tests.api.conftest import Api
from tests.house import House, open_house
from tests.world import MONDAY_MORNING, World

HUMAN = "I want to talk to a human"
REPORT = "/reports/handovers"


async def chat(house: House, name: str, *says: str) -> House:
    conversation_id = await start_conversation(
        house.rt,
        house.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(external_id=name.lower(), name=name),
    )
    other = replace(house, conversation_id=conversation_id)
    for text in says:
        await other.writes(text)
    return other


@pytest.fixture
async def busy(world: World) -> House:
    """Four chats of the bot's: one kept, one answered, one waiting, one by hand."""
    house = await open_house(world)
    await house.writes("When are you open on Saturday?")
    answered = await chat(house, "Una", HUMAN)
    await house.later(minutes=5)
    await answered.replies(world.bo, "Hello!")
    await chat(house, "Vic", HUMAN)
    by_hand = await chat(house, "Wim", "What does delivery cost?")
    await by_hand.does(staff.hand_over, world.ann, reason="A good customer")
    return house


async def groups(api: Api, by: str, number: str, **more: str) -> dict[Any, Any]:
    answer = await api.get(REPORT, group_by=by, **more)
    return {line["key"]: line[number] for line in answer["items"]}


async def test_without_anything_it_is_the_last_thirty_days(
    api: Api, busy: House
) -> None:
    found = await api.get(REPORT)
    assert found.status == 200
    assert (found["from"], found["to"]) == (
        "2026-02-01T00:00:00Z",
        "2026-03-03T00:00:00Z",
    )
    assert (found["group_by"], found["items"], found["time_zone"]) == (None, [], "UTC")
    total = found["total"]
    assert (total["conversations"], total["handed_over"], total["rate"]) == (4, 3, 0.75)
    assert (total["handovers"], total["claimed"], total["unclaimed"]) == (3, 1, 2)
    assert (total["answered"], total["median_seconds"]) == (1, 300)


async def test_a_quiet_period_is_all_noughts(api: Api, world: World) -> None:
    total = (await api.get(REPORT))["total"]
    assert (total["handovers"], total["conversations"]) == (0, 0)
    assert (total["rate"], total["median_seconds"]) == (None, None)


async def test_it_is_broken_down_by_everything_the_contract_names(
    api: Api, busy: House, world: World
) -> None:
    assert await groups(api, "scenario", "handovers") == {
        "human_requested": 2,
        None: 1,
    }
    assert await groups(api, "reason", "handed_over") == {
        "human_requested": 2,
        "manual": 1,
    }
    assert await groups(api, "bot", "rate") == {world.bot.id: 0.75}
    assert await groups(api, "inbox", "conversations") == {world.inbox_id: 4}
    assert await groups(api, "channel", "handovers") == {"api": 3}
    assert await groups(api, "staff", "handovers") == {world.bo.id: 1, None: 2}
    days = await groups(api, "day", "handovers", **{"from": "2026-03-01"})
    assert days == {"2026-03-01": 0, "2026-03-02": 3}


async def test_groups_are_named_as_people_name_them(
    api: Api, busy: House, world: World
) -> None:
    answer = await api.get(REPORT, group_by="staff", staff_id=world.bo.id)
    assert [line["name"] for line in answer["items"]] == ["Bo Berg"]


async def test_each_custom_rule_is_a_reason_of_its_own(api: Api, world: World) -> None:
    rule = replace(
        default_rule(RuleId(new_id("rule")), Scenario.CUSTOM),
        name="Wants to cancel",
        trigger_condition="The contact wants to cancel",
        example_phrases=("cancel my order",),
    )
    async with world.db.transaction(world.account_id) as tx:
        await create_rule(tx, world.bot.id, rule, world.clock(), limit=4)
        await tx.run(
            "INSERT INTO handovers (id, account_id, conversation_id, inbox_id, cause,"
            " rule_id, evidence, reason, summary, tried, started_at)"
            " VALUES ('hnd_1', %s, %s, %s, 'custom', %s, '', '', '', '{}', %s)",
            world.account_id,
            (await open_house(world)).conversation_id,
            world.inbox_id,
            rule.id,
            world.clock(),
        )
    (line,) = (await api.get(REPORT, group_by="reason"))["items"]
    assert (line["key"], line["name"]) == (rule.id, "Wants to cancel")
    narrowed = await api.get(REPORT, reason=rule.id)
    assert narrowed["total"]["handovers"] == 1
    assert (await groups(api, "scenario", "handovers")) == {"custom": 1}


@pytest.mark.parametrize(
    ("narrow", "handovers"),
    [
        ({"scenario": "human_requested"}, 2),
        ({"reason": "manual"}, 1),
        ({"channel": "api"}, 3),
        ({"channel": "widget"}, 0),
        ({"bot_id": "bot_nobody"}, 0),
        ({"staff_id": "nobody"}, 2),
        ({"from": "2026-03-03", "to": "2026-03-04"}, 0),
        ({"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T10:05:00Z"}, 1),
    ],
)
async def test_it_can_be_narrowed(
    api: Api, busy: House, narrow: dict[str, str], handovers: int
) -> None:
    assert (await api.get(REPORT, **narrow))["total"]["handovers"] == handovers


async def test_days_are_those_of_the_accounts_own_clock(
    api: Api, busy: House, world: World
) -> None:
    async with world.db.transaction(world.account_id) as tx:
        await tx.run("UPDATE accounts SET time_zone = 'Pacific/Auckland'")
        await tx.run("UPDATE handovers SET started_at = '2026-03-02T12:30:00Z'")
    days = await groups(
        api, "day", "handovers", **{"from": "2026-03-02", "to": "2026-03-03"}
    )
    assert days == {"2026-03-02": 0, "2026-03-03": 3}


async def test_as_csv_it_opens_in_a_table_program(
    api: Api, busy: House, world: World
) -> None:
    await world.change_staff(world.bo, name='=HYPERLINK("http://evil.example")')
    answer = await api.http.get(
        f"/v1{REPORT}",
        params={"group_by": "staff", "format": "csv"},
        headers={"Authorization": f"Bearer {api.key}"},
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:5] == ["staff", "name", "conversations", "handed_over", "rate"]
    by_name = {row[1]: row for row in rows}
    assert '\'=HYPERLINK("http://evil.example")' in by_name
    assert [len(row) for row in rows] == [len(head)] * 2


async def test_what_is_asked_wrongly_is_refused_by_name(api: Api) -> None:
    for query, field in (
        ({"from": "soon"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
        ({"group_by": "moon"}, "group_by"),
        ({"format": "pdf"}, "format"),
    ):
        refused = await api.get(REPORT, **query)
        assert refused.status in (400, 422), query
        assert refused.broken_fields == [field], (query, refused.json)


async def test_another_account_sees_nothing_of_it(dees_api: Api, busy: House) -> None:
    assert (await dees_api.get(REPORT))["total"]["handovers"] == 0


async def test_every_number_is_as_long_as_the_list_behind_it(
    busy: House, world: World
) -> None:
    asked = Asked(start=MONDAY_MORNING, end=world.clock.advance(days=1))
    async with world.db.transaction(world.account_id) as tx:
        (line,) = await report(tx, asked, None)
        for number in Number:
            rows = await list_behind(tx, asked, number)
            assert len(rows) == getattr(line, number), number
            first = await list_behind(tx, asked, number, limit=1)
            after = [(row.at, row.id) for row in first]
            rest = await list_behind(tx, asked, number, after=after[0]) if after else []
            assert [*first, *rest] == rows
    assert line.handovers == 3


async def test_the_contract_names_the_ends_as_callers_send_them(api: Api) -> None:
    document = (await api.http.get("/v1/openapi.json")).json()
    parameters = document["paths"]["/v1/reports/handovers"]["get"]["parameters"]
    assert {"from", "to", "group_by", "format"} <= {p["name"] for p in parameters}
