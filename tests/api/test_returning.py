"""What a bot does when people are done, and when a contact is silent, over the API."""

from datetime import timedelta
from typing import Any

import pytest

from stepaside.core.conversation import Control
from stepaside.core.roster import Availability
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


async def bo_settles_one(api: Api, world: World) -> str:
    """Cy's first conversation: Bo had it, gave it back, and it is resolved."""
    await api.patch(f"/bots/{world.bot.id}", {"on_return": "last_owner"})
    here = await a_conversation(api, world)
    await api.put(f"{here}/assignment", {"staff_id": world.bo.id})
    await api.post(f"{here}/hand-back")
    assert (await api.put(f"{here}/resolution"))["control"] == Control.BOT
    return here


async def asks_for_the_price(api: Api, here: str) -> Any:
    said = {"author": "contact", "text": "What does a basic service cost?"}
    path, waits = f"{here}/messages", {"wait": 20}
    assert (await api.call("POST", path, said, params=waits)).status == 201
    return (await api.get(here)).json


async def happened(api: Api, here: str) -> dict[str, Any]:
    """The events of a conversation by type, each as last."""
    items = (await api.get(f"{here}/events"))["items"]
    return {event["type"]: event for event in items}


async def test_a_contact_comes_back_to_who_had_the_conversation_last(
    api: Api, world: World
) -> None:
    here = await bo_settles_one(api, world)
    shown = await asks_for_the_price(api, here)
    assert (shown["control"], shown["assignee_id"]) == ("human", world.bo.id)


async def test_so_does_one_who_begins_a_new_conversation(
    api: Api, world: World
) -> None:
    await bo_settles_one(api, world)
    shown = await asks_for_the_price(api, await a_conversation(api, world))
    assert (shown["control"], shown["assignee_id"]) == ("human", world.bo.id)


async def test_a_matter_that_goes_on_elsewhere_does_not_draw_a_new_one_to_it(
    api: Api, world: World
) -> None:
    earlier = await bo_settles_one(api, world)
    await api.delete(f"{earlier}/resolution")
    shown = await asks_for_the_price(api, await a_conversation(api, world))
    assert shown["control"] == "bot"


async def test_a_contact_whom_nobody_looked_after_is_the_bots(
    api: Api, world: World
) -> None:
    await bo_settles_one(api, world)
    opened = await api.post(
        "/conversations",
        {"inbox_id": world.inbox_id, "contact": {"external_id": "eva"}},
    )
    shown = await asks_for_the_price(api, f"/conversations/{opened['id']}")
    assert shown["control"] == "bot"


@pytest.mark.parametrize("new", [False, True], ids=["the same one", "a new one"])
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"availability": Availability.AWAY}, "away"),
        ({"availability": Availability.OFFLINE}, "offline"),
        ({"active": False}, "left"),
        ({"capacity": 1}, "full"),
    ],
)
async def test_where_that_person_cannot_take_it_the_bot_answers_and_it_says_why(
    api: Api, world: World, change: dict[str, Any], why: str, new: bool
) -> None:
    here = await bo_settles_one(api, world)
    busy = await api.post(
        "/conversations",
        {"inbox_id": world.inbox_id, "contact": {"external_id": "eva"}},
    )
    bos = {"staff_id": world.bo.id}
    await api.put(f"/conversations/{busy['id']}/assignment", bos)
    await world.change_staff(world.bo, **change)
    here = await a_conversation(api, world) if new else here

    shown = await asks_for_the_price(api, here)

    assert (shown["control"], shown["status"]) == ("bot", "open")
    said = (await api.get(f"{here}/messages"))["items"]
    assert "60 euros" in said[-1]["text"]
    told = (await happened(api, here))["handover.not_returned"]
    assert told["data"] == {"staff_id": world.bo.id, "reason": why}


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
