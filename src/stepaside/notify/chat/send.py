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

import apprise

from stepaside.core.errors import InvalidField, Refusal
from stepaside.notify.base import CheckAddress, Notice, NoticeError, Notifier, one_line

SERVICES: Final[Mapping[str, str]] = {
    "NotifySlack": "Slack",
    "NotifyWorkflows": "Microsoft Teams",
    "NotifyTelegram": "Telegram",
    "NotifyDiscord": "Discord",
    "NotifyGoogleChat": "Google Chat",
    "NotifyMattermost": "Mattermost",
    "NotifyRocketChat": "Rocket.Chat",
    "NotifyZulip": "Zulip",
    "NotifyWebexTeams": "Webex",
    "NotifyNtfy": "ntfy",
}
"""The chats one may be told in, by apprise's class. It knows a hundred more, among
them ones that run programs, write files or call any address: none of those."""
_OWN_HOST: Final = frozenset(
    {"NotifyWorkflows", "NotifyMattermost", "NotifyRocketChat", "NotifyNtfy"}
)
"""Those whose server the address names; the others' is fixed in apprise."""
TIMEOUT: Final = 10.0
"""Seconds to connect, and between two bytes of the answer."""
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
            await check_host(service, check)
        except Refusal as error:
            raise NoticeError(str(error), retry=False) from error
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(threads, _send, service, notice)

    return notify


def parse_chat(address: str) -> Any:
    """The service behind an address as apprise or the chat tool itself writes it.

    Such as `slack://TokenA/TokenB/TokenC/#channel`, `tgram://token/chat`,
    `ntfys://host/topic` or `https://hooks.slack.com/services/…`.

    Raises: InvalidField: no chat, or one that is not allowed here.
    """
    service: Any = apprise.Apprise.instantiate(
        address.strip(), asset=_ASSET, suppress_exceptions=True
    )
    if type(service).__name__ not in SERVICES:
        known = ", ".join(SERVICES.values())
        raise InvalidField("address", f"not the address of a chat: {known}")
    # Whatever the address says about these.
    service.redirects = False
    service.verify_certificate = True
    service.socket_connect_timeout = service.socket_read_timeout = TIMEOUT
    return service


def service_name(service: Any) -> str:
    """What the chat tool is called."""
    return SERVICES[type(service).__name__]


async def check_host(service: Any, check: CheckAddress) -> None:
    """Refuse servers inside a network. Raises: Refusal: says which."""
    own_host = type(service).__name__ in _OWN_HOST
    if not own_host or getattr(service, "mode", None) == "cloud":
        return  # the vendor's own
    port = f":{service.port}" if service.port else ""
    scheme = "https" if service.secure else "http"
    await check(f"{scheme}://{service.host}{port}")


def render(notice: Notice) -> str:
    """The text: what happened, what was said last, and where to act on it."""
    parts = [one_line(notice.body, 500)]
    if notice.lines:
        who, text = notice.lines[-1]
        parts.append(f"{who}: {one_line(text, 300)}")
    parts = [_calling_nobody(part) for part in parts]
    if notice.claim_link:
        parts.append(f"Claim it: {notice.claim_link}")
    if notice.link:
        parts.append(f"Open it: {notice.link}")
    return "\n\n".join(part for part in parts if part)


def _calling_nobody(text: str) -> str:
    """Words that a contact chose must not ring the bell of a whole channel."""
    return text.replace("@", "@\u200b").replace("<!", "<\u200b!")


_ASSET: Final = apprise.AppriseAsset(
    app_id="Stepaside",
    app_desc="Stepaside",
    app_url="",
    http_redirects=False,
    async_mode=False,
    plugin_paths=[],
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


def _send(service: Any, notice: Notice) -> None:
    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    try:
        took = service.notify(
            body=render(notice),
            title=_calling_nobody(one_line(notice.title)),
            body_format=apprise.NotifyFormat.TEXT,
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
