"""Who is meant by an `@` in a note."""

import re

from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.episode import contact_name
from stepaside.core.events import Actor, EventType
from stepaside.core.ids import StaffId
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.roster import Roster


def find_mentions(text: str, roster: Roster) -> tuple[StaffId, ...]:
    """The staff members named behind an `@`, each once, in the order of the text.

    By the whole name, the longest that fits, or by the first name where only one of
    the staff has it. Whoever left is not meant.
    """
    names: dict[str, set[StaffId]] = {}
    for member in roster.staff.values():
        if member.active:
            for name in {member.name, member.first_name} - {""}:
                names.setdefault(name.casefold(), set()).add(member.id)
    if not names:
        return ()
    longest_first = sorted(names, key=len, reverse=True)
    known = "|".join(re.escape(name) for name in longest_first)
    found = re.findall(rf"(?<!\w)@({known})(?!\w)", text.casefold())
    meant = [names[name] for name in found]
    return tuple(dict.fromkeys(i for ids in meant if len(ids) == 1 for i in ids))


def add_note(s: Situation, actor: Actor, message_id: str, text: str) -> Outcome:
    """Store that a note was written; tell those it mentions, but not its writer."""
    noted = nothing(s.conversation).then(
        EventType.NOTE_ADDED, s.now, actor, message_id=message_id
    )
    meant = [i for i in find_mentions(text, s.roster) if i != actor.staff_id]
    if not meant:
        return noted
    writer = s.roster.staff.get(actor.staff_id) if actor.staff_id else None
    return noted.also(
        NotifyStaff(
            key=f"notify:{message_id}:mentioned",
            event=NotificationEvent.MENTIONED,
            staff_ids=tuple(meant),
            title=f"{writer.name if writer else 'Somebody'} mentioned you "
            f"about {contact_name(s)}",
            body=text,
        )
    )
