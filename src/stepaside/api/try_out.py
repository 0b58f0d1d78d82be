"""Trying a bot as it is or as it might be: `/v1/bots/{id}/try`."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from litestar import post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from stepaside.api.auth import ADMIN
from stepaside.api.call import Called
from stepaside.api.decide import Spoken, rules_of
from stepaside.api.rule_wire import NewRule
from stepaside.api.wire import Id, MaybeName, Prose, Request
from stepaside.core.conversation import Control
from stepaside.core.effects import CreateTask, NotifyStaff, TagContact
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId, ContactId, StaffId, WorkflowId
from stepaside.core.policy import Cause, DecisionKind
from stepaside.core.roster import Contact
from stepaside.core.rules import effective_rules
from stepaside.core.turn import Author, Line
from stepaside.pipeline.leaving_bot import open_transfers
from stepaside.pipeline.try_out import Trial, Tried, try_turn
from stepaside.store.bots import get_bot
from stepaside.store.database import Tx
from stepaside.store.decisions import signal_to_json
from stepaside.store.rules import list_rules
from stepaside.store.staff import get_staff, load_roster
from stepaside.store.workflows import get_workflow


class TryContact(Request):
    """Who writes, in the trial."""

    name: MaybeName = ""
    owner_id: Id | None = None


class Trying(Request):
    """What to try.

    rules: in place of the bot's own; those that do not say `enabled` are switched on.
    personality, goal, additional_information: in place of the bot's own.
    workflow_id: lays its overrides over the bot's own rules.
    """

    transcript: Annotated[list[Spoken], Meta(min_length=1, max_length=500)]
    rules: Annotated[list[NewRule], Meta(max_length=20)] | None = None
    personality: Prose | None = None
    goal: Prose | None = None
    additional_information: Prose | None = None
    workflow_id: Id | None = None
    contact: TryContact | None = None


class WouldTask(Struct, kw_only=True):
    """The task a handover would have created."""

    title: str
    due_at: datetime


class WouldTell(Struct, kw_only=True):
    """Whom a handover would have told of what."""

    event: str
    staff_ids: list[str]


class Would(Struct, kw_only=True):
    """What a handover would have done. `resume_at` null: until people hand back."""

    assignee_id: str | None
    resume_at: datetime | None
    task: WouldTask | None
    tags: list[str]
    notified: list[WouldTell]


class TriedView(Struct, kw_only=True):
    """What would have become of the contact's last burst.

    answer: what the contact would read, a final message included; empty: nothing.
    would: null unless it is handed over.
    """

    decision: DecisionKind
    scenario: Cause | None
    rule_id: str | None
    reason: str
    evidence: str
    failed_attempts: int
    signals: list[dict[str, Any]]
    answer: str
    item_ids: list[str]
    control: Control
    would: Would | None


@post("/bots/{bot_id:str}/try", scopes=ADMIN, status_code=200)
async def try_bot(
    call: Called, bot_id: FromPath[str], data: JSONBody[Trying]
) -> TriedView:
    """Say what a bot would make of a transcript. Stores nothing and sends nothing."""
    lines = [Line(author=said.author, text=said.text) for said in data.transcript]
    if all(line.author is not Author.CONTACT for line in lines):
        raise InvalidField("transcript", "the contact says nothing in it")
    async with call.transaction() as tx:
        trial = await _trial(tx, BotId(bot_id), data)
    return view(await try_turn(call.rt, call.account_id, trial, lines))


ROUTES: Final = (try_bot,)


def view(tried: Tried) -> TriedView:
    """A trial as it is shown."""
    decision = tried.decision
    return TriedView(
        decision=decision.kind,
        scenario=decision.cause,
        rule_id=decision.rule.id if decision.rule else None,
        reason=decision.reason,
        evidence=decision.evidence,
        failed_attempts=decision.failed_attempts,
        signals=[signal_to_json(signal) for signal in tried.signals],
        answer=tried.answer,
        item_ids=list(tried.item_ids),
        control=tried.control,
        would=_would(tried),
    )


def _would(tried: Tried) -> Would | None:
    if tried.outcome is None:
        return None
    state, effects = tried.outcome.conversation, tried.outcome.effects
    tasks = [
        WouldTask(title=e.title, due_at=e.due_at)
        for e in effects
        if isinstance(e, CreateTask)
    ]
    return Would(
        assignee_id=state.assignee_id,
        resume_at=state.resume_at,
        task=tasks[0] if tasks else None,
        tags=[tag for e in effects if isinstance(e, TagContact) for tag in e.tags],
        notified=[
            WouldTell(event=str(e.event), staff_ids=list(e.staff_ids))
            for e in effects
            if isinstance(e, NotifyStaff)
        ],
    )


async def _trial(tx: Tx, bot_id: BotId, data: Trying) -> Trial:
    stored = await get_bot(tx, bot_id)
    words = {name: value for name in _PROMPT if (value := getattr(data, name))}
    bot = replace(stored.bot, **words)
    own = await list_rules(tx, bot_id) if data.rules is None else rules_of(data.rules)
    flow = data.workflow_id
    laid = (await get_workflow(tx, WorkflowId(flow))).overrides if flow else {}
    who = data.contact or TryContact()
    if who.owner_id:
        await get_staff(tx, StaffId(who.owner_id))
    return Trial(
        bot=bot,
        rules=effective_rules(tuple(own), laid),
        knowledge_version=stored.knowledge_version,
        contact=Contact(
            id=ContactId("trial"),
            name=who.name,
            owner_id=StaffId(who.owner_id) if who.owner_id else None,
        ),
        roster=await load_roster(tx),
        transfers=await open_transfers(tx, bot, ()),
    )


_PROMPT: Final = ("personality", "goal", "additional_information")
