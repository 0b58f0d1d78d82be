"""Bot goals: the prompt, and the rules by which the bot steps aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.checks import check_bot
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId, RuleId
from stepaside.core.roster import Bot, Roster
from stepaside.core.rules import (
    VARIABLES,
    HandoverRule,
    Scenario,
    ScenarioTaken,
    TooManyRules,
    check_room,
    render_message,
)
from stepaside.desk.bots import history, rule_form, sentence
from stepaside.desk.bots.fields import Faults, Sent, in_words
from stepaside.desk.bots.frame import open_bot
from stepaside.desk.bots.merge import (
    PROMPT,
    THE_BOT,
    Conflict,
    Goals,
    State,
    merge,
    pack,
    state_of,
    unpack,
)
from stepaside.desk.bots.rule_form import RuleForm
from stepaside.desk.bots.rule_languages import LanguageRow, choices, control_of
from stepaside.desk.bots.sentence import People, people
from stepaside.desk.bots.workflows import read_table
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.pages import page
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, why_refused
from stepaside.store import configuration
from stepaside.store.bots import get_bot
from stepaside.store.changes import By
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.rules import list_rules
from stepaside.store.staff import load_roster

CONTROL_OF: Final[Mapping[str, str]] = {
    "example_phrases": "phrases",
    "assign.staff_id": "assign",
    "assign.team_id": "assign",
    "final_message_out_of_hours": "out_of_hours",
    "clarifying_question": "question",
    "pause": "pause.days",
    "task.due_in_minutes": "due.days",
    "task.title": "task_title",
    "task.description": "task_description",
}
"""Which control of a form a field of the core stands in, where the names differ."""
SOMEBODY: Final = "Sam Sample"
"""The contact that previews speak to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The form as it is shown.

    base: what is stored, as this person has now seen it.
    faults: what is wrong with the prompt, by field; `rules` for all rules together.
    conflicts: what somebody else changed meanwhile.
    is_kept: whether the form holds what is not saved.
    """

    bot: Bot
    rules: Sequence[RuleForm]
    base: State
    faults: Faults = field(default_factory=Faults)
    conflicts: Sequence[history.TheirChange] = ()
    is_kept: bool = False


@get("/bots/{bot_id:str}/goals")
async def show_goals(visit: Visited, bot_id: FromPath[str]) -> Response[str]:
    """The form with the bot's prompt and rules, and the test panel beside it."""
    async with visit.transaction() as tx:
        goals = await _stored(tx, BotId(bot_id))
        forms = [rule_form.form_of(rule) for rule in goals.rules.values()]
        shown = Shown(bot=goals.bot, rules=forms, base=state_of(goals))
        return await _page(tx, visit, shown, 200)


@post("/bots/{bot_id:str}/goals", status_code=HTTP_200_OK)
async def save_goals(visit: Visited, bot_id: FromPath[str]) -> Response[Any]:
    """Save all of it, or nothing and say why, with everything as it was written."""
    sent = Sent(form=await visit.request.form())
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        theirs = await _stored(tx, BotId(bot_id), lock=True)
        read = await _read(tx, visit, sent, theirs)
        if read.is_wrong:
            return await _page(tx, visit, read.shown, 422)
        result = merge(read.shown.base, read.wanted, theirs)
        if result.conflicts or result.kept:
            told = await _told(tx, theirs.bot.id, result.conflicts, result.kept)
            shown = replace(
                read.shown,
                bot=result.goals.bot,
                rules=_reopened(result.goals, read.shown.rules),
                base=state_of(theirs),
                conflicts=told,
                is_kept=True,
            )
            return await _page(tx, visit, shown, 409)
        full = _too_full(result.goals, visit.desk.rt.limits.max_rules)
        if full:
            shown = replace(read.shown, faults=Faults({"rules": full}))
            return await _page(tx, visit, shown, 422)
        for rule_id in result.removed:
            await configuration.delete_rule(tx, rule_id, visit.by)
        await _store(tx, result.goals, theirs, visit.by)
    return go_on(f"/bots/{bot_id}/goals", _("Saved."))


