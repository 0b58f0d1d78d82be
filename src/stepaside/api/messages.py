"""What is said: `/v1/conversations/{id}/messages`."""

from datetime import datetime
from typing import Annotated, Final, Literal, assert_never

import structlog
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import READ, WRITE_OR_BOT
from stepaside.api.call import Call, Called
from stepaside.api.conversation_wire import SignalView
from stepaside.api.paging import Items, Paged
from stepaside.api.problems import ScopeMissing
from stepaside.api.wire import SAYING, ExternalId, Id, Request
from stepaside.channels.base import Inbound
from stepaside.core.effects import MessageKind
from stepaside.core.errors import InvalidField
from stepaside.core.events import staff_actor
from stepaside.core.ids import StaffId
from stepaside.core.policy import Cause, DecisionKind
from stepaside.core.turn import Author
from stepaside.pipeline import outside_bot, receive, staff, take_turn
from stepaside.pipeline.receive import Received
from stepaside.store import messages
from stepaside.store.api_keys import Scope
from stepaside.store.conversations import find_conversation
from stepaside.store.database import Tx
from stepaside.store.decisions import find_decision
from stepaside.store.errors import UNAVAILABLE, NotFound
from stepaside.store.messages import Message, MessageState
from stepaside.store.staff import get_staff
from stepaside.store.turns import said_in_turn

log = structlog.get_logger(__name__)

LONGEST_WAIT: Final = 60
"""Seconds a caller may wait for the turn."""

Text = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=SAYING)]
Wait = Annotated[
    Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] | None,
    QueryParameter(ge=0, le=LONGEST_WAIT),
]


class NewMessage(Request):
    """Something said.

    author: `contact`, `staff` (takes the conversation over), or `bot`, for a bot of
        your own: refused while people have control.
    staff_id: which staff member; left out: whom the API key belongs to.
    external_id: your own id of the message; the same again is the same message. A
        contact's is unique in its inbox, anybody else's in its conversation.
    private: a note, for staff only.
    """

    author: Literal["contact", "staff", "bot"]
    text: Text
    staff_id: Id | None = None
    external_id: ExternalId | None = None
    private: bool = False


class MessageView(Struct, kw_only=True):
    """Something said.

    kind: `reply`, `final` (the last words of a handover) or `note`.
    state: how far it has come; `dropped`: not sent, since control moved before.
    state_detail: why it failed or was dropped, or what the last try met while it is
        queued; empty where nothing went wrong, or nobody says what.
    external_id: the id its sender gave it, else the one the channel gave it.
    """

    id: str
    conversation_id: str
    author: Author
    staff_id: str | None
    kind: MessageKind
    private: bool
    text: str
    state: MessageState
    state_detail: str
    external_id: str | None
    at: datetime


class TurnView(Struct, kw_only=True):
    """What was decided about a message of the contact, and what was said to it."""

    decision: DecisionKind
    scenario: Cause | None
    rule_id: str | None
    reason: str
    signals: list[SignalView]
    messages: list[MessageView]


class Said(Struct, kw_only=True):
    """A stored message. `turn` only where it was waited for; null when time was up."""

    message: MessageView
    turn: TurnView | UnsetType | None = UNSET


@get("/conversations/{conversation_id:str}/messages", scopes=READ)
async def list_messages(
    call: Called, page: Paged, conversation_id: FromPath[str]
) -> Items[MessageView]:
    """List what was said, notes included, the oldest first."""
    async with call.transaction() as tx:
        await find_conversation(tx, conversation_id)
        rows = await messages.list_messages(
            tx, conversation_id, after=page.after, limit=page.one_more
        )
    return page.of(rows, view, lambda message: message.id)


@post(
    "/conversations/{conversation_id:str}/messages",
    scopes=WRITE_OR_BOT,
    answers=Said,
    or_status=(200,),
)
async def send_message(
    call: Called,
    conversation_id: FromPath[str],
    data: JSONBody[NewMessage],
    wait: Wait = None,
) -> Response[Said]:
    """Say something. 200 instead of 201: this `external_id` was said before.

    200 answers the first message, unchanged, whatever the text says now: a system that
    delivers an edited message once more is not refused. 422 names `external_id` where a
    contact's is that of another message in the inbox, such as one of another
    conversation; nothing is stored then.

    With `wait`, and where the contact wrote, the answer tells what was decided as soon
    as it is.
    """
    received = await _store(call, conversation_id, data)
    shown = await _shown(call, received, data)
    said = Said(message=shown)
    if wait is not None and data.author == "contact":
        said.turn = await _awaited(call, received, wait)
    return Response(said, status_code=200 if received.duplicate else 201)


