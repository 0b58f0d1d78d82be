"""The deeds staff do to a conversation, and what is said about each afterwards."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from stepaside.core.conversation import Control, Conversation
from stepaside.core.errors import InvalidField
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
from stepaside.pipeline.verdicts import judge
from stepaside.store.accounts import get_account
from stepaside.store.conversations import find_conversation
from stepaside.store.handovers import Verdict
from stepaside.store.staff import get_staff
from stepaside.store.teams import get_team


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
    async with visit.transaction() as tx:
        before = (await find_conversation(tx, conversation_id)).state.control
    await staff.claim(
        *_here(visit, conversation_id), staff_id=visit.me.staff_id, actor=visit.actor
    )
    if before is Control.BOT:
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
    return _undone_as_before(_("It is yours now.") if is_mine else text, before)


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
    await staff.release(*_here(visit, conversation_id), actor=visit.actor)
    return Done(
        text=_("Released to the queue."), undo="claim", undo_word=_("Claim it again")
    )


async def _hand_back(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    if form.until:
        return await _pause(visit, conversation_id, form)
    await staff.hand_back(*_here(visit, conversation_id), actor=visit.actor)
    return Done(
        text=_("Handed back to the bot."), undo="claim", undo_word=_("Take it again")
    )


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
    async with visit.transaction() as tx:
        state = (await find_conversation(tx, conversation_id)).state
    return Done(text=say_pause(state, times))


async def _snooze(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    times = await _times(visit)
    until = parse_moment(form.until, form.until_at, times.now, times.zone)
    await staff.snooze(*_here(visit, conversation_id), until=until, actor=visit.actor)
    when = due(until, times.now, times.zone)
    return Done(
        text=_("Snoozed until %(when)s, or until the contact writes.", when=when),
        undo="unsnooze",
    )


async def _unsnooze(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    del form
    await staff.unsnooze(*_here(visit, conversation_id), actor=visit.actor)
    return Done()


async def _resolve(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    del form
    await staff.resolve(*_here(visit, conversation_id), actor=visit.actor)
    return Done(text=_("Resolved."), undo="reopen")


async def _reopen(visit: Visit, conversation_id: str, form: DeedForm) -> Done:
    del form
    await staff.reopen(*_here(visit, conversation_id), actor=visit.actor)
    return Done()


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


async def _times(visit: Visit) -> Clockwork:
    async with visit.transaction() as tx:
        return visit.times((await get_account(tx)).time_zone)


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
    "verdict": _verdict,
}
"""By the last word of their address."""
