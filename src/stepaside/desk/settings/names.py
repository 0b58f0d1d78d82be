"""What the settings call things."""

from collections.abc import Mapping
from typing import Final

from stepaside.core.effects import NotificationEvent
from stepaside.core.reach import NotificationChannel
from stepaside.core.roster import Role
from stepaside.desk.words import mark
from stepaside.store.api_keys import Scope
from stepaside.store.inboxes import InboxKind
from stepaside.store.notification_settings import Need
from stepaside.store.webhooks import WebhookEvent

ROLE: Final[Mapping[Role, tuple[str, str]]] = {
    Role.OWNER: (
        mark("Account owner"),
        mark("May do everything, also make others owners."),
    ),
    Role.ADMIN: (mark("Admin"), mark("May change bots, inboxes, people and settings.")),
    Role.AGENT: (mark("Agent"), mark("Answers contacts; changes no settings.")),
}
SCOPE: Final[Mapping[Scope, tuple[str, str]]] = {
    Scope.READ: (mark("Read"), mark("Read everything except secrets.")),
    Scope.WRITE: (
        mark("Work"),
        mark("Contacts, conversations, messages and tasks."),
    ),
    Scope.BOT: (mark("Speak as the bot"), mark("While the bot has control.")),
    Scope.ADMIN: (
        mark("Configure"),
        mark("Bots, rules, inboxes, staff, keys and webhooks."),
    ),
}
INBOX: Final[Mapping[str, tuple[str, str]]] = {
    InboxKind.WIDGET: (mark("Website chat"), mark("A chat on your website.")),
    InboxKind.WEBHOOK: (
        mark("Webhook"),
        mark("Any other system, by signed calls both ways."),
    ),
    InboxKind.API: (mark("API"), mark("Your own programs, by the REST API.")),
}
WEBHOOK_EVENT: Final[Mapping[WebhookEvent, str]] = {
    WebhookEvent.HANDOVER_STARTED: mark("People get control"),
    WebhookEvent.ASSIGNED: mark("Somebody is assigned"),
    WebhookEvent.CLAIMED: mark("Somebody claims it"),
    WebhookEvent.FIRST_REPLY: mark("A person replies for the first time"),
    WebhookEvent.HANDED_BACK: mark("It is handed back to the bot"),
    WebhookEvent.RESUMED: mark("The bot resumes after its pause"),
    WebhookEvent.RESOLVED: mark("It is resolved"),
    WebhookEvent.TASK_CREATED: mark("A task is created"),
    WebhookEvent.TASK_COMPLETED: mark("A task is completed"),
    WebhookEvent.MESSAGE_CREATED: mark("A message is written, by anybody"),
}
NOTIFICATION_EVENT: Final[Mapping[str, str]] = {
    "conversation_assigned": mark("A conversation is assigned to me"),
    "task_assigned": mark("A task is assigned to me"),
    "handover_waiting": mark("A handover waits for somebody"),
    "contact_replied": mark("My contact replied"),
    "contact_waiting": mark("A contact is kept waiting"),
    "task_due": mark("A task is due"),
    "warning": mark("Something needs attention"),
    "mentioned": mark("A colleague mentions me in a note"),
    "deadline_due_soon": mark("A deadline is near"),
    "deadline_missed": mark("A deadline was missed"),
    "window_closing": mark("A channel soon takes no free words"),
}
NOTIFICATION_CHANNEL: Final[Mapping[str, str]] = {
    "in_app": mark("In the desk"),
    "email": mark("E-mail"),
    "sms": mark("Text message"),
    "push": mark("Browser"),
    "chat": mark("Chat"),
}
NEED: Final[Mapping[Need, str]] = {
    Need.NOT_SET_UP: mark("Not set up on this installation"),
    Need.ADDRESS: mark("Needs an e-mail address"),
    Need.PHONE: mark("Needs a phone number"),
    Need.BROWSER: mark("Needs a browser that may show them"),
    Need.CHAT: mark("Needs a chat to write to"),
}


def event_name(event: NotificationEvent) -> str:
    """What staff may be told about; a fresh kind is named by its words."""
    return NOTIFICATION_EVENT.get(event, event.replace("_", " ").capitalize())


def channel_name(channel: NotificationChannel) -> str:
    """A way to reach staff; a fresh one is named by its word."""
    return NOTIFICATION_CHANNEL.get(channel, channel.replace("_", " ").capitalize())
