"""API keys, inboxes, workflows and webhooks, as they are set up in the desk."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from stepaside.channels.webhook.signed import signed_caller
from stepaside.core.ids import InboxId
from stepaside.core.rules import Scenario
from stepaside.core.terms import Deadlines
from stepaside.store.accounts import get_account
from stepaside.store.api_keys import find_caller
from stepaside.store.inboxes import Inbox, get_inbox, list_inboxes
from stepaside.store.model_usage import add_usage
from stepaside.store.webhooks import list_webhooks
from stepaside.store.workflows import list_workflows
from tests.api.receiver import Receiver, listening
from tests.desk.office import Office, Seat


@pytest.fixture
async def ann(office: Office) -> Seat:
    """Ann, an owner, at her desk."""
    return await office.seat(office.house.world.ann)


@pytest.fixture
async def bo(office: Office) -> Seat:
    """Bo, who answers contacts."""
    return await office.seat(office.house.world.bo)


def link_in(seat: Seat, pattern: str) -> str:
    found = re.search(pattern, seat.last.text)
    assert found, seat.last.text
    return found[1]


async def test_a_key_is_shown_once_and_ends_when_revoked(
    office: Office, ann: Seat
) -> None:
    db = office.house.world.db
    await ann.sends("/settings/keys", name="CRM", scopes=["read", "write"])
    token = link_in(ann, r"(sa_\w+_[\w-]+)")
    caller = await find_caller(db, token)
    assert caller is not None
    assert {str(scope) for scope in caller.scopes} == {"read", "write"}
    await ann.opens("/settings/keys")
    assert token not in ann.last.text
    await ann.sends(f"/settings/keys/{caller.key_id}/revoke")
    assert await find_caller(db, token) is None

    text = await ann.sends("/settings/keys", name="Nothing")
    assert ann.status == 422
    assert "Tick at least one" in text


async def test_an_inbox_is_made_changed_and_its_secret_renewed(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    text = await ann.sends(
        "/settings/inboxes/new",
        kind="webhook",
        name="Phone",
        url="https://phone.example.org/hook",
    )
    first = link_in(ann, r"(whsec_[\w+/=]+)")
    assert "shown only this once" in text
    async with world.db.transaction(world.account_id) as tx:
        inbox = (await list_inboxes(tx))[-1]
    await ann.sends(f"/settings/inboxes/{inbox.id}/secret")
    second = link_in(ann, r"(whsec_[\w+/=]+)")
    async with world.db.transaction(world.account_id) as tx:
        inbox = (await list_inboxes(tx))[-1]
    assert list(inbox.settings["secrets"]) == [second, first]
    await ann.sends(f"/settings/inboxes/{inbox.id}/end-secret")
    async with world.db.transaction(world.account_id) as tx:
        inbox = (await list_inboxes(tx))[-1]
    assert list(inbox.settings["secrets"]) == [second]
    await ann.opens(f"/settings/inboxes/{inbox.id}")
    assert second not in ann.last.text
    await ann.sends(f"/settings/inboxes/{inbox.id}/delete")
    assert "Phone" not in await ann.opens("/settings/inboxes")


async def test_a_widgets_snippet_and_its_websites(office: Office, ann: Seat) -> None:
    world = office.house.world
    origins = "https://a.example\nhttps://b.example/"
    await ann.sends(
        "/settings/inboxes/new",
        kind="widget",
        name="Site",
        bot_id=world.bot.id,
        allowed_origins=origins,
    )
    async with world.db.transaction(world.account_id) as tx:
        inbox = (await list_inboxes(tx))[-1]
    assert inbox.settings["allowed_origins"] == [
        "https://a.example",
        "https://b.example",
    ]
    text = await ann.opens(f"/settings/inboxes/{inbox.id}")
    assert f'<stepaside-chat inbox="{inbox.id}">' in text
    text = await ann.sends(
        f"/settings/inboxes/{inbox.id}", name="Site", allowed_origins="a.example/x"
    )
    assert ann.status == 422
    assert "a.example/x is no website" in text


async def test_a_workflow_switches_rules_off(office: Office, ann: Seat) -> None:
    world = office.house.world
    await ann.sends("/settings/workflows", name="Spring", bot_id=world.bot.id)
    async with world.db.transaction(world.account_id) as tx:
        (flow,) = await list_workflows(tx)
    asked = world.rules[Scenario.HUMAN_REQUESTED].id
    failed = world.rules[Scenario.FAILED_TO_RESOLVE].id
    await ann.sends(
        f"/settings/workflows/{flow.id}", name="Spring sale", rules=[asked, failed]
    )
    async with world.db.transaction(world.account_id) as tx:
        (flow,) = await list_workflows(tx)
    lack = world.rules[Scenario.LACK_OF_INFORMATION].id
    assert flow.name == "Spring sale"
    assert flow.overrides == {lack: {"enabled": False}}
    assert "1 rule" in await ann.opens("/settings/workflows")
    await ann.sends(f"/settings/workflows/{flow.id}/delete")
    assert "No workflows yet" in await ann.opens("/settings/workflows")


@pytest.fixture
async def receiver(office: Office) -> AsyncIterator[Receiver]:
    """The other side of webhooks, which checks signatures by a real clock."""
    house = office.house
    house.world.clock.now = datetime.now(UTC)  # noqa: TID251
    async with listening() as found, httpx2.AsyncClient() as http:
        call = signed_caller(http, allow_private=True)
        object.__setattr__(house.rt, "call_webhook", call)
        yield found


async def test_a_webhook_from_making_it_to_sending_again(
    office: Office, ann: Seat, receiver: Receiver
) -> None:
    ann = await office.seat(office.house.world.ann)  # the clock was moved
    await ann.sends(
        "/settings/webhooks/new", url=receiver.url, name="CRM", events=["resolved"]
    )
    secret = link_in(ann, r"(whsec_[\w+/=]+)")
    world = office.house.world
    async with world.db.transaction(world.account_id) as tx:
        (hook,) = await list_webhooks(tx)
    here = f"/settings/webhooks/{hook.id}"
    assert secret not in await ann.opens(here)

    text = await ann.sends(f"{here}/test")
    assert "The test arrived: the other side answered 200" in text
    assert receiver.got[-1].verified_by(secret)
    receiver.always = 500
    text = await ann.sends(f"{here}/test")
    assert "the other side answered 500" in text
    assert "webhook.test Failed 500" in text

    delivery = link_in(ann, r"/deliveries/(whd_\w+)")
    receiver.always = 200
    await ann.sends(f"{here}/deliveries/{delivery}/resend")
    assert ann.goes_to == f"/desk{here}/deliveries/{delivery}"
    text = await ann.opens(f"{here}/deliveries/{delivery}")
    assert "answer 500" in text
    assert "answer 200" in text

    await ann.sends(f"{here}/secret")
    renewed = link_in(ann, r"(whsec_[\w+/=]+)")
    await ann.sends(f"{here}/test")
    assert receiver.got[-1].verified_by(secret)
    assert receiver.got[-1].verified_by(renewed)

    await ann.sends(here, url=receiver.url, name="CRM", events=["resolved"])
    assert "Off" in await ann.opens("/settings/webhooks")
    await ann.sends(f"{here}/delete")
    assert "No webhooks yet" in await ann.opens("/settings/webhooks")


async def test_an_inbox_has_deadlines_of_its_own_until_they_are_taken_back(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    here = f"/settings/inboxes/{office.house.inbox_id}"
    text = await ann.opens(here)
    assert "Otherwise those of its bot hold: A first reply within 10 minutes" in text
    form = {
        "name": "Shop API",
        "bot_id": world.bot.id,
        "own_deadlines": "on",
        "deadlines.first_reply_minutes.minutes": "3",
        "deadlines.resolution_minutes.days": "",
    }
    text = await ann.sends(here, **(form | {"deadlines.next_reply_minutes.days": "x"}))
    assert ann.status == 422
    assert "Between 1 minute and 365 days" in text
    await ann.sends(here, **form)
    assert ann.status == 303
    assert (await the_inbox(office)).deadlines == Deadlines(
        first_reply=timedelta(minutes=3),
        next_reply=None,
        resolution=None,
        in_working_hours=False,
    )
    await ann.opens(here)
    assert re.search(r'name="own_deadlines" checked', ann.last.text)
    await ann.sends(here, **(form | {"own_deadlines": ""}))
    assert (await the_inbox(office)).deadlines is None


async def test_a_webhooks_reply_window_is_set_in_hours(
    office: Office, ann: Seat
) -> None:
    await ann.opens("/settings/inboxes/new")
    made = {"kind": "webhook", "name": "Chat app", "url": "https://hooks.example.com/x"}
    await ann.sends("/settings/inboxes/new", **made)
    async with office.house.world.db.transaction(office.house.world.account_id) as tx:
        inbox = (await list_inboxes(tx))[-1]
    here = f"/settings/inboxes/{inbox.id}"
    text = await ann.sends(here, **made, reply_window_hours="721")
    assert "A whole number from 1 to 720." in text
    await ann.sends(here, **made, reply_window_hours="24")
    async with office.house.world.db.transaction(office.house.world.account_id) as tx:
        assert (await list_inboxes(tx))[-1].reply_window_hours == 24


async def test_the_account_tells_what_language_models_were_asked(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    account = {"name": "Pear Street Bikes", "time_zone": "Europe/Berlin"}
    text = await ann.opens("/settings/account")
    assert "Tokens of language models" not in text, "there is none here"
    async with world.db.transaction(world.account_id) as tx:
        await add_usage(tx, world.clock(), tokens_in=1200, tokens_out=300)
    await ann.opens("/settings/account")
    await ann.sends("/settings/account", **account, tokens="6000")
    text = await ann.opens("/settings/account")
    assert "Today 1 1,500 25 %" in text
    await ann.sends("/settings/account", **account)
    async with world.db.transaction(world.account_id) as tx:
        assert (await get_account(tx)).model_daily_tokens == 6000


async def test_the_first_run_invites_as_the_settings_do(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens("/start")
    text = await ann.sends("/start/colleague", name="", email="nobody")
    assert ann.status == 422
    assert "Fill this in." in text
    text = await ann.sends("/start/colleague", name="Eve", email=world.ann.email)
    assert ann.status == 422
    text = await ann.sends("/start/colleague", name="Eve", email="eve@example.com")
    assert "Eve is on your staff." in text
    assert "within 7 days" in text
    link = re.search(r"/desk(/login/\w+)", ann.last.text)
    assert link
    assert "Eve" in await ann.opens("/settings/staff")
    eve = await office.seat()
    await eve.opens(link[1])
    assert "password" in eve.last.text


async def the_inbox(office: Office) -> Inbox:
    async with office.house.world.db.transaction(office.house.world.account_id) as tx:
        return await get_inbox(tx, InboxId(office.house.inbox_id))
