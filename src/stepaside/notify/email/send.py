"""One e-mail per notice, in text and HTML, with a stable Message-ID."""

import hashlib
from email.message import EmailMessage
from email.utils import formataddr
from html import escape
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from stepaside.notify.base import Notice, NoticeError, Notifier

TIMEOUT: Final = 15.0
"""Seconds for the whole conversation with the server."""


def email_notifier(url: str, sender: str) -> Notifier:
    """A notifier over the server at `smtp://name:password@host:587` or `smtps://…`.

    sender: the address the e-mails come from.
    Plain `smtp` turns to TLS where the server offers it.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"

    async def notify(notice: Notice) -> None:
        if not notice.to_address:
            raise NoticeError("The staff member has no e-mail address.", retry=False)
        try:
            await aiosmtplib.send(
                render(notice, sender),
                hostname=parts.hostname,
                port=parts.port or (465 if secure else 587),
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                use_tls=secure,
                timeout=TIMEOUT,
            )
        except aiosmtplib.SMTPResponseException as error:
            # 4xx passes, 5xx does not. Source: RFC 5321, section 4.2.1.
            raise NoticeError(
                f"The mail server answered {error.code}.", retry=error.code < 500
            ) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise NoticeError(
                f"The mail server refused the address ({codes[0]}).",
                retry=all(code < 500 for code in codes),
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NoticeError(
                f"The mail server did not answer ({type(error).__name__}).", retry=True
            ) from error

    return notify


def render(notice: Notice, sender: str) -> EmailMessage:
    """The e-mail. Everything from outside is text in it: escaped, never a header.

    The Message-ID comes from the notice's key, so that a repeated delivery is
    recognised as the same e-mail.
    """
    domain = sender.rpartition("@")[2].rstrip(">") or "localhost"
    message = EmailMessage()
    message["From"] = sender
    message["To"] = formataddr((_one_line(notice.to_name), notice.to_address))
    message["Subject"] = _one_line(notice.title)
    digest = hashlib.sha256(notice.key.encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(notice))
    message.add_alternative(_html(notice), subtype="html")
    return message


def _text(notice: Notice) -> str:
    parts = [notice.title, notice.body]
    parts += [f"{who}: {said}" for who, said in notice.lines]
    if notice.link:
        parts.append(f"Open the conversation: {notice.link}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(notice: Notice) -> str:
    said = "".join(
        f"<p><strong>{escape(who)}</strong><br>{escape(text)}</p>"
        for who, text in notice.lines
    )
    link = (
        f'<p><a href="{escape(notice.link)}">Open the conversation</a></p>'
        if notice.link
        else ""
    )
    return (
        '<!doctype html><html><body style="font-family:sans-serif;line-height:1.45">'
        f"<h1 style='font-size:18px'>{escape(notice.title)}</h1>"
        f"<p>{escape(notice.body)}</p>{link}{said}</body></html>"
    )


def _one_line(text: str) -> str:
    """Header text: no line breaks, not endless."""
    return " ".join(text.split())[:200]
