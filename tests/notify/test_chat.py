"""Messages in staff's chats, against a real ntfy-like server on this machine."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from stepaside.channels.addresses import check_public
from stepaside.core.errors import InvalidField
from stepaside.notify.base import Notice, NoticeError
from stepaside.notify.chat.send import (
    chat_notifier,
    parse_chat,
    render,
    service_name,
)
from tests.loopback import Answer, Asked, serving

ANYWHERE = partial(check_public, allow_private=True)


@dataclass
class Chat:
    """A chat server that keeps what it takes."""

    url: str = ""
    status: int = 200
    taken: list[Any] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """As apprise writes it."""
        return f"{self.url.replace('http', 'ntfy')}/alerts"

    async def answer(self, asked: Asked) -> Answer:
        """Take one message."""
        self.paths.append(asked.path)
        self.taken.append(asked.json)
        elsewhere = {"location": f"{self.url}/elsewhere"}
        return Answer(status=self.status, body=b"{}", headers=elsewhere)


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    """A server on a free port."""
    fake = Chat()
    async with serving(fake.answer) as fake.url:
        yield fake


def _notice(chat: Chat) -> Notice:
    return Notice(
        key="notification:ntf_1",
        to_name="Team",
        to_address=chat.address,
        title="Cy Clark asked for a person",
        body="They wrote at ten.",
        link="https://desk.example.org/desk/conversations/cnv_1",
        claim_link="https://desk.example.org/desk/claim/token",
        lines=(("Cy Clark", "I want to talk to a human"),),
    )


async def test_a_chat_is_told_who_waits_and_where_to_go(chat: Chat) -> None:
    await chat_notifier(ANYWHERE)(_notice(chat))

    (taken,) = chat.taken
    assert taken["title"] == "Cy Clark asked for a person"
    assert "Cy Clark: I want to talk to a human" in taken["message"]
    assert "/desk/claim/token" in taken["message"]
    assert "/desk/conversations/cnv_1" in taken["message"]


async def test_a_chat_inside_the_network_is_refused(chat: Chat) -> None:
    with pytest.raises(NoticeError) as refused:
        await chat_notifier(check_public)(_notice(chat))
    assert not refused.value.retry
    assert "private network" in str(refused.value)
    assert chat.taken == []


@pytest.mark.parametrize(
    ("status", "retry"), [(400, False), (404, False), (429, True), (503, True)]
)
async def test_what_the_chat_answers_decides_whether_to_try_again(
    chat: Chat, status: int, retry: bool
) -> None:
    chat.status = status
    with pytest.raises(NoticeError) as refused:
        await chat_notifier(ANYWHERE)(_notice(chat))
    assert refused.value.retry is retry
    assert str(refused.value) == f"ntfy answered {status}."


async def test_a_chat_leads_us_nowhere_else(chat: Chat) -> None:
    chat.status = 307
    sly = replace(_notice(chat), to_address=f"{chat.address}?redirect=yes")
    with pytest.raises(NoticeError):
        await chat_notifier(ANYWHERE)(sly)
    assert "/elsewhere" not in chat.paths


async def test_a_chat_that_is_away_is_tried_again() -> None:
    away = replace(_notice(Chat()), to_address="ntfy://127.0.0.1:1/alerts")
    with pytest.raises(NoticeError) as refused:
        await chat_notifier(ANYWHERE)(away)
    assert refused.value.retry


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "Slack"),
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkc", "Slack"),
        ("tgram://123456789:ABCdefghijklmnop_qrstuvwxyzABCDEFGH/12315544", "Telegram"),
        ("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U", "Discord"),
        ("ntfy://topic", "ntfy"),
    ],
)
def test_chats_are_named_as_apprise_or_they_themselves_do(
    address: str, name: str
) -> None:
    assert service_name(parse_chat(address)) == name


@pytest.mark.parametrize(
    "address",
    [
        "json://10.0.0.1/",
        "syslog://",
        "windows://",
        "exec:///bin/sh",
        "file:///etc/passwd",
        "mailto://name:password@example.org",
        "https://example.org/",
        "nonsense",
        "",
    ],
)
def test_nothing_but_a_chat_is_a_chat(address: str) -> None:
    with pytest.raises(InvalidField):
        parse_chat(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkc",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        "tgram://123456789:ABCdefghijklmnop_qrstuvwxyzABCDEFGH/12315544",
        "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U",
        "workflows://example.org:443/643a8dc0ed2b11ed/643a8dc0ed2b11ed/",
    ],
)
@pytest.mark.parametrize("file", ["/etc/passwd", "http://169.254.169.254/latest"])
def test_a_chat_has_us_read_no_file_and_call_no_other_address(
    address: str, file: str
) -> None:
    parse_chat(address)
    with pytest.raises(InvalidField, match="template"):
        parse_chat(f"{address}?template={file}")


def test_what_a_contact_writes_calls_nobody() -> None:
    notice = replace(_notice(Chat()), lines=(("@everyone", "<!channel> @here"),))
    text = render(notice)
    assert "@everyone" not in text
    assert "<!channel>" not in text
    assert "@here" not in text
