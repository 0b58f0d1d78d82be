"""Minting identifiers: a prefix that says the kind, then 26 sortable characters."""

import os
import threading
import time
from typing import Final

PREFIXES: Final = {
    "account": "acc",
    "api_key": "key",
    "bot": "bot",
    "change": "chg",
    "contact": "ctc",
    "conversation": "cnv",
    "decision": "dec",
    "handover": "hnd",
    "inbox": "inb",
    "knowledge_item": "kno",
    "message": "msg",
    "notification": "ntf",
    "outbox": "out",
    "rule": "rul",
    "saved_view": "viw",
    "snippet": "snp",
    "staff": "stf",
    "target": "tgt",
    "task": "tsk",
    "webhook": "whk",
    "webhook_delivery": "whd",
    "team": "tea",
    "workflow": "wfl",
}
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(kind: str) -> str:
    """A fresh id such as `cnv_01jd3k…`; later ids of one process sort later.

    48 bits of milliseconds and 80 random bits in Crockford's base 32, as in a ULID;
    within a millisecond, or when the clock goes back, a random step after the last.
    kind: a key of `PREFIXES`.
    """
    number = _next_number()
    digits = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{PREFIXES[kind]}_{''.join(digits)}"


def is_id(kind: str, text: str) -> bool:
    """Whether it is an id of that kind."""
    return text.startswith(f"{PREFIXES[kind]}_")


_lock = threading.Lock()
_last = 0


def _next_number() -> int:
    global _last  # noqa: PLW0603 - what "later" means is one thing per process
    # The clock only spreads ids over the index; no rule reads it.
    milliseconds = time.time_ns() // 1_000_000
    fresh = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    with _lock:
        if fresh >> 80 <= _last >> 80:
            fresh = _last + 1 + int.from_bytes(os.urandom(4))
        _last = fresh
    return fresh
