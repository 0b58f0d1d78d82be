"""Deadlines over HTTP: set on bots and inboxes, seen on conversations."""

from tests.api.conftest import Api
from tests.world import World


async def _with_people(api: Api, world: World) -> str:
    contact = {"external_id": "cy"}
    made = await api.post(
        "/conversations", {"inbox_id": world.inbox_id, "contact": contact}
    )
    path = f"/conversations/{made['id']}"
    await api.post(
        f"{path}/messages?wait=5", {"author": "contact", "text": "A human please"}
    )
    return path


async def test_a_bot_has_deadlines_from_the_start_and_they_may_be_changed(
    api: Api,
) -> None:
    made = await api.post("/bots", {"name": "Pedal"})
    assert made["deadlines"] == {
        "first_reply_minutes": 10,
        "next_reply_minutes": 30,
        "resolution_minutes": 4320,
        "in_working_hours": True,
    }
    changed = await api.patch(
        f"/bots/{made['id']}",
        {"deadlines": {"first_reply_minutes": 5, "resolution_minutes": None}},
    )
    assert changed["deadlines"]["first_reply_minutes"] == 5
    assert changed["deadlines"]["resolution_minutes"] is None
    assert (await api.get(f"/bots/{made['id']}")).json == changed.json


async def test_a_deadline_of_no_time_at_all_is_refused(api: Api) -> None:
    refused = await api.post(
        "/bots", {"name": "Pedal", "deadlines": {"next_reply_minutes": 0}}
    )
    assert refused.status == 422
    assert refused.broken_fields == ["deadlines.next_reply_minutes"]


async def test_an_inbox_may_have_its_own_and_a_window(api: Api) -> None:
    hook = {
        "kind": "webhook",
        "name": "Phone",
        "url": "https://phone.example.org/in",
        "reply_window_hours": 24,
        "deadlines": {"first_reply_minutes": 3},
    }
    made = await api.post("/inboxes", hook)
    assert made["reply_window_hours"] == 24
    assert made["deadlines"]["first_reply_minutes"] == 3
    changed = await api.patch(f"/inboxes/{made['id']}", {"deadlines": None})
    assert changed["deadlines"] is None

    refused = await api.post(
        "/inboxes", {"kind": "widget", "name": "Site", "reply_window_hours": 24}
    )
    assert refused.broken_fields == ["reply_window_hours"]


async def test_a_conversation_shows_what_is_due(api: Api, world: World) -> None:
    path = await _with_people(api, world)
    shown = (await api.get(path))["deadlines"]
    assert shown == {
        "reply_due_at": "2026-03-02T10:10:00Z",
        "first_reply": True,
        "reply_missed": False,
        "resolution_due_at": "2026-03-05T10:00:00Z",
        "resolution_missed": False,
        "promised_at": None,
        "window_closes_at": None,
    }
    (listed,) = (await api.get("/conversations"))["items"]
    assert listed["deadlines"] == shown


async def test_once_answered_nothing_is_due_but_the_end(api: Api, world: World) -> None:
    path = await _with_people(api, world)
    reply = {"author": "staff", "staff_id": world.bo.id, "text": "Hello"}
    await api.post(f"{path}/messages", reply)
    shown = (await api.get(path))["deadlines"]
    assert (shown["reply_due_at"], shown["first_reply"]) == (None, False)


async def test_a_promise_shows_on_the_handover_that_gave_it(
    api: Api, world: World
) -> None:
    rules = (await api.get(f"/bots/{world.bot.id}/handover-rules"))["items"]
    asked = next(r for r in rules if r["scenario"] == "human_requested")
    final = {"final_message": "We answer {{eta}}."}
    assert (await api.patch(f"/handover-rules/{asked['id']}", final)).status == 200
    path = await _with_people(api, world)

    shown = (await api.get(path)).json
    assert shown["deadlines"]["promised_at"] == "2026-03-02T10:10:00Z"
    assert shown["handover"]["promise"] == {
        "words": "in about 10 minutes",
        "given_at": "2026-03-02T10:00:00Z",
        "due_at": "2026-03-02T10:10:00Z",
        "state": "given",
        "settled_at": None,
        "told_at": None,
    }


async def test_the_watchdog_is_set_for_a_bot(api: Api) -> None:
    made = await api.post("/bots", {"name": "Pedal"})
    assert made["watchdog"]["every_minutes"] == 10
    assert made["watchdog"]["resume"] is False
    changed = await api.patch(
        f"/bots/{made['id']}",
        {"watchdog": {"every_minutes": 5, "resume": True, "reassign": True}},
    )
    assert changed["watchdog"]["every_minutes"] == 5
    assert (await api.get(f"/bots/{made['id']}")).json == changed.json
    refused = await api.patch(
        f"/bots/{made['id']}", {"watchdog": {"resume": True, "resume_message": ""}}
    )
    assert refused.broken_fields == ["watchdog.resume_message"]


async def test_a_handover_shows_its_summary_in_parts(api: Api, world: World) -> None:
    path = await _with_people(api, world)
    brief = (await api.get(path))["handover"]["brief"]
    assert brief["wants"] == "A human please"
    assert brief["generated"] == "local"
    assert brief["sentiment"] == "neutral"
