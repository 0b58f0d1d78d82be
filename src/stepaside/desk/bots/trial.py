"""The test panel: talking to the form as it stands, saved or not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from litestar import Response, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.conversation import Control
from stepaside.core.effects import (
    CreateTask,
    NotificationEvent,
    NotifyStaff,
    TagContact,
)
from stepaside.core.events import EventType
from stepaside.core.ids import BotId, ContactId, StaffId, WorkflowId
from stepaside.core.policy import Cause, Decision, DecisionKind
from stepaside.core.roster import Contact, Roster
from stepaside.core.rules import effective_rules
from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Author, Line
from stepaside.desk.bots.fields import Sent
from stepaside.desk.bots.goals import SOMEBODY, read_draft
from stepaside.desk.frame import only_admins
from stepaside.desk.pages import page
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, again, mark
from stepaside.pipeline.leaving_bot import open_transfers
from stepaside.pipeline.try_out import (
    MOST_LINES,
    Trial,
    Tried,
    lines_of,
    try_transcript,
    try_turn,
)
from stepaside.store.accounts import get_account
from stepaside.store.bots import get_bot, list_bots
from stepaside.store.knowledge import load_items
from stepaside.store.staff import load_roster
from stepaside.store.workflows import get_workflow

LONGEST: Final = 4000

SIGNAL: Final[Mapping[SignalName, str]] = {
    SignalName.HUMAN_REQUESTED: mark("Asks for a person"),
    SignalName.LACK_OF_INFORMATION: mark("No information"),
    SignalName.ATTEMPT_FAILED: mark("The last answer did not help"),
    SignalName.SOLVED: mark("Solved"),
    SignalName.NEW_TOPIC: mark("A new topic"),
    SignalName.CUSTOM: mark("Custom condition"),
}
TOLD: Final[Mapping[NotificationEvent, str]] = {
    NotificationEvent.CONVERSATION_ASSIGNED: mark("a conversation was assigned"),
    NotificationEvent.TASK_ASSIGNED: mark("a task was assigned"),
    NotificationEvent.HANDOVER_WAITING: mark("a handover waits"),
    NotificationEvent.WARNING: mark("a rule needs attention"),
}
KIND: Final[Mapping[DecisionKind, str]] = {
    DecisionKind.REPLY: mark("Answers"),
    DecisionKind.OFFER: mark("Offers a person"),
    DecisionKind.HAND_OVER: mark("Hands over"),
    DecisionKind.SILENT: mark("Says nothing"),
    DecisionKind.TRANSFER: mark("Passes on to another bot"),
}
STOPS: Final = mark("Falls silent for good")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one detector found, 0 to 1."""

    label: str
    score: float
    reason: str
    acts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Would:
    """What a handover would have done."""

    assignee: str
    why: str
    resume_at: datetime | None
    task: CreateTask | None
    tags: tuple[str, ...]
    told: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnShown:
    """One turn of a trial, in words."""

    said: Sequence[str]
    answer: str
    articles: Sequence[str]
    kind: DecisionKind
    word: str
    rule: str
    reason: str
    evidence: str
    scores: Sequence[Score]
    would: Would | None
    control: Control


@post("/bots/{bot_id:str}/try", status_code=HTTP_200_OK)
async def try_bot(visit: Visited, bot_id: FromPath[str]) -> Response[str]:
    """Say something to the form as it stands. Stores nothing and sends nothing."""
    sent = Sent(form=await visit.request.form())
    stage = await _stage(visit, sent, BotId(bot_id))
    here = visit.desk.rt, visit.account_id, stage.trial
    before, control = _said_before(sent), _control(sent)
    if sent.line("do") == "back":
        before, control = (*before, *_spoke(control)), Control.BOT
    pasted = parse_transcript(sent.text("transcript"))
    said = sent.text("say")[:LONGEST]
    turns: list[Tried] = []
    if pasted:
        before, control = (), Control.BOT
        turns = await try_transcript(*here, pasted[:MOST_LINES])
    elif said and len(before) < MOST_LINES:
        lines = (*before, Line(author=Author.CONTACT, text=said))
        turns = [await try_turn(*here, lines, control=control)]
    for tried in turns:
        before = (*before, *tried.said, *lines_of(tried))
        control = tried.control
    return page(
        "bots/tried.html",
        turns=[_shown(tried, stage) for tried in turns],
        said=_pack(before),
        control=control,
        times=visit.times(stage.zone),
        is_back=sent.line("do") == "back",
        bot=stage.trial.bot,
        left_out=stage.left_out,
        stopped=any(tried.decision.cause is Cause.STOPPED for tried in turns[-1:]),
    )


