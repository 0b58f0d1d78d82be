"""What the bot says when it has no article to quote. Nothing here is invented."""

from typing import Final

TRY_ANOTHER_WAY: Final = (
    "I'm sorry that did not help. Could you tell me in other words what you need?"
)
"""A further attempt when no other article fits."""

NO_ANSWER: Final = "I'm sorry, I have no information about that."
"""The honest answer where no rule hands over for missing knowledge."""
