"""What is refused, in words: said to programs in English, to staff in their language.

Each is written here as its shape, like the sentences in `shapes.py`. A refusal that is
missing here would be shown in English to everybody, and a test fails.
"""

from typing import Final

from stepaside.sayings.shapes import mark

MOVES: Final = (
    mark("%(name)s already has this conversation."),
    mark("Somebody else already has this conversation."),
    mark("This staff member is disabled or deleted; choose another."),
    mark("People have control; a bot may not speak now."),
    mark("People have control; hand back to give it to another bot."),
    mark("It is resolved; reopen it to hand it over."),
    mark("The bot already has control."),
    mark("The bot has control; there is nothing to release."),
    mark("Nobody holds it; it already waits in the queue."),
    mark("People already have control."),
    mark("A person already has control."),
    mark("It is already resolved."),
    mark("It is resolved; reopen it to snooze it."),
    mark("It is already open."),
    mark("It is not snoozed."),
    mark("It is snoozed, not resolved."),
    mark("It is resolved, not snoozed."),
    mark("%(state)s: cannot %(move)s now"),
)
"""What a conversation refuses as it stands."""
FACTS: Final = (
    mark("A bot may have at most %(n)s handover rules. Delete or change one."),
    mark(
        "This bot already has a rule for %(scenario)s. Change that rule, or choose "
        "the scenario custom."
    ),
    mark("Only what was deleted can be restored."),
    mark("It has changed since; see how it stands now."),
    mark("These are one contact already."),
    mark("One of them was merged meanwhile. Look at them again."),
    mark("This is the account's last owner. Make somebody else an owner first."),
    mark("Only a notification that could not be delivered is sent again."),
)
"""What else stands in the way."""
TAKEN: Final = (
    mark("another contact has it"),
    mark("another staff member has this address"),
    mark("another team has this name"),
    mark("a team cannot stand in for itself"),
    mark("is taken; choose another"),
    mark("this staff member is disabled"),
    mark("the bot has no such handover rule"),
    mark("not a handover rule of this conversation's bot"),
    mark("a bot cannot give it to itself"),
    mark("each bot at most once"),
    mark("not the `next` of this list; begin without it"),
)
"""What a value may not be because of others."""
TIMES: Final = (
    mark("must be in the future"),
    mark("must be before `to`"),
    mark("at most %(n)s days before `to`"),
    mark("a date such as 2026-03-02, or an instant with an offset"),
    mark("an IANA name such as Europe/Berlin"),
    mark("open at least once a week"),
    mark("spans of one day must not overlap"),
    mark("at most %(n)s spans a day"),
    mark("the last day is before the first"),
    mark("each is shorter than a year"),
    mark("a name has at most %(n)s characters"),
    mark("between 1 minute and 365 days"),
    mark("between 1 minute and 365 days, or null until people hand back"),
    mark("staff_inactive needs how long, such as minutes"),
)
"""What times may be."""
LIMITS: Final = (
    mark("required"),
    mark("required: what the bot is to say"),
    mark("required: a bot that comes back says so"),
    mark("required for a custom rule: say in plain words when to hand over"),
    mark("required with clarifying_questions 1"),
    mark("required with assign.to staff, and only there"),
    mark("required with assign.to team, and only there"),
    mark("only a custom rule has one; leave it out"),
    mark("a custom rule needs at least one"),
    mark("this scenario takes none"),
    mark("only a rule for human_requested asks first"),
    mark("0 or 1"),
    mark("0, 1 or 2"),
    mark("%(n)s to %(most)s"),
    mark("between %(n)s and %(most)s"),
    mark("%(n)s to %(most)s characters"),
    mark("at most %(n)s"),
    mark("at most %(n)s characters"),
    mark("at most %(n)s languages"),
    mark("at most %(n)s; remove one first"),
    mark("at most %(n)s, each 1 to %(most)s characters"),
    mark("at most %(n)s, each 1 to %(most)s characters, none twice"),
    mark("at least one, each 1 to %(most)s characters"),
    mark("write something, at most %(n)s characters"),
    mark("letters, digits, - and _ only, at most %(n)s"),
    mark("must be one line"),
    mark("may not contain control characters except tab and line break"),
    mark("by language, as de or pt"),
    mark("unknown variable; use one of %(known)s"),
)
"""How long, how many, how written."""
ADDRESSES: Final = (
    mark("begins with http:// or https://, without spaces"),
    mark("not the address of a chat: %(known)s"),
    mark("must not name a template"),
    mark("must be the https address of a push service"),
    mark("not the keys of a browser"),
    mark("must be a telephone number with its country code, such as +4930123456"),
)
"""What addresses may be."""
REFUSALS: Final = (
    *MOVES,
    *FACTS,
    *TAKEN,
    *TIMES,
    *LIMITS,
    *ADDRESSES,
)
