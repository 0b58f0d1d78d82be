"""Who has a conversation, as nouns: handover, assignment, pause and the like."""

import contextlib
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from litestar import delete, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from stepaside.api.auth import WRITE, WRITE_OR_BOT
from stepaside.api.call import Call, Called
from stepaside.api.conversation_wire import (
    ConversationView,
    HandoverView,
    handover_view,
    view,
)
from stepaside.api.wire import PROSE, Id, Instant, Request
from stepaside.core.conversation import IllegalMove
from stepaside.core.errors import InvalidField
from stepaside.core.ids import StaffId
from stepaside.core.pauses import Resume
from stepaside.pipeline import staff
from stepaside.pipeline.verdicts import judge
from stepaside.store.handovers import Verdict, list_handovers
from stepaside.store.listing import get_listed
from stepaside.store.staff import get_staff

LONGEST: Final = 525_600
"""Minutes of the longest pause or snooze: a year."""

Reason = Annotated[str, Meta(max_length=500, pattern=PROSE)]
Minutes = Annotated[int, Meta(ge=1, le=LONGEST)]


class NewVerdict(Request):
    """What is thought of a handover: `right`, `too_early`, `too_late`, or null."""

    verdict: Verdict | None


class NewHandover(Request):
    """A handover to start by hand, with a rule's actions or with the defaults."""

    reason: Reason = ""
    rule_id: Id | None = None


class NewAssignment(Request):
    """Who is to have the conversation; left out: whom the API key belongs to.

    team_id: a team instead: it waits in their queue, and whoever is free gets it.
    claim: take it only if nobody else has it.
    """

    staff_id: Id | None = None
    team_id: Id | None = None
    claim: bool = False


class NewPause(Request):
    """How long the bot is silent; nothing at all: until people hand back.

    mode: `resolved`: until people resolve it; `next_opening`: until people are next
        there; `staff_inactive`: until people have been silent for `minutes`.
    """

    minutes: Minutes | None = None
    until: Instant | None = None
    mode: Literal["resolved", "next_opening", "staff_inactive"] | None = None


class NewBotHere(Request):
    """The bot that is to answer in a conversation."""

    bot_id: Id


class NewSnooze(Request):
    """How long a conversation is put aside: one of the two."""

    minutes: Minutes | None = None
    until: Instant | None = None


@post("/conversations/{conversation_id:str}/handovers", scopes=WRITE_OR_BOT)
async def hand_over(
    call: Called,
    conversation_id: FromPath[str],
    data: JSONBody[NewHandover | None] = None,
) -> HandoverView:
    """Hand over to people by hand. Refused while people have control."""
    wanted = data or NewHandover()
    await staff.hand_over(
        call.rt,
        call.account_id,
        conversation_id,
        actor=call.actor,
        reason=wanted.reason,
        rule_id=wanted.rule_id,
    )
    async with call.transaction() as tx:
        return handover_view((await list_handovers(tx, conversation_id))[-1])


@put("/conversations/{conversation_id:str}/assignment", scopes=WRITE)
async def assign_conversation(
    call: Called,
    conversation_id: FromPath[str],
    data: JSONBody[NewAssignment | None] = None,
) -> ConversationView:
    """Give a conversation to a staff member or to a team's queue, or claim it."""
    wanted = data or NewAssignment()
    if wanted.team_id is not None:
        if wanted.staff_id or wanted.claim:
            raise InvalidField("team_id", "either a team or a staff member, not both")
        return await _do(
            call, conversation_id, staff.give_to_team, team_id=wanted.team_id
        )
    staff_id = wanted.staff_id or call.caller.staff_id
    if staff_id is None:
        raise InvalidField("staff_id", "required: this API key belongs to nobody")
    async with call.transaction() as tx:
        await get_staff(tx, StaffId(staff_id))
    take = staff.claim if wanted.claim else staff.assign
    return await _do(call, conversation_id, take, staff_id=staff_id)


@delete(
    "/conversations/{conversation_id:str}/assignment", scopes=WRITE, status_code=200
)
async def release_conversation(
    call: Called, conversation_id: FromPath[str]
) -> ConversationView:
    """Give a conversation back to the queue."""
    return await _see_to_it(call, conversation_id, staff.release)


@put(
    "/conversations/{conversation_id:str}/handovers/{handover_id:str}/verdict",
    scopes=WRITE,
)
async def judge_handover(
    call: Called,
    conversation_id: FromPath[str],
    handover_id: FromPath[str],
    data: JSONBody[NewVerdict],
) -> HandoverView:
    """Say whether a handover was right, for the reports; null takes it back."""
    judged = await judge(
        call.rt,
        call.account_id,
        conversation_id,
        handover_id=handover_id,
        verdict=data.verdict,
        actor=call.actor,
    )
    return handover_view(judged)


