"""The whole pipeline over the real database, told in the words of the product."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from stepaside.bot import local
from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.channels.base import Accepted, DeliveryError, Echo, Inbound, Outbound
from stepaside.core.conversation import Conversation
from stepaside.core.events import Actor, EventType, staff_actor
from stepaside.core.ids import InboxId
from stepaside.core.roster import Availability, ContactRef, StaffMember
from stepaside.core.turn import Author, Turn
from stepaside.notify.base import Notice
from stepaside.pipeline import dispatch, receive, staff, take_turn, tasks, wake
from stepaside.pipeline.deliver import deliver_due
from stepaside.pipeline.reach import tell_due
from stepaside.pipeline.receive import Received
from stepaside.pipeline.runtime import Background, Brain, Limits, Runtime, Work
from stepaside.store import decisions, events, handovers, messages, notifications
from stepaside.store.conversations import find_conversation
from stepaside.store.handovers import StoredHandover
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind, create_inbox
from stepaside.store.messages import Message, MessageState
from tests.world import Clock, World


async def local_brain(turn: Turn, index: KnowledgeIndex) -> Draft:
    """The bot that ships: it quotes its articles."""
    return await asyncio.to_thread(local.draft, turn, index)


def says(text: str) -> Brain:
    """A bot that always says the same."""

    async def brain(turn: Turn, index: KnowledgeIndex) -> Draft:
        del turn
        return Draft(text=text, passages=index.search(text, 1))

    return brain


@dataclass
class Mailbox:
    """A provider outside: remembers what reached it, and fails when told to."""

    accepted: list[Outbound] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fail: list[DeliveryError] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, outbound: Outbound) -> Accepted:
        """Take a message as a provider does; the same key twice is one message."""
        self.calls.append(outbound.key)
        if self.before:
            await self.before()
        if self.fail:
            raise self.fail.pop(0)
        if all(seen.key != outbound.key for seen in self.accepted):
            self.accepted.append(outbound)
        return Accepted(external_id=f"provider-{outbound.message_id}")

    @property
    def texts(self) -> list[str]:
        """What the contact has on their phone, in order."""
        return [outbound.text for outbound in self.accepted]


@dataclass
class Post:
    """Where e-mails to staff go."""

    notices: list[Notice] = field(default_factory=list)

    async def __call__(self, notice: Notice) -> None:
        """Take a notice; the same key twice is one."""
        if all(seen.key != notice.key for seen in self.notices):
            self.notices.append(notice)


class ClockedBackground(Background):
    """The fast path on the test's clock: what waits starts when time has passed."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.waiting: list[tuple[datetime, Callable[[], Work]]] = []

    def spawn_after(self, wait: timedelta, start: Callable[[], Work]) -> None:
        """Start it once the clock has moved on so far."""
        if wait:
            self.waiting.append((self.clock() + wait, start))
        else:
            self.spawn(start())

    def start_due(self) -> None:
        """Start what has waited long enough."""
        due = [start for at, start in self.waiting if at <= self.clock()]
        self.waiting = [entry for entry in self.waiting if entry[0] > self.clock()]
        for start in due:
            self.spawn(start())


