"""Putting the parts together: from settings to a runtime over an open database."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx2

from stepaside.bot import local
from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.llm.brain import Budget, LanguageModels, Spent
from stepaside.channels.addresses import check_public
from stepaside.channels.base import Sender
from stepaside.channels.webhook.send import webhook_sender
from stepaside.channels.webhook.signed import signed_caller
from stepaside.core.errors import StepasideError
from stepaside.core.turn import Turn
from stepaside.live.hub import Hub
from stepaside.models.language import LOCAL, UnknownModel, open_model, split_names
from stepaside.notify.base import Notifier
from stepaside.notify.chat.send import chat_notifier
from stepaside.notify.email.send import email_notifier
from stepaside.notify.push.send import new_vapid_key, public_key, push_notifier
from stepaside.notify.sms.send import twilio_notifier
from stepaside.pipeline.indexes import KnowledgeIndexes
from stepaside.pipeline.runtime import Brain, Limits, Runtime
from stepaside.settings import Settings
from stepaside.store.database import Database
from stepaside.store.embedded import EmbeddedServer, running_url
from stepaside.store.inboxes import InboxKind
from stepaside.store.installation import kept_secret
from stepaside.store.migrate import migrate
from stepaside.store.model_usage import add_usage, within_budget
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
    warming = asyncio.create_task(asyncio.to_thread(local.warm_up))
    async with database_url(settings) as url:
        if settings.migrate:
            await asyncio.to_thread(migrate, url)
        db = Database(url, size=settings.database_pool, reaches=_reaches(settings))
        async with opened(db), web_client() as http, _patient(settings) as slow:
            brain = await asyncio.to_thread(_brain, settings, db, slow)
            rt = await _runtime(settings, db, http, base_url, brain)
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


async def _runtime(
    settings: Settings,
    db: Database,
    http: httpx2.AsyncClient,
    base_url: str,
    brain: Brain,
) -> Runtime:
    vapid_key = await kept_secret(db, "vapid", new_vapid_key)
    own = settings.secret_key
    return Runtime(
        db=db,
        now=utc_now,
        brain=brain,
        summarise=brain.summarise if isinstance(brain, LanguageModels) else None,
        jitter=random.random,
        senders=_senders(settings, http),
        notifiers=_notifiers(settings, http, vapid_key),
        limits=Limits(max_rules=settings.max_rules),
        desk_url=f"{base_url}{DESK}",
        call_webhook=signed_caller(
            http, allow_private=settings.allow_private_addresses
        ),
        secret=own.get_secret_value().encode()
        if own
        else await kept_secret(db, "signing", lambda: os.urandom(32)),
        push_key=public_key(vapid_key),
        indexes=KnowledgeIndexes(bridge=settings.answers_across_languages),
    )


async def local_brain(turn: Turn, index: KnowledgeIndex) -> Draft:
    """The bot that ships: it quotes its articles."""
    return await asyncio.to_thread(local.draft, turn, index)


def _patient(settings: Settings) -> httpx2.AsyncClient:
    """For language models, whose answers take longer than others may."""
    return web_client(timeout=settings.model_timeout_seconds)


def web_client(timeout: float = 5.0) -> httpx2.AsyncClient:
    """What calls the outside, for all accounts. It keeps no cookies.

    We call addresses of many accounts, which may share a machine: what one set would
    come along with the calls of another.

    timeout: seconds to connect, and between two bytes; who calls may set another.
    """
    none = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
    return httpx2.AsyncClient(cookies=none, timeout=timeout)


def _brain(settings: Settings, db: Database, http: httpx2.AsyncClient) -> Brain:
    """The bot that was chosen. Raises: CannotStart: one of its models is not known."""
    names = split_names(settings.model)
    if names == [LOCAL]:
        return local_brain
    key = settings.model_api_key.get_secret_value() if settings.model_api_key else None
    try:
        models = [
            None
            if name == LOCAL
            else open_model(name, http, base_url=settings.model_base_url, api_key=key)
            for name in names
        ]
    except UnknownModel as error:
        raise CannotStart(str(error)) from error
    return LanguageModels(
        models,
        budget=daily_budget(db, utc_now, settings.model_daily_tokens),
        now=utc_now,
        time_limit=timedelta(seconds=settings.model_timeout_seconds),
        # The rest is for the bot that ships, where it is the last of the list.
        within=Limits().answering * 0.9,
    )


def daily_budget(
    db: Database, now: Callable[[], datetime], tokens: int | None
) -> Budget:
    """An account's tokens for language models, per day in UTC.

    tokens: of any account; None sets no limit. An account may set itself a lower one.
    """

    async def left(account_id: str) -> bool:
        async with db.transaction(account_id) as tx:
            return await within_budget(tx, now(), tokens)

    async def record(account_id: str, spent: Spent) -> None:
        async with db.transaction(account_id) as tx:
            await add_usage(
                tx, now(), tokens_in=spent.tokens_in, tokens_out=spent.tokens_out
            )

    return Budget(left=left, record=record)


def _reaches(settings: Settings) -> frozenset[str]:
    """The ways to reach staff here: what needs no setting up, and what was set up."""
    reaches = {"in_app", "push", "chat"}
    if settings.smtp_url:
        reaches.add("email")
    if settings.twilio_account_sid:
        reaches.add("sms")
    return frozenset(reaches)


def _senders(settings: Settings, http: httpx2.AsyncClient) -> dict[str, Sender]:
    private = settings.allow_private_addresses
    return {InboxKind.WEBHOOK: webhook_sender(http, utc_now, allow_private=private)}


def _notifiers(
    settings: Settings, http: httpx2.AsyncClient, vapid_key: bytes
) -> dict[str, Notifier]:
    check = partial(check_public, allow_private=settings.allow_private_addresses)
    _, address = parseaddr(settings.email_from)
    notifiers: dict[str, Notifier] = {
        "chat": chat_notifier(check),
        "push": push_notifier(
            http,
            utc_now,
            vapid_key=vapid_key,
            contact=f"mailto:{address}",
            check=check,
        ),
    }
    if settings.smtp_url:
        url = settings.smtp_url.get_secret_value()
        notifiers["email"] = email_notifier(
            url, settings.email_from, settings.email_reply_to
        )
    if settings.twilio_account_sid and settings.twilio_auth_token:
        notifiers["sms"] = twilio_notifier(
            http,
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            sender=settings.twilio_from,
            base_url=settings.twilio_base_url,
        )
    return notifiers
