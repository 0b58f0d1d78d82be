"""The sentences that the core, the detectors and the pipeline write for staff.

They are stored in English and said in the reader's language where they are shown. Each
is written here as its shape: `%(name)s` stands for what was filled in, and its name for
what that can be (see `again.py`). A sentence that is missing here would be shown in
English to everybody, and a test fails.
"""

from typing import Final


def mark(message: str) -> str:
    """Mark a text as one to translate, and leave it as it is."""
    return message


TITLES: Final = (
    mark("%(who)s was assigned to you"),
    mark("%(who)s waits for a person"),
    mark("%(who)s was never answered"),
    mark("%(who)s is still with people"),
    mark("%(who)s has waited %(length)s for a person"),
    mark("%(who)s is back"),
    mark("%(who)s replied"),
    mark("%(who)s was promised an answer by now"),
    mark("%(who)s: the first reply is due in %(length)s"),
    mark("%(who)s: a reply is due in %(length)s"),
    mark("%(who)s: the resolution is due in %(length)s"),
    mark("%(who)s: the first reply was due"),
    mark("%(who)s: a reply was due"),
    mark("%(who)s: the resolution was due"),
    mark("%(who)s: the first reply was due %(length)s ago"),
    mark("%(who)s: a reply was due %(length)s ago"),
    mark("%(who)s: the resolution was due %(length)s ago"),
    mark("%(who)s: %(length)s left to write on this channel"),
    mark("%(writer)s mentioned you about %(who)s"),
    mark("%(who)s stays with you: the bot is off"),
    mark("A message to %(who)s could not be sent"),
    mark("The webhook %(hook)s was turned off"),
    mark("A handover rule needs attention"),
    mark("A test from Stepaside"),
)
"""Titles of what staff are told: who, and what is the matter with them."""
CAUSES: Final = (
    mark("%(who)s asked for a person"),
    mark("%(who)s asked something the knowledge does not answer"),
    mark("%(who)s was not helped by the bot's answers"),
    mark("%(who)s met a custom rule"),
    mark("%(who)s met the rule “%(rule)s”"),
    mark("%(who)s could not be answered because the bot failed"),
    mark("%(who)s wrote while the bot was off"),
    mark("%(who)s reached the bot's limit of messages"),
    mark("%(who)s was promised a person"),
    mark("%(who)s was handed over by hand"),
    mark("%(who)s was taken over"),
    mark("%(who)s is with people while the bot is paused"),
    mark("%(who)s came back"),
    mark("%(who)s told the bot to stop"),
)
"""Why people have a contact: titles, the titles of tasks, the starts of summaries."""
SUMMARY: Final = (
    mark("%(before)s First message: “%(said)s”"),
    mark("%(before)s Last message: “%(said)s”"),
    mark("%(before)s The bot answered 1 time before."),
    mark("%(before)s The bot answered %(n)s times before."),
)
"""How a summary goes on."""
BODIES: Final = (
    mark("Reply, hand back to the bot, or resolve the conversation."),
    mark("The conversation was given to your team."),
    mark("The conversation was released to the queue."),
    mark(
        "What they wrote to people is still without an answer; the bot answers "
        "only what they write next."
    ),
    mark(
        "The pause has ended and the bot may speak again, but it does not "
        "answer what was written while people had control."
    ),
    mark("The pause has ended, but no bot answers here. Hand back when one does."),
    mark(
        "The channel takes free words only for a while after the contact's last"
        " message. Afterwards only approved templates reach them."
    ),
    mark("You looked after them last; they came to you again."),
    mark(
        "The handover rule “%(rule)s” assigns to a staff member who was "
        "disabled or deleted."
    ),
    mark("The handover rule “%(rule)s” assigns to a team that was deleted."),
    mark(
        "The handover rule “%(rule)s” assigns to the team %(team)s, in which nobody is."
    ),
    mark(
        "%(before)s The conversation waits in the queue; choose somebody else "
        "in the rule."
    ),
    mark("%(before)s Choose somebody else in the rule."),
    mark("%(why)s Mend the address, then turn the webhook on again."),
    mark("If you can read this, notifications reach you here."),
)
"""What goes with a title: what to do, or what it means."""
DECISIONS: Final = (
    mark("People have control."),
    mark("Nothing speaks for a person."),
    mark("The bot was switched off or deleted."),
    mark("The bot only drafts for staff."),
    mark("The contact asked for a person and was asked what it is about."),
    mark(
        "%(before)s One question is asked first; without an answer a person is "
        "given all the same."
    ),
    mark("The contact asked for a person and did not say what it is about."),
    mark("The contact told the bot to stop."),
    mark("This is the subject of another bot."),
    mark("The bot's answer promised a person: “%(said)s”"),
    mark("The bot has sent %(n)s messages, as many as it may."),
    mark("Once in a row the answer did not help."),
    mark("Twice in a row the answer did not help."),
    mark("%(n)s times in a row the answer did not help."),
    mark("The answer did not help; %(n)s more before a person."),
    mark("The contact may want a person; one is offered."),
    mark("It is the last attempt; a person is offered besides."),
    mark("The knowledge does not answer it; a person is offered."),
    mark("Handed over by hand."),
    mark("Given to another bot by hand."),
    mark("The bot was paused."),
    mark("The contact came back to who had the conversation last."),
    mark("A person took it over."),
    mark("Given to a team by hand."),
    mark("The bot could not answer (%(why)s)."),
    mark("The bot took too long to answer."),
)
"""Why a turn was decided as it was."""
FINDINGS: Final = (
    mark("The contact asks for a person."),
    mark("Nothing in the message asks for a person."),
    mark("The contact accepts the person the bot offered."),
    mark("The message says nearly the same as the example “%(said)s”."),
    mark("The contact asked for a person and took it back."),
    mark("The contact shows that the bot's previous answer did not help."),
    mark("Nothing shows that the bot's previous answer failed."),
    mark("The contact says that it is settled, or thanks."),
    mark("The contact does not say that it is settled."),
    mark("The contact turned to something else."),
    mark("The contact did not turn to something else."),
    mark("The message is like the example “%(said)s”."),
    mark("The message means much the same as the example “%(said)s”."),
    mark("The article “%(article)s” states it."),
    mark("The article “%(article)s” speaks of it but does not state it."),
    mark("The passage states it."),
    mark("The passage seems to answer it."),
    mark("The passage speaks of it but does not state it."),
    mark("The nearest passage does not seem to answer it."),
    mark("The message names what the condition speaks of."),
    mark("The message is not like the examples or the condition."),
    mark("The contact asked nothing that needs knowledge."),
    mark("Nothing in the knowledge matches the question."),
    mark("The article “%(article)s” seems to answer it."),
    mark("The nearest article, “%(article)s”, does not seem to answer it."),
)
"""What the detectors found."""
MODELS: Final = (
    mark("The language model found no answer in the knowledge."),
    mark("The language model's answer named no article it stands in."),
    mark("The language model said more than small talk without an article."),
    mark("The language model's answer said “%(said)s”, which no article says."),
    mark("The language model reads that the contact asks for a person."),
    mark("The language model reads that the contact was not helped."),
    mark("The language model reads that the rule's condition holds."),
    mark("The answer stands in what the bot is told."),
    mark("The answer stands in %(articles)s."),
    mark("Today's budget for the language model is used up."),
    mark("The language model did not answer (%(why)s)."),
    mark("%(model)s rests after it failed"),
    mark("%(model)s: took too long"),
    mark("%(model)s: answered with status %(n)s"),
    mark("%(model)s: gave no usable answer"),
    mark("%(model)s: could not be reached"),
)
"""What a language model found, or why it said nothing."""
ASSIGNMENTS: Final = (
    mark("the rule leaves it in the queue"),
    mark("the rule names %(name)s"),
    mark("the rule names %(name)s, who has %(n)s of %(most)s conversations"),
    mark("the rule's staff member is not available any more"),
    mark("the rule's team does not exist any more"),
    mark("%(name)s already looks after the contact"),
    mark("%(name)s looks after the contact but has %(n)s of %(most)s conversations"),
    mark("%(name)s is away while the contact waits"),
    mark("%(name)s is offline while the contact waits"),
    mark("the contact has waited too long"),
    mark("%(team)s is closed now"),
    mark("%(team)s: %(those)s"),
    mark("nobody is in it"),
    mark("%(name)s is away"),
    mark("%(name)s is offline"),
    mark("%(name)s gave it back"),
    mark("%(name)s has %(n)s of %(most)s conversations"),
    mark("%(name)s does not speak %(language)s"),
    mark("%(name)s is next in turn"),
    mark("%(name)s is next in turn of those who speak %(language)s"),
    mark("%(name)s has the fewest conversations (%(n)s)"),
    mark(
        "%(name)s has the fewest conversations (%(n)s) of those who speak %(language)s"
    ),
)
"""Why somebody got a conversation, or nobody did; joined by semicolons."""
DELIVERIES: Final = (
    mark(
        "The channel's reply window has closed: only an approved template "
        "reaches the contact now, until they write again."
    ),
    mark("Inboxes of kind %(kind)s cannot send."),
    mark("A person had already spoken."),
    mark("Control had moved before it could be sent."),
    mark("The handover had ended before it could be sent."),
    mark("%(before)s An earlier try may have reached the contact."),
    mark("The inbox has no url to send to."),
    mark("The other side answered %(n)s."),
    mark("No answer (%(why)s)."),
    mark("It failed here (%(why)s)."),
    mark("%(channel)s is not set up on this installation."),
    mark("Calls are not set up on this installation."),
    mark("This browser or chat was removed."),
    mark("The staff member was deleted."),
    mark("The staff member was disabled."),
    mark("The staff member has no e-mail address."),
    mark("The mail server answered %(n)s."),
    mark("The mail server refused the address (%(n)s)."),
    mark("The mail server did not answer (%(why)s)."),
    mark("The browser has ended its subscription."),
    mark("The push service answered %(n)s."),
    mark("The push service did not answer (%(why)s)."),
    mark(
        "The telephone number is none that can be written to: it must be a "
        "telephone number with its country code, such as +4930123456."
    ),
    mark("Twilio answered %(said)s."),
    mark("Twilio did not answer (%(why)s)."),
    mark("%(service)s answered %(n)s."),
    mark("%(service)s could not be reached."),
    mark("The host %(host)s is not known."),
    mark(
        "The host %(host)s is inside a private network. An operator may allow "
        "that with STEPASIDE_ALLOW_PRIVATE_ADDRESSES=true."
    ),
    mark("The url must start with https:// and name a host."),
)
"""Why a message or a notification did not go out."""
REPLIES: Final = (
    mark("Hi, I have taken over from the assistant. How can I help?"),
    mark("Hi %(name)s, I have taken over from the assistant. How can I help?"),
    mark(
        "Hi, I have taken over from the assistant and read what you wrote: "
        "“%(said)s” Let me look into it."
    ),
    mark(
        "Hi %(name)s, I have taken over from the assistant and read what you "
        "wrote: “%(said)s” Let me look into it."
    ),
)
"""How a person might begin a reply."""
PARTS: Final = (
    mark("%(n)s min"),
    mark("%(n)s h"),
    mark("%(n)s days"),
    mark("A contact"),
    mark("a contact"),
    mark("The contact"),
    mark("Somebody"),
    mark("Human requested"),
    mark("Lack of information"),
    mark("Failed to resolve"),
    mark("Custom"),
)
"""Lengths of time; what is called somebody, or a rule, that has no name."""
FORMERLY: Final = (
    mark("%(before)s One question is asked first."),
    mark("You had this conversation last; it came to you again."),
)
"""What is written no more, and stored all the same."""
SHAPES: Final = (
    *TITLES,
    *CAUSES,
    *SUMMARY,
    *BODIES,
    *DECISIONS,
    *FINDINGS,
    *MODELS,
    *ASSIGNMENTS,
    *DELIVERIES,
    *REPLIES,
    *PARTS,
    *FORMERLY,
)
