"""Text messages to staff, against a server that speaks as Twilio's does."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import parse_qs

import httpx2
import pytest

from stepaside.core.errors import InvalidField
from stepaside.notify.base import Notice, NoticeError, Notifier
from stepaside.notify.sms.send import check_number, twilio_notifier
from tests.loopback import Answer, Asked, serving

SID = "AC" + "0" * 32
TOKEN = "a-secret-token"
NOTICE = Notice(
    key="notification:ntf_1",
    to_name="Bo Berg",
    to_address="+49 30 901820",
    title="Cy Clark asked for a person",
    body="First message: “I want to talk to a human”",
    link="https://desk.example.org/desk/conversations/cnv_1",
)


@dataclass
class Twilio:
    """Takes messages as the REST API of 2010-04-01 does, and refuses as it does."""

    url: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)
    refuse: list[Answer] = field(default_factory=list)

    async def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        known = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {known}":
            return _refusal(401, 20003, "Authenticate")
        messages = f"/2010-04-01/Accounts/{SID}/Messages.json"
        if (asked.method, asked.path) != ("POST", messages):
            return _refusal(404, 20404, "The requested resource was not found")
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        if self.refuse:
            return self.refuse.pop(0)
        sent = parse_qs(asked.body.decode())
        form = {name: values[0] for name, values in sent.items()}
        if not form["To"].startswith("+"):
            return _refusal(400, 21211, f"The 'To' number {form['To']} is not valid.")
        self.sent.append(form)
        made = {"sid": f"SM{len(self.sent):032}", "status": "queued", **form}
        body = json.dumps(made).encode()
        return Answer(status=201, body=body, headers=_JSON)


_JSON = {"content-type": "application/json"}


def _refusal(status: int, code: int, message: str, **headers: str) -> Answer:
    said = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(said).encode()
    return Answer(status=status, body=body, headers=_JSON | more)


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    """The server, on a free port."""
    fake = Twilio()
    async with serving(fake.answer) as fake.url:
        yield fake


@pytest.fixture
async def notify(twilio: Twilio) -> AsyncIterator[Notifier]:
    """A notifier that sends over it."""
    async with httpx2.AsyncClient() as client:
        yield _notifier(client, twilio)


def _notifier(
    client: httpx2.AsyncClient,
    twilio: Twilio,
    *,
    token: str = TOKEN,
    sender: str = "+15005550006",
) -> Notifier:
    return twilio_notifier(
        client, account_sid=SID, auth_token=token, sender=sender, base_url=twilio.url
    )


async def test_a_text_message_says_what_happened_and_where_to_go(
    twilio: Twilio, notify: Notifier
) -> None:
    await notify(NOTICE)

    (sent,) = twilio.sent
    assert sent["To"] == "+4930901820"
    assert sent["From"] == "+15005550006"
    assert sent["Body"].startswith("Cy Clark asked for a person. First message")
    assert sent["Body"].endswith(NOTICE.link)


async def test_a_text_message_stays_short_and_leads_to_the_claim(
    twilio: Twilio, notify: Notifier
) -> None:
    claim = "https://desk.example.org/desk/claim/token"
    await notify(replace(NOTICE, body="long " * 500, claim_link=claim))

    (sent,) = twilio.sent
    assert len(sent["Body"]) < 400
    assert sent["Body"].endswith(f"\n{claim}")


async def test_a_messaging_service_may_choose_the_number(twilio: Twilio) -> None:
    service = "MG" + "1" * 32
    async with httpx2.AsyncClient() as client:
        await _notifier(client, twilio, sender=service)(NOTICE)

    assert twilio.sent[0]["MessagingServiceSid"] == service
    assert "From" not in twilio.sent[0]


async def test_too_many_at_once_waits_as_long_as_twilio_asks(
    twilio: Twilio, notify: Notifier
) -> None:
    twilio.refuse = [_refusal(429, 20429, "Too Many Requests", retry_after="7")]

    with pytest.raises(NoticeError) as refused:
        await notify(NOTICE)

    assert refused.value.retry
    assert refused.value.retry_after == timedelta(seconds=7)
    assert "20429" in str(refused.value)


@pytest.mark.parametrize(
    ("status", "code", "retry"), [(400, 21610, False), (503, 20503, True)]
)
async def test_what_twilio_says_decides_whether_to_try_again(
    twilio: Twilio, notify: Notifier, status: int, code: int, retry: bool
) -> None:
    twilio.refuse = [_refusal(status, code, "Unsubscribed recipient")]

    with pytest.raises(NoticeError) as refused:
        await notify(NOTICE)

    assert refused.value.retry is retry
    assert f"{code}: Unsubscribed recipient" in str(refused.value)


async def test_wrong_credentials_are_said_without_showing_them(twilio: Twilio) -> None:
    async with httpx2.AsyncClient() as client:
        with pytest.raises(NoticeError) as refused:
            await _notifier(client, twilio, token="wrong-secret")(NOTICE)

    assert "20003: Authenticate" in str(refused.value)
    assert "wrong-secret" not in str(refused.value)
    assert not refused.value.retry


async def test_a_gateway_that_answers_no_json_is_tried_again(
    twilio: Twilio, notify: Notifier
) -> None:
    html = {"content-type": "text/html"}
    twilio.refuse = [Answer(status=502, headers=html, body=b"<h1>Bad gateway</h1>")]

    with pytest.raises(NoticeError) as refused:
        await notify(NOTICE)

    assert refused.value.retry
    assert str(refused.value) == "Twilio answered 502."


async def test_a_number_nobody_can_write_to_is_never_sent(
    twilio: Twilio, notify: Notifier
) -> None:
    for number in ("", "030 901820", "+49", "call me"):
        with pytest.raises(NoticeError) as refused:
            await notify(replace(NOTICE, to_address=number))
        assert not refused.value.retry
    assert twilio.sent == []


def test_a_number_needs_its_country() -> None:
    assert check_number("+49 (30) 90 18 20") == "+4930901820"
    with pytest.raises(InvalidField):
        check_number("030 901820")
