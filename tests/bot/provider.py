"""A server that speaks the providers' real protocols, and every way they fail.

The model's name says how it behaves: `down` (503), `busy` (429), `hang`, `cut` (the
body ends halfway), `words` (no structure), `wrong` (another shape), `empty`; with
`once-` before it that way at first, and then well; any other name always well.
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
        self.url = ""
        self.was_asked, self.released = asyncio.Event(), asyncio.Event()

    def material(self, at: int = -1) -> dict[str, Any]:
        """What the model was shown in one of the calls."""
        return _material(self.asked[at])

    async def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        self.headers.append(dict(asked.headers))
        body = asked.json or {}
        status, said = await self._respond(asked.path, body)
        is_cut = body.get("model") == "cut"
        return Answer(status=status, body=said, headers=_JSON, cut=is_cut)

    async def _respond(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        self.asked.append(body)
        self.was_asked.set()
        answer = self.answering(_material(body))
        if path.endswith("/messages"):
            return 200, _anthropic(body, answer)
        if "generateContent" in path:
            return 200, _google(body, answer)
        return await self._as_named(body, answer)

    async def _as_named(
        self, body: dict[str, Any], answer: dict[str, Any]
    ) -> tuple[int, bytes]:
        name = body["model"]
        self.counts[name] += 1
        how = name.removeprefix("once-") if self.counts[name] == 1 else name
        if how == "hang":
            await self.released.wait()
        if how in _REFUSALS:
            return _REFUSALS[how]
        messages = {
            "words": {"content": "I am only words."},
            "empty": {"content": ""},
            "wrong": _call(body, {"kind": "shrug", "text": 7}),
        }
        return 200, _openai(messages.get(how) or _call(body, answer))


_JSON: Final = {"content-type": "application/json"}
_REFUSALS: Final = {
    "down": (503, b'{"error": {"message": "down for maintenance"}}'),
    "busy": (429, b'{"error": {"message": "too many requests"}}'),
    "hang": (503, b"{}"),
}


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


def _call(body: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    name = body["tools"][-1]["function"]["name"]
    call = {"name": name, "arguments": json.dumps(arguments)}
    return {"tool_calls": [{"id": "c1", "type": "function", "function": call}]}


def _openai(message: dict[str, Any]) -> bytes:
    said = {"role": "assistant", "content": None, **message}
    answer = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "x",
        "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100},
    }
    return json.dumps(answer).encode()


def _anthropic(body: dict[str, Any], arguments: dict[str, Any]) -> bytes:
    name = body["tools"][-1]["name"]
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "tool_use", "id": "t1", "name": name, "input": arguments}],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 90, "output_tokens": 10},
    }
    return json.dumps(answer).encode()


def _google(body: dict[str, Any], arguments: dict[str, Any]) -> bytes:
    name = body["tools"][-1]["functionDeclarations"][0]["name"]
    content = {
        "role": "model",
        "parts": [{"functionCall": {"name": name, "args": arguments}}],
    }
    used = {"promptTokenCount": 90, "candidatesTokenCount": 10, "totalTokenCount": 100}
    answer = {
        "candidates": [{"content": content, "finishReason": "STOP"}],
        "usageMetadata": used,
        "modelVersion": "x",
    }
    return json.dumps(answer).encode()