@post("/bots/{bot_id:str}/goals/look", status_code=HTTP_200_OK)
async def look_at_goals(visit: Visited, bot_id: FromPath[str]) -> dict[str, Any]:
    """What the form says as it stands: sentences, previews, and what is wrong."""
    sent = Sent(form=await visit.request.form())
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        theirs = await _stored(tx, BotId(bot_id))
        read = await _read(tx, visit, sent, theirs)
        there = await people(tx)
    said = {}
    for form in read.shown.rules:
        rule = read.wanted.rules.get(RuleId(form.key))
        said[form.key] = {
            "sentence": sentence.sentence(rule, there) if rule else None,
            "preview": preview(rule, theirs.bot, there.roster) if rule else None,
            "faults": {
                control_of(form.languages, f) or CONTROL_OF.get(f, f): text
                for f, text in form.faults.items()
            },
        }
    return {"rules": said, "faults": dict(read.shown.faults)}


GOALS_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_goals,
    save_goals,
    look_at_goals,
)


def preview(rule: HandoverRule, bot: Bot, roster: Roster) -> str:
    """The final message as a contact would read it."""
    member = roster.active(rule.staff_id)
    values = {
        "next_opening": _("tomorrow at 9:00"),
        "contact.name": SOMEBODY,
        "contact.first_name": SOMEBODY.split()[0],
        "bot.name": bot.name,
        "staff.name": member.name if member else "",
        "staff.first_name": member.first_name if member else "",
    }
    return render_message(rule.final_message, values).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What a form says. wanted: without the rules that are wrong or removed."""

    shown: Shown
    wanted: Goals

    @property
    def is_wrong(self) -> bool:
        rules = [f for f in self.shown.rules if not f.removed]
        return bool(self.shown.faults) or any(form.faults for form in rules)


async def read_draft(
    tx: Tx, visit: Visit, sent: Sent, bot_id: BotId
) -> tuple[Goals, list[str]]:
    """What a form says, as far as it is right, and the names of the rules that are not.

    Raises:
        NotFound: there is no such bot.
    """
    theirs = await _stored(tx, bot_id)
    read = await _read(tx, visit, sent, theirs)
    wrong = [form for form in read.shown.rules if form.faults and not form.removed]
    names = [form.name or _(sentence.SCENARIO[form.scenario]) for form in wrong]
    return read.wanted, names


async def _stored(tx: Tx, bot_id: BotId, *, lock: bool = False) -> Goals:
    bot = (await get_bot(tx, bot_id, lock=lock)).bot
    return Goals(bot=bot, rules={r.id: r for r in await list_rules(tx, bot_id)})


async def _read(tx: Tx, visit: Visit, sent: Sent, theirs: Goals) -> _Read:
    base = unpack(sent.text("base"))
    bot, faults = _prompt(sent, theirs.bot, base)
    there = await people(tx)
    forms: list[RuleForm] = []
    rules: dict[RuleId, HandoverRule] = {}
    for sent_form in rule_form.read_rules(sent):
        rule_id = RuleId(sent_form.key)
        before = theirs.rules.get(rule_id)
        form, rule = rule_form.checked(sent_form, before)
        if rule and not form.removed:
            rule = _as_chosen(sent, rule, base.get(rule_id, {}))
            form, rule = _can_be_assigned(form, rule, before, there)
        if rule and not form.removed:
            form, rule = _has_room(form, rule, list(rules.values()), visit)
        forms.append(form)
        if rule and not form.removed:
            rules[rule_id] = rule
    shown = Shown(bot=bot, rules=forms, base=base, faults=faults, is_kept=True)
    return _Read(shown=shown, wanted=Goals(bot=bot, rules=rules))


def _prompt(sent: Sent, bot: Bot, base: State) -> tuple[Bot, Faults]:
    taken = {n: base[THE_BOT][n] for n in PROMPT if _takes(sent, THE_BOT, n, base)}
    written = {name: sent.text(name) for name in PROMPT}
    wanted = replace(bot, **{**written, **taken})
    try:
        return check_bot(wanted), Faults()
    except InvalidField as fault:
        return wanted, Faults({fault.field: in_words(fault, {})})


_ASSIGNED: Final = ("assign_to", "staff_id", "team_id")
"""Fields that only make sense together."""


def _takes(sent: Sent, key: str, name: str, base: State) -> bool:
    """Whether this person chose what somebody else wrote."""
    chosen = sent.line(f"take.{key}.{name}") == "theirs"
    return chosen and name in base.get(key, {})


def _as_chosen(sent: Sent, rule: HandoverRule, seen: Mapping[str, Any]) -> HandoverRule:
    """The rule with what somebody else wrote, where this person chose that."""
    taken = {n: v for n, v in seen.items() if _takes(sent, rule.id, n, {rule.id: seen})}
    if not taken.keys().isdisjoint(_ASSIGNED):
        taken |= {name: seen[name] for name in _ASSIGNED if name in seen}
    return replace(rule, **taken)


def _can_be_assigned(
    form: RuleForm, rule: HandoverRule, before: HandoverRule | None, there: People
) -> tuple[RuleForm, HandoverRule | None]:
    """Who left cannot be chosen; where they were chosen before, they stay."""
    chosen = rule.staff_id or rule.team_id
    stays = before is not None and chosen in (before.staff_id, before.team_id)
    known = there.roster.active(rule.staff_id) or rule.team_id in there.teams
    if chosen is None or stays or known:
        return form, rule
    fault = InvalidField("assign.staff_id", "")
    return rule_form.with_fault(form, fault), None


def _has_room(
    form: RuleForm, rule: HandoverRule, before: list[HandoverRule], visit: Visit
) -> tuple[RuleForm, HandoverRule | None]:
    try:
        check_room(before, rule.scenario, visit.desk.rt.limits.max_rules)
    except (TooManyRules, ScenarioTaken) as refusal:
        fault = InvalidField("scenario", str(refusal))
        return rule_form.with_fault(form, fault), None
    return form, rule


def _too_full(goals: Goals, limit: int) -> str:
    """Why these rules cannot stand together, once a colleague's are among them."""
    before: list[HandoverRule] = []
    for rule in goals.rules.values():
        try:
            check_room(before, rule.scenario, limit)
        except (TooManyRules, ScenarioTaken) as refusal:
            return why_refused(refusal)
        before.append(rule)
    return ""