TRIAL_ROUTES: Final[Sequence[ControllerRouterHandler]] = (try_bot,)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What a trial is played with.

    titles: of the articles, by id. left_out: rules that are wrong as they stand.
    bots: the names of all bots, by id.
    """

    trial: Trial
    titles: Mapping[str, str]
    zone: str
    left_out: Sequence[str]
    bots: Mapping[BotId, str]


async def _stage(visit: Visit, sent: Sent, bot_id: BotId) -> _Stage:
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        stored = await get_bot(tx, bot_id)
        draft, left_out = await read_draft(tx, visit, sent, bot_id)
        flow = sent.line("workflow")
        laid = (await get_workflow(tx, WorkflowId(flow))).overrides if flow else {}
        titles = {str(item.id): item.title for item in await load_items(tx, bot_id)}
        roster = await load_roster(tx)
        transfers = await open_transfers(tx, draft.bot, ())
        bots = {row.bot.id: row.bot.name for row in await list_bots(tx, limit=500)}
        zone = (await get_account(tx)).time_zone
    named = sent.line("trial_name")[:100]
    owner = sent.line("trial_owner")
    contact = Contact(
        id=ContactId("trial"),
        name=named or SOMEBODY,
        owner_id=StaffId(owner) if owner else None,
    )
    trial = Trial(
        bot=draft.bot,
        rules=effective_rules(tuple(draft.rules.values()), laid),
        knowledge_version=stored.knowledge_version,
        contact=contact,
        roster=roster,
        transfers=transfers,
    )
    return _Stage(trial=trial, titles=titles, zone=zone, left_out=left_out, bots=bots)


def parse_transcript(text: str) -> list[Line]:
    """Read a pasted transcript: `Contact: …`, `Bot: …` or `Staff: …` a line.

    A line that names nobody goes on with what was said before it, or, before anybody
    was named, is the contact's.
    """
    named = any(_NAMED.match(row) for row in text.splitlines())
    lines: list[Line] = []
    for row in text.splitlines():
        found = _NAMED.match(row)
        if found:
            author = _AUTHORS[found[1].lower()]
            lines.append(Line(author=author, text=found[2].strip()))
        elif row.strip() and named and lines:
            last = lines[-1]
            joined = f"{last.text}\n{row.strip()}".strip()
            lines[-1] = Line(author=last.author, text=joined)
        elif row.strip():
            lines.append(Line(author=Author.CONTACT, text=row.strip()))
    return [line for line in lines if line.text]


_AUTHORS: Final = {
    **dict.fromkeys(("contact", "customer", "visitor", "them"), Author.CONTACT),
    **dict.fromkeys(("bot", "assistant", "ai"), Author.BOT),
    **dict.fromkeys(("staff", "person", "colleague"), Author.STAFF),
}
_NAMED: Final = re.compile(rf"\s*({'|'.join(_AUTHORS)})\s*:(.*)", re.IGNORECASE)


def _said_before(sent: Sent) -> tuple[Line, ...]:
    try:
        said = msgspec.json.decode(
            sent.text("said") or "[]", type=list[tuple[str, str]]
        )
        return tuple(Line(author=Author(a), text=t) for a, t in said[-MOST_LINES:])
    except (msgspec.DecodeError, ValueError):
        return ()


def _pack(lines: Sequence[Line]) -> str:
    return msgspec.json.encode([(str(x.author), x.text) for x in lines]).decode()


def _control(sent: Sent) -> Control:
    found = sent.line("control")
    return Control(found) if found in list(Control) else Control.BOT


def _spoke(control: Control) -> tuple[Line, ...]:
    """A person had it and gives it back: the bot knows that somebody spoke."""
    if control is Control.BOT:
        return ()
    return (Line(author=Author.STAFF, text=_("A person answered.")),)


def _shown(tried: Tried, stage: _Stage) -> TurnShown:
    decision = tried.decision
    return TurnShown(
        said=[line.text for line in tried.said],
        answer=tried.answer,
        articles=[stage.titles[i] for i in tried.item_ids if i in stage.titles],
        kind=decision.kind,
        word=_(STOPS if decision.cause is Cause.STOPPED else KIND[decision.kind]),
        rule=_fired(decision, stage.bots),
        reason=again(decision.reason),
        evidence=decision.evidence,
        scores=[_score(s) for s in _by_score(tried.signals)],
        would=_would(tried, stage.trial.roster),
        control=tried.control,
    )


def _fired(decision: Decision, bots: Mapping[BotId, str]) -> str:
    """The rule that decided, or the bot that goes on."""
    if decision.to_bot_id:
        return bots.get(decision.to_bot_id, "")
    return again(decision.rule.title) if decision.rule else ""


def _by_score(signals: Sequence[Signal]) -> list[Signal]:
    return sorted(signals, key=lambda s: -s.score)


def _score(signal: Signal) -> Score:
    return Score(
        label=_(SIGNAL[signal.name]),
        score=signal.score,
        reason=again(signal.reason),
        acts=signal.acts,
    )


def _would(tried: Tried, roster: Roster) -> Would | None:
    outcome = tried.outcome
    if outcome is None:
        return None
    state = outcome.conversation
    member = roster.active(state.assignee_id)
    started = next(e for e in outcome.events if e.type is EventType.HANDOVER_STARTED)
    tasks = [e for e in outcome.effects if isinstance(e, CreateTask)]
    tags = [e.tags for e in outcome.effects if isinstance(e, TagContact)]
    return Would(
        assignee=member.name if member else "",
        why=again(str(started.data.get("assignment", ""))),
        resume_at=state.resume_at,
        task=tasks[0] if tasks else None,
        tags=tags[0] if tags else (),
        told=[
            (", ".join(_names(e, roster)), _(TOLD.get(e.event, str(e.event))))
            for e in outcome.effects
            if isinstance(e, NotifyStaff)
        ],
    )


def _names(effect: NotifyStaff, roster: Roster) -> list[str]:
    return [roster.staff[i].name for i in effect.staff_ids if i in roster.staff]
