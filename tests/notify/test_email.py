"""E-mail to staff, against a real SMTP server on this machine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from dataclasses import replace as with_
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from stepaside.core.effects import NotificationEvent
from stepaside.core.rules import AssignTo, Scenario
from stepaside.notify.base import Notice, NoticeError
from stepaside.notify.email.send import email_notifier
from stepaside.store.notifications import NotificationChannel
from tests.house import House, open_house
from tests.world import World

SENDER = "Stepaside <desk@pearstreet.example>"
NOTICE = Notice(
    key="notification:ntf_1",
    to_name="Bo Berg",
    to_address="bo@example.org",
    title="Cy Clark asked for a person",
    body="Cy wrote: “I want to talk to a human”",
    link="https://desk.example.org/desk/conversations/cnv_1",
    lines=(("contact", "I want to talk to a human"),),
)


@dataclass
class Office:
    """A mail server that keeps what it takes, and refuses when told to."""

    taken: list[EmailMessage] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    port: int = 0
    slow: float = 0

    async def handle_MAIL(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        mail_options: list[str],
    ) -> str:
        """Let somebody say who writes."""
        del server, session, mail_options
        await asyncio.sleep(self.slow)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Let them say to whom."""
        del server, session, rcpt_options
        await asyncio.sleep(self.slow)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the server's word
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take one e-mail."""
        del server, session
        await asyncio.sleep(self.slow)
        if self.refuse:
            return self.refuse.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        parsed = message_from_bytes(content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.taken.append(parsed)
        return "250 OK"


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """A mail server on a free port."""
    kept = Office()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(kept), "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    yield kept
    server.close()


def _notify(office: Office) -> Any:
    return email_notifier(f"smtp://127.0.0.1:{office.port}", SENDER)


async def test_an_e_mail_says_who_waits_why_and_where_to_go(office: Office) -> None:
    await _notify(office)(NOTICE)

    (mail,) = office.taken
    assert mail["To"] == "Bo Berg <bo@example.org>"
    assert mail["From"] == SENDER
    assert mail["Subject"] == "Cy Clark asked for a person"
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text is not None
    assert html is not None
    for body in (text.get_content(), html.get_content()):
        assert "I want to talk to a human" in body
        assert NOTICE.link in body


async def test_a_repeated_delivery_is_known_as_the_same_e_mail(office: Office) -> None:
    for _ in range(2):
        await _notify(office)(NOTICE)
    await _notify(office)(with_(NOTICE, key="notification:ntf_2"))

    first, again, other = (mail["Message-ID"] for mail in office.taken)
    assert first == again != other


async def test_e_mails_about_one_conversation_stand_together(office: Office) -> None:
    for n, thread in enumerate(("cnv_1", "cnv_1", "cnv_2", "")):
        await _notify(office)(with_(NOTICE, key=f"notification:{n}", thread=thread))

    first, second, other, alone = office.taken
    assert first["References"] == second["References"] != other["References"]
    assert first["In-Reply-To"] == first["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert alone["References"] is None


async def test_answers_to_an_e_mail_go_where_the_installation_says(
    office: Office,
) -> None:
    url = f"smtp://127.0.0.1:{office.port}"
    await email_notifier(url, SENDER, "team@pearstreet.example")(NOTICE)
    await email_notifier(url, SENDER)(NOTICE)

    with_reply_to, without = office.taken
    assert with_reply_to["Reply-To"] == "team@pearstreet.example"
    assert without["Reply-To"] is None
    assert without["Auto-Submitted"] == "auto-generated"


async def test_an_e_mail_offers_to_claim_with_one_tap(office: Office) -> None:
    claim = "https://desk.example.org/desk/claim/token"
    await _notify(office)(with_(NOTICE, claim_link=claim))

    (mail,) = office.taken
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert claim in body.get_content()
        assert NOTICE.link in body.get_content()


async def test_hostile_text_stays_text(office: Office) -> None:
    title = "Cy\r\nBcc: everyone@example.org\r\n\r\n<script>alert(1)</script>"
    await _notify(office)(
        with_(NOTICE, title=title, lines=(("contact", "<img src=x onerror=alert(1)>"),))
    )

    (mail,) = office.taken
    assert mail["Bcc"] is None
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()
    assert "<img" not in html.get_content()


@pytest.mark.parametrize(("answer", "retry"), [("451 later", True), ("554 no", False)])
async def test_what_the_server_answers_decides_whether_to_try_again(
    office: Office, answer: str, retry: bool
) -> None:
    office.refuse = [answer]

    with pytest.raises(NoticeError) as refused:
        await _notify(office)(NOTICE)

    assert refused.value.retry is retry


async def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(NoticeError) as refused:
        await email_notifier("smtp://127.0.0.1:1", SENDER)(NOTICE)

    assert refused.value.retry


async def test_a_server_that_is_slow_at_every_step_is_given_up_on(
    office: Office,
) -> None:
    """Each step in time, and all of them later than another process may try."""
    office.slow = 0.3

    with pytest.raises(NoticeError) as refused:
        await email_notifier(f"smtp://127.0.0.1:{office.port}", SENDER, within=0.8)(
            NOTICE
        )

    assert refused.value.retry


async def _handed_over(world: World, office: Office) -> House:
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    house = await open_house(world)
    house.rt = with_(house.rt, notifiers={"email": _notify(office)})
    await house.writes("I want to talk to a human")
    return house


async def test_a_handover_mails_its_assignee_once_each(
    world: World, office: Office
) -> None:
    house = await _handed_over(world, office)
    await house.later(minutes=5)

    assert sorted(mail["Subject"] for mail in office.taken) == [
        "Cy Clark asked for a person",
        "Cy Clark asked for a person",
    ]
    bodies = [mail.get_body(("plain",)) for mail in office.taken]
    assert sum("Due " in body.get_content() for body in bodies if body) == 1
    assert {mail["To"] for mail in office.taken} == {"Bo Berg <bo@example.org>"}


async def test_a_mail_server_that_is_busy_delays_nothing_but_the_mail(
    world: World, office: Office
) -> None:
    office.refuse = ["451 later"] * 3
    house = await _handed_over(world, office)

    assert (await house.state()).assignee_id == world.bo.id
    assert len(await house.told()) == 2
    for _ in range(5):
        await house.later(minutes=1)
    assert len(office.taken) == 2


async def test_a_staff_member_gets_what_their_settings_allow(
    world: World, office: Office
) -> None:
    await world.turn_off(
        world.bo, NotificationEvent.TASK_ASSIGNED, NotificationChannel.EMAIL
    )

    await _handed_over(world, office)

    (mail,) = office.taken
    assert "Due " not in str(mail.get_body(("plain",)))