ROUTES: Final = (list_messages, send_message)


def view(message: Message) -> MessageView:
    """A message as it is shown."""
    return MessageView(
        id=message.id,
        conversation_id=message.conversation_id,
        author=message.author,
        staff_id=message.staff_id,
        kind=message.kind,
        private=message.private,
        text=message.text,
        state=message.state,
        state_detail=message.state_detail,
        external_id=message.external_id,
        at=message.at,
    )


async def _shown(call: Call, received: Received, data: NewMessage) -> MessageView:
    """The message. A new one is not read back: it is stored, whatever fails now."""
    if received.message:
        return view(received.message)
    if received.at:
        return _just_stored(received, received.at, data)
    async with call.transaction() as tx:
        message = await messages.find_message(tx, received.message_id)
    if message is None:
        raise NotFound("message", received.message_id)
    return view(message)


def _just_stored(received: Received, at: datetime, new: NewMessage) -> MessageView:
    return MessageView(
        id=received.message_id,
        conversation_id=received.conversation_id,
        author=Author.CONTACT,
        staff_id=None,
        kind=MessageKind.REPLY,
        private=False,
        text=new.text,
        state=MessageState.RECEIVED,
        state_detail="",
        external_id=new.external_id,
        at=at,
    )


async def _store(call: Call, conversation_id: str, new: NewMessage) -> Received:
    _check(call, new)
    match new.author:
        case "contact":
            inbound = Inbound(
                inbox_id="",
                conversation_id=conversation_id,
                text=new.text,
                external_id=new.external_id,
            )
            return await receive.receive(call.rt, call.account_id, inbound)
        case "staff":
            return await _store_for_staff(call, conversation_id, new)
        case "bot":
            return await outside_bot.speak_as_bot(
                call.rt,
                call.account_id,
                conversation_id,
                text=new.text,
                external_id=new.external_id,
            )
        case _:
            assert_never(new.author)


def _check(call: Call, new: NewMessage) -> None:
    wanted = Scope.BOT if new.author == "bot" else Scope.WRITE
    if wanted not in call.caller.scopes:
        raise ScopeMissing(f"This API key lacks the scope {wanted}.")
    if new.author != "staff" and new.staff_id is not None:
        raise InvalidField("staff_id", "only with author staff")
    if new.author != "staff" and new.private:
        raise InvalidField("private", "only with author staff")


async def _store_for_staff(
    call: Call, conversation_id: str, new: NewMessage
) -> Received:
    staff_id = new.staff_id or call.caller.staff_id
    if staff_id is None:
        raise InvalidField("staff_id", "required: this API key belongs to nobody")
    async with call.transaction() as tx:
        await get_staff(tx, StaffId(staff_id))
    write = staff.note if new.private else staff.reply
    return await write(
        call.rt,
        call.account_id,
        conversation_id,
        actor=staff_actor(StaffId(staff_id)),
        text=new.text,
        external_id=new.external_id,
    )


async def _awaited(call: Call, received: Received, seconds: float) -> TurnView | None:
    """What was decided; None when the time is over, or nobody can tell.

    The message is stored: an error would have the caller send it once more.
    """
    try:
        decision_id = await take_turn.wait_for_turn(
            call.rt,
            call.account_id,
            received.conversation_id,
            received.message_id,
            seconds,
        )
        if decision_id is None:
            return None
        async with call.transaction() as tx:
            return await _turn(tx, decision_id)
    except UNAVAILABLE as error:
        log.warning("turn_not_told", error=type(error).__name__)
        return None


async def _turn(tx: Tx, decision_id: str) -> TurnView | None:
    decision = await find_decision(tx, decision_id)
    if decision is None:
        return None
    said = await said_in_turn(tx, decision)
    return TurnView(
        decision=DecisionKind(decision.decision),
        scenario=Cause(decision.cause) if decision.cause else None,
        rule_id=decision.rule_id,
        reason=decision.reason,
        signals=[SignalView(**signal) for signal in decision.signals],
        messages=[view(message) for message in said],
    )
