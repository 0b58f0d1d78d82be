"""Answer a greeting, thanks or a goodbye with one short fixed line."""

from typing import Final

from stepaside.models.features import read

_LINES: Final = {
    "GREET": "Hello! I am a bot. Ask me a question; you can ask for a person any time.",
    "THX": "You are welcome. Is there anything else I can help with?",
}
_BESIDE: Final = frozenset(
    {"GREET", "THX", "YES", "SOLVED", "YOU", "ME", "PLS", "HELP"}
)
_SHORT: Final = 8


def small_talk(text: str) -> str | None:
    """Give the fixed reply to a message that asks nothing; None for any other."""
    tokens = read(text)
    if not 0 < len(tokens) <= _SHORT:
        return None
    if any(not x.tags or not set(x.tags) <= _BESIDE for x in tokens):
        return None
    said = {tag for x in tokens for tag in x.tags}
    return (
        _LINES["THX"] if "THX" in said else _LINES["GREET"] if "GREET" in said else None
    )
