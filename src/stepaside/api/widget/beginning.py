"""Before a visitor's first message: who answers here, and a token to write with."""

from datetime import datetime, timedelta
from typing import Final

from litestar import get, post
from msgspec import Struct

from stepaside.api.widget.paces import Paced
from stepaside.api.widget.seen import (
    SeenControl,
    bot_answers,
    person_will_answer,
    speaks_by_itself,
)
from stepaside.api.widget.visit import OnWebsite
from stepaside.core.roster import Bot, ContactRef
from stepaside.pipeline.receive import start_conversation
from stepaside.store.accounts import get_account
from stepaside.store.bots import find_bot
from stepaside.store.conversations import find_conversation
from stepaside.store.database import Tx
from stepaside.store.inboxes import Inbox
from stepaside.store.widget_sessions import create_widget_session
from stepaside.store.workflows import get_workflow

LIFETIME: Final = timedelta(days=30)
"""A token opens its conversation for this long."""


class Greeting(Struct, kw_only=True):
    """What a visitor is told at first.

    bot_name: who answers by itself; null where only people do.
    """

    business: str
    bot_name: str | None
    greeting: str
    control: SeenControl


class NewSession(Greeting, kw_only=True):
    """A conversation and the token that opens it, which is shown this once."""

    token: str
    conversation_id: str
    expires_at: datetime


@get("/{inbox_id:str}")
async def greet(website: OnWebsite, paces: Paced) -> Greeting:
    """Say who answers here. Nothing is stored: looking at a page is not a visit."""
    paces.looks.check(website.address)
    async with website.transaction() as tx:
        return await _greeting(tx, website.inbox)


@post("/{inbox_id:str}/sessions")
async def begin(website: OnWebsite, paces: Paced) -> NewSession:
    """Open a conversation for a visitor; ask for it when they first write."""
    paces.begins.check(website.address)
    opened = await start_conversation(
        website.rt,
        website.account_id,
        inbox_id=website.inbox.id,
        contact=ContactRef(),
    )
    async with website.transaction() as tx:
        now = website.rt.now()
        conversation = await find_conversation(tx, opened)
        token = await create_widget_session(
            tx,
            inbox_id=website.inbox.id,
            contact_id=conversation.contact_id,
            conversation_id=opened,
            now=now,
            expires_at=now + LIFETIME,
        )
        greeting = await _greeting(tx, website.inbox)
    return NewSession(
        token=token,
        conversation_id=opened,
        expires_at=now + LIFETIME,
        business=greeting.business,
        bot_name=greeting.bot_name,
        greeting=greeting.greeting,
        control=greeting.control,
    )


ROUTES: Final = (greet, begin)


async def _greeting(tx: Tx, inbox: Inbox) -> Greeting:
    business = (await get_account(tx)).name
    bot = await _bot(tx, inbox)
    if bot is None or not speaks_by_itself(bot):
        return Greeting(
            business=business,
            bot_name=None,
            greeting=f"Write to us here; a person at {business} will answer.",
            control=person_will_answer(None),
        )
    return Greeting(
        business=business,
        bot_name=bot.name,
        greeting=f"I'm {business}'s assistant, a bot. Ask for a person any time.",
        control=bot_answers(bot.name),
    )


async def _bot(tx: Tx, inbox: Inbox) -> Bot | None:
    """Who will answer a new conversation: a workflow picks the bot."""
    if inbox.workflow_id:
        return await find_bot(tx, (await get_workflow(tx, inbox.workflow_id)).bot_id)
    return await find_bot(tx, inbox.bot_id)
