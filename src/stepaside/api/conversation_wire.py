"""Conversations, handovers and decisions as JSON."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from msgspec import Struct

from stepaside.api.terms_wire import DeadlinesView, deadlines_view
from stepaside.core.brief import Sentiment
from stepaside.core.conversation import Control, Status
from stepaside.core.effects import PromiseState
from stepaside.core.policy import Cause, DecisionKind
from stepaside.store.decisions import StoredDecision
from stepaside.store.handovers import StoredHandover, Verdict
from stepaside.store.listing import Listed
from stepaside.store.promises import Promise


class PromiseView(Struct, kw_only=True):
    """A time that a contact was told.

    words: as it stood in the final message.
    settled_at: when it was kept, broken or withdrawn; null while it is open.
    told_at: when the contact was told that it takes longer; null when they were not.
    """

    words: str
    given_at: datetime
    due_at: datetime
    state: PromiseState
    settled_at: datetime | None
    told_at: datetime | None


class BriefView(Struct, kw_only=True):
    """A handover in parts, for whoever takes over.

    wants: the contact's own words that say most.
    tried: how many answers the bot had given before.
    language: empty when it is not known.
    promise: the time the contact was told; empty when none was.
    suggested_reply: how a person might begin; empty where none can be suggested.
    generated: how it was made: `local`, from the transcript alone.
    """

    wants: str
    tried: int
    sentiment: Sentiment
    language: str
    promise: str
    suggested_reply: str
    generated: str


class HandoverView(Struct, kw_only=True):
    """One stretch during which people had control.

    scenario: the scenario of the rule that fired, or what else led to it.
    tried: what the bot had answered, the oldest first.
    how_ended: `handed_back`, `resumed`, or `watchdog` where nobody came and the bot was
        let back; null while it is open.
    brief: the summary in parts; null where people took it without a handover.
    promise: the time its final message told the contact; null where it told none.
    verdict: what staff think of it; null while nobody said.
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
    brief: BriefView | None
    promise: PromiseView | None
    verdict: Verdict | None


class ConversationView(Struct, kw_only=True):
    """A conversation and who may speak in it.

    lease: grows with every change of control.
    team_id: the team whose it is, in whose queue it waits; null where none is meant.
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
    team_id: str | None
    resume_at: datetime | None
    snoozed_until: datetime | None
    waiting_since: datetime | None
    failed_attempts: int
    deadlines: DeadlinesView
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
        team_id=state.team_id,
        resume_at=state.resume_at,
        snoozed_until=state.snoozed_until,
        waiting_since=state.waiting_since,
        failed_attempts=state.failed_attempts,
        deadlines=deadlines_view(state),
        handover=handover_view(listed.handover) if listed.handover else None,
        created_at=listed.created_at,
        last_message_at=listed.last_message_at,
    )


def handover_view(stored: StoredHandover) -> HandoverView:
    """An episode as it is shown."""
    made = {"scenario", "tried", "promise", "brief", "verdict"}
    names = set(HandoverView.__struct_fields__) - made
    fields: dict[str, Any] = {name: getattr(stored, name) for name in names}
    return HandoverView(
        **fields,
        verdict=Verdict(stored.verdict) if stored.verdict else None,
        scenario=Cause(stored.cause),
        tried=list(stored.tried),
        brief=BriefView(**asdict(stored.brief)) if stored.brief else None,
        promise=_promise_view(stored.promise) if stored.promise else None,
    )


def _promise_view(promise: Promise) -> PromiseView:
    names = PromiseView.__struct_fields__
    return PromiseView(**{name: getattr(promise, name) for name in names})


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