@dataclass
class House:
    """One conversation of Cy's at Pear Street Bikes, and everybody's deeds in it."""

    world: World
    rt: Runtime
    phone: Mailbox
    post: Post
    conversation_id: str = ""
    inbox_id: str = ""

    @property
    def account_id(self) -> str:
        """The shop's account."""
        return self.world.account_id

    # Outside

    async def writes(
        self, text: str, *, external_id: str | None = None, settle: bool = True
    ) -> Received:
        """Cy writes; by default everything that follows at once has happened."""
        inbound = Inbound(
            inbox_id=self.inbox_id,
            conversation_id=self.conversation_id,
            text=text,
            external_id=external_id,
        )
        received = await receive.receive(self.rt, self.account_id, inbound)
        if settle:
            await self.settle()
        return received

    async def echo(self, text: str, *, external_id: str, **more: Any) -> Any:
        """The channel reports words of the business."""
        return await receive.receive_echo(
            self.rt,
            self.account_id,
            Echo(
                inbox_id=self.inbox_id,
                contact=ContactRef(external_id="cy-phone"),
                text=text,
                external_id=external_id,
                **more,
            ),
        )

    async def settle(self) -> None:
        """Let the fast path finish."""
        await self.rt.background.drain()

    async def later(self, by: timedelta | None = None, **parts: float) -> datetime:
        """Time passes, and whatever is due then happens."""
        now = self.world.clock.advance(by, **parts)
        if isinstance(self.rt.background, ClockedBackground):
            self.rt.background.start_due()
            await self.settle()
        while await wake.wake_due(self.rt):
            await self.settle()
        await tasks.remind_due(self.rt)
        await dispatch.reassign_due(self.rt)
        await dispatch.drain_due(self.rt)
        await deliver_due(self.rt)
        await tell_due(self.rt)
        await self.settle()
        return now

    # Inside

    async def replies(self, who: StaffMember, text: str, **more: Any) -> Received:
        """A staff member writes to Cy."""
        received = await staff.reply(
            self.rt, *self.here, actor=staff_actor(who.id), text=text, **more
        )
        await self.settle()
        return received

    async def claims(self, who: StaffMember) -> None:
        """A staff member takes the conversation."""
        actor = staff_actor(who.id)
        await staff.claim(self.rt, *self.here, staff_id=who.id, actor=actor)

    async def assigns(self, by: StaffMember, to: StaffMember) -> None:
        """A staff member gives the conversation to somebody."""
        actor = staff_actor(by.id)
        await staff.assign(self.rt, *self.here, staff_id=to.id, actor=actor)
        await self.settle()

    async def goes(self, who: StaffMember, availability: Availability) -> None:
        """A staff member says whether they are at work."""
        await dispatch.change_availability(
            self.rt, self.account_id, who.id, availability, actor=staff_actor(who.id)
        )
        await self.settle()

    async def does(self, what: Any, by: StaffMember | Actor, **more: Any) -> None:
        """Any other deed of `pipeline.staff`."""
        actor = by if isinstance(by, Actor) else staff_actor(by.id)
        await what(self.rt, *self.here, actor=actor, **more)
        await self.settle()

    # What can be seen

    @property
    def here(self) -> tuple[str, str]:
        """The account and the conversation."""
        return self.account_id, self.conversation_id

    async def stored(self) -> Any:
        """The conversation as stored."""
        async with self.rt.db.transaction(self.account_id) as tx:
            return await find_conversation(tx, self.conversation_id)

    async def state(self) -> Conversation:
        """Who may speak now."""
        state: Conversation = (await self.stored()).state
        return state

    async def transcript(self) -> list[Message]:
        """Everything said, with notes, oldest first."""
        async with self.rt.db.transaction(self.account_id) as tx:
            return list(await messages.transcript(tx, self.conversation_id))

    async def seen_by_cy(self) -> list[tuple[Author, str]]:
        """What Cy has in front of them."""
        hidden = (MessageState.DROPPED, MessageState.FAILED, MessageState.QUEUED)
        return [
            (m.author, m.text)
            for m in await self.transcript()
            if not m.private and m.state not in hidden
        ]

    async def said_by_bot(self) -> list[str]:
        """The bot's words that Cy has seen."""
        return [t for who, t in await self.seen_by_cy() if who is Author.BOT]

    async def handovers(self) -> list[StoredHandover]:
        """All episodes, oldest first."""
        async with self.rt.db.transaction(self.account_id) as tx:
            return list(await handovers.list_handovers(tx, self.conversation_id))

    async def decisions(self) -> list[decisions.StoredDecision]:
        """All decisions, oldest first."""
        async with self.rt.db.transaction(self.account_id) as tx:
            return list(await decisions.list_decisions(tx, self.conversation_id))

    async def events(self, *types: EventType) -> list[events.StoredEvent]:
        """The events of these types, or all, oldest first."""
        async with self.rt.db.transaction(self.account_id) as tx:
            found = await events.conversation_events(tx, self.conversation_id)
        return [e for e in found if not types or e.event.type in types]

    async def told(self, channel: str = "in_app") -> list[tuple[str | None, str]]:
        """Who was told what on a channel, as (staff id, event)."""
        async with self.rt.db.transaction(self.account_id) as tx:
            found = await notifications.about_conversation(tx, self.conversation_id)
        return [(n.staff_id, str(n.event)) for n in found if n.channel == channel]

    async def count(self, table: str) -> int:
        """How many rows of a table this conversation has."""
        async with self.rt.db.transaction(self.account_id) as tx:
            row = await tx.one(
                f"SELECT count(*) AS n FROM {table} WHERE conversation_id = %s",
                self.conversation_id,
            )
        return int(row["n"]) if row else 0

    async def tags(self) -> set[str]:
        """The tags of the contact in this conversation."""
        contact_id = (await self.stored()).contact_id
        async with self.rt.db.transaction(self.account_id) as tx:
            rows = await tx.all(
                "SELECT tag FROM contact_tags WHERE contact_id = %s", contact_id
            )
        return {row["tag"] for row in rows}

    def with_brain(self, brain: Brain) -> "House":
        """The same house with another bot in it."""
        return replace(self, rt=replace(self.rt, brain=brain))


async def open_house(
    world: World,
    *,
    kind: InboxKind = InboxKind.API,
    brain: Brain = local_brain,
    limits: Limits | None = None,
) -> House:
    """Open a conversation of Cy's on an inbox of a kind.

    `api` is read from us; `webhook` goes out to a provider, Cy's phone.
    """
    phone, post = Mailbox(), Post()
    rt = Runtime(
        db=world.db,
        now=world.clock,
        brain=brain,
        jitter=lambda: 0.0,
        senders={InboxKind.WEBHOOK: phone},
        notifiers={"email": post},
        limits=limits or Limits(brain_backoff=timedelta(0)),
        background=ClockedBackground(world.clock),
        desk_url="https://desk.example.org",
        secret=b"known to the tests alone",
    )
    house = House(world=world, rt=rt, phone=phone, post=post)
    house.inbox_id = await _inbox(world, kind)
    house.conversation_id = await receive.start_conversation(
        rt,
        world.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(
            external_id="cy" if kind is InboxKind.API else "cy-phone", name="Cy Clark"
        ),
    )
    return house


async def _inbox(world: World, kind: InboxKind) -> str:
    if kind is InboxKind.API:
        return world.inbox_id
    inbox_id = InboxId(new_id("inbox"))
    now = world.clock()
    await world.change_bot(wait_seconds=0)
    async with world.db.transaction(world.account_id) as tx:
        await create_inbox(
            tx,
            Inbox(
                id=inbox_id,
                kind=kind,
                name="Phone",
                bot_id=world.bot.id,
                created_at=now,
                updated_at=now,
            ),
        )
    return inbox_id


__all__ = ["House", "Mailbox", "local_brain", "open_house", "says", "take_turn"]
