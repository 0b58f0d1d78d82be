"""Notifications over the API: given up and sent again, read, and where they go."""

from litestar import Litestar

from stepaside.core.rules import AssignTo, Scenario
from stepaside.notify.base import Notice, NoticeError
from tests.api.conftest import Api
from tests.world import World


async def _handed_over(api: Api, app: Litestar, world: World) -> str:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    opened = await api.post(
        "/conversations",
        {"inbox_id": world.inbox_id, "contact": {"external_id": "cy"}},
    )
    path = f"/conversations/{opened['id']}/messages?wait=30"
    await api.post(path, {"author": "contact", "text": "I want to talk to a human"})
    await app.state.rt.background.drain()
    return str(opened["id"])


async def test_what_was_given_up_is_listed_and_sent_again(
    api: Api, app: Litestar, world: World
) -> None:
    broken = [True]
    keys: list[str] = []

    async def email(notice: Notice) -> None:
        keys.append(notice.key)
        if broken:
            raise NoticeError("No such mailbox.", retry=False)

    app.state.rt.notifiers["email"] = email
    await _handed_over(api, app, world)
    failed = (await api.get("/notifications/failed"))["items"]
    assert {(one["state"], one["detail"]) for one in failed} == {
        ("failed", "No such mailbox.")
    }
    broken.clear()
    again = await api.post(f"/notifications/{failed[0]['id']}/resend", {})
    assert again.status == 202
    await app.state.rt.background.drain()

    one = await api.get(f"/notifications/{failed[0]['id']}")
    assert one["state"] == "sent"
    assert keys.count(keys[-1]) == 2
    assert (await api.post(f"/notifications/{one['id']}/resend", {})).status == 409
    assert (await api.post("/notifications/ntf_0/resend", {})).status == 404


async def test_what_is_told_in_the_desk_is_read_and_unread(
    api: Api, app: Litestar, world: World
) -> None:
    await _handed_over(api, app, world)
    told = (await api.get(f"/staff/{world.bo.id}/notifications"))["items"]
    in_app = [one for one in told if one["channel"] == "in_app"]
    path = f"/notifications/{in_app[0]['id']}/read"

    assert (await api.put(path, {}))["read_at"] is not None
    assert (await api.delete(path))["read_at"] is None
    assert (await api.put(f"/staff/{world.bo.id}/notifications/read", {})).status == 204
    assert (await api.get(f"/notifications/{in_app[0]['id']}"))["read_at"] is not None


async def test_quiet_hours_are_kept_as_they_were_said(api: Api, world: World) -> None:
    path = f"/staff/{world.bo.id}/quiet-hours"
    before = (await api.get(path)).json
    assert (before["start"], before["muted_until"]) == (None, None)
    night = {"start": "22:00", "end": "07:30", "time_zone": "Europe/Berlin"}

    assert (await api.put(path, night)).json == before | night
    assert (await api.get(path)).json == before | night
    for wrong, where in (
        ({"start": "25:00", "end": "07:00"}, "start"),
        ({"start": "22:00"}, "end"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ):
        assert (await api.put(path, wrong)).broken_fields == [where]


async def test_a_chat_is_added_without_ever_showing_its_address(
    api: Api, world: World
) -> None:
    path = f"/staff/{world.bo.id}/notification-targets"
    secret = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkc"
    added = await api.post(path, {"address": secret})

    assert (added["name"], added["channel"]) == ("Slack", "chat")
    listed = await api.get(path)
    assert [one["id"] for one in listed["items"]] == [added["id"]]
    assert "TIiajkdnlazkc" not in str(listed.json)
    refused = await api.post(path, {"address": "json://10.0.0.1/"})
    assert refused.broken_fields == ["address"]
    assert (await api.delete(f"{path}/{added['id']}")).status == 204
    assert (await api.get(path))["items"] == []


async def test_a_chat_of_the_team_says_what_it_is_told(api: Api) -> None:
    path = "/notification-targets"
    chat = {"address": "ntfy://topic", "name": "#support"}
    assert (await api.post(path, chat)).broken_fields == ["events"]

    added = await api.post(path, chat | {"events": ["handover_waiting"]})
    assert added["events"] == ["handover_waiting"]
    assert (await api.delete(f"{path}/{added['id']}")).status == 204
    assert (await api.delete(f"{path}/{added['id']}")).status == 404


async def test_a_test_is_sent_and_says_what_is_missing(api: Api, world: World) -> None:
    path = f"/staff/{world.bo.id}/notification-tests"
    assert (await api.post(f"{path}/in_app", {})).json == {
        "ok": True,
        "needs": None,
        "problems": [],
    }
    assert (await api.post(f"{path}/push", {}))["needs"] == "browser"


async def test_another_accounts_people_and_notifications_are_not_found(
    api: Api, app: Litestar, world: World, dees_api: Api
) -> None:
    await _handed_over(api, app, world)
    told = (await api.get(f"/staff/{world.bo.id}/notifications"))["items"]

    for path in (
        f"/notifications/{told[0]['id']}",
        f"/staff/{world.bo.id}/quiet-hours",
        f"/staff/{world.bo.id}/notification-targets",
    ):
        assert (await dees_api.get(path)).status == 404
    assert (
        await dees_api.put(f"/notifications/{told[0]['id']}/read", {})
    ).status == 404
    assert (
        await dees_api.post(f"/notifications/{told[0]['id']}/resend", {})
    ).status == 404
