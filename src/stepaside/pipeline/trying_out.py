"""Sending a staff member a test, to see whether a channel reaches them."""

from dataclasses import dataclass

from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.events import BOT, Event, EventType
from stepaside.core.ids import StaffId
from stepaside.core.reach import NotificationChannel
from stepaside.notify.base import Notice
from stepaside.pipeline.reach import find_reader, send_notice
from stepaside.pipeline.runtime import Runtime
from stepaside.store.database import Tx
from stepaside.store.events import append_events
from stepaside.store.ids import new_id
from stepaside.store.notification_settings import Need, what_channel_needs
from stepaside.store.notification_targets import list_targets
from stepaside.store.notifications import insert_in_app
from stepaside.store.staff import get_staff

TITLE = "A test from Stepaside"
BODY = "If you can read this, notifications reach you here."


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """How a test went.

    need: what is missing before the channel could reach anybody; then nothing was sent.
    problems: what each place that did not take it said; empty: all did.
    """

    __test__ = False  # for pytest: not a test

    need: Need | None = None
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was delivered."""
        return self.need is None and not self.problems


async def send_test(
    rt: Runtime, account_id: str, staff_id: str, channel: NotificationChannel
) -> TestResult:
    """Deliver a test to a staff member now, in every place the channel has.

    At once and once: quiet hours, pace and retries are left out. Raises: NotFound.
    """
    who = StaffId(staff_id)
    async with rt.db.transaction(account_id) as tx:
        await get_staff(tx, who)
        need = await what_channel_needs(tx, who, channel)
        if need:
            return TestResult(need=need)
        if channel is NotificationChannel.IN_APP:
            await _in_app(rt, tx, who)
            return TestResult()
        notices = await _notices(rt, tx, who, channel)
    problems = [await send_notice(rt, channel, notice) for notice in notices]
    return TestResult(problems=tuple(str(error) for error in problems if error))


async def _in_app(rt: Runtime, tx: Tx, staff_id: StaffId) -> None:
    """A notification like any other, and the event that has the desk show it."""
    now = rt.now()
    effect = NotifyStaff(
        key=f"test:{new_id('notification')}",
        event=NotificationEvent.WARNING,
        staff_ids=(staff_id,),
        title=TITLE,
        body=BODY,
    )
    await insert_in_app(tx, effect, now)
    told = {"event": str(effect.event), "staff": [staff_id]}
    await append_events(
        tx, None, [Event(type=EventType.NOTIFIED, at=now, actor=BOT, data=told)]
    )


async def _notices(
    rt: Runtime, tx: Tx, staff_id: StaffId, channel: NotificationChannel
) -> list[Notice]:
    stored = await get_staff(tx, staff_id)
    reader = await find_reader(tx, staff_id)
    own = {
        NotificationChannel.EMAIL: stored.member.email,
        NotificationChannel.SMS: stored.phone,
    }
    targets = [t for t in await list_targets(tx, staff_id) if t.channel is channel]
    places = [(t.address, t.keys) for t in targets] or [(own[channel], {})]
    return [
        Notice(
            key=f"test:{new_id('notification')}",
            to_name=stored.member.name,
            to_address=address,
            to_keys=keys,
            title=reader.again(TITLE),
            body=reader.again(BODY),
            reader=reader,
            link=f"{rt.desk_url}/notifications" if rt.desk_url else "",
        )
        for address, keys in places
    ]
