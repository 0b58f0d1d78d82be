"""The standing cast: the same people and the same shop in every test.

Pear Street Bikes has a bot, and Ann (owner) and Bo on its staff. Cy is a contact. Dee
runs another business on the same installation and must never see any of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from stepaside.core.effects import NotificationEvent
from stepaside.core.hours import WorkingHours
from stepaside.core.ids import (
    AccountId,
    BotId,
    ContactId,
    InboxId,
    KnowledgeItemId,
    RuleId,
    StaffId,
    TeamId,
)
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.roster import Bot, Contact, Role, StaffMember
from stepaside.core.rules import (
    AssignTo,
    HandoverRule,
    Scenario,
    check_rule,
    default_rule,
)
from stepaside.store.accounts import change_account, create_account, get_account
from stepaside.store.api_keys import Scope, create_api_key
from stepaside.store.bots import create_bot, delete_bot, save_bot
from stepaside.store.contacts import (
    StoredContact,
    create_contact,
    get_contact,
    save_contact,
)
from stepaside.store.database import Database, Tx
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind, create_inbox
from stepaside.store.knowledge import replace_items
from stepaside.store.notification_settings import save_matrix
from stepaside.store.notifications import NotificationChannel
from stepaside.store.rules import create_rule, get_rule, save_rule
from stepaside.store.staff import (
    StoredStaff,
    create_staff,
    delete_staff,
    get_staff,
    save_staff,
)
from stepaside.store.teams import StoredTeam, create_team

MONDAY_MORNING: Final = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

ARTICLES: Final[Sequence[tuple[str, str]]] = (
    (
        "Opening hours",
        "The shop is open Monday to Friday from 9:00 to 18:00 and Saturday from "
        "10:00 to 14:00. We are closed on Sunday.",
    ),
    (
        "Returning a bike",
        "You can return a bike within 30 days of delivery if it has not been ridden "
        "outdoors. Keep the box. We refund the full price within five working days.",
    ),
    (
        "Delivery cost and time",
        "Delivery costs 29 euros and takes three to five working days. Orders above "
        "1000 euros are delivered free of charge.",
    ),
    (
        "Repairs and servicing",
        "A basic service costs 60 euros and takes two days. Bring the bike to the "
        "workshop before noon; no appointment is needed.",
    ),
    (
        "Warranty on frames",
        "Every frame has a warranty of five years against breaking. Wear of tyres, "
        "chains and brake pads is not covered.",
    ),
    (
        "Paying by instalments",
        "You can pay in three instalments at no cost, or in twelve at 4 percent a "
        "year. We check your credit when you choose instalments.",
    ),
)
"""What the bot knows."""


class Clock:
    """Stands still until somebody moves it."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        """Move on, for example by `minutes=5`; the new instant."""
        self.now += (by or timedelta(0)) + timedelta(**parts)
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """One account with its owner, bot and inbox."""

    account_id: AccountId
    owner: StaffMember
    owner_key: str
    login_token: str
    bot: Bot
    inbox_id: InboxId
    contact: Contact


@dataclass(slots=True, kw_only=True)
class World:
    """Pear Street Bikes, as it stands at the start of a test."""

    db: Database
    clock: Clock
    shop: Business
    bo: StaffMember
    rules: Mapping[Scenario, HandoverRule]
    dees_shop: Business

    @property
    def account_id(self) -> AccountId:
        """The shop's account."""
        return self.shop.account_id

    @property
    def ann(self) -> StaffMember:
        """The owner."""
        return self.shop.owner

    @property
    def cy(self) -> Contact:
        """The contact; `external_id` is `cy`."""
        return self.shop.contact

    @property
    def bot(self) -> Bot:
        """The bot, answering by itself."""
        return self.shop.bot

    @property
    def inbox_id(self) -> InboxId:
        """An inbox of kind `api` that the bot answers."""
        return self.shop.inbox_id

    @property
    def dee(self) -> StaffMember:
        """The owner of the other account."""
        return self.dees_shop.owner

    async def change_bot(self, **fields: Any) -> None:
        """Change the bot, for example `mode=BotMode.OFF`."""
        async with self.db.transaction(self.account_id) as tx:
            await save_bot(tx, replace(self.bot, **fields), self.clock())

    async def change_staff(self, who: StaffMember, **fields: Any) -> None:
        """Change a staff member, for example `active=False`."""
        async with self.db.transaction(self.account_id) as tx:
            stored = await get_staff(tx, who.id)
            member = replace(stored.member, **fields)
            await save_staff(
                tx, replace(stored, member=member, updated_at=self.clock())
            )

    async def open_team(self, name: str, *who: StaffMember, **fields: Any) -> TeamId:
        """A team with these members, for example `mode=TeamMode.LEAST_LOADED`."""
        team_id, now = TeamId(new_id("team")), self.clock()
        team = StoredTeam(
            id=team_id,
            name=name,
            member_ids=tuple(m.id for m in who),
            created_at=now,
            updated_at=now,
        )
        async with self.db.transaction(self.account_id) as tx:
            await create_team(tx, replace(team, **fields))
        return team_id

    async def hire(self, name: str, **fields: Any) -> StaffMember:
        """One more staff member."""
        async with self.db.transaction(self.account_id) as tx:
            member = await _hire(tx, name, self.clock())
        await self.change_staff(member, **fields)
        return replace(member, **fields)

    async def assign_to_team(self, team_id: TeamId, **fields: Any) -> None:
        """Have requests for a person go to a team."""
        await self.change_rule(
            Scenario.HUMAN_REQUESTED,
            assign_to=AssignTo.TEAM,
            team_id=team_id,
            staff_id=None,
            **fields,
        )

    async def work(self, hours: WorkingHours) -> None:
        """Set when the shop's people work."""
        async with self.db.transaction(self.account_id) as tx:
            account = await get_account(tx, lock=True)
            await change_account(tx, replace(account, hours=hours))

    async def turn_off(
        self, who: StaffMember, event: NotificationEvent, channel: NotificationChannel
    ) -> None:
        """Have a staff member not be told of an event on a channel."""
        async with self.db.transaction(self.account_id) as tx:
            await save_matrix(tx, who.id, {event: {channel: False}})

    async def give_contact_to(self, who: StaffMember) -> None:
        """Make a staff member the owner of Cy."""
        async with self.db.transaction(self.account_id) as tx:
            stored = await get_contact(tx, self.cy.id)
            contact = replace(stored.contact, owner_id=who.id)
            await save_contact(tx, replace(stored, contact=contact))

    async def let_go(self, who: StaffMember) -> None:
        """Delete a staff member."""
        async with self.db.transaction(self.account_id) as tx:
            await delete_staff(tx, who.id, self.clock())

    async def delete_bot(self) -> None:
        """Delete the bot."""
        async with self.db.transaction(self.account_id) as tx:
            await delete_bot(tx, self.bot.id, self.clock())

    async def write_articles(self, *articles: tuple[str, str]) -> None:
        """Let the bot know these, besides what it knows, by title and text."""
        async with self.db.transaction(self.account_id) as tx:
            items = _articles(*articles)
            await replace_items(tx, self.bot.id, items, self.clock())

    async def change_rule(self, scenario: Scenario, **fields: Any) -> None:
        """Change a rule, for example `assign_to=AssignTo.STAFF, staff_id=…`."""
        async with self.db.transaction(self.account_id) as tx:
            stored = await get_rule(tx, self.rules[scenario].id)
            changed = check_rule(replace(stored.rule, **fields))
            await save_rule(tx, changed, self.clock())

    async def wait_for_locks(self, many: int = 1) -> None:
        """Until so many transactions stand still because of other ones."""
        waiting = "SELECT count(DISTINCT pid) AS n FROM pg_locks WHERE NOT granted"
        async with self.db.connection() as conn:
            while True:
                row = await (await conn.execute(waiting)).fetchone()
                if row and row["n"] >= many:
                    return

    async def api_key(self, *scopes: Scope, staff_id: StaffId | None = None) -> str:
        """A fresh API key of the shop with these scopes only."""
        async with self.db.transaction(self.account_id) as tx:
            made = await create_api_key(
                tx, name="Test", scopes=scopes, staff_id=staff_id, now=self.clock()
            )
        return made.token


