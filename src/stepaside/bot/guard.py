"""A look at a drafted answer before it may be said."""

import re
from typing import Final

_PROMISES: Final = re.compile(
    r"""
    \b(?:i\s*(?:'m|’m|\s+am|'ll|’ll|\s+will|\s+am\s+going\s+to|'ve|’ve|\s+have)|let\s+me)
        \s+(?:now\s+|just\s+)?(?:transfer|connect|hand|pass|put|forward|escalat|redirect)
        \w*\s+(?:you|this|your)\b[^.?!]*
    | \byou\s+(?:are|will)\s+(?:now\s+)?be(?:ing)?\s+(?:transferred|connected)\b[^.?!]*
    | \b(?:a|an|our|one\s+of\s+our)\s+(?:human|person|agent|colleague|representative|
        specialist|team\s+member)s?\s+will\s+(?:contact|call|reach|be\s+with|take\s+over|
        get\s+back\s+to|join)\b[^.?!]*
    | \bich\s+(?:verbinde|leite|übergebe)\s+(?:sie|dich)\b[^.?!]*
    | \b(?:le|te)\s+(?:paso|transfiero|conecto)\s+con\b[^.?!]*
    | \bje\s+vous\s+(?:transfère|mets\s+en\s+relation)\b[^.?!]*
    """,
    re.IGNORECASE | re.VERBOSE,
)


def promised_person(text: str) -> str:
    """The words of an answer that promise the contact a person; empty when none do.

    Words promise nothing here unless the action goes with them, so whoever calls
    this either hands over or does not say them.
    """
    found = _PROMISES.search(text[:4000])
    return " ".join(found[0].split()) if found else ""
