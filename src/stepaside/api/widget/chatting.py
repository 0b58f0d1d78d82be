"""A visitor's own conversation: write, read, follow along."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, JSONBody
from litestar.response import Stream
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from stepaside.api import wire
from stepaside.api.widget import seen
from stepaside.api.widget.paces import Paced
from stepaside.api.widget.seen import SeenControl, SeenMessage, Told, View
from stepaside.api.widget.visit import Visit, Visiting, is_open
from stepaside.channels.base import Inbound
from stepaside.core.conversation import Control
from stepaside.core.errors import InvalidField
from stepaside.core.events import EventType
from stepaside.live import sse
from stepaside.live.feed import Feed
from stepaside.live.hub import Hub
from stepaside.live.presence import CONTACT, Place, Presence, Sign, What
from stepaside.pipeline.receive import Received, receive
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.events import StoredEvent
from stepaside.store.messages import find_message

ClientId = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,100}$(?!\n)", description="The sender's own.")
]
Words = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=wire.PROSE)]

_SPOKEN: Final = (
    EventType.MESSAGE_RECEIVED,
    EventType.MESSAGE_SENT,
    EventType.STAFF_REPLIED,
)
_WHO_ANSWERS: Final = {"control", "assignee_id"}


class NewMessage(wire.Request):
    """Something the visitor says. The same `client_id` again stores nothing."""

    client_id: ClientId
    text: Words


class Typing(wire.Request):
    """That the visitor is typing; it says nothing of what."""


class Written(Struct, kw_only=True):
    """The message as it is stored; the first one, where it was sent before."""

    message: SeenMessage


class Chat(Struct, kw_only=True):
    """The conversation so far, oldest first.

    cursor: what to send as `Last-Event-ID` to hear what comes after.
    """

    items: list[SeenMessage]
    control: SeenControl
    cursor: str


@post("/messages")
async def write(
    request: Request[Any, Any, State],
    visit: Visiting,
    paces: Paced,
    data: JSONBody[NewMessage],
) -> Response[Written]:
    """Say something to whoever answers; 200 where it had been said before."""
    paces.messages.check(visit.session.conversation_id)
    if not data.text.strip():
        raise InvalidField("text", "must not be blank")
    conversation_id = visit.session.conversation_id
    received = await receive(
        visit.rt,
        visit.account_id,
        Inbound(
            inbox_id=visit.session.inbox_id,
            conversation_id=conversation_id,
            text=data.text,
            external_id=seen.external_id(conversation_id, data.client_id),
        ),
    )
    await _typed(visit, request.app.state.hub.presence)
    return await _written(visit, received)


@post("/typing", status_code=HTTP_204_NO_CONTENT)
async def type_along(
    request: Request[Any, Any, State],
    visit: Visiting,
    paces: Paced,
    data: JSONBody[Typing],
) -> None:
    """Let staff see that the visitor is typing. Nothing of it is kept.

    While the bot has control nobody is told.
    """
    del data
    paces.signs.check(visit.session.conversation_id)
    presence: Presence = request.app.state.hub.presence
    async with visit.transaction() as tx:
        view = await _look(visit, tx)
        if view.conversation.state.control is not Control.BOT:
            sign = Sign(place=_place(visit), who=CONTACT, what=What.WRITING)
            await presence.give(tx, sign)


@get("/messages")
async def read(
    request: Request[Any, Any, State],
    visit: Visiting,
    paces: Paced,
    after: FromQuery[str | None] = None,
) -> Chat:
    """Read what was said, or only what was said after a message."""
    paces.reads.check(visit.session.conversation_id)
    hub: Hub = request.app.state.hub
    # Taken first: what happens while we read is then heard twice, and never missed.
    cursor = str(hub.position)
    async with visit.transaction() as tx:
        view = await _look(visit, tx)
        items = list(await seen.history(tx, view, after))
    return Chat(items=items, control=view.control, cursor=cursor)


@get("/stream", media_type=sse.MEDIA_TYPE)
async def follow(
    request: Request[Any, Any, State], visit: Visiting, paces: Paced
) -> Stream:
    """Hear what happens from now on, or after `Last-Event-ID`, as it happens.

    The token is in a header and not in the address, which ends up in logs.
    """
    paces.reads.check(visit.session.conversation_id)
    hub: Hub = request.app.state.hub
    feed = hub.subscribe(
        visit.account_id,
        sse.parse_last_event_id(request.headers.get("last-event-id")),
        visit.session.conversation_id,
    )
    still_there = partial(is_open, request)
    async with visit.transaction() as tx:
        view = await _look(visit, tx)
    reading = _read_along(visit, hub, feed, view, still_there)
    return Stream(reading, headers=sse.HEADERS)


ROUTES: Final = (write, type_along, read, follow)


async def _read_along(
    visit: Visit, hub: Hub, feed: Feed, view: View, still_there: sse.StillThere
) -> AsyncGenerator[bytes]:
    """The feed, and between its events who of the staff is typing."""
    place = _place(visit)

    def say() -> str:
        present = hub.presence.others(place, CONTACT)
        writing = next((one.who for one in present if one.writes), None)
        return msgspec.json.encode(Told(writes=view.writes(writing))).decode()

    with hub.presence.follow(place) as nudge:
        aside = sse.Aside(say=say, nudge=nudge)
        tell = partial(_tell, visit)
        async with aclosing(
            sse.sse_stream(feed, tell, still_there=still_there, aside=aside)
        ) as reading:
            async for chunk in reading:
                yield chunk


def _place(visit: Visit) -> Place:
    return visit.account_id, visit.session.conversation_id


async def _typed(visit: Visit, presence: Presence) -> None:
    """Whoever has sent it is not typing it any more."""
    if presence.writes(_place(visit), CONTACT):
        async with visit.transaction() as tx:
            sign = Sign(place=_place(visit), who=CONTACT, what=What.GONE)
            await presence.give(tx, sign)


async def _look(visit: Visit, tx: Tx) -> View:
    session = visit.session
    return await seen.look(tx, session.conversation_id, session.contact_id)


async def _written(visit: Visit, received: Received) -> Response[Written]:
    async with visit.transaction() as tx:
        message = await _message(visit, tx, received.message_id)
    if message is None:
        raise NotFound("message", received.message_id)
    status = 200 if received.duplicate else 201
    return Response(Written(message=message), status_code=status)


async def _message(visit: Visit, tx: Tx, message_id: str) -> SeenMessage | None:
    found = await find_message(tx, message_id)
    if found is None or found.conversation_id != visit.session.conversation_id:
        return None
    return (await _look(visit, tx)).message(found)


async def _tell(visit: Visit, event: StoredEvent) -> str | None:
    """What the visitor is told about an event; None where it is not theirs to know."""
    happened, told = event.event, Told()
    is_spoken = happened.type in _SPOKEN
    is_about_control = bool(_WHO_ANSWERS & happened.changes.keys())
    if not (is_spoken or is_about_control):
        return None
    async with visit.transaction() as tx:
        if is_spoken:
            told.message = await _message(visit, tx, happened.data["message_id"])
        if is_about_control:
            told.control = (await _look(visit, tx)).control
    return msgspec.json.encode(told).decode() if told != Told() else None