@post("/conversations/{conversation_id:str}/hand-back", scopes=WRITE, status_code=200)
async def hand_back(call: Called, conversation_id: FromPath[str]) -> ConversationView:
    """Return control to the bot, which answers the contact's next message."""
    return await _do(call, conversation_id, staff.hand_back)


@put("/conversations/{conversation_id:str}/pause", scopes=WRITE)
async def pause_bot(
    call: Called,
    conversation_id: FromPath[str],
    data: JSONBody[NewPause | None] = None,
) -> ConversationView:
    """Silence the bot, or change until when it is silent."""
    wanted = data or NewPause()
    _check_mode(wanted)
    return await _do(
        call,
        conversation_id,
        staff.pause,
        until=_until(call, wanted),
        resume=_RESUMES.get(wanted.mode or "", Resume.TIME),
        next_opening=wanted.mode == "next_opening",
    )


@delete("/conversations/{conversation_id:str}/pause", scopes=WRITE, status_code=200)
async def end_pause(call: Called, conversation_id: FromPath[str]) -> ConversationView:
    """End the pause: control returns to the bot."""
    return await _see_to_it(call, conversation_id, staff.hand_back)


@put("/conversations/{conversation_id:str}/bot", scopes=WRITE)
async def choose_bot(
    call: Called, conversation_id: FromPath[str], data: JSONBody[NewBotHere]
) -> ConversationView:
    """Have another bot answer here. Refused while people have control."""
    return await _do(call, conversation_id, staff.transfer, bot_id=data.bot_id)


@put("/conversations/{conversation_id:str}/resolution", scopes=WRITE)
async def resolve_conversation(
    call: Called, conversation_id: FromPath[str]
) -> ConversationView:
    """Say that the work is done. Control and a running pause stay as they are."""
    return await _see_to_it(call, conversation_id, staff.resolve)


@delete(
    "/conversations/{conversation_id:str}/resolution", scopes=WRITE, status_code=200
)
async def reopen_conversation(
    call: Called, conversation_id: FromPath[str]
) -> ConversationView:
    """Open a resolved conversation again."""
    return await _see_to_it(call, conversation_id, staff.reopen)


@put("/conversations/{conversation_id:str}/snooze", scopes=WRITE)
async def snooze_conversation(
    call: Called, conversation_id: FromPath[str], data: JSONBody[NewSnooze]
) -> ConversationView:
    """Put a conversation aside until then, or until the contact writes."""
    until = _until(call, data)
    if until is None:
        raise InvalidField("until", "required: say how long, or until when")
    return await _do(call, conversation_id, staff.snooze, until=until)


@delete("/conversations/{conversation_id:str}/snooze", scopes=WRITE, status_code=200)
async def unsnooze_conversation(
    call: Called, conversation_id: FromPath[str]
) -> ConversationView:
    """End a snooze before its time."""
    return await _see_to_it(call, conversation_id, staff.unsnooze)


ROUTES: Final = (
    hand_over,
    judge_handover,
    assign_conversation,
    release_conversation,
    hand_back,
    pause_bot,
    end_pause,
    choose_bot,
    resolve_conversation,
    reopen_conversation,
    snooze_conversation,
    unsnooze_conversation,
)


async def _do(
    call: Call, conversation_id: str, deed: Any, **more: Any
) -> ConversationView:
    await deed(call.rt, call.account_id, conversation_id, actor=call.actor, **more)
    async with call.transaction() as tx:
        return view(await get_listed(tx, conversation_id))


async def _see_to_it(call: Call, conversation_id: str, deed: Any) -> ConversationView:
    """Do it unless it is so already: a PUT or DELETE that is sent again is no error."""
    with contextlib.suppress(IllegalMove):
        return await _do(call, conversation_id, deed)
    async with call.transaction() as tx:
        return view(await get_listed(tx, conversation_id))


_RESUMES: Final = {
    "resolved": Resume.RESOLVED,
    "staff_inactive": Resume.STAFF_INACTIVE,
}


def _check_mode(wanted: NewPause) -> None:
    timed = wanted.minutes is not None or wanted.until is not None
    if wanted.mode == "staff_inactive" and wanted.minutes is None:
        raise InvalidField("minutes", "required: how long people are silent")
    if wanted.mode in ("resolved", "next_opening") and timed:
        raise InvalidField("mode", "either how long or until when, not both")


def _until(call: Call, length: NewPause | NewSnooze) -> Instant | None:
    if length.minutes is not None and length.until is not None:
        raise InvalidField("until", "either minutes or until, not both")
    if length.minutes is not None:
        return call.now() + timedelta(minutes=length.minutes)
    if length.until and length.until > call.now() + timedelta(minutes=LONGEST):
        raise InvalidField("until", "at most a year from now")
    return length.until
