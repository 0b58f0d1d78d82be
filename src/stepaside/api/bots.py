"""Bots: `/v1/bots`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import ADMIN, READ
from stepaside.api.bot_wire import (
    FollowUps,
    FollowUpStep,
    Message,
    Phrases,
    TransferTo,
    WatchdogChange,
    WatchdogView,
    follow_ups_from,
    follow_ups_view,
    transfer_from,
    transfer_view,
    watchdog_from,
    watchdog_view,
)
from stepaside.api.call import Called
from stepaside.api.paging import Items, Paged
from stepaside.api.terms_wire import (
    DeadlinesChange,
    DeadlinesSet,
    deadlines_from,
    deadlines_set,
)
from stepaside.api.wire import PROSE, Duration, Name, Prose, Request, named
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId
from stepaside.core.roster import Bot, BotMode
from stepaside.core.terms import Returning
from stepaside.store import bots, configuration
from stepaside.store.bots import StoredBot
from stepaside.store.changes import Deed, StoredChange, Subject, list_changes
from stepaside.store.ids import new_id

Offer = Annotated[str, Meta(min_length=1, max_length=500, pattern=PROSE)]


class BotChange(Request):
    """What to change of a bot; the rest stays.

    wait_seconds: null takes the channel's default: 0 for kind `api`, else 2.
    max_messages: replies before people are asked to take over, counted since the bot
        got control or the contact came back to what was resolved.
    takeover_pause: silence after a person spoke unasked; null until handed back.
    quiet_minutes: a pause never ends sooner than this after a person's last word.
    deadlines: by when people owe what, once they have a conversation.
    stop_phrases: with these words a contact silences the bot for the conversation.
        They and `transfers` come before rules of your own, and after a request for a
        person.
    stop_message: the last thing the bot then says; may be empty.
    transfers: other bots, and what they are for. A bot that was left does not get the
        conversation back by itself.
    offers_person: whether a doubtful answer offers a person, once in a conversation.
    offer_message: the words of that offer.
    reassign_after_minutes: a conversation goes to somebody else when the contact has
        waited so long for somebody away or offline; null keeps it with them.
    watchdog: what happens when people keep a contact waiting for too long.
    follow_ups: what the bot says when the contact has stopped answering, one after
        another, in working hours. A reply, a handover or "not interested" ends them.
    close_after_minutes: a conversation the bot has is resolved after so long a silence
        of the contact; null: never by itself.
    extension_cap_minutes: how much people's words may extend a pause, all together.
    on_return: who gets a contact that writes in what was resolved: `stay`, whoever has
        control; `bot`, resolving ends the pause; `last_owner`, whoever had it last,
        also in a new conversation, if they are online and have room, else the bot.
    """

    name: Name | UnsetType = UNSET
    mode: BotMode | UnsetType = UNSET
    personality: Prose | UnsetType = UNSET
    goal: Prose | UnsetType = UNSET
    additional_information: Prose | UnsetType = UNSET
    wait_seconds: Annotated[int, Meta(ge=0, le=300)] | UnsetType | None = UNSET
    max_messages: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    takeover_pause: Duration | UnsetType | None = UNSET
    quiet_minutes: Annotated[int, Meta(ge=0, le=1440)] | UnsetType = UNSET
    deadlines: DeadlinesChange | UnsetType = UNSET
    stop_phrases: Phrases | UnsetType = UNSET
    stop_message: Message | UnsetType = UNSET
    transfers: Annotated[list[TransferTo], Meta(max_length=10)] | UnsetType = UNSET
    offers_person: bool | UnsetType = UNSET
    offer_message: Offer | UnsetType = UNSET
    reassign_after_minutes: Annotated[int, Meta(ge=1, le=10_080)] | UnsetType | None = (
        UNSET
    )
    watchdog: WatchdogChange | UnsetType = UNSET
    follow_ups: FollowUps | UnsetType = UNSET
    close_after_minutes: Annotated[int, Meta(ge=1, le=525_600)] | UnsetType | None = (
        UNSET
    )
    extension_cap_minutes: Annotated[int, Meta(ge=0, le=525_600)] | UnsetType = UNSET
    on_return: Returning | UnsetType = UNSET


class NewBot(BotChange):
    """A bot to make; what is left out takes its default."""

    name: Name


class BotView(Struct, kw_only=True):
    """A bot. `knowledge_version` grows with every change of its knowledge."""

    id: str
    name: str
    mode: BotMode
    personality: str
    goal: str
    additional_information: str
    wait_seconds: int | None
    max_messages: int
    takeover_pause: Duration | None
    quiet_minutes: int
    deadlines: DeadlinesSet
    stop_phrases: list[str]
    stop_message: str
    transfers: list[TransferTo]
    offers_person: bool
    offer_message: str
    reassign_after_minutes: int | None
    watchdog: WatchdogView
    follow_ups: list[FollowUpStep]
    close_after_minutes: int | None
    extension_cap_minutes: int
    on_return: Returning
    knowledge_version: int
    created_at: datetime
    updated_at: datetime


class Twin(Request):
    """What a duplicate is called."""

    name: Name


class Difference(Struct, kw_only=True):
    """One field that changed. Lengths of time are seconds; null where nothing is."""

    field: str
    before: Any
    after: Any


class ChangeView(Struct, kw_only=True):
    """One change of a bot, or of what belongs to it.

    actor: `staff:<id>`, or `api` for a key that is nobody's.
    subject, subject_id: what was changed: the bot itself, a rule, an article, ...
    """

    id: str
    at: datetime
    actor: str
    subject: Subject
    subject_id: str
    subject_name: str
    deed: Deed
    fields: list[Difference]


@get("/bots", scopes=READ)
async def list_bots(call: Called, page: Paged) -> Items[BotView]:
    """List the bots, the oldest first."""
    async with call.transaction() as tx:
        rows = await bots.list_bots(tx, after=page.after, limit=page.one_more)
    return page.of(rows, view, lambda row: row.bot.id)


@post("/bots", scopes=ADMIN)
async def create_bot(call: Called, data: JSONBody[NewBot]) -> BotView:
    """Make a bot. It has no handover rules and knows nothing yet."""
    bot = Bot(id=BotId(new_id("bot")), **_core(data))
    async with call.transaction() as tx:
        await configuration.create_bot(tx, bot, call.by)
        return view(await bots.get_bot(tx, bot.id))


@get("/bots/{bot_id:str}", scopes=READ)
async def get_bot(call: Called, bot_id: FromPath[str]) -> BotView:
    """Read one bot."""
    async with call.transaction() as tx:
        return view(await bots.get_bot(tx, BotId(bot_id)))


@patch("/bots/{bot_id:str}", scopes=ADMIN)
async def change_bot(
    call: Called, bot_id: FromPath[str], data: JSONBody[BotChange]
) -> BotView:
    """Change the fields that are named."""
    async with call.transaction() as tx:
        stored = await bots.get_bot(tx, BotId(bot_id), lock=True)
        changed = replace(stored.bot, **_core(data))
        await configuration.change_bot(tx, changed, call.by)
        return view(await bots.get_bot(tx, BotId(bot_id)))


@delete("/bots/{bot_id:str}", scopes=ADMIN)
async def delete_bot(call: Called, bot_id: FromPath[str]) -> None:
    """Delete a bot. Its open conversations go to people with the next message."""
    async with call.transaction() as tx:
        await configuration.delete_bot(tx, BotId(bot_id), call.by)


@post("/bots/{bot_id:str}/restoration", scopes=ADMIN)
async def restore_bot(call: Called, bot_id: FromPath[str]) -> BotView:
    """Take back that a bot was deleted: it is again as it was."""
    async with call.transaction() as tx:
        await configuration.restore_bot(tx, BotId(bot_id), call.by)
        return view(await bots.get_bot(tx, BotId(bot_id)))


@post("/bots/{bot_id:str}/duplicate", scopes=ADMIN)
async def duplicate_bot(
    call: Called, bot_id: FromPath[str], data: JSONBody[Twin]
) -> BotView:
    """Make a bot like this one, with its rules and knowledge; off, in no inbox."""
    async with call.transaction() as tx:
        twin = await configuration.duplicate_bot(tx, BotId(bot_id), data.name, call.by)
        return view(await bots.get_bot(tx, twin))


@get("/bots/{bot_id:str}/changes", scopes=READ)
async def get_changes(
    call: Called, page: Paged, bot_id: FromPath[str]
) -> Items[ChangeView]:
    """Read who changed what of a bot and what belongs to it, the newest first."""
    async with call.transaction() as tx:
        await bots.get_bot(tx, BotId(bot_id))
        rows = await list_changes(
            tx, BotId(bot_id), before=page.after, limit=page.one_more
        )
    return page.of(rows, change_view, lambda row: row.id)


ROUTES: Final = (
    list_bots,
    create_bot,
    get_bot,
    change_bot,
    delete_bot,
    restore_bot,
    duplicate_bot,
    get_changes,
)


def view(stored: StoredBot) -> BotView:
    """A bot as it is shown."""
    bot = stored.bot
    return BotView(
        id=bot.id,
        name=bot.name,
        mode=bot.mode,
        personality=bot.personality,
        goal=bot.goal,
        additional_information=bot.additional_information,
        wait_seconds=bot.wait_seconds,
        max_messages=bot.max_messages,
        takeover_pause=Duration.of(bot.takeover_pause) if bot.takeover_pause else None,
        quiet_minutes=int(bot.quiet.total_seconds()) // 60,
        deadlines=deadlines_set(bot.deadlines),
        stop_phrases=list(bot.stop_phrases),
        stop_message=bot.stop_message,
        transfers=[transfer_view(each) for each in bot.transfers],
        offers_person=bot.offers_person,
        offer_message=bot.offer_message,
        reassign_after_minutes=_minutes(bot.reassign_after),
        watchdog=watchdog_view(bot.watchdog),
        follow_ups=follow_ups_view(bot.follow_ups),
        close_after_minutes=_minutes(bot.close_after),
        extension_cap_minutes=int(bot.extension_cap.total_seconds()) // 60,
        on_return=bot.on_return,
        knowledge_version=stored.knowledge_version,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def change_view(change: StoredChange) -> ChangeView:
    """A change as it is shown."""
    return ChangeView(
        id=change.id,
        at=change.at,
        actor=str(change.actor),
        subject=change.subject,
        subject_id=change.subject_id,
        subject_name=change.subject_name,
        deed=change.deed,
        fields=[
            Difference(field=name, before=was, after=now)
            for name, (was, now) in change.fields.items()
        ],
    )


def _minutes(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds()) // 60


def _core(change: BotChange) -> dict[str, Any]:
    fields = named(change)
    if "reassign_after_minutes" in fields:
        wait = fields.pop("reassign_after_minutes")
        fields["reassign_after"] = None if wait is None else timedelta(minutes=wait)
    if "close_after_minutes" in fields:
        close = fields.pop("close_after_minutes")
        fields["close_after"] = None if close is None else timedelta(minutes=close)
    if "extension_cap_minutes" in fields:
        cap = fields.pop("extension_cap_minutes")
        fields["extension_cap"] = timedelta(minutes=cap)
    if "quiet_minutes" in fields:
        fields["quiet"] = timedelta(minutes=fields.pop("quiet_minutes"))
    if pause := fields.get("takeover_pause"):
        fields["takeover_pause"] = pause.timedelta()
        if not timedelta(0) < fields["takeover_pause"] <= timedelta(days=365):
            raise InvalidField("takeover_pause", "between 1 minute and 365 days")
    return {name: _READ.get(name, _same)(value) for name, value in fields.items()}


_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "deadlines": deadlines_from,
    "watchdog": watchdog_from,
    "follow_ups": follow_ups_from,
    "stop_phrases": tuple,
    "transfers": lambda wanted: tuple(map(transfer_from, wanted)),
}


def _same(value: Any) -> Any:
    return value
