"""Conversations and what happened in them: `/v1/conversations`."""

from datetime import datetime
from typing import Annotated, Any, Final

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from stepaside.api.auth import READ, WRITE
from stepaside.api.call import Called, Paged
from stepaside.api.events import EventView, event_view
from stepaside.api.wire import (
    ExternalId,
    Id,
    Items,
    MaybeEmail,
    MaybeName,
    Phone,
    Request,
)
from stepaside.core.conversation import Control, Status
from stepaside.core.policy import Cause, DecisionKind
from stepaside.core.roster import ContactRef
from stepaside.pipeline import receive
from stepaside.store import decisions, handovers, listing
from stepaside.store.conversations import find_conversation
from stepaside.store.decisions import StoredDecision
from stepaside.store.events import conversation_events
from stepaside.store.handovers import StoredHandover
from stepaside.store.listing import Listed, Wanted, get_listed

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


class HandoverView(Struct, kw_only=True):
    """One stretch during which people had control.

    scenario: the scenario of the rule that fired, or what else led to it.
    tried: what the bot had answered, the oldest first.
    how_ended: `handed_back` or `resumed`; null while it is open.
    """

    id: str
    rule_id: str | None
    scenario: Cause
    evidence: str
    reason: str
    summary: str
    tried: list[str]
    trigger_message_id: str | None
    assignee_id: str | None
    started_at: datetime
    claimed_at: datetime | None
    first_reply_at: datetime | None
    first_reply_by: str | None
    ended_at: datetime | None
    how_ended: str | None


class ConversationView(Struct, kw_only=True):
    """A conversation and who may speak in it.

    lease: grows with every change of control.
    resume_at: when the bot gets control back by itself; null: when people hand back.
    handover: the open episode; null while the bot has control.
    """

    id: str
    inbox_id: str
    contact_id: str
    bot_id: str | None
    workflow_id: str | None
    control: Control
    control_since: datetime | None
    lease: int
    status: Status
    assignee_id: str | None
    resume_at: datetime | None
    snoozed_until: datetime | None
    waiting_since: datetime | None
    failed_attempts: int
    handover: HandoverView | None
    created_at: datetime
    last_message_at: datetime


class SignalView(Struct, kw_only=True):
    """What one detector found: a score from 0 to 1; rules act at 0.5."""

    name: str
    score: float
    evidence: str
    reason: str
    detector: str
    rule_id: str | None
    details: dict[str, float]


class DecisionView(Struct, kw_only=True):
    """What was decided about a burst of messages, and why."""

    id: str
    message_ids: list[str]
    lease: int
    decision: DecisionKind
    scenario: Cause | None
    rule_id: str | None
    reason: str
    evidence: str
    failed_attempts: int
    signals: list[SignalView]
    versions: dict[str, str]
    at: datetime


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
    q: Words = None,
) -> Items[ConversationView]:
    """List conversations, the ones with the latest words first.

    `assignee` is a staff member's id, or `unassigned`: people have control, and nobody
    has taken it. `q`: every word, or its beginning, was said or names the contact.
    """
    wanted = Wanted(
        control=control,
        status=status,
        assignee=assignee,
        tag=tag,
        scenario=scenario,
        inbox_id=inbox_id,
        contact_id=contact_id,
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
    opened = await receive.start_conversation(
        call.rt,
        call.account_id,
        inbox_id=data.inbox_id,
        contact=ContactRef(
            external_id=sender.external_id,
            name=sender.name,
            email=sender.email,
            phone=sender.phone,
        ),
        workflow_id=data.workflow_id,
    )
    async with call.transaction() as tx:
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


def view(listed: Listed) -> ConversationView:
    """A conversation as it is shown."""
    state = listed.state
    return ConversationView(
        id=state.id,
        inbox_id=listed.inbox_id,
        contact_id=listed.contact_id,
        bot_id=listed.bot_id,
        workflow_id=listed.workflow_id,
        control=state.control,
        control_since=state.control_since,
        lease=state.lease,
        status=state.status,
        assignee_id=state.assignee_id,
        resume_at=state.resume_at,
        snoozed_until=state.snoozed_until,
        waiting_since=state.waiting_since,
        failed_attempts=state.failed_attempts,
        handover=handover_view(listed.handover) if listed.handover else None,
        created_at=listed.created_at,
        last_message_at=listed.last_message_at,
    )


def handover_view(stored: StoredHandover) -> HandoverView:
    """An episode as it is shown."""
    names = set(HandoverView.__struct_fields__) - {"scenario", "tried"}
    fields: dict[str, Any] = {name: getattr(stored, name) for name in names}
    scenario, tried = Cause(stored.cause), list(stored.tried)
    return HandoverView(**fields, scenario=scenario, tried=tried)


def decision_view(stored: StoredDecision) -> DecisionView:
    """A decision as it is shown."""
    return DecisionView(
        id=stored.id,
        message_ids=list(stored.message_ids),
        lease=stored.lease,
        decision=DecisionKind(stored.decision),
        scenario=Cause(stored.cause) if stored.cause else None,
        rule_id=stored.rule_id,
        reason=stored.reason,
        evidence=stored.evidence,
        failed_attempts=stored.failed_attempts,
        signals=[SignalView(**signal) for signal in stored.signals],
        versions=stored.versions,
        at=stored.at,
    )
