"""A demo business that lives beside the real data and plays its conversations."""

import asyncio
import socket
import sys

from stepaside.cli.accounts import login_link
from stepaside.cli.loop import run, told_to_stop
from stepaside.cli.places import demo_of
from stepaside.cli.serving import running
from stepaside.cli.web import show_demo_page
from stepaside.demo.content import load
from stepaside.demo.run import play
from stepaside.settings import Settings
from stepaside.store.accounts import create_account


def demo(settings: Settings, *, once: bool, as_json: bool) -> None:
    """Start everything, open the demo account, play it, and stay up unless `once`.

    When the usual port is taken and nobody asked for it, a free one will do.
    """
    own = demo_of(settings)
    if "port" not in settings.model_fields_set and _is_taken(settings):
        own = own.model_copy(update={"port": 0})
    run(_demo(own, once=once, as_json=as_json))


async def _demo(settings: Settings, *, once: bool, as_json: bool) -> None:
    business = load().business
    owner = next(member for member in business.staff if member.role == "owner")
    async with running(settings) as process:
        made = await create_account(
            process.parts.rt.db,
            name=business.account.name,
            owner_name=owner.name,
            email=owner.email,
            now=process.parts.rt.now(),
            time_zone=business.account.time_zone,
        )
        opened = await play(
            base_url=process.base_url,
            api_key=made.api_key,
            owner_id=made.owner_id,
            login_url=login_link(process.base_url, made.login_token),
            as_json=as_json,
            stays_up=not once,
        )
        if not once and process.application:
            told = told_to_stop()
            show_demo_page(process.application, opened.widget_inbox_id)
            sys.stderr.write("Ctrl+C stops it.\n")
            await asyncio.wait(
                {told, process.ended}, return_when=asyncio.FIRST_COMPLETED
            )


def _is_taken(settings: Settings) -> bool:
    try:
        socket.create_server((settings.host, settings.port)).close()
    except OSError:
        return True
    return False
