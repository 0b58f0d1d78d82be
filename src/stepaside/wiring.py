"""Putting the parts together: from settings to a runtime over an open database."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx2

from stepaside.bot import local
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.local import Draft
from stepaside.channels.base import Sender
from stepaside.channels.webhook.send import webhook_sender
from stepaside.channels.webhook.signed import signed_caller
from stepaside.core.errors import StepasideError
from stepaside.core.turn import Turn
from stepaside.live.hub import Hub
from stepaside.notify.base import Notifier
from stepaside.notify.email.send import email_notifier
from stepaside.pipeline.runtime import Limits, Runtime
from stepaside.settings import Settings
from stepaside.store.database import Database
from stepaside.store.embedded import EmbeddedServer, running_url
from stepaside.store.inboxes import InboxKind
from stepaside.store.migrate import migrate
from stepaside.store.preflight import check_server

DESK: Final = "/desk"
"""Where the desk is, below the address of this installation."""


class CannotStart(StepasideError):
    """Something this installation needs is missing; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one process works with.

    hub: not started; only who serves readers starts it.
    """

    settings: Settings
    rt: Runtime
    hub: Hub


def utc_now() -> datetime:
    """The clock of everything that is told the time."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that asks


@contextlib.asynccontextmanager
async def open_parts(settings: Settings, base_url: str) -> AsyncIterator[Parts]:
    """Open the database, prepare it, and build what works on it. Closes all at the end.

    base_url: how people's browsers reach this installation.
    Raises:
        CannotStart: the database or the model is not to be had.
        EmbeddedServerError: the embedded server does not run.
        MigrationError: the database could not be prepared.
    """
    if settings.model != "local":
        raise CannotStart(
            f"STEPASIDE_MODEL is {settings.model}, and this version answers with the "
            "local model only. Leave it out, or set it to local."
        )
    warming = asyncio.create_task(asyncio.to_thread(local.warm_up))
    async with database_url(settings) as url:
        if settings.migrate:
            await asyncio.to_thread(migrate, url)
        db = Database(url, size=settings.database_pool, reaches=_reaches(settings))
        async with opened(db), httpx2.AsyncClient() as http:
            rt = _runtime(settings, db, http, base_url)
            await (
                warming
            )  # beside the database; so that the first contact does not wait
            yield Parts(settings=settings, rt=rt, hub=Hub(db))


@contextlib.asynccontextmanager
async def database_url(settings: Settings) -> AsyncIterator[str]:
    """Yield the URL of this installation's database, running the server if need be.

    Beside a process that runs the embedded server already, its server is used.
    """
    if settings.database_url:
        url = settings.database_url.get_secret_value()
        await asyncio.to_thread(_check, url)
        yield url
        return
    files = settings.data_dir / "postgres"
    if found := await asyncio.to_thread(running_url, files):
        yield found
        return
    server = EmbeddedServer(files)
    try:
        yield await asyncio.to_thread(server.start)
    finally:
        await asyncio.to_thread(server.stop)


@contextlib.asynccontextmanager
async def opened(db: Database) -> AsyncIterator[Database]:
    """Open a database, and close it at the end."""
    try:
        await db.open()
        yield db
    finally:
        await db.close()


def _check(url: str) -> None:
    """Say what `stepaside doctor` would say, and nothing that shows the password."""
    for check in check_server(url):
        if not check.ok:
            raise CannotStart(f"{check.name}: {check.detail}. {check.advice}")


def _runtime(
    settings: Settings, db: Database, http: httpx2.AsyncClient, base_url: str
) -> Runtime:
    return Runtime(
        db=db,
        now=utc_now,
        brain=local_brain,
        jitter=random.random,
        senders=_senders(settings, http),
        notifiers=_notifiers(settings),
        limits=Limits(max_rules=settings.max_rules),
        desk_url=f"{base_url}{DESK}",
        call_webhook=signed_caller(
            http, allow_private=settings.allow_private_addresses
        ),
    )


async def local_brain(turn: Turn, index: KnowledgeIndex) -> Draft:
    """The bot that ships: it quotes its articles."""
    return await asyncio.to_thread(local.draft, turn, index)


def _reaches(settings: Settings) -> frozenset[str]:
    """The ways to reach staff here: always the desk, and what was set up besides."""
    return frozenset({"in_app", *_notifiers(settings)})


def _senders(settings: Settings, http: httpx2.AsyncClient) -> dict[str, Sender]:
    private = settings.allow_private_addresses
    return {InboxKind.WEBHOOK: webhook_sender(http, utc_now, allow_private=private)}


def _notifiers(settings: Settings) -> dict[str, Notifier]:
    if not settings.smtp_url:
        return {}
    url = settings.smtp_url.get_secret_value()
    return {"email": email_notifier(url, settings.email_from)}
