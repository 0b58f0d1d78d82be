"""What a handler is given: the desk's surroundings, and who is there."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency

from stepaside.core.events import Actor, staff_actor
from stepaside.core.ids import AccountId, StaffId
from stepaside.desk.attempts import Attempts
from stepaside.desk.passwords import Passwords
from stepaside.desk.times import Clockwork, find_zone
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Runtime
from stepaside.store.changes import By
from stepaside.store.database import Doer, Tx

ZONE_COOKIE: Final = "stepaside_zone"
"""Set by the browser, which alone knows the reader's time zone."""

WebRequest = Request[Any, Any, State]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all handlers of one process share.

    base_url: how browsers reach this installation, without a slash at the end.
    attempts: failures to sign in, by e-mail address and by network address.
    """

    rt: Runtime
    hub: Hub
    base_url: str
    attempts: Attempts
    passwords: Passwords = field(default_factory=Passwords)

    @property
    def is_https(self) -> bool:
        """Whether cookies may insist on an encrypted connection."""
        return urlsplit(self.base_url).scheme == "https"


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who is signed in.

    token: the session's secret, as in the cookie.
    csrf: what forms have to bring along; only pages of this session know it.
    time_zone: the one they chose; empty for their browser's.
    """

    account_id: AccountId
    staff_id: StaffId
    token: str
    csrf: str
    time_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a staff member who is signed in."""

    desk: Desk
    me: Me
    request: WebRequest

    @property
    def actor(self) -> Actor:
        """Who does what is done."""
        return staff_actor(self.me.staff_id)

    @property
    def by(self) -> By:
        """Who changes something, and when: for the history of a configuration."""
        return By(actor=self.actor, at=self.now())

    @property
    def account_id(self) -> AccountId:
        """Whose data this visit may see."""
        return self.me.account_id

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that sees the visitor's account and nothing else."""
        return self.desk.rt.db.transaction(self.account_id, self.doer)

    @property
    def doer(self) -> Doer:
        """Who it was, for the audit log."""
        return Doer(
            actor=str(self.actor), at=self.now(), address=address_of(self.request)
        )

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self.desk.rt.now()

    def times(self, fallback: str = "UTC") -> Clockwork:
        """Times as the reader's clock shows them; `fallback` where it is not known."""
        zone = reader_zone(self.request, fallback)
        chosen = self.me.time_zone
        return Clockwork(self.now(), find_zone(chosen) if chosen else zone)


Visited = NamedDependency[Visit]
"""A handler's parameter `visit`."""
TheDesk = NamedDependency[Desk]
"""A handler's parameter `desk`, where nobody need be signed in."""

SESSION_LIFE: Final = timedelta(days=7)
"""After which everybody signs in again."""


def address_of(request: WebRequest) -> str:
    """The network address a request came from; empty where it is not known."""
    return request.client.host if request.client else ""


def reader_zone(request: WebRequest, fallback: str = "UTC") -> tzinfo:
    """The reader's time zone, as their browser told it."""
    return find_zone(unquote(request.cookies.get(ZONE_COOKIE, "")), fallback)


def is_partial(request: WebRequest) -> bool:
    """Whether htmx asks, for a part of a page."""
    return (
        request.headers.get("hx-request") == "true"
        and request.headers.get("hx-boosted") != "true"
        and request.headers.get("hx-history-restore-request") != "true"
    )
