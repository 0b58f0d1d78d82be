"""Identifiers: a prefix that says the kind, then 26 sortable characters.

The core never mints one. `store.ids` does, so that every rule here stays a pure
function of its arguments.
"""

from typing import NewType

AccountId = NewType("AccountId", str)
BotId = NewType("BotId", str)
ContactId = NewType("ContactId", str)
ConversationId = NewType("ConversationId", str)
DecisionId = NewType("DecisionId", str)
HandoverId = NewType("HandoverId", str)
InboxId = NewType("InboxId", str)
KnowledgeItemId = NewType("KnowledgeItemId", str)
MessageId = NewType("MessageId", str)
RuleId = NewType("RuleId", str)
StaffId = NewType("StaffId", str)
TaskId = NewType("TaskId", str)
TeamId = NewType("TeamId", str)
WorkflowId = NewType("WorkflowId", str)
