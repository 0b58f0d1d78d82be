"""Who has a conversation now, and what may be done with it: the desk's one answer."""

from dataclasses import dataclass

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.ids import StaffId
from stepaside.core.roster import Roster, StaffMember
from stepaside.desk import words
from stepaside.desk.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who may speak, in the desk's one language for it.

    more: what the word leaves open, for where there is room.
    name: which person, by their first name; empty unless a person has it.
    is_me: whether that person is the reader.
    """

    control: Control
    word: str
    more: str = ""
    name: str = ""
    is_me: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """What the reader may do now. Each is a button that is there or not."""

    claim: bool
    assign: bool
    release: bool
    hand_back: bool
    pause: bool
    snooze: bool
    unsnooze: bool
    resolve: bool
    reopen: bool


def holder(
    control: Control, assignee_id: StaffId | None, me: StaffId, roster: Roster
) -> Holder:
    """Who has it, as the reader is told."""
    return Holder(
        control=control,
        word=_(words.CONTROL[control]),
        more=_(words.CONTROL_MORE[control]) if words.CONTROL_MORE[control] else "",
        name=_who(assignee_id, me, roster) if control is Control.HUMAN else "",
        is_me=assignee_id == me,
    )


def _who(assignee_id: StaffId | None, me: StaffId, roster: Roster) -> str:
    if assignee_id is None:
        return _("outside the desk")
    member = roster.staff.get(assignee_id)
    return _("you") if assignee_id == me else member.first_name if member else ""


def name_of(staff_id: StaffId | None, roster: Roster) -> str:
    """A staff member's name, also after they left; empty for nobody."""
    member = roster.staff.get(staff_id) if staff_id else None
    return member.name if member else ""


def by_name(roster: Roster) -> list[StaffMember]:
    """Whom a conversation can be given to, in the order of their names."""
    active = (member for member in roster.staff.values() if member.active)
    return sorted(active, key=lambda member: member.name.casefold())


def deeds(state: Conversation, *, has_bot: bool) -> Deeds:
    """What makes sense now. The core refuses the rest, whatever is sent."""
    with_people = state.control is not Control.BOT
    return Deeds(
        claim=state.assignee_id is None,
        assign=True,
        release=state.control is Control.HUMAN,
        hand_back=with_people and has_bot,
        pause=has_bot,
        snooze=state.status is not Status.RESOLVED,
        unsnooze=state.status is Status.SNOOZED,
        resolve=state.status is not Status.RESOLVED,
        reopen=state.status is Status.RESOLVED,
    )
