from datetime import timedelta

from stepaside.core.roster import Role
from stepaside.store.accounts import FIRST_LOGIN, create_account, get_account
from stepaside.store.api_keys import Scope, find_caller
from stepaside.store.database import Database
from stepaside.store.sessions import use_login_link
from stepaside.store.staff import list_staff
from tests.world import Clock, World


async def test_a_new_account_has_an_owner_who_can_sign_in_and_call_the_api(
    db: Database, clock: Clock
) -> None:
    made = await create_account(
        db, name="Kites", owner_name="Kim", email="kim@example.org", now=clock()
    )
    signed_in = await use_login_link(db, made.login_token, clock())
    assert signed_in
    assert (signed_in.account_id, signed_in.staff_id) == (made.id, made.owner_id)
    caller = await find_caller(db, made.api_key)
    assert caller
    assert (caller.account_id, caller.staff_id) == (made.id, made.owner_id)
    assert caller.scopes == frozenset(Scope)
    async with db.transaction(made.id) as tx:
        assert (await get_account(tx)).name == "Kites"
        [owner] = await list_staff(tx)
    assert owner.member.role is Role.OWNER


async def test_a_login_link_works_once(world: World) -> None:
    token, now = world.shop.login_token, world.clock()
    assert await use_login_link(world.db, token, now)
    assert await use_login_link(world.db, token, now) is None


async def test_a_login_link_that_waited_too_long_works_no_more(world: World) -> None:
    late = world.clock() + FIRST_LOGIN + timedelta(seconds=1)
    assert await use_login_link(world.db, world.shop.login_token, late) is None