async def build_world(db: Database, clock: Clock) -> World:
    """Everybody in place, nothing said yet."""
    shop = await _open_business(db, clock, "Pear Street Bikes", "Ann Ash", "Cy Clark")
    dees_shop = await _open_business(db, clock, "Dee's Flowers", "Dee Dunn", "Eli Eve")
    async with db.transaction(shop.account_id) as tx:
        bo = await _hire(tx, "Bo Berg", clock())
        await replace_items(tx, shop.bot.id, _articles(), clock())
        rules = await _three_rules(tx, shop.bot.id, clock())
    return World(db=db, clock=clock, shop=shop, bo=bo, rules=rules, dees_shop=dees_shop)


async def _open_business(
    db: Database, clock: Clock, name: str, owner: str, contact: str
) -> Business:
    now = clock()
    made = await create_account(
        db, name=name, owner_name=owner, email=_email(owner), now=now
    )
    bot = Bot(id=BotId(new_id("bot")), name=f"{name} assistant")
    inbox_id = InboxId(new_id("inbox"))
    async with db.transaction(made.id) as tx:
        member = (await get_staff(tx, made.owner_id)).member
        await create_bot(tx, bot, now)
        await create_inbox(
            tx,
            Inbox(
                id=inbox_id,
                kind=InboxKind.API,
                name="Shop API",
                bot_id=bot.id,
                created_at=now,
                updated_at=now,
            ),
        )
        person = await _meet(tx, contact, now)
    return Business(
        account_id=made.id,
        owner=member,
        owner_key=made.api_key,
        login_token=made.login_token,
        bot=bot,
        inbox_id=inbox_id,
        contact=person,
    )


async def _hire(tx: Tx, name: str, now: datetime) -> StaffMember:
    member = StaffMember(
        id=StaffId(new_id("staff")), name=name, email=_email(name), role=Role.AGENT
    )
    await create_staff(tx, StoredStaff(member=member, created_at=now, updated_at=now))
    return member


async def _meet(tx: Tx, name: str, now: datetime) -> Contact:
    contact = Contact(id=ContactId(new_id("contact")), name=name, email=_email(name))
    first = name.split(maxsplit=1)[0].lower()
    await create_contact(
        tx,
        StoredContact(
            contact=contact, external_id=first, created_at=now, updated_at=now
        ),
    )
    return contact


def _articles(*more: tuple[str, str]) -> list[KnowledgeItem]:
    return [
        KnowledgeItem(
            id=KnowledgeItemId(new_id("knowledge_item")), title=title, text=text
        )
        for title, text in (*ARTICLES, *more)
    ]


async def _three_rules(
    tx: Tx, bot_id: BotId, now: datetime
) -> Mapping[Scenario, HandoverRule]:
    rules: dict[Scenario, HandoverRule] = {}
    for scenario in Scenario:
        if scenario is Scenario.CUSTOM:
            continue
        rule = default_rule(RuleId(new_id("rule")), scenario)
        rules[scenario] = check_rule(replace(rule, enabled=True))
        await create_rule(tx, bot_id, rules[scenario], now)
    return rules


def _email(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}@example.org"
