"""Adding the browsers and chats that people are told in."""

from collections.abc import Sequence

from stepaside.core.effects import NotificationEvent
from stepaside.core.errors import InvalidField
from stepaside.core.ids import StaffId
from stepaside.core.reach import NotificationChannel
from stepaside.notify.chat.send import parse_chat, service_name
from stepaside.notify.push.send import check_subscription
from stepaside.pipeline.runtime import Runtime
from stepaside.store.notification_targets import Target, add_target


async def add_browser(
    rt: Runtime,
    account_id: str,
    staff_id: StaffId,
    *,
    name: str,
    endpoint: str,
    p256dh: str,
    auth: str,
) -> Target:
    """Tell a staff member in a browser; the same one again renews it.

    Raises: InvalidField: this is no subscription of a browser, or there are too many.
    """
    keys = check_subscription(endpoint, p256dh, auth)
    async with rt.db.transaction(account_id) as tx:
        return await add_target(
            tx,
            staff_id=staff_id,
            channel=NotificationChannel.PUSH,
            name=" ".join(name.split())[:100] or "Browser",
            address=endpoint,
            keys=keys,
            now=rt.now(),
        )


async def add_chat(
    rt: Runtime,
    account_id: str,
    staff_id: StaffId | None,
    *,
    name: str,
    address: str,
    events: Sequence[NotificationEvent] = (),
) -> Target:
    """Tell a staff member, or with None the whole team, in a chat.

    name: what to call it; empty: what the chat tool is called.
    events: what a team's chat is told.
    Raises: InvalidField: it is no chat that is allowed, or there are too many.
    """
    if len(address) > 1000:
        raise InvalidField("address", "at most 1000 characters")
    service = parse_chat(address)
    async with rt.db.transaction(account_id) as tx:
        return await add_target(
            tx,
            staff_id=staff_id,
            channel=NotificationChannel.CHAT,
            name=" ".join(name.split())[:100] or service_name(service),
            address=address,
            events=events,
            now=rt.now(),
        )
