"""S26 to S39: messages come twice, late, in bursts, and bots break."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from stepaside.bot.draft import BotFailure, Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.channels.base import Inbound, Progress, StatusReport
from stepaside.channels.webhook.parse import parse
from stepaside.core.conversation import Control
from stepaside.core.roster import ContactRef
from stepaside.core.turn import Author, Turn
from stepaside.pipeline import receive, staff
from stepaside.pipeline.runtime import Limits
from stepaside.pipeline.take_turn import answer_due, answer_or_wait
from stepaside.pipeline.wake import wake_due
from stepaside.store.inboxes import InboxKind
from stepaside.store.messages import MessageState
from tests.house import House, open_house
from tests.scenarios.doors import SECRET, open_doors
from tests.world import World


class CountingBot:
    """A bot that fails as often as it is told to, and remembers every call."""

    def __init__(self, failures: int = 0, failure: Exception | None = None) -> None:
        self.failures = failures
        self.failure = failure or ConnectionError("503")
        self.asked: list[Turn] = []
        self.thinking = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, turn: Turn, index: KnowledgeIndex) -> Draft:
        """Answer, or fail."""
        del index
        self.asked.append(turn)
        self.thinking.set()
        await self.may_answer.wait()
        if len(self.asked) <= self.failures:
            raise self.failure
        return Draft(text=f"Answer to: {turn.burst[-1].text}")


async def test_s26_one_message_posted_many_times_at_once_is_one_row_and_one_turn(
    world: World,
) -> None:
    bot = CountingBot()
    house = await open_house(world, kind=InboxKind.WEBHOOK, brain=bot)

    received = await asyncio.gather(
        *(
            house.writes("When are you open?", external_id="m-1", settle=False)
            for _ in range(10)
        )
    )
    await house.settle()

    assert len({r.message_id for r in received}) == 1
    assert sum(not r.duplicate for r in received) == 1
    assert len(bot.asked) == 1
    assert len(await house.transcript()) == 2


async def test_s26_two_first_messages_at_once_open_one_conversation(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)

    async def first(text: str) -> receive.Received:
        return await receive.receive(
            house.rt,
            house.account_id,
            Inbound(
                inbox_id=house.inbox_id,
                sender=ContactRef(external_id="a-new-phone"),
                text=text,
            ),
        )

    received = await asyncio.gather(*(first(f"Hello {n}") for n in range(8)))
    await house.settle()

    assert len({r.conversation_id for r in received}) == 1


async def test_s27_the_same_message_under_another_request_is_known_by_its_own_id(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    body = b"""{"type": "message.created", "data": {"id": "m-9", "author": "contact",
        "text": "When are you open?", "contact": {"id": "cy-phone"}}}"""

    for _request in ("first", "second"):
        fact = parse(house.inbox_id, body)
        assert isinstance(fact, Inbound)
        await receive.receive(house.rt, house.account_id, fact)
        await house.settle()

    assert [m.author for m in await house.transcript()] == [Author.CONTACT, Author.BOT]


async def test_s29_a_webhook_is_acknowledged_before_the_bot_has_answered(
    world: World,
) -> None:
    """However long it thinks. The other side repeats what is late, to no effect."""
    bot = CountingBot()
    bot.may_answer.clear()
    house = await open_house(world, kind=InboxKind.WEBHOOK, brain=bot)
    async with open_doors(house) as doors, asyncio.timeout(30):
        acknowledged = [
            await doors.post({"text": "When are you open?"}, request_id=f"wh-{n}")
            for n in range(4)
        ]
        await bot.thinking.wait()

        assert [answer.status_code for answer in acknowledged] == [202] * 4
        assert [answer.json()["new"] for answer in acknowledged] == [True] + [False] * 3
        assert house.phone.accepted == []

        bot.may_answer.set()
        await house.settle()

    assert len(bot.asked) == 1
    assert house.phone.texts == ["Answer to: When are you open?"]


async def test_s30_a_burst_is_answered_once_as_a_whole(world: World) -> None:
    bot = CountingBot()
    house = await open_house(world, brain=bot)
    await world.change_bot(wait_seconds=2)

    for text in ("Hi", "quick question", "are you open", "on Saturday?"):
        await house.writes(text)
        await house.later(seconds=1)
    assert bot.asked == []
    await house.later(seconds=2)

    (turn,) = bot.asked
    assert [line.text for line in turn.burst] == [
        "Hi",
        "quick question",
        "are you open",
        "on Saturday?",
    ]
    assert len(await house.said_by_bot()) == 1


async def test_s30_a_burst_that_never_ends_is_answered_all_the_same(
    world: World,
) -> None:
    bot = CountingBot()
    house = await open_house(world, brain=bot)
    await world.change_bot(wait_seconds=2)

    for n in range(14):
        await house.writes(f"part {n}")
        await house.later(seconds=1)

    assert len(bot.asked) >= 1


async def test_s30_a_burst_after_a_hand_back_is_answered_as_a_whole(
    world: World,
) -> None:
    """However long the contact had waited for people before."""
    bot = CountingBot()
    house = await open_house(world, brain=bot)
    await house.writes("I want to talk to a human")
    await house.writes("hello?")
    world.clock.advance(hours=3)
    await house.does(staff.hand_back, world.bo)
    await world.change_bot(wait_seconds=2)
    assert (await house.state()).waiting_since is not None

    for text in ("Hi", "quick question", "are you open"):
        await house.writes(text)
        await house.later(seconds=1)
    assert bot.asked == []
    await house.later(seconds=2)

    (turn,) = bot.asked
    assert [line.text for line in turn.burst] == [
        "Hi",
        "quick question",
        "are you open",
    ]


async def test_s31_a_request_at_the_start_of_a_burst_is_heard(world: World) -> None:
    house = await open_house(world)
    await world.change_bot(wait_seconds=2)

    for text in ("get me a human", "hello?", "??"):
        await house.writes(text)
    await house.later(seconds=3)

    (episode,) = await house.handovers()
    assert episode.cause == "human_requested"
    assert "get me a human" in episode.evidence
    assert [
        text for who, text in await house.seen_by_cy() if who is Author.CONTACT
    ] == [
        "get me a human",
        "hello?",
        "??",
    ]


async def test_s32_a_turn_under_way_is_not_taken_by_the_sweeper_too(
    world: World,
) -> None:
    bot = CountingBot()
    bot.may_answer.clear()
    house = await open_house(world, brain=bot)
    await house.writes("When are you open?", settle=False)
    await bot.thinking.wait()

    world.clock.advance(seconds=25)
    await answer_due(house.rt)
    await answer_or_wait(house.rt, *house.here)
    bot.may_answer.set()
    await house.settle()

    assert len(bot.asked) == 1
    assert len(await house.said_by_bot()) == 1


async def test_s33_a_bot_that_fails_is_asked_again_before_people_are(
    world: World,
) -> None:
    bot = CountingBot(failures=2)
    house = await open_house(world, brain=bot)

    await house.writes("When are you open?")

    assert len(bot.asked) == 3
    assert await house.said_by_bot() == ["Answer to: When are you open?"]
    assert await house.count("handovers") == 0


@pytest.mark.parametrize("tries", [1, 3, 5])
async def test_s33_a_bot_that_keeps_failing_hands_over_when_its_tries_are_used_up(
    world: World, tries: int
) -> None:
    bot = CountingBot(failures=99)
    limits = Limits(brain_tries=tries, brain_backoff=timedelta(0))
    house = await open_house(world, brain=bot, limits=limits)

    await house.writes("When are you open?")

    assert len(bot.asked) == tries
    (episode,) = await house.handovers()
    assert episode.cause == "bot_error"
    assert (await house.state()).control is Control.QUEUE


async def _time_passes(house: House, seconds: float) -> None:
    """Everybody else goes on while the bot is at it, and nobody takes it away."""
    house.world.clock.advance(seconds=seconds)
    await wake_due(house.rt)
    await answer_due(house.rt)
    assert (await house.state()).control is Control.BOT


async def test_s33_a_slow_bot_alone_hands_nothing_over(world: World) -> None:
    """It has 27 seconds by default."""
    bot = CountingBot()
    bot.may_answer.clear()
    house = await open_house(world, brain=bot)
    await house.writes("When are you open?", settle=False)
    await bot.thinking.wait()

    for _ in range(3):
        await _time_passes(house, seconds=9)
    bot.may_answer.set()
    await house.settle()

    assert len(bot.asked) == 1
    assert await house.said_by_bot() == ["Answer to: When are you open?"]
    assert await house.count("handovers") == 0


@pytest.mark.parametrize(("seconds", "is_waited_for"), [(26, True), (28, False)])
async def test_s33_a_bot_that_asks_for_time_gets_it_unless_it_is_too_much(
    world: World, seconds: int, is_waited_for: bool
) -> None:
    """All tries and the waits between them are 27 seconds together by default."""
    busy = BotFailure("It was raining.", wait=seconds)
    bot = CountingBot(failures=1, failure=busy)
    slept: list[float] = []

    async def sleep(wait: float) -> None:
        slept.append(wait)
        await _time_passes(house, wait)

    house = await open_house(world, brain=bot)
    house = replace(house, rt=replace(house.rt, sleep=sleep))

    await house.writes("When are you open?")

    if is_waited_for:
        assert slept == [seconds]
        assert await house.said_by_bot() == ["Answer to: When are you open?"]
        assert await house.count("handovers") == 0
    else:
        assert slept == []
        (episode,) = await house.handovers()
        assert episode.cause == "bot_error"


async def test_s33_a_person_is_found_though_the_bot_is_broken(world: World) -> None:
    house = await open_house(world, brain=CountingBot(failures=99))

    await house.writes("I want to talk to a human")

    (episode,) = await house.handovers()
    assert episode.cause == "human_requested"


async def test_s34_a_turn_whose_process_died_is_taken_by_a_worker(
    world: World,
) -> None:
    house = await open_house(world, brain=CountingBot())
    lost = house.with_brain(_never)
    lost.rt.background.spawn = lambda work: work.close()  # type: ignore[method-assign]
    await lost.writes("When are you open?", settle=False)
    assert await house.said_by_bot() == []

    world.clock.advance(seconds=10)
    await answer_or_wait(house.rt, *house.here)

    assert await house.said_by_bot() == ["Answer to: When are you open?"]


async def test_s35_our_own_words_and_private_lines_start_no_turn(
    world: World,
) -> None:
    bot = CountingBot()
    house = await open_house(world, kind=InboxKind.WEBHOOK, brain=bot)
    await house.writes("When are you open?")
    (sent,) = house.phone.accepted
    await house.echo(sent.text, external_id=f"provider-{sent.message_id}")
    await house.does(staff.note, world.bo, text="Regular customer.")
    ignored = [
        b'{"type": "message.created", "data": {"private": true, "id": "x"}}',
        b'{"type": "message.created", "data": {"kind": "activity", "id": "x"}}',
        b'{"type": "typing", "data": {}}',
    ]

    assert [parse(house.inbox_id, body) for body in ignored] == [None, None, None]
    status = parse(
        house.inbox_id,
        b'{"type": "message.status", "data": {"id": "x", "status": "read"}}',
    )
    assert isinstance(status, StatusReport)
    await house.settle()

    assert len(bot.asked) == 1
    assert (await house.state()).control is Control.BOT


async def test_s36_the_transcript_is_in_the_providers_order(world: World) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await house.claims(world.bo)
    now = world.clock()
    for text, at in (("second", now), ("first", now - timedelta(seconds=5))):
        await receive.receive(
            house.rt,
            house.account_id,
            Inbound(
                inbox_id=house.inbox_id,
                conversation_id=house.conversation_id,
                text=text,
                external_id=text,
                at=at,
            ),
        )

    assert [m.text for m in await house.transcript()] == ["first", "second"]


async def test_s36_delivered_never_takes_the_place_of_read(world: World) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    await house.writes("When are you open?")
    (sent,) = house.phone.accepted

    taken = [
        await receive.report_status(
            house.rt,
            house.account_id,
            StatusReport(
                inbox_id=house.inbox_id,
                external_id=f"provider-{sent.message_id}",
                progress=progress,
            ),
        )
        for progress in (Progress.READ, Progress.DELIVERED, Progress.SENT)
    ]

    assert taken == [True, False, False]
    states = [m.state for m in await house.transcript() if m.author is Author.BOT]
    assert states == [MessageState.READ]


async def test_s37_a_secret_that_was_replaced_is_good_until_it_is_ended(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    async with open_doors(house) as doors:
        desk = await doors.anns_desk()
        phone = {"kind": "webhook", "name": "Phone", "url": "https://phone.example.org"}
        made = await doors.call("/inboxes", phone)
        here, old = made.json()["id"], made.json()["secret"]

        async def taken(*secrets: str) -> list[int]:
            posts = [
                await doors.post({"text": "Hello"}, secret=secret, inbox_id=here)
                for secret in secrets
            ]
            return [answer.status_code for answer in posts]

        assert await taken(old) == [202]

        new = _secret_in(await desk.sends(f"/settings/inboxes/{here}/secret"))
        assert await taken(new, old) == [202, 202]

        await desk.sends(f"/settings/inboxes/{here}/end-secret")
        assert await taken(new, old) == [202, 401]


async def test_s37_a_second_change_ends_the_first_secret(world: World) -> None:
    """Two are good at a time, so that one that leaked does not stay for ever."""
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    async with open_doors(house) as doors:
        desk = await doors.anns_desk()
        here = f"/settings/inboxes/{house.inbox_id}/secret"
        between, newest = [_secret_in(await desk.sends(here)) for _ in range(2)]

        posts = [
            await doors.post({"text": "Hello"}, secret=secret)
            for secret in (newest, between, SECRET)
        ]

    assert [answer.status_code for answer in posts] == [202, 202, 401]


@pytest.mark.parametrize("kind", [InboxKind.API, InboxKind.WEBHOOK])
async def test_s39_a_double_click_sends_one_message(
    world: World, kind: InboxKind
) -> None:
    house = await open_house(world, kind=kind)

    sent = await asyncio.gather(
        *(
            house.replies(world.bo, "On my way.", external_id="click-1")
            for _ in range(5)
        )
    )

    assert len({r.message_id for r in sent}) == 1
    assert await house.seen_by_cy() == [(Author.STAFF, "On my way.")]
    assert len(house.phone.accepted) == (1 if kind is InboxKind.WEBHOOK else 0)


def _secret_in(page: str) -> str:
    """The secret that a page of the desk shows this once."""
    found = re.search(r"whsec_[\w+/=]+", page)
    assert found, page
    return found[0]


async def _never(turn: Turn, index: KnowledgeIndex) -> Draft:
    del turn, index
    raise AssertionError("this process died before it could think")
