"""The deeds staff do to a conversation, and what is said about each afterwards."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from stepaside.core import taking_back
from stepaside.core.conversation import Control, Conversation
from stepaside.core.errors import InvalidField, Refusal
from stepaside.core.events import EventType
from stepaside.core.ids import StaffId, TeamId
from stepaside.core.pauses import Resume
from stepaside.desk.forms import DeedForm
from stepaside.desk.moments import parse_moment
from stepaside.desk.pausing import find_ending, say_pause
from stepaside.desk.times import Clockwork, due
from stepaside.desk.updates import Toast
from stepaside.desk.visit import Visit
from stepaside.desk.words import _
from stepaside.pipeline import staff
from stepaside.pipeline.runtime import Runtime
from stepaside.pipeline.taking_back import take_back
from stepaside.pipeline.verdicts import judge
from stepaside.store.accounts import get_account
from stepaside.store.conversations import find_conversation
from stepaside.store.errors import NotFound
from stepaside.store.handovers import Verdict
from stepaside.store.staff import get_staff
from stepaside.store.teams import get_team


class ChangedSince(Refusal):
    """Somebody moved it on after the deed that is to be taken back."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has changed it since."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done, in words, and the deed that takes it back.

    text: empty where it can be seen at a glance.
    undo: empty where nothing takes it back.
    undo_fields: what that deed has to be told besides.
    """

    text: str = ""
    undo: str = ""
    undo_word: str = ""
    undo_fields: tuple[tuple[str, str], ...] = ()

    def toast(self, conversation_id: str) -> Toast | None:
        """The short message about it; None where nothing need be said."""
        if not self.text:
            return None
        undo = f"conversations/{conversation_id}/{self.undo}" if self.undo else ""
        return Toast(
            text=self.text,
            undo=undo,
            undo_word=self.undo_word or _("Undo"),
            undo_fields=self.undo_fields,
        )


Do = Callable[[Visit, str, DeedForm], Awaitable[Done]]


async def _claim(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    del form
    before = await _state(visit, conversation_id)
    await staff.claim(
        *_here(visit, conversation_id), staff_id=visit.me.staff_id, actor=visit.actor
    )
    if before.control is Control.BOT:
        return Done(text=_("Taken over from the bot."), undo="hand-back")
    return Done(text=_("It is yours now."), undo="release")


async def _assign(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    if not form.staff_id:
        raise InvalidField("staff_id", _("Choose somebody."))
    async with visit.transaction() as tx:
        member = (await get_staff(tx, StaffId(form.staff_id))).member
        before = (await find_conversation(tx, conversation_id)).state
    await staff.assign(
        *_here(visit, conversation_id), staff_id=member.id, actor=visit.actor
    )
    is_mine = member.id == visit.me.staff_id
    text = _("Assigned to %(name)s.", name=member.name)
    text = _("It is yours now.") if is_mine else text
    had_it = before.assignee_id == member.id
    return Done(text=text) if had_it else _undone_as_before(text, before)


def _undone_as_before(text: str, before: Conversation) -> Done:
    """Undo gives it back to whoever had it."""
    if before.control is Control.BOT:
        return Done(text=text, undo="hand-back")
    if before.assignee_id is None:
        return Done(text=text, undo="release")
    fields = (("staff_id", str(before.assignee_id)),)
    return Done(text=text, undo="assign", undo_fields=fields)


async def _give(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    if not form.team_id:
        raise InvalidField("team_id", _("Choose a team."))
    async with visit.transaction() as tx:
        team = await get_team(tx, TeamId(form.team_id))
    await staff.give_to_team(
        *_here(visit, conversation_id), team_id=team.id, actor=visit.actor
    )
    return Done(text=_("Given to the team %(name)s.", name=team.name))


async def _release(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    del form
    before = await _state(visit, conversation_id)
    await staff.release(*_here(visit, conversation_id), actor=visit.actor)
    done = Done(text=_("Released to the queue."))
    return await _with_undo(visit, before, "release", done)


async def _hand_back(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    if form.until:
        return await _pause(visit, conversation_id, form)
    before = await _state(visit, conversation_id)
    await staff.hand_back(*_here(visit, conversation_id), actor=visit.actor)
    done = Done(text=_("Handed back to the bot."))
    return await _with_undo(visit, before, "hand-back", done)


async def _pause(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    times = await _times(visit)
    ending = find_ending(form.until)
    until = ending.until(times.now) if ending else None
    if not ending and form.until != "never":
        until = parse_moment(form.until, form.until_at, times.now, times.zone)
    await staff.pause(
        *_here(visit, conversation_id),
        until=until,
        actor=visit.actor,
        resume=ending.resume if ending else Resume.TIME,
        next_opening=ending is not None and ending.opening,
    )
    return Done(text=say_pause(await _state(visit, conversation_id), times))


async def _snooze(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    times = await _times(visit)
    until = parse_moment(form.until, form.until_at, times.now, times.zone)
    before = await _state(visit, conversation_id)
    await staff.snooze(*_here(visit, conversation_id), until=until, actor=visit.actor)
    when = due(until, times.now, times.zone)
    text = _("Snoozed until %(when)s, or until the contact writes.", when=when)
    return await _with_undo(visit, before, "snooze", Done(text=text))


async def _unsnooze(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    del form
    await staff.unsnooze(*_here(visit, conversation_id), actor=visit.actor)
    return Done()


async def _resolve(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    del form
    before = await _state(visit, conversation_id)
    await staff.resolve(*_here(visit, conversation_id), actor=visit.actor)
    # Opened again it owes nothing it owed before: that is no undoing.
    done = Done(text=_("Resolved."), undo="reopen", undo_word=_("Reopen"))
    return await _with_undo(visit, before, "resolve", done)


async def _reopen(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    del form
    await staff.reopen(*_here(visit, conversation_id), actor=visit.actor)
    return Done()


async def _take_back(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    if form.deed_done not in _TAKEN_BACK:
        raise NotFound("deed", form.deed_done)
    deed = _TAKEN_BACK[form.deed_done]
    try:
        await take_back(*_here(visit, conversation_id), deed=deed, actor=visit.actor)
    except taking_back.ChangedSince:
        raise ChangedSince from None
    return Done()


async def _with_undo(visit: Visit, before: Conversation, deed: str, done: Done) -> Done:
    """Undo has it as it was, where that can be; else what the deed had for it."""
    after = await _state(visit, before.id)
    if not taking_back.can_be_taken_back(before, after):
        return done
    fields = (("deed_done", deed),)
    return Done(text=done.text, undo="take-back", undo_fields=fields)


async def _verdict(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    verdict = Verdict(form.verdict) if form.verdict else None
    await judge(
        *_here(visit, conversation_id),
        handover_id=form.handover_id,
        verdict=verdict,
        actor=visit.actor,
    )
    return Done()


def _here(visit: Visit, conversation_id: str) -> tuple[Runtime, str, str]:
    return visit.desk.rt, visit.account_id, conversation_id


async def _state(visit: Visit, conversation_id: str) -> Conversation:
    async with visit.transaction() as tx:
        return (await find_conversation(tx, conversation_id)).state


async def _times(visit: Visit) -> Clockwork:
    async with visit.transaction() as tx:
        return visit.times((await get_account(tx)).time_zone)


_TAKEN_BACK: Final[Mapping[str, EventType]] = {
    "release": EventType.RELEASED,
    "hand-back": EventType.HANDED_BACK,
    "snooze": EventType.SNOOZED,
    "resolve": EventType.RESOLVED,
}
"""The deeds that can be taken back as if they had not been, and what they left."""
DEEDS: Final[Mapping[str, Do]] = {
    "claim": _claim,
    "assign": _assign,
    "give": _give,
    "release": _release,
    "hand-back": _hand_back,
    "pause": _pause,
    "snooze": _snooze,
    "unsnooze": _unsnooze,
    "resolve": _resolve,
    "reopen": _reopen,
    "take-back": _take_back,
    "verdict": _verdict,
}
"""By the last word of their address."""
