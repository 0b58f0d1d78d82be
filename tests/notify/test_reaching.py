"""What goes out now, what waits, and what becomes of what fails."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stepaside.core.effects import NotificationEvent
from stepaside.core.events import EventType, staff_actor
from stepaside.core.ids import StaffId
from stepaside.core.reach import NotificationChannel, Quiet
from stepaside.core.retry import MAX_ATTEMPTS
from stepaside.core.roster import ContactRef
from stepaside.core.rules import AssignTo, Scenario
from stepaside.notify.base import Notice, NoticeError
from stepaside.pipeline import receive, staff
from stepaside.pipeline.reach import NotGivenUp, resend, tell, tell_due
from stepaside.pipeline.trying_out import send_test
from stepaside.store.database import Tx
from stepaside.store.notification_lists import count_unread, list_failed
from stepaside.store.notification_settings import Need, mute, save_quiet, set_wanted
from stepaside.store.notification_targets import add_target, list_targets
from stepaside.store.notifications import Notification, list_notifications
from tests.house import House, Post, open_house
from tests.world import World

HUMAN = "I want to talk to a human"
NIGHT = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)


class Failing:
    """A channel that fails as it is told, and counts."""

    def __init__(self, *errors: NoticeError) -> None:
        self.errors = list(errors)
        self.keys: list[str] = []

    async def __call__(self, notice: Notice) -> None:
        """Fail, or take it."""
        self.keys.append(notice.key)
        if self.errors:
            raise self.errors.pop(0)


async def _for_bo(world: World) -> House:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED,
        assign_to=AssignTo.STAFF,
        staff_id=world.bo.id,
        task_enabled=False,
    )
    return await open_house(world)


def _over(house: House, channel: str, notifier: Any) -> None:
    house.rt.notifiers[channel] = notifier  # type: ignore[index]


async def _assigned_to_bo(house: House) -> str:
    """Bo gets another conversation; what mails that."""
    world = house.world
    other = await receive.start_conversation(
        house.rt,
        world.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(external_id="gil", name="Gil Gray"),
    )
    by = staff_actor(world.ann.id)
    await staff.assign(
        house.rt, world.account_id, other, staff_id=world.bo.id, actor=by
    )
    async with world.db.transaction(world.account_id) as tx:
        row = await tx.one(
            """SELECT o.id FROM outbox o JOIN notifications n
                ON n.id = o.notification_id
            WHERE n.conversation_id = %s AND n.channel = 'email'""",
            other,
        )
    assert row is not None
    return str(row["id"])


async def _told(world: World, channel: str) -> Sequence[Notification]:
    async with world.db.transaction(world.account_id) as tx:
        found = await list_notifications(tx, world.bo.id)
    return [n for n in found if n.channel == channel]


async def _browser(tx: Tx, staff_id: StaffId, now: datetime, name: str = "x") -> str:
    target = await add_target(
        tx,
        staff_id=staff_id,
        channel=NotificationChannel.PUSH,
        name="Firefox",
        address=f"https://push.example.org/{name}",
        keys={"p256dh": "a", "auth": "b"},
        now=now,
    )
    return target.id


class TestQuietHours:
    """Nobody is woken for what can wait."""

    async def test_what_happens_at_night_is_told_in_the_morning(
        self, world: World
    ) -> None:
        house = await _for_bo(world)
        world.clock.now = NIGHT
        await self._quiet(world, urgent=frozenset())
        await house.writes(HUMAN)

        assert len(await house.told()) == 1
        assert house.post.notices == []
        await house.later(hours=7, minutes=59)
        assert house.post.notices == []
        await house.later(minutes=2)
        (summary,) = house.post.notices
        assert "• Cy Clark asked for a person" in summary.body

    async def test_what_is_urgent_is_told_all_the_same(self, world: World) -> None:
        house = await _for_bo(world)
        world.clock.now = NIGHT
        await self._quiet(world)
        await house.writes(HUMAN)
        await house.later(minutes=11)

        assert "the first reply was due" in house.post.notices[0].title

    async def test_muting_lets_nothing_through_until_it_ends(
        self, world: World
    ) -> None:
        house = await _for_bo(world)
        until = world.clock() + timedelta(minutes=30)
        async with world.db.transaction(world.account_id) as tx:
            await mute(tx, world.bo.id, until)
        await house.writes(HUMAN)
        await house.later(minutes=15)
        assert house.post.notices == []
        await house.later(minutes=16)
        assert any("asked for a person" in n.body for n in house.post.notices)

    async def _quiet(self, world: World, **more: Any) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        quiet = Quiet(start=time(22), end=time(8), zone=berlin, **more)
        async with world.db.transaction(world.account_id) as tx:
            await save_quiet(tx, world.bo.id, quiet)

    async def test_what_is_going_out_is_not_told_once_more_with_others(
        self, world: World
    ) -> None:
        house = await _for_bo(world)
        world.clock.now = NIGHT
        await self._quiet(world, urgent=frozenset())
        await house.writes(HUMAN)
        bodies: list[str] = []

        async def more_happens_meanwhile(notice: Notice) -> None:
            bodies.append(notice.title + notice.body)
            if len(bodies) == 1:
                another = await _assigned_to_bo(house)
                for _ in range(2):  # it waits for the others, then takes them along
                    await tell(house.rt, world.account_id, another)

        _over(house, "email", more_happens_meanwhile)
        await house.later(hours=9)
        await house.later(minutes=20)

        assert sum("Cy Clark asked for a person" in body for body in bodies) == 1


class TestFailures:
    """A channel that fails is tried again, then shown, and hurts nothing else."""

    async def test_every_try_carries_the_same_key(self, world: World) -> None:
        house = await _for_bo(world)
        failing = Failing(*[NoticeError("Busy.", retry=True)] * 3)
        _over(house, "email", failing)
        await house.writes(HUMAN)
        for _ in range(4):
            await house.later(minutes=1)

        assert len(failing.keys) == 4
        assert len(set(failing.keys)) == 1
        (mail,) = await _told(world, "email")
        assert (mail.state, mail.attempts) == ("sent", 4)

    async def test_a_wait_that_was_asked_for_is_kept(self, world: World) -> None:
        house = await _for_bo(world)
        wait = timedelta(minutes=5)
        failing = Failing(NoticeError("Busy.", retry=True, retry_after=wait))
        _over(house, "email", failing)
        await house.writes(HUMAN)
        await house.later(minutes=4)
        assert len(failing.keys) == 1
        await house.later(minutes=2)
        assert len(failing.keys) == 2

    async def test_what_is_given_up_is_shown_and_can_be_sent_again(
        self, world: World
    ) -> None:
        house = await _for_bo(world)
        failing = Failing(NoticeError("No such mailbox.", retry=False))
        _over(house, "email", failing)
        await house.writes(HUMAN)
        async with world.db.transaction(world.account_id) as tx:
            (failed,) = await list_failed(tx)
        assert (failed.state, failed.detail) == ("failed", "No such mailbox.")
        assert len(await house.events(EventType.DELIVERY_FAILED)) == 1

        await resend(house.rt, world.account_id, failed.id)
        await house.settle()

        (mail,) = await _told(world, "email")
        assert mail.state == "sent"
        assert failing.keys == [failing.keys[0]] * 2
        with pytest.raises(NotGivenUp):
            await resend(house.rt, world.account_id, failed.id)

    async def test_a_failure_that_comes_late_does_not_undo_a_later_try(
        self, world: World
    ) -> None:
        house = await _for_bo(world)
        keys: list[str] = []

        async def hangs_then_fails(notice: Notice) -> None:
            keys.append(notice.key)
            if len(keys) == 1:
                world.clock.advance(house.rt.limits.sending)
                async with world.db.transaction(world.account_id) as tx:
                    row = await tx.one(
                        "SELECT id FROM outbox WHERE state = 'queued' AND key = %s",
                        notice.key,
                    )
                assert row is not None
                assert await tell(house.rt, world.account_id, row["id"]) == 1
                raise NoticeError("No such mailbox.", retry=False)

        _over(house, "email", hangs_then_fails)
        await house.writes(HUMAN)

        assert len(keys) == 2
        (mail,) = await _told(world, "email")
        assert (mail.state, mail.attempts) == ("sent", 2)
        assert await house.events(EventType.DELIVERY_FAILED) == []

    async def test_nobody_tries_for_ever(self, world: World) -> None:
        house = await _for_bo(world)
        failing = Failing(*[NoticeError("Busy.", retry=True)] * 100)
        _over(house, "email", failing)
        await house.writes(HUMAN)
        for _ in range(3 * MAX_ATTEMPTS):
            world.clock.advance(hours=9)
            await tell_due(house.rt)
            await house.settle()

        assert len(failing.keys) == MAX_ATTEMPTS

    async def test_a_mail_server_that_hangs_delays_no_message_and_no_other_channel(
        self, world: World
    ) -> None:
        house = await _for_bo(world)
        async with world.db.transaction(world.account_id) as tx:
            await _browser(tx, world.bo.id, world.clock())
        hanging, pushed = asyncio.Event(), asyncio.Event()

        async def hangs(notice: Notice) -> None:
            del notice
            await hanging.wait()

        async def push(notice: Notice) -> None:
            assert notice.title == "Cy Clark asked for a person"
            pushed.set()

        _over(house, "email", hangs)
        _over(house, "push", push)
        await house.writes(HUMAN, settle=False)
        await asyncio.wait_for(pushed.wait(), timeout=60)
        assert any("get back to you" in said for said in await house.said_by_bot())
        assert (await _told(world, "email"))[0].state == "queued"
        hanging.set()
        await house.settle()
        assert (await _told(world, "email"))[0].state == "sent"

    async def test_a_process_that_dies_after_sending_sends_again_with_the_same_key(
        self, world: World
    ) -> None:
        house = await _for_bo(world)
        keys: list[str] = []

        async def dies(notice: Notice) -> None:
            keys.append(notice.key)
            if len(keys) == 1:
                raise asyncio.CancelledError  # gone before it could note anything

        _over(house, "email", dies)
        await house.writes(HUMAN)
        assert (await _told(world, "email"))[0].state == "queued"
        await house.later(minutes=1)

        assert len(keys) == 2
        assert len(set(keys)) == 1
        assert (await _told(world, "email"))[0].state == "sent"

    async def test_a_browser_that_ended_its_subscription_is_forgotten(
        self, world: World
    ) -> None:
        house = await _for_bo(world)
        async with world.db.transaction(world.account_id) as tx:
            await _browser(tx, world.bo.id, world.clock(), "gone")
        _over(house, "push", Failing(NoticeError("Gone.", retry=False, gone=True)))
        await house.writes(HUMAN)

        async with world.db.transaction(world.account_id) as tx:
            assert await list_targets(tx, world.bo.id) == ()
            assert await list_failed(tx) == ()


class TestWays:
    """Who is told where."""

    async def test_each_browser_is_told_once(self, world: World) -> None:
        house = await _for_bo(world)
        push = Post()
        _over(house, "push", push)
        async with world.db.transaction(world.account_id) as tx:
            for name in ("laptop", "phone"):
                await _browser(tx, world.bo.id, world.clock(), name)
        await house.writes(HUMAN)

        assert sorted(n.to_address for n in push.notices) == [
            "https://push.example.org/laptop",
            "https://push.example.org/phone",
        ]

    async def test_a_chat_of_the_account_is_told_once_of_what_waits(
        self, world: World
    ) -> None:
        house = await open_house(world)
        chat = Post()
        _over(house, "chat", chat)
        async with world.db.transaction(world.account_id) as tx:
            await add_target(
                tx,
                staff_id=None,
                channel=NotificationChannel.CHAT,
                name="#support",
                address="ntfy://topic",
                events=[NotificationEvent.HANDOVER_WAITING],
                now=world.clock(),
            )
        await house.writes(HUMAN)

        (notice,) = chat.notices
        assert (notice.to_name, notice.title) == (
            "#support",
            "Cy Clark asked for a person",
        )
        assert notice.claim_link == ""

    async def test_a_text_message_needs_a_number_and_a_wish(self, world: World) -> None:
        house = await _for_bo(world)
        sms = Post()
        _over(house, "sms", sms)
        await house.writes(HUMAN)
        assert sms.notices == []
        async with world.db.transaction(world.account_id) as tx:
            await tx.run(
                "UPDATE staff SET phone = '+4930901820' WHERE id = %s", world.bo.id
            )
            await set_wanted(
                tx,
                world.bo.id,
                NotificationEvent.CONTACT_REPLIED,
                NotificationChannel.SMS,
                wanted=True,
            )
        await house.replies(world.bo, "Hello Cy")
        await house.writes("Thanks, one more thing")
        assert [n.to_address for n in sms.notices] == ["+4930901820"]

    async def test_an_assignee_is_told_once_per_wait_that_their_contact_wrote(
        self, world: World
    ) -> None:
        house = await _for_bo(world)
        await house.writes(HUMAN)
        await house.writes("Is anybody there?")
        await house.replies(world.bo, "Yes, Bo here")
        for text in ("My bike is broken", "The chain", "And the bell"):
            await house.writes(text)
        await house.replies(world.bo, "Bring it in")
        await house.writes("Will do")

        told = [who for who, event in await house.told() if event == "contact_replied"]
        assert told == [world.bo.id] * 2
        async with world.db.transaction(world.account_id) as tx:
            assert await count_unread(tx, world.bo.id) == 3


class TestTryingOut:
    """Send me a test."""

    async def test_a_test_arrives_and_says_so(self, world: World) -> None:
        house = await open_house(world)
        email = NotificationChannel.EMAIL
        result = await send_test(house.rt, world.account_id, world.bo.id, email)

        assert result.ok
        assert [n.to_address for n in house.post.notices] == [world.bo.email]

    async def test_a_test_tells_what_went_wrong(self, world: World) -> None:
        house = await open_house(world)
        _over(house, "email", Failing(NoticeError("No such mailbox.", retry=False)))
        email = NotificationChannel.EMAIL
        result = await send_test(house.rt, world.account_id, world.bo.id, email)

        assert not result.ok
        assert result.problems == ("No such mailbox.",)

    @pytest.mark.parametrize(
        ("channel", "need"),
        [
            (NotificationChannel.SMS, Need.PHONE),
            (NotificationChannel.PUSH, Need.BROWSER),
            (NotificationChannel.CHAT, Need.CHAT),
        ],
    )
    async def test_a_test_says_what_is_missing(
        self, world: World, channel: NotificationChannel, need: Need
    ) -> None:
        house = await open_house(world)
        result = await send_test(house.rt, world.account_id, world.bo.id, channel)
        assert (result.ok, result.need) == (False, need)

    async def test_a_test_in_the_desk_is_a_notification_there(
        self, world: World
    ) -> None:
        house = await open_house(world)
        in_app = NotificationChannel.IN_APP
        assert (await send_test(house.rt, world.account_id, world.bo.id, in_app)).ok
        async with world.db.transaction(world.account_id) as tx:
            assert await count_unread(tx, world.bo.id) == 1


def test_a_notice_shows_no_secret_when_it_is_logged() -> None:
    notice = Notice(
        key="k", to_name="Bo", to_address="slack://secret", title="", body="", link=""
    )
    shown = repr(replace(notice, claim_link="https://x/claim/secret"))
    assert "secret" not in shown
