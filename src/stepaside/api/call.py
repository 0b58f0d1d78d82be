"""What a handler is given: the runtime, who calls, and which page is asked for."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Meta

from stepaside.api.wire import Page
from stepaside.core.events import API, Actor, staff_actor
from stepaside.core.ids import AccountId
from stepaside.pipeline.runtime import Runtime
from stepaside.store.api_keys import Caller
from stepaside.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authenticated request."""

    rt: Runtime
    caller: Caller

    @property
    def account_id(self) -> AccountId:
        """Whose data this call may see."""
        return self.caller.account_id

    @property
    def actor(self) -> Actor:
        """Who acts: the staff member the key belongs to, or the program itself."""
        staff_id = self.caller.staff_id
        return staff_actor(staff_id) if staff_id else API

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self.rt.now()

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that sees the caller's account and nothing else."""
        return self.rt.db.transaction(self.account_id)


Called = NamedDependency[Call]
"""A handler's parameter `call`."""
Paged = NamedDependency[Page]
"""A handler's parameter `page`."""


def provide_call(request: Request[Any, Any, State]) -> Call:
    """Make the `call` of a request that was authenticated."""
    return Call(rt=request.app.state.rt, caller=request.scope["auth"])


Limit = Annotated[int, QueryParameter(ge=1, le=200), Meta(ge=1, le=200)]
After = Annotated[str, QueryParameter(max_length=100), Meta(max_length=100)]
"""Litestar checks by the one, the OpenAPI document is made from the other."""


def provide_page(limit: Limit = 50, after: After = "") -> Page:
    """Make the `page` of a request for a list."""
    return Page(limit=limit, after=after)
