from datetime import timedelta

from stepaside.core.ids import ConversationId
from stepaside.store.conversations import insert_conversation
from stepaside.store.sessions import (
    create_login_link,
    create_session,
    end_old_sessions,
    end_session,
    find_logins,
    find_session,
    use_login_link,
)
from stepaside.store.staff import set_password_hash
from stepaside.store.widget_sessions import (
    create_widget_session,
    find_widget_session,
)
from tests.world import World

AN_HOUR = timedelta(hours=1)


async def sign_in(world: World) -> str:
    now = world.clock()
    async with world.db.transaction(world.account_id) as tx:
        return await create_session(tx, world.bo.id, now, now + AN_HOUR)


async def test_a_session_says_who_is_signed_in_until_it_expires(world: World) -> None:
    token = await sign_in(world)
    found = await find_session(world.db, token, world.clock())
    assert found
    assert (found.account_id, found.staff_id) == (world.account_id, world.bo.id)
    assert await find_session(world.db, token, world.clock() + AN_HOUR) is None
    assert await find_session(world.db, "another", world.clock()) is None


async def test_signing_out_ends_a_session_and_no_other(world: World) -> None:
    token, other = await sign_in(world), await sign_in(world)
    async with world.db.transaction(world.account_id) as tx:
        await end_session(tx, token)
        await end_session(tx, token)
    assert await find_session(world.db, token, world.clock()) is None
    assert await find_session(world.db, other, world.clock())


async def test_a_new_password_ends_every_open_session(world: World) -> None:
    token = await sign_in(world)
    async with world.db.transaction(world.account_id) as tx:
        await set_password_hash(tx, world.bo.id, "hash")
    assert await find_session(world.db, token, world.clock()) is None


async def test_who_is_disabled_is_signed_out(world: World) -> None:
    token = await sign_in(world)
    await world.change_staff(world.bo, active=False)
    assert await find_session(world.db, token, world.clock()) is None


async def test_no_token_is_stored(world: World) -> None:
    token = await sign_in(world)
    async with world.db.transaction(world.account_id) as tx:
        rows = await tx.all("SELECT hash FROM sessions")
        link = await create_login_link(tx, world.bo.id, world.clock() + AN_HOUR)
        links = await tx.all("SELECT hash FROM login_links")
    stored = [row["hash"] for row in rows + links]
    assert all(len(found) == 32 for found in stored)
    assert not {token.encode(), link.encode()} & set(stored)


async def test_what_expired_is_forgotten(world: World) -> None:
    await sign_in(world)
    later = world.clock() + timedelta(days=2)
    async with world.db.transaction(world.account_id) as tx:
        await end_old_sessions(tx, later)
        assert await tx.all("SELECT 1 FROM sessions") == []
        assert await tx.all("SELECT 1 FROM login_links") == []


async def test_a_link_for_somebody_disabled_signs_nobody_in(world: World) -> None:
    async with world.db.transaction(world.account_id) as tx:
        link = await create_login_link(tx, world.bo.id, world.clock() + AN_HOUR)
    await world.change_staff(world.bo, active=False)
    assert await use_login_link(world.db, link, world.clock()) is None


async def test_an_address_finds_everybody_who_may_sign_in_with_it(
    world: World,
) -> None:
    assert await find_logins(world.db, "bo@example.org") == []
    async with world.db.transaction(world.account_id) as tx:
        await set_password_hash(tx, world.bo.id, "hash")
    [login] = await find_logins(world.db, "BO@example.org")
    assert (login.account_id, login.staff_id) == (world.account_id, world.bo.id)
    assert login.password_hash == "hash"
    await world.let_go(world.bo)
    assert await find_logins(world.db, "bo@example.org") == []


async def test_a_visitors_token_opens_one_conversation(world: World) -> None:
    now = world.clock()
    async with world.db.transaction(world.account_id) as tx:
        here: ConversationId = await insert_conversation(
            tx,
            inbox_id=world.inbox_id,
            contact_id=world.cy.id,
            bot_id=world.bot.id,
            workflow_id=None,
            now=now,
        )
        token = await create_widget_session(
            tx,
            inbox_id=world.inbox_id,
            contact_id=world.cy.id,
            conversation_id=here,
            now=now,
            expires_at=now + AN_HOUR,
        )
    opened = await find_widget_session(world.db, token, now)
    assert opened
    assert (opened.conversation_id, opened.contact_id) == (here, world.cy.id)
    assert await find_widget_session(world.db, token, now + AN_HOUR) is None
    assert await find_widget_session(world.db, "another", now) is None
