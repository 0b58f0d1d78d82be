"""A server that speaks the providers' real protocols, and every way they fail.

The model's name says how it behaves: `down` (503), `broken` (500), `busy` (429, with
the wait it asks for), `refused` (400), `locked` (401), `barred` (403), `hang`, `cut`
(the body ends halfway), `garbled` (a body that is no JSON), `hollow` (no answer in it),
`words` (no structure), `wrong` (another shape), `torn` (a structure that breaks off),
`empty`; with `once-` before it that way at first, and then well; any other name always
well, until `became` says something else.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from tests.loopback import Answer, Asked, serving

Answering = Callable[[dict[str, Any]], dict[str, Any]]
"""From what was shown to the model to the arguments of its answer."""

NOTHING_FOUND: Final = {"kind": "no_information"}


class Provider:
    """What a local server was asked, and how it answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.counts: Counter[str] = Counter()
        self.answering: Answering = lambda _material: dict(NOTHING_FOUND)
        self.retry_after = "0"
        self.became = ""
        self.url = ""
        self.was_asked, self.released = asyncio.Event(), asyncio.Event()

    def material(self, at: int = -1) -> dict[str, Any]:
        """What the model was shown in one of the calls."""
        return _material(self.asked[at])

    async def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        self.headers.append(dict(asked.headers))
        body = asked.json or {}
        self.asked.append(body)
        self.was_asked.set()
        how = self._how(body.get("model") or _model_in(asked.path))
        if how == "hang":
            await self.released.wait()
        if how in _REFUSALS:
            status, said = _REFUSALS[how]
            headers = {**_JSON, "retry-after": self.retry_after}
            return Answer(status=status, body=said, headers=headers)
        said = _PROTOCOLS[_protocol(asked.path)](
            body, how, self.answering(_material(body))
        )
        said = {"garbled": b'{"id": "x", "choi', "hollow": _HOLLOW}.get(how, said)
        return Answer(body=said, headers=_JSON, cut=how == "cut")

    def _how(self, name: str) -> str:
        self.counts[name] += 1
        first = self.counts[name] == 1
        return self.became or (name.removeprefix("once-") if first else name)


_JSON: Final = {"content-type": "application/json"}
_REFUSALS: Final = {
    "down": (503, b'{"error": {"message": "down for maintenance"}}'),
    "broken": (500, b"oops"),
    "busy": (429, b'{"error": {"message": "too many requests"}}'),
    "refused": (400, b'{"error": {"message": "against our content policy"}}'),
    "locked": (401, b'{"error": {"message": "no such key"}}'),
    "barred": (403, b'{"error": {"message": "your licence has ended"}}'),
    "hang": (503, b"{}"),
}
_HOLLOW: Final = json.dumps(
    {"id": "x", "object": "chat.completion", "created": 0, "model": "x", "choices": []}
).encode()


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Run one on a free port of this machine."""
    here = Provider()
    async with serving(here.answer) as address:
        here.url = f"{address}/v1"
        try:
            yield here
        finally:
            here.released.set()


def _material(body: dict[str, Any]) -> dict[str, Any]:
    """The JSON the model was shown, wherever the protocol puts it."""
    texts = [x for x in _strings(body) if x.startswith("{") and '"conversation"' in x]
    found: dict[str, Any] = json.loads(texts[0]) if texts else {}
    return found


def _strings(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [x for part in value.values() for x in _strings(part)]
        case list():
            return [x for part in value for x in _strings(part)]
        case _:
            return []


def _protocol(path: str) -> str:
    if path.endswith("/messages"):
        return "anthropic"
    return "google" if "generateContent" in path else "openai"


def _model_in(path: str) -> str:
    """Google names it in the address: `…/models/NAME:generateContent`."""
    return path.rpartition("/")[2].partition(":")[0]


_WORDS: Final = {"words": "I am only words.", "empty": ""}
_WRONG: Final = {"kind": "shrug", "text": 7}


def _openai(body: dict[str, Any], how: str, answer: dict[str, Any]) -> bytes:
    name = body["tools"][-1]["function"]["name"]
    arguments = json.dumps(_WRONG if how == "wrong" else answer)
    if how == "torn":
        arguments = arguments[: len(arguments) // 2]
    call = {"name": name, "arguments": arguments}
    said: dict[str, Any] = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": call}],
    }
    if how in _WORDS:
        said = {"role": "assistant", "content": _WORDS[how]}
    whole = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "x",
        "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100},
    }
    return json.dumps(whole).encode()


def _anthropic(body: dict[str, Any], how: str, answer: dict[str, Any]) -> bytes:
    name = body["tools"][-1]["name"]
    given: Any = _WRONG if how == "wrong" else answer
    if how == "torn":
        given = json.dumps(answer)[:9]
    content = [{"type": "tool_use", "id": "t1", "name": name, "input": given}]
    if how in _WORDS:
        content = [{"type": "text", "text": _WORDS[how]}]
    whole = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 90, "output_tokens": 10},
    }
    return json.dumps(whole).encode()


def _google(body: dict[str, Any], how: str, answer: dict[str, Any]) -> bytes:
    name = body["tools"][-1]["functionDeclarations"][0]["name"]
    given: Any = _WRONG if how == "wrong" else answer
    if how == "torn":
        given = json.dumps(answer)[:9]
    parts: list[dict[str, Any]] = [{"functionCall": {"name": name, "args": given}}]
    if how in _WORDS:
        parts = [{"text": _WORDS[how]}]
    used = {"promptTokenCount": 90, "candidatesTokenCount": 10, "totalTokenCount": 100}
    whole = {
        "candidates": [
            {"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
        ],
        "usageMetadata": used,
        "modelVersion": "x",
    }
    return json.dumps(whole).encode()


_PROTOCOLS: Final = {"openai": _openai, "anthropic": _anthropic, "google": _google}
