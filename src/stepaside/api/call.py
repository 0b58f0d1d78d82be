"""What a handler is given: the runtime, and who calls."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency

from stepaside.core.events import API, Actor, staff_actor
from stepaside.core.ids import AccountId
from stepaside.pipeline.runtime import Runtime
from stepaside.store.api_keys import Caller
from stepaside.store.changes import By
from stepaside.store.database import Doer, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authenticated request."""

    rt: Runtime
    caller: Caller
    address: str = ""

    @property
    def account_id(self) -> AccountId:
        """Whose data this call may see."""
        return self.caller.account_id

    @property
    def actor(self) -> Actor:
        """Who acts: the staff member the key belongs to, or the program itself."""
        staff_id = self.caller.staff_id
        return staff_actor(staff_id) if staff_id else API

    @property
    def by(self) -> By:
        """Who changes something, and when: for the history of a configuration."""
        return By(actor=self.actor, at=self.now())

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self.rt.now()

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that sees the caller's account and nothing else."""
        return self.rt.db.transaction(self.account_id, self.doer)

    @property
    def doer(self) -> Doer:
        """Who it was, for the audit log: the key says more than whose it is."""
        actor = f"key:{self.caller.key_id}"
        return Doer(actor=actor, at=self.now(), address=self.address)


Called = NamedDependency[Call]
"""A handler's parameter `call`."""


def provide_call(request: Request[Any, Any, State]) -> Call:
    """Make the `call` of a request that was authenticated."""
    address = request.client.host if request.client else ""
    return Call(rt=request.app.state.rt, caller=request.scope["auth"], address=address)
