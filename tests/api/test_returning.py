"""What a bot does when people are done, and when a contact is silent, over the API."""

from datetime import timedelta
from typing import Any

import pytest

from stepaside.core.conversation import Control
from tests.api.conftest import Api
from tests.world import World

TOLD: dict[str, Any] = {
    "follow_ups": [
        {"delay_minutes": 60, "text": "Did that help?"},
        {"delay_minutes": 1440, "text": "I close this for now."},
    ],
    "close_after_minutes": 4320,
    "extension_cap_minutes": 120,
    "on_return": "last_owner",
    "watchdog": {
        "every_minutes": 5,
        "holding_message": "One moment, please.",
        "reassign": True,
        "resume": True,
        "resume_message": "I am back.",
    },
}


async def test_a_bot_keeps_what_it_was_told_about_coming_back(
    api: Api, world: World
) -> None:
    path = f"/bots/{world.bot.id}"
    assert (await api.patch(path, TOLD)).status == 200
    shown = (await api.get(path)).json
    assert {name: shown[name] for name in TOLD} == TOLD


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"follow_ups": [{"delay_minutes": 0, "text": "Hm"}]}, "follow_ups"),
        ({"follow_ups": [{"delay_minutes": 5, "text": ""}]}, "follow_ups"),
        (
            {"follow_ups": [{"delay_minutes": 5, "text": "Hm"}] * 6},
            "follow_ups",
        ),
        ({"close_after_minutes": 0}, "close_after_minutes"),
        ({"extension_cap_minutes": -1}, "extension_cap_minutes"),
        ({"on_return": "somebody"}, "on_return"),
        ({"watchdog": {"every_minutes": 0}}, "watchdog"),
        (
            {"watchdog": {"resume": True, "resume_message": " "}},
            "watchdog.resume_message",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused_by_the_field(
    api: Api, world: World, change: dict[str, Any], field: str
) -> None:
    refused = await api.patch(f"/bots/{world.bot.id}", change)
    assert refused.status == 422
    assert refused.broken_fields[0].startswith(field)


async def a_conversation(api: Api, world: World) -> str:
    opened = await api.post(
        "/conversations",
        {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}},
    )
    return f"/conversations/{opened['id']}"


async def test_a_pause_until_it_is_resolved_ends_with_the_work(
    api: Api, world: World
) -> None:
    here = await a_conversation(api, world)
    paused = await api.put(f"{here}/pause", {"mode": "resolved"})
    assert (paused["control"], paused["resume_at"]) == (Control.QUEUE, None)

    world.clock.advance(days=3)
    assert (await api.get(here))["control"] == Control.QUEUE
    assert (await api.put(f"{here}/resolution"))["control"] == Control.BOT


async def test_a_pause_until_people_are_silent_says_when_that_is(
    api: Api, world: World
) -> None:
    here = await a_conversation(api, world)
    paused = await api.put(f"{here}/pause", {"mode": "staff_inactive", "minutes": 90})
    at = world.clock() + timedelta(minutes=90)
    assert paused["resume_at"] == at.isoformat().replace("+00:00", "Z")


async def test_a_pause_until_people_are_back_ends_at_their_next_opening(
    api: Api, world: World
) -> None:
    day = [{"from": "09:00", "to": "17:00"}]
    week = dict.fromkeys(("monday", "tuesday", "wednesday"), day)
    hours = {"time_zone": "UTC", "working_hours": week}
    assert (await api.patch("/account", hours)).status == 200
    here = await a_conversation(api, world)
    paused = await api.put(f"{here}/pause", {"mode": "next_opening"})
    assert paused["resume_at"] == "2026-03-03T09:00:00Z"


async def test_a_mode_nobody_knows_is_refused(api: Api, world: World) -> None:
    here = await a_conversation(api, world)
    refused = await api.put(f"{here}/pause", {"mode": "full_moon"})
    assert refused.broken_fields == ["mode"]
