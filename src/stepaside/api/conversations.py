"""Conversations and what happened in them: `/v1/conversations`."""

from typing import Annotated, Final

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from stepaside.api.auth import READ, WRITE
from stepaside.api.call import Called
from stepaside.api.conversation_wire import (
    ConversationView,
    DecisionView,
    HandoverView,
    decision_view,
    handover_view,
    view,
)
from stepaside.api.events import EventView, event_view
from stepaside.api.paging import Items, Paged
from stepaside.api.wire import ExternalId, Id, MaybeEmail, MaybeName, Phone, Request
from stepaside.core.conversation import Control, Status
from stepaside.core.policy import Cause
from stepaside.core.roster import ContactRef
from stepaside.pipeline import receive
from stepaside.store import decisions, handovers, listing
from stepaside.store.conversations import find_conversation
from stepaside.store.events import conversation_events
from stepaside.store.listing import Wanted, get_listed

Words = Annotated[
    Annotated[str, Meta(min_length=1, max_length=200)] | None,
    QueryParameter(min_length=1, max_length=200),
]


class Sender(Request):
    """Who writes. An id the business has used before names the same contact."""

    external_id: ExternalId | None = None
    name: MaybeName = ""
    email: MaybeEmail = ""
    phone: Phone = ""


class NewConversation(Request):
    """A conversation to open. `workflow_id` picks the bot instead of the inbox."""

    inbox_id: Id
    contact: Sender
    workflow_id: Id | None = None


@get("/conversations", scopes=READ)
async def list_conversations(
    call: Called,
    page: Paged,
    *,
    control: FromQuery[Control | None] = None,
    status: FromQuery[Status | None] = None,
    assignee: FromQuery[str | None] = None,
    tag: FromQuery[str | None] = None,
    scenario: FromQuery[Cause | None] = None,
    inbox_id: FromQuery[str | None] = None,
    contact_id: FromQuery[str | None] = None,
    team_id: FromQuery[str | None] = None,
    q: Words = None,
) -> Items[ConversationView]:
    """List conversations, the ones with the latest words first.

    `assignee` is a staff member's id, or `unassigned`: people have control, and nobody
    has taken it. `team_id`: whose queue it waits in, or whose people have it.
    `q`: every word, or its beginning, was said or names the contact.
    """
    wanted = Wanted(
        control=control,
        status=status,
        assignee=assignee,
        tag=tag,
        scenario=scenario,
        inbox_id=inbox_id,
        contact_id=contact_id,
        team_id=team_id,
        words=q,
    )
    async with call.transaction() as tx:
        rows = await listing.list_conversations(
            tx, wanted, after=page.after, limit=page.one_more
        )
    return page.of(rows, view, lambda row: row.cursor)


@post("/conversations", scopes=WRITE)
async def start_conversation(
    call: Called, data: JSONBody[NewConversation]
) -> ConversationView:
    """Open a conversation before anything was said; the bot has control."""
    sender = data.contact
    async with call.transaction() as tx:
        opened = await receive.open_conversation(
            tx,
            call.now(),
            inbox_id=data.inbox_id,
            contact=ContactRef(
                external_id=sender.external_id,
                name=sender.name,
                email=sender.email,
                phone=sender.phone,
            ),
            workflow_id=data.workflow_id,
        )
        return view(await get_listed(tx, opened))


@get("/conversations/{conversation_id:str}", scopes=READ)
async def get_conversation(
    call: Called, conversation_id: FromPath[str]
) -> ConversationView:
    """Read one conversation: who has control, and what happens next."""
    async with call.transaction() as tx:
        return view(await get_listed(tx, conversation_id))


@get("/conversations/{conversation_id:str}/events", scopes=READ)
async def list_conversation_events(
    call: Called, page: Paged, conversation_id: FromPath[str]
) -> Items[EventView]:
    """List what happened in a conversation, the oldest first."""
    async with call.transaction() as tx:
        await find_conversation(tx, conversation_id)
        found = await conversation_events(tx, conversation_id)
    return page.part(found, event_view, lambda event: event.cursor)


@get("/conversations/{conversation_id:str}/decisions", scopes=READ)
async def list_decisions(
    call: Called, page: Paged, conversation_id: FromPath[str]
) -> Items[DecisionView]:
    """List what was decided in a conversation and why, the oldest first."""
    async with call.transaction() as tx:
        await find_conversation(tx, conversation_id)
        found = await decisions.list_decisions(tx, conversation_id)
    return page.part(found, decision_view, lambda decision: decision.id)


@get("/conversations/{conversation_id:str}/handovers", scopes=READ)
async def list_handovers(
    call: Called, page: Paged, conversation_id: FromPath[str]
) -> Items[HandoverView]:
    """List the stretches during which people had control, the oldest first."""
    async with call.transaction() as tx:
        await find_conversation(tx, conversation_id)
        found = await handovers.list_handovers(tx, conversation_id)
    return page.part(found, handover_view, lambda handover: handover.id)


ROUTES: Final = (
    list_conversations,
    start_conversation,
    get_conversation,
    list_conversation_events,
    list_decisions,
    list_handovers,
)
