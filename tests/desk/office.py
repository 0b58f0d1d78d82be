"""The desk as staff use it in tests: over HTTP, in the same event loop."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any, Final

import httpx2
from litestar import Litestar

from stepaside.core.roster import StaffMember
from stepaside.store.sessions import create_session
from tests.house import House

BASE_URL: Final = "http://desk.example.org"
FROM_HERE: Final = {"Origin": BASE_URL}
PARTIAL: Final = {"HX-Request": "true", "HX-Current-URL": f"{BASE_URL}/desk"}


@dataclass
class Seat:
    """One browser at the desk; what it is told is kept in `last`."""

    http: httpx2.AsyncClient
    csrf: str = ""
    last: httpx2.Response = field(default_factory=lambda: httpx2.Response(204))

    def holds(self, token: str) -> None:
        """Have this session and no other."""
        self.http.cookies.clear()
        self.http.cookies.set("stepaside", token, "desk.example.org", "/desk")

    async def opens(self, path: str, **headers: str) -> str:
        """Go to a page; its text without the tags."""
        self.last = await self.http.get(f"/desk{path}", headers=headers)
        self._learn()
        return words(self.last.text)

    async def sends(self, path: str, **fields: Any) -> str:
        """Submit a form as a browser without scripts does; the text of the answer."""
        return await self._post(path, fields, FROM_HERE)

    async def presses(self, path: str, **fields: Any) -> str:
        """Submit a form as the desk's own scripts do; the text of the answer."""
        return await self._post(path, fields, FROM_HERE | PARTIAL)

    async def takes_back(self) -> str:
        """Press the undo of the last toast, with everything its form holds."""
        undo = self.last.text.split("data-undo")[-2].split("<form")[-1]
        path = re.search(r'action="/desk([^"]*)"', undo)
        fields: dict[str, list[str]] = {}
        for name, value in re.findall(r'name="([\w-]+)" value="([^"]*)"', undo):
            fields.setdefault(name, []).append(unescape(value))
        return await self.presses(path[1] if path else "", **fields)

    async def _post(self, path: str, fields: dict[str, Any], headers: Any) -> str:
        data = {"csrf": self.csrf, **fields}
        self.last = await self.http.post(f"/desk{path}", data=data, headers=headers)
        return words(self.last.text)

    def _learn(self) -> None:
        found = re.search(r'name="csrf" value="(\w+)"', self.last.text)
        self.csrf = found[1] if found else self.csrf

    @property
    def status(self) -> int:
        """The status of the last answer."""
        return self.last.status_code

    @property
    def goes_to(self) -> str:
        """Where the last answer sends the browser."""
        return str(self.last.headers.get("location", ""))


@dataclass
class Office:
    """The desk, the conversation it shows, and everybody's seats."""

    app: Litestar
    house: House

    async def seat(self, member: StaffMember | None = None) -> Seat:
        """A fresh browser; signed in as the staff member, if one is given."""
        app: Any = self.app
        transport = httpx2.ASGITransport(app=app, client=("192.0.2.7", 1))
        seat = Seat(http=httpx2.AsyncClient(transport=transport, base_url=BASE_URL))
        if member:
            token = await self.session(member)
            seat.holds(token)
            await seat.opens("/password")
        return seat

    async def session(self, member: StaffMember) -> str:
        """A session of the staff member's, as its cookie holds it."""
        world = self.house.world
        account = world.dees_shop if member.id == world.dee.id else world.shop
        now = world.clock()
        async with world.db.transaction(account.account_id) as tx:
            return await create_session(tx, member.id, now, now + timedelta(days=7))

    @property
    def address(self) -> str:
        """Where Cy's conversation is."""
        return f"/conversations/{self.house.conversation_id}"


def words(html: str) -> str:
    """What a person reads on a page, on one line."""
    html = re.sub(r"<(script|style|template)\b.*?</\1>", " ", html, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", html)
    return " ".join(unescape(text).split())
