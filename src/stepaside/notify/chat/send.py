"""One message per notice and chat, over apprise, which speaks them all.

Source: https://github.com/caronc/apprise/wiki (the addresses), and the class of each
service there.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from apprise import NotifyFormat
from apprise.plugins import NotifyBase
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.google_chat import NotifyGoogleChat
from apprise.plugins.mattermost import NotifyMattermost
from apprise.plugins.ntfy import NotifyNtfy
from apprise.plugins.rocketchat import NotifyRocketChat
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.webexteams import NotifyWebexTeams
from apprise.plugins.workflows import NotifyWorkflows
from apprise.plugins.zulip import NotifyZulip

from stepaside.core.errors import InvalidField, Refusal
from stepaside.notify.base import CheckAddress, Notice, NoticeError, Notifier, one_line

SERVICES: Final[Mapping[type[NotifyBase], str]] = {
    NotifySlack: "Slack",
    NotifyWorkflows: "Microsoft Teams",
    NotifyTelegram: "Telegram",
    NotifyDiscord: "Discord",
    NotifyGoogleChat: "Google Chat",
    NotifyMattermost: "Mattermost",
    NotifyRocketChat: "Rocket.Chat",
    NotifyZulip: "Zulip",
    NotifyWebexTeams: "Webex",
    NotifyNtfy: "ntfy",
}
"""The chats one may be told in. apprise knows a hundred more services, among them ones
that run programs, write files or call any address: those are not even loaded."""
_OWN_HOST: Final = (NotifyWorkflows, NotifyMattermost, NotifyRocketChat, NotifyNtfy)
"""Those whose server the address names; the others' is fixed in apprise."""
TIMEOUT: Final = 10.0
"""Seconds to connect, and between two bytes of the answer."""
WITHIN: Final = 25.0
"""Seconds for all of it; less than a claim lasts."""
_STATUS: Final = re.compile(r"error[=: ]+(\d{3})")
_THREADS: Final = 8


def chat_notifier(check: CheckAddress) -> Notifier:
    """A notifier over any of `SERVICES`.

    check: says whether an address may be called. It is asked right before every
        message; apprise looks the name up once more itself, so that a name whose
        meaning changes between the two, within milliseconds, is not noticed.
    """
    # What it logs may hold the tokens of an address.
    logging.getLogger("apprise").propagate = False
    # Its own threads: a slow chat must not take those that answer contacts.
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="chat")

    async def notify(notice: Notice) -> None:
        try:
            service = parse_chat(notice.to_address)
            await tell(service, notice)
        except Refusal as error:
            raise NoticeError(str(error), retry=False) from error

    async def tell(service: NotifyBase, notice: Notice) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(WITHIN):
                await check_host(service, check)
                await loop.run_in_executor(threads, _send, service, notice)
        except TimeoutError as error:
            name = service_name(service)
            raise NoticeError(f"{name} could not be reached.", retry=True) from error

    return notify


def parse_chat(address: str) -> NotifyBase:
    """The service behind an address as apprise or the chat tool itself writes it.

    Such as `slack://TokenA/TokenB/TokenC/#channel`, `tgram://token/chat`,
    `ntfys://host/topic` or `https://hooks.slack.com/services/…`.

    Raises: InvalidField: no chat, or one that is not allowed here.
    """
    for kind in SERVICES:
        service = _as(kind, address.strip())
        if service is not None:
            return service
    known = ", ".join(SERVICES.values())
    raise InvalidField("address", f"not the address of a chat: {known}")


def service_name(service: NotifyBase) -> str:
    """What the chat tool is called."""
    return SERVICES[type(service)]


async def check_host(service: NotifyBase, check: CheckAddress) -> None:
    """Refuse servers inside a network. Raises: Refusal: says which."""
    if not isinstance(service, _OWN_HOST) or getattr(service, "mode", "") == "cloud":
        return  # the vendor's own
    port = f":{service.port}" if service.port else ""
    scheme = "https" if service.secure else "http"
    await check(f"{scheme}://{service.host}{port}")


def render(notice: Notice) -> str:
    """The text: what happened, what was said last, and where to act on it."""
    say = notice.reader.say
    parts = [one_line(notice.body, 500)]
    if notice.lines:
        who, text = notice.lines[-1]
        parts.append(f"{who}: {one_line(text, 300)}")
    parts = [_calling_nobody(part) for part in parts]
    if notice.claim_link:
        parts.append(f"{say('Claim it')}: {notice.claim_link}")
    if notice.link:
        parts.append(f"{say('Open in the desk')}: {notice.link}")
    return "\n\n".join(part for part in parts if part)


def _calling_nobody(text: str) -> str:
    """Words that a contact chose must not ring the bell of a whole channel."""
    return text.replace("@", "@\u200b").replace("<!", "<\u200b!")


def _as(kind: Any, address: str) -> NotifyBase | None:
    """The address as one of this service; None where it is not."""
    schema = address.partition("://")[0].lower()
    if schema in ("http", "https"):
        parts = kind.parse_native_url(address)
    elif schema in _schemas(kind):
        parts = kind.parse_url(address)
    else:
        return None
    if not parts:
        return None
    if parts.get("template"):
        # Apprise would read that file of this machine, or call that address, and
        # send what it finds there.
        raise InvalidField("address", "must not name a template")
    try:
        service: NotifyBase = kind(**parts)
    except (TypeError, ValueError):  # a token that cannot be one
        return None
    # Whatever the address says about these.
    service.redirects = False
    service.verify_certificate = True
    service.service_retry = 0
    service.socket_connect_timeout = service.socket_read_timeout = TIMEOUT
    return service


def _schemas(kind: Any) -> frozenset[str]:
    named = (kind.protocol, kind.secure_protocol)
    return frozenset(
        name
        for names in named
        for name in ((names,) if isinstance(names, str) else names or ())
    )


class _Heard(logging.Handler):
    """What apprise says while it sends: the only place where it tells why it failed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, if it is about the message this thread sends."""
        if record.thread == self._thread:
            self.lines.append(record.getMessage())


def _send(service: NotifyBase, notice: Notice) -> None:
    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    try:
        took = service.notify(
            body=render(notice),
            title=_calling_nobody(one_line(notice.title)),
            body_format=NotifyFormat.TEXT,
        )
    finally:
        logger.removeHandler(heard)
    if not took:
        raise _why(service_name(service), " ".join(heard.lines))


def _why(name: str, said: str) -> NoticeError:
    """The status and nothing else: apprise's own words may hold the address."""
    found = _STATUS.search(said)
    if found is None:
        return NoticeError(f"{name} could not be reached.", retry=True)
    status = int(found[1])
    refused = 400 <= status < 500 and status not in (408, 429)
    return NoticeError(f"{name} answered {status}.", retry=not refused)
