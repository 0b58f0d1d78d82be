"""What docs/api.md says is so."""

import json
import re
from typing import Any, Final

from stepaside.core.policy import DecisionKind
from stepaside.store.api_keys import Scope
from stepaside.store.ids import PREFIXES
from tests.api.conftest import Answer, Api
from tests.architecture.checkout import ROOT
from tests.world import World

PAGE: Final = (ROOT / "docs" / "api.md").read_text("utf-8")
FIVE: Final = re.findall(
    r"""^curl\ (?:-X\ (\w+)\ )?"?\$API(/[^\s"]+)"?   # how and where
        (?:[^#]*?-d\ '(.+)')?                      # what""",
    PAGE.partition("## The main job")[2],
    re.MULTILINE | re.VERBOSE,
)


async def test_every_call_it_names_is_there(api: Api) -> None:
    paths = (await api.http.get("/v1/openapi.json")).json()["paths"]
    named = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/v1[^\s`?]+)", PAGE)
    assert len(named) > 8
    missing = [
        f"{method} {path}"
        for method, path in named
        if method.lower() not in paths.get(path, {})
    ]
    assert missing == []


def test_the_words_it_uses_are_those_of_the_code() -> None:
    section = PAGE.partition("| scope |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(Scope)
    prefixes = re.findall(r"`([a-z]{3})_`", PAGE)
    assert len(prefixes) > 12
    assert set(prefixes) <= set(PREFIXES.values())
    assert all(f"`{kind}`" in PAGE for kind in DecisionKind)


async def test_an_error_looks_as_it_shows(api: Api) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
    refused = await api.post("/bots", {"name": "Ada", "colour": "red"})
    assert refused.json == shown


async def test_its_five_calls_are_the_main_job(api: Api, world: World) -> None:
    ids = {"inb_…": world.inbox_id, "stf_…": world.bo.id}

    async def make(call: tuple[str, str, str]) -> Answer:
        method, path, body = (_filled(part, ids) for part in call)
        sent: Any = json.loads(body) if body else None
        way = method or ("POST" if body else "GET")
        return await api.call(way, path, sent)

    assert len(FIVE) == 5
    opened = await make(FIVE[0])
    ids["cnv_…"] = opened["id"]
    asked, looked, answered, back = [await make(call) for call in FIVE[1:]]

    assert [x.status for x in (opened, asked, looked, answered, back)] == [
        *(201, 201, 200, 201, 200),
    ]
    assert asked["turn"]["decision"] == "hand_over"
    assert {"scenario", "rule_id", "reason", "signals", "messages"} < set(asked["turn"])
    assert looked["control"] == "queue"
    assert looked["handover"]["scenario"] == "human_requested"
    assert back["control"] == "bot"


def _filled(text: str, ids: dict[str, str]) -> str:
    for blank, known in ids.items():
        text = text.replace(blank, known)
    return text
