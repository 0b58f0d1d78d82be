"""Choosing who gets a conversation that is handed over."""

from dataclasses import dataclass

from stepaside.core.ids import StaffId
from stepaside.core.roster import Contact, Roster
from stepaside.core.rules import AssignTo, HandoverRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who gets it and why. `staff_id` None: it waits in the queue.

    warning: what the account's admins should mend; empty when all is well.
    """

    staff_id: StaffId | None
    reason: str
    warning: str = ""


def choose_assignee(rule: HandoverRule, contact: Contact, roster: Roster) -> Assignment:
    """Choose by the rule: the contact's owner first if so set, then the rule's person.

    A person who has been disabled or deleted is never chosen: the conversation falls
    to the queue and the admins are warned, so that nobody waits on an empty chair.
    """
    owner = roster.active(contact.owner_id)
    if rule.skip_if_contact_has_owner and owner:
        return Assignment(
            staff_id=owner.id, reason=f"{owner.name} already looks after the contact"
        )
    if rule.assign_to is AssignTo.NOBODY:
        return Assignment(staff_id=None, reason="the rule leaves it in the queue")
    chosen = roster.active(rule.staff_id)
    if chosen:
        return Assignment(staff_id=chosen.id, reason=f"the rule names {chosen.name}")
    return Assignment(
        staff_id=None,
        reason="the rule's staff member is not available any more",
        warning=(
            f"The handover rule “{rule.title}” assigns to a staff member who was "
            "disabled or deleted. The conversation waits in the queue; choose "
            "somebody else in the rule."
        ),
    )