async def _store(tx: Tx, goals: Goals, theirs: Goals, by: By) -> None:
    await configuration.change_bot(tx, goals.bot, by)
    for rule_id, rule in goals.rules.items():
        if rule_id in theirs.rules:
            await configuration.change_rule(tx, rule, by)
    for rule_id, rule in goals.rules.items():
        if rule_id not in theirs.rules:
            new = replace(rule, id=RuleId(new_id("rule")))
            await configuration.create_rule(
                tx, goals.bot.id, new, by, limit=len(goals.rules)
            )


def _reopened(goals: Goals, sent: Sequence[RuleForm]) -> list[RuleForm]:
    """The form again, once what others changed stands in it."""
    were = {form.key: form for form in sent}
    forms = []
    for rule_id, rule in goals.rules.items():
        was = were.get(rule_id)
        form = rule_form.form_of(rule, rule_id)
        forms.append(replace(form, is_open=was.is_open if was else True))
    return forms + [f for f in sent if f.removed and f.key not in goals.rules]


async def _told(
    tx: Tx, bot_id: BotId, conflicts: Sequence[Conflict], kept: Sequence[RuleId]
) -> list[history.TheirChange]:
    roster = await load_roster(tx)
    return await history.who_changed(tx, bot_id, conflicts, kept, roster)


async def _page(tx: Tx, visit: Visit, shown: Shown, status: int) -> Response[str]:
    frame = await open_bot(tx, visit, shown.bot.id, "goals")
    there = await people(tx)
    table = await read_table(tx, shown.bot.id)
    blank = rule_form.blank_form("__key__", Scenario.CUSTOM)
    return page(
        "bots/goals.html",
        status=status,
        **frame,
        goals=shown,
        base=pack(shown.base),
        blank=blank,
        limit=visit.desk.rt.limits.max_rules,
        people=[m for m in there.roster.staff.values() if m.active],
        teams=there.teams,
        sentence=lambda form: _sentence(form, there),
        preview=lambda form: _preview(form, shown.bot, there.roster),
        scenarios=sentence.SCENARIO,
        triggers=sentence.TRIGGER,
        variables=[v for v in VARIABLES if not v.startswith("next_opening.")],
        workflows=[row.workflow for row in table],
        table=table,
        somebody=SOMEBODY,
        languages=choices([row for form in shown.rules for row in form.languages]),
        blank_language=LanguageRow(key="__row__"),
    )


def _sentence(form: RuleForm, there: People) -> str:
    try:
        return sentence.sentence(rule_form.rule_of(form, None), there)
    except InvalidField:
        return ""


def _preview(form: RuleForm, bot: Bot, roster: Roster) -> str:
    try:
        return preview(rule_form.rule_of(form, None), bot, roster)
    except InvalidField:
        return ""
