"""What is wrong with a value, said in words for people."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import inspect

from stepaside.api import wire

KEY: Final = "<key>"
"""In a path: the keys of an object, not its values."""
_IN_WORDS: Final = {
    wire.ONE_LINE: "must be one line and not blank",
    wire.MAYBE_ONE_LINE: "must be one line",
    wire.PROSE: "may not contain control characters except tab and line break",
    wire.ADDRESS: "must be an e-mail address",
    wire.MAYBE_ADDRESS: "must be an e-mail address, or empty",
}


def in_words(what: str, allowed: Sequence[str] = ()) -> str:
    """What msgspec says of a value, in words for people.

    allowed: the values there are, where only some are allowed.
    """
    if what.startswith("Invalid enum value"):
        return f"must be one of {', '.join(allowed)}"
    for pattern, words in _IN_WORDS.items():
        if repr(pattern)[1:-1] in what or pattern in what:
            return words
    return what[:1].lower() + what[1:]


def allowed_at(wire_type: Any, path: Sequence[str]) -> list[str]:
    """The values an enumeration at this path of a type allows; empty where none is.

    path: names of fields, `[…]` for a place in a list or a value of an object, `KEY`.
    """
    found = _choices(inspect.type_info(wire_type), list(path))
    return [str(getattr(value, "value", value)) for value in found]


def _choices(info: inspect.Type, path: list[str]) -> list[Any]:
    inside = path[:1] and path[0].startswith("[")
    found: list[Any] = []
    match info:
        case inspect.Metadata(type=inner):
            found = _choices(inner, path)
        case inspect.UnionType(types=members):
            found = [value for m in members for value in _choices(m, path)]
        case inspect.ListType(item_type=inner) | inspect.DictType(value_type=inner) if (
            inside
        ):
            found = _choices(inner, path[1:])
        case inspect.DictType(key_type=inner) if path == [KEY]:
            found = _choices(inner, [])
        case inspect.StructType(fields=fields) if path:
            named = next((f for f in fields if f.encode_name == path[0]), None)
            found = _choices(named.type, path[1:]) if named else []
        case inspect.EnumType(cls=enum) if not path:
            found = list(enum)
        case inspect.LiteralType(values=values) if not path:
            found = list(values)
        case _:
            pass
    return found
