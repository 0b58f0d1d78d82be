"""A month at Pear Street Bikes, in virtual time, over the real database.

Contacts come at their hours, staff work in shifts, are ill, forget, and answer; the
server dies, in the middle of things and for hours, and comes back. Nothing here waits:
the clock is moved to whatever happens next.
"""

import heapq
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from stepaside.channels.base import Inbound
from stepaside.core.bot_settings import Watchdog
from stepaside.core.conversation import Control, Status
from stepaside.core.errors import Refusal
from stepaside.core.events import staff_actor
from stepaside.core.hours import Span, WorkingHours
from stepaside.core.roster import Availability, ContactRef, StaffMember
from stepaside.core.teams import TeamMode
from stepaside.notify.base import Notice
from stepaside.pipeline import receive, staff
from stepaside.pipeline.dispatch import change_availability
from stepaside.pipeline.runtime import Limits, Runtime, Work
from stepaside.worker.jobs import sweep
from tests.house import ClockedBackground, local_brain
from tests.world import Clock, World

BERLIN: Final = ZoneInfo("Europe/Berlin")
DAY: Final = timedelta(days=1)
WEEKDAYS: Final = range(5)
OPENS, CLOSES = time(9), time(18)

ASKS: Final = (
    "I want to talk to a human",
    "Can someone real help me?",
    "please connect me to a person",
    "Ich möchte mit einem Menschen sprechen",
)
ADDS: Final = ("Hello?", "Is anybody there?", "It is about my order 4711.", "??")


class Mortal(ClockedBackground):
    """The fast path of a process that may die: what it meant to do is then left.

    dies: how likely it does so right after a commit that something follows from.
    """

    def __init__(self, clock: Clock, chance: Random, dies: float) -> None:
        super().__init__(clock)
        self.chance, self.dies, self.lost = chance, dies, 0

    @property
    def dead(self) -> bool:
        """Whether it has died."""
        return self.lost > 0

    def spawn(self, work: Work) -> None:
        """Start it now, unless the process dies before that, or has died."""
        if self.dead or self.chance.random() < self.dies:
            self.lost += 1
            work.close()
        else:
            super().spawn(work)


