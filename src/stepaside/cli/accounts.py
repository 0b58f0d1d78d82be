"""Opening accounts from the command line."""

import asyncio
import json
import re
import sys
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stepaside.cli.address import usual_url
from stepaside.cli.loop import run
from stepaside.core.errors import InvalidField
from stepaside.settings import Settings
from stepaside.store.accounts import FIRST_LOGIN, NewAccount, create_account
from stepaside.store.database import Database
from stepaside.store.migrate import migrate
from stepaside.wiring import DESK, database_url, opened, utc_now


def open_account(
    settings: Settings,
    *,
    name: str,
    email: str,
    owner: str,
    time_zone: str,
    as_json: bool,
) -> None:
    """Open an account and print its secrets; they cannot be shown again.

    Raises:
        InvalidField: a name, address or time zone that is none.
    """
    _check(name, email, time_zone)
    owner = owner.strip() or email.partition("@")[0]
    made = run(_create(settings, name.strip(), email, owner, time_zone))
    link = login_link(usual_url(settings), made.login_token)
    sys.stdout.write(_as_json(made, link) if as_json else _as_text(made, name, link))


def login_link(base_url: str, token: str) -> str:
    """Return the page that signs in the holder of a login token."""
    return f"{base_url}{DESK}/login/{token}"


def _check(name: str, email: str, time_zone: str) -> None:
    if not name.strip():
        raise InvalidField("--name", "must not be blank")
    if not re.fullmatch(r"[^\s@]+@[^\s@]+", email):
        raise InvalidField("--email", "must be an e-mail address")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        rule = "must be the name of a time zone, such as Europe/Berlin"
        raise InvalidField("--time-zone", rule) from None


async def _create(
    settings: Settings, name: str, email: str, owner: str, time_zone: str
) -> NewAccount:
    async with database_url(settings) as url:
        if settings.migrate:
            await asyncio.to_thread(migrate, url)
        async with opened(Database(url, size=2)) as db:
            return await create_account(
                db,
                name=name,
                owner_name=owner,
                email=email,
                now=utc_now(),
                time_zone=time_zone,
            )


def _as_json(made: NewAccount, link: str) -> str:
    shown = {
        "id": made.id,
        "owner_id": made.owner_id,
        "login_url": link,
        "api_key": made.api_key,
    }
    return json.dumps(shown) + "\n"


def _as_text(made: NewAccount, name: str, link: str) -> str:
    hours = round(FIRST_LOGIN.total_seconds() / 3600)
    return (
        f"{name.strip()} has the account {made.id}.\n"
        f"Sign in, once, within {hours} hours: {link}\n"
        f"API key, shown only now: {made.api_key}\n"
    )
