"""Who is at the widget's door: a website with an inbox's id, or a visitor's token."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from stepaside.api.problems import NotAuthenticated
from stepaside.api.widget.origins import check_origin
from stepaside.core.ids import AccountId, InboxId
from stepaside.pipeline.runtime import Runtime
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.inboxes import Inbox, InboxKind, find_inbox_account, get_inbox
from stepaside.store.widget_sessions import WidgetSession, find_widget_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Website:
    """A page that shows an inbox's chat to somebody who has not written yet.

    address: the visitor's, as far as the network tells.
    """

    rt: Runtime
    account_id: AccountId
    inbox: Inbox
    address: str

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that sees the inbox's account and nothing else."""
        return self.rt.db.transaction(self.account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request of a visitor who has a token: it opens one conversation, for them."""

    rt: Runtime
    session: WidgetSession

    @property
    def account_id(self) -> AccountId:
        """Whose inbox it is."""
        return self.session.account_id

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that sees the inbox's account and nothing else."""
        return self.rt.db.transaction(self.account_id)


OnWebsite = NamedDependency[Website]
"""A handler's parameter `website`."""
Visiting = NamedDependency[Visit]
"""A handler's parameter `visit`."""


async def provide_website(
    request: Request[Any, Any, State], inbox_id: FromPath[str]
) -> Website:
    """Make the `website` of a request.

    Raises:
        NotFound: there is no such widget.
        OriginRefused: the inbox's settings do not name this website.
    """
    rt: Runtime = request.app.state.rt
    found = await find_inbox_account(rt.db, inbox_id)
    if found is None or found[1] is not InboxKind.WIDGET:
        raise NotFound("widget", inbox_id)
    async with rt.db.transaction(found[0]) as tx:
        inbox = await get_inbox(tx, InboxId(inbox_id))
    check_origin(request, inbox)
    address = request.client.host if request.client else ""
    return Website(rt=rt, account_id=found[0], inbox=inbox, address=address)


async def provide_visit(request: Request[Any, Any, State]) -> Visit:
    """Make the `visit` of a request.

    Raises:
        NotAuthenticated: there is no token, or it opens nothing any more.
        OriginRefused: the inbox's settings do not name this website.
    """
    rt: Runtime = request.app.state.rt
    session = await find_widget_session(rt.db, _token(request), rt.now())
    if session is None:
        raise NotAuthenticated("This token opens no chat any more; begin a new one.")
    async with rt.db.transaction(session.account_id) as tx:
        inbox = await get_inbox(tx, session.inbox_id)
    check_origin(request, inbox)
    return Visit(rt=rt, session=session)


async def is_open(request: Request[Any, Any, State]) -> bool:
    """Whether the token a request came with, which may be long ago, still opens it."""
    rt: Runtime = request.app.state.rt
    return await find_widget_session(rt.db, _token(request), rt.now()) is not None


def _token(request: Request[Any, Any, State]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("Send the chat's token: Authorization: Bearer <token>.")
    return token.strip()