@dataclass
class Post:
    """Takes every e-mail; remembers how often each came."""

    accepted: Counter[str] = field(default_factory=Counter)

    async def __call__(self, notice: Notice) -> None:
        """Take one."""
        self.accepted[notice.key] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How busy the month is, and how reliable its people and machines are.

    contacts: who come a day, on the average. answers: how likely somebody who looks at
    the desk answers what waits for them. claims: how likely they take something from
    the queue. ill: how likely somebody does not come on a day. crashes: a day, for
    hours. dies: how likely a process dies right after a commit. pause: of the bot, once
    somebody asked for a person; None: until people hand back.
    """

    days: int = 30
    contacts: float = 8
    answers: float = 0.8
    claims: float = 0.5
    ill: float = 0.15
    crashes: float = 0.5
    dies: float = 0.003
    pause: timedelta | None = None


class Month:
    """One simulated month; the same seed gives nearly the same one.

    What the server does at once it does in an order of its own, as real servers do.
    """

    def __init__(self, world: World, pace: Pace, seed: int) -> None:
        self.world, self.pace, self.chance = world, pace, Random(seed)  # noqa: S311 - a game
        self.post = Post()
        self.team: list[StaffMember] = []
        self.conversations: list[str] = []
        self.restarts = self.lost = self.sweeps = 0
        self.down_until: datetime | None = None
        self.touched = False
        self.start = world.clock()
        self._order = count()
        self._next: list[tuple[datetime, int, Callable[[], Awaitable[None]]]] = []
        self.background: Mortal
        self.rt = self._process()

    @property
    def end(self) -> datetime:
        """When nobody new comes any more."""
        return self.start + DAY * self.pace.days

    async def run(self, watch: Callable[["Month"], Awaitable[None]]) -> None:
        """Live through the month and the days after it in which all is settled.

        watch: called after each sweep, with everything due by then done.
        """
        await self._set_up()
        while self._next and self._next[0][0] <= self.end + 4 * DAY:
            at, _, happens = heapq.heappop(self._next)
            await self._sweep_until(at, watch)
            self._clock_to(at)
            if self._is_up(at):
                self.touched = True
                await happens()
            elif happens.__name__ != "looks":  # nobody sees a desk that is down
                self._plan(self.down_until or at, happens)
            if self.touched:
                await self._settle(watch)

    # Who is there, and when

    async def _set_up(self) -> None:
        world, chance = self.world, self.chance
        day = (Span(opens=OPENS, closes=CLOSES),)
        week = tuple(day if n in WEEKDAYS else () for n in range(7))
        self.hours = WorkingHours(time_zone=str(BERLIN), week=week)
        await world.work(self.hours)
        cleo = await world.hire("Cleo Cruz", capacity=4)
        dan = await world.hire("Dan Diaz", capacity=4)
        await world.change_staff(world.bo, capacity=4)
        self.team = [world.bo, cleo, dan]
        team_id = await world.open_team(
            "Service", *self.team, mode=TeamMode.LEAST_LOADED
        )
        await world.assign_to_team(
            team_id,
            pause=self.pace.pause,
            final_message="Thank you! A person will answer {{eta}}.",
            clarifying_questions=1,
        )
        await world.change_bot(
            watchdog=Watchdog(reassign=True, resume=False),
            reassign_after=timedelta(minutes=30),
        )
        for who in (world.ann, *self.team):
            await self._sets(who, Availability.OFFLINE)()
        for n in range(self.pace.days + 4):
            for who in self.team:
                self._plan_shift(who, self.start + DAY * n)
        for at in self._arrivals():
            self._plan(at, self._comes)
        for _ in range(round(self.pace.crashes * self.pace.days)):
            self._plan(self.start + DAY * self.pace.days * chance.random(), self._dies)

    def _plan_shift(self, who: StaffMember, day: datetime) -> None:
        local = day.astimezone(BERLIN).date()
        if local.weekday() not in WEEKDAYS or self.chance.random() < self.pace.ill:
            return
        begins = datetime.combine(local, OPENS, BERLIN) + self._minutes(0, 20)
        ends = datetime.combine(local, CLOSES, BERLIN) - self._minutes(0, 40)
        lunch = begins + timedelta(hours=3) + self._minutes(0, 60)
        self._plan(begins, self._sets(who, Availability.ONLINE))
        self._plan(lunch, self._sets(who, Availability.AWAY))
        self._plan(lunch + timedelta(minutes=45), self._sets(who, Availability.ONLINE))
        self._plan(ends, self._sets(who, Availability.OFFLINE))
        at = begins + self._minutes(1, 10)
        while at < ends:
            self._plan(at, self._looks_for(who))
            at += self._minutes(5, 40)

    def _arrivals(self) -> Iterator[datetime]:
        """More by day than by night, on Saturdays and Sundays as well."""
        at = self.start
        while at < self.end:
            busy = 7 <= at.astimezone(BERLIN).hour < 22
            rate = self.pace.contacts / (18 if busy else 90)  # an hour
            at += timedelta(hours=self.chance.expovariate(rate))
            yield at

    # What happens

    async def _comes(self) -> None:
        """A contact asks for a person, and may add something before anyone answers."""
        name = f"contact {len(self.conversations)}"
        here = await receive.start_conversation(
            self.rt,
            self.world.account_id,
            inbox_id=self.world.inbox_id,
            contact=ContactRef(external_id=name, name=name),
        )
        self.conversations.append(here)
        await self._writes(here, self.chance.choice(ASKS))
        for _ in range(self.chance.choice((0, 0, 1, 2))):
            later = self.world.clock() + self._minutes(2, 300)
            self._plan(later, self._adds(here))

    def _adds(self, conversation_id: str) -> Callable[[], Awaitable[None]]:
        async def adds() -> None:
            await self._writes(conversation_id, self.chance.choice(ADDS))

        return adds

    async def _writes(self, conversation_id: str, text: str) -> None:
        said = Inbound(
            inbox_id=self.world.inbox_id, conversation_id=conversation_id, text=text
        )
        await receive.receive(self.rt, self.world.account_id, said)

    def _looks_for(self, who: StaffMember) -> Callable[[], Awaitable[None]]:
        async def looks() -> None:
            self.touched = await self._works(who)

        return looks

    async def _works(self, who: StaffMember) -> bool:
        """Look at the desk: answer what is mine, maybe take something that waits."""
        chance, answered = self.chance, False
        for row in await self._open():
            takes = chance.random() < self.pace.claims
            queued = row["control"] == Control.QUEUE and takes
            mine = row["assignee_id"] == who.id
            if (mine or queued) and chance.random() < self.pace.answers:
                await self._answers(who, row["id"])
                answered = True
        return answered

    async def _answers(self, who: StaffMember, conversation_id: str) -> None:
        place = (self.rt, self.world.account_id, conversation_id)
        actor = staff_actor(who.id)
        try:
            await staff.reply(*place, actor=actor, text="Here I am. How can I help?")
            if self.chance.random() < 0.6:
                await staff.resolve(*place, actor=actor)
            elif self.chance.random() < 0.3:
                await staff.hand_back(*place, actor=actor)
        except Refusal:
            pass  # a colleague was quicker

    def _sets(
        self, who: StaffMember, availability: Availability
    ) -> Callable[[], Awaitable[None]]:
        async def sets() -> None:
            await change_availability(
                self.rt,
                self.world.account_id,
                who.id,
                availability,
                actor=staff_actor(who.id),
            )

        return sets

    async def _dies(self) -> None:
        """The server is gone for hours, and with it whatever it had in mind."""
        self._restart(self._minutes(1, 240))

    async def _is_back(self) -> None:
        """What a process does when it starts is what a sweep does."""

    def _restart(self, after: timedelta) -> None:
        self.restarts += 1
        self.lost += self.background.lost + len(self.background.waiting)
        self.down_until = self.world.clock() + after
        self.rt = self._process()
        self._plan(self.down_until, self._is_back)

    # Machinery

    def _process(self) -> Runtime:
        self.background = Mortal(self.world.clock, self.chance, dies=self.pace.dies)
        return Runtime(
            db=self.world.db,
            now=self.world.clock,
            brain=local_brain,
            jitter=lambda: 0.0,
            notifiers={"email": self.post},
            limits=Limits(brain_backoff=timedelta(0)),
            background=self.background,
            desk_url="https://desk.example.org",
        )

    def _plan(self, at: datetime, happens: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self._next, (at, next(self._order), happens))

    def _minutes(self, least: float, most: float) -> timedelta:
        return timedelta(minutes=self.chance.uniform(least, most))

    def _is_up(self, at: datetime) -> bool:
        return self.down_until is None or at >= self.down_until

    def _clock_to(self, at: datetime) -> None:
        self.world.clock.now = max(self.world.clock.now, at)

    async def _sweep_until(
        self, at: datetime, watch: Callable[["Month"], Awaitable[None]]
    ) -> None:
        """Let everything that falls due before an instant happen in its time."""
        while (due := await self._due()) and due < at and self._is_up(due):
            self._clock_to(due)
            await self._settle(watch)

    async def _settle(self, watch: Callable[["Month"], Awaitable[None]]) -> None:
        background = self.background
        await background.drain()
        if background.dead:
            self._restart(self._minutes(0, 2))
        if not self._is_up(self.world.clock()):
            return
        self._clock_to(self.world.clock() + self.rt.limits.net)
        background.start_due()
        await self._sweep()
        if (due := await self._due()) and due <= self.world.clock():
            await self._sweep()  # what a turn aside led to is found by the next one
        await watch(self)

    async def _sweep(self) -> None:
        await sweep(self.rt)
        await self.background.drain()
        self.sweeps += 1

    async def _due(self) -> datetime | None:
        """When the next thing is due that nobody does by hand."""
        async with self.rt.db.transaction(self.world.account_id) as tx:
            row = await tx.one(
                """SELECT least(
                    (SELECT min(due_at) FROM conversations),
                    (SELECT min(next_attempt_at) FROM outbox WHERE state = 'queued')
                ) AS at"""
            )
        found: datetime | None = row["at"] if row else None
        return found

    async def _open(self) -> list[dict[str, Any]]:
        return await self.ask(
            """SELECT * FROM conversations
            WHERE control <> 'bot' AND status = %s AND waiting_since IS NOT NULL
            ORDER BY waiting_since""",
            Status.OPEN,
        )

    # What can be seen afterwards

    async def ask(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of the shop's."""
        async with self.rt.db.transaction(self.world.account_id) as tx:
            return await tx.all(sql, *values)

    async def figures(self) -> "Figures":
        """The month in numbers."""
        episodes = await self.ask("SELECT started_at, first_reply_at FROM handovers")
        waits = sorted(
            self.hours.working_time_between(row["started_at"], row["first_reply_at"])
            for row in episodes
            if row["first_reply_at"]
        )
        (told,) = await self.ask(
            "SELECT count(*) AS n FROM notifications WHERE channel = 'in_app'"
        )
        promises = await self.ask(
            "SELECT state, count(*) AS n FROM promises GROUP BY 1"
        )
        steps = await self.ask(
            """SELECT data->>'step' AS step, count(*) AS n FROM events
            WHERE data ? 'step' GROUP BY 1"""
        )
        return Figures(
            handovers=len(episodes),
            answered=len(waits),
            median_wait=waits[len(waits) // 2],
            p90_wait=waits[len(waits) * 9 // 10],
            told_in_app=told["n"],
            told_by_email=sum(self.post.accepted.values()),
            steps={row["step"]: row["n"] for row in steps},
            promises={row["state"]: row["n"] for row in promises},
            restarts=self.restarts,
            lost=self.lost,
            sweeps=self.sweeps,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A month in numbers.

    median_wait, p90_wait: until the first human reply, in working time, of those who
        got one. steps: what the watchdog did, by step.
    """

    handovers: int
    answered: int
    median_wait: timedelta
    p90_wait: timedelta
    told_in_app: int
    told_by_email: int
    steps: dict[str, int]
    promises: dict[str, int]
    restarts: int
    lost: int
    sweeps: int
