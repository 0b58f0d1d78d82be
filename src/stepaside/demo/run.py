"""Playing the demo through the public API, as any client would."""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from stepaside.core.errors import StepasideError
from stepaside.demo.content import load, rule_body
from stepaside.demo.model import (
    ContactMessage,
    Conversation,
    Demo,
    StaffAction,
    StaffMove,
    StaffReply,
)
from stepaside.demo.table import render

AT_ONCE: Final = 4
"""Conversations played side by side, as on a quiet morning."""
WAIT: Final = 20
"""Seconds to wait for the bot's decision about a message."""
_MOVES: Final[Mapping[StaffMove, tuple[str, str]]] = {
    StaffMove.CLAIM: ("PUT", "assignment"),
    StaffMove.HAND_BACK: ("POST", "hand-back"),
    StaffMove.RESOLVE: ("PUT", "resolution"),
}


class DemoFailed(StepasideError):
    """The API answered the demo with an error; the message shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The demo business as it stands in the database: ids by key."""

    staff: Mapping[str, str]
    bot_id: str
    inbox_id: str
    widget_inbox_id: str


class Api:
    """The REST API with the owner's key."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Call it. Raises: DemoFailed: it refused."""
        answer = await self._client.request(method, f"/v1/{path}", json=body)
        if answer.is_error:
            raise DemoFailed(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


async def play(
    *,
    base_url: str,
    api_key: str,
    owner_id: str,
    login_url: str,
    as_json: bool,
    stays_up: bool,
) -> Opened:
    """Set the business up, play every conversation, and print what happened.

    base_url: where the server listens. login_url: signs the owner in, once.
    as_json: print one JSON object instead of a table.
    stays_up: whether the addresses will still be there for who reads them.
    Raises:
        DemoFailed: the API refused something.
    """
    demo, began = load(), time.monotonic()
    headers = {"authorization": f"Bearer {api_key}"}
    async with httpx2.AsyncClient(
        base_url=base_url, headers=headers, timeout=WAIT + 10
    ) as client:
        api = Api(client)
        opened = await open_business(api, demo, owner_id)
        with _progress(len(demo.conversations), quiet=as_json) as advance:
            happened = await _play_all(api, demo, opened, advance)
        rows = [await _row(api, opened, *one) for one in happened]
    seconds = round(time.monotonic() - began, 1)
    urls = {"desk": login_url, "shop": f"{base_url}/demo", "api": f"{base_url}/v1"}
    _report(rows, seconds, urls=urls if stays_up else None, as_json=as_json)
    return opened


async def open_business(api: Api, demo: Demo, owner_id: str) -> Opened:
    """Create the bot with its knowledge and rules, the staff and the inboxes."""
    business = demo.business
    staff = {m.key: owner_id for m in business.staff if m.role == "owner"}
    for member in business.staff:
        if member.key not in staff:
            body = {"name": member.name, "email": member.email, "role": member.role}
            staff[member.key] = (await api("POST", "staff", body))["id"]
    profile = business.bot
    bot = await api(
        "POST",
        "bots",
        {
            "name": profile.name,
            "mode": profile.mode,
            "personality": profile.personality,
            "goal": profile.goal,
            "additional_information": profile.additional_information,
        },
    )
    await api("PUT", f"bots/{bot['id']}/knowledge", {"items": _items(demo)})
    for rule in business.rules:
        await api("POST", f"bots/{bot['id']}/handover-rules", rule_body(rule, staff))
    inboxes = {}
    for kind, name in (("api", "Banking app"), ("widget", "Website")):
        body = {"kind": kind, "name": name, "bot_id": bot["id"]}
        inboxes[kind] = (await api("POST", "inboxes", body))["id"]
    return Opened(
        staff=staff,
        bot_id=bot["id"],
        inbox_id=inboxes["api"],
        widget_inbox_id=inboxes["widget"],
    )


def _items(demo: Demo) -> list[dict[str, str]]:
    return [
        {"title": a.title, "text": a.text, "question": a.question, "url": a.url}
        for a in demo.articles
    ]


async def _play_all(
    api: Api, demo: Demo, opened: Opened, advance: Callable[[], None]
) -> list[tuple[Conversation, str, list[Any]]]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(script: Conversation) -> tuple[Conversation, str, list[Any]]:
        async with room:
            conversation_id, turns = await _play_one(api, opened, script)
        advance()
        return script, conversation_id, turns

    return await asyncio.gather(*(one(script) for script in demo.conversations))


async def _play_one(
    api: Api, opened: Opened, script: Conversation
) -> tuple[str, list[Any]]:
    person: dict[str, Any] = {
        "external_id": f"demo-{script.id}",
        "name": script.contact.name,
        "email": script.contact.email,
    }
    if script.contact.owner:
        owned = {**person, "owner_id": opened.staff[script.contact.owner]}
        await api("POST", "contacts", owned)
    body = {"inbox_id": opened.inbox_id, "contact": person}
    conversation_id = (await api("POST", "conversations", body))["id"]
    here, turns = f"conversations/{conversation_id}", []
    for n, step in enumerate(script.steps):
        match step:
            case ContactMessage():
                said = {"author": "contact", "text": step.text, "external_id": f"{n}"}
                said["external_id"] = f"{script.id}-{n}"
                answer = await api("POST", f"{here}/messages?wait={WAIT}", said)
                turns.append(answer.get("turn"))
            case StaffReply():
                who = opened.staff[step.staff]
                said = {"author": "staff", "staff_id": who, "text": step.say}
                await api("POST", f"{here}/messages", said)
            case StaffAction():
                await _act(api, here, step, opened.staff[step.staff])
    return conversation_id, turns


async def _act(api: Api, here: str, step: StaffAction, staff_id: str) -> None:
    method, path = _MOVES[step.do]
    claims = step.do is StaffMove.CLAIM
    body = {"staff_id": staff_id, "claim": True} if claims else None
    await api(method, f"{here}/{path}", body)


async def _row(
    api: Api, opened: Opened, script: Conversation, conversation_id: str, turns: Any
) -> dict[str, Any]:
    """What became of one conversation, read back through the API."""
    here = f"conversations/{conversation_id}"
    now = await api("GET", here)
    episodes = (await api("GET", f"{here}/handovers"))["items"]
    contact = await api("GET", f"contacts/{now['contact_id']}")
    tasks = await api("GET", f"tasks?contact_id={now['contact_id']}")
    names = {staff_id: key.title() for key, staff_id in opened.staff.items()}
    first = episodes[0] if episodes else None
    return {
        "id": script.id,
        "conversation_id": conversation_id,
        "contact": script.contact.name,
        "asked": script.messages[0].text,
        "messages": len(script.messages),
        "expected": str(script.expect),
        "happened": first["scenario"] if first else "answered",
        "evidence": first["evidence"] if first else "",
        "answers": sum(bool(t and t["decision"] == "reply") for t in turns),
        "control": now["control"],
        "assigned_to": names.get(now["assignee_id"]),
        "task_due_at": tasks["items"][0]["due_at"] if tasks["items"] else None,
        "tags": contact["tags"],
        "bot_paused_until": now["resume_at"],
    }


def _report(
    rows: list[dict[str, Any]],
    seconds: float,
    *,
    urls: Mapping[str, str] | None,
    as_json: bool,
) -> None:
    counts = Counter(row["happened"] for row in rows)
    if as_json:
        whole = {
            "conversations": rows,
            "summary": dict(counts),
            "seconds": seconds,
            "urls": urls,
        }
        sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=2) + "\n")
    else:
        render(rows, counts, seconds, urls)
    sys.stdout.flush()


class _progress:  # noqa: N801 - reads as a verb where it is used
    """A bar on standard error, or nothing."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        self._bar = Progress(
            TextColumn("Playing real customers' messages"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            disable=quiet,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Callable[[], None]:
        self._bar.start()
        return lambda: self._bar.advance(self._task)

    def __exit__(self, *failure: object) -> None:
        self._bar.stop()
