"""One e-mail per notice, in text and HTML, with a stable Message-ID."""

import asyncio
import hashlib
from email.message import EmailMessage
from email.utils import formataddr
from html import escape
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from stepaside.notify.base import Notice, NoticeError, Notifier, one_line

TIMEOUT: Final = 15.0
"""Seconds for the whole conversation with the server; less than a claim lasts."""


def email_notifier(
    url: str, sender: str, reply_to: str = "", *, within: float = TIMEOUT
) -> Notifier:
    """A notifier over the server at `smtp://name:password@host:587` or `smtps://…`.

    sender: the address the e-mails come from.
    reply_to: where answers to them go; empty: to the sender.
    within: seconds for all of it.
    Plain `smtp` turns to TLS where the server offers it.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"

    async def notify(notice: Notice) -> None:
        if not notice.to_address:
            raise NoticeError("The staff member has no e-mail address.", retry=False)
        try:
            async with asyncio.timeout(within):  # theirs is for each command
                await aiosmtplib.send(
                    render(notice, sender, reply_to),
                    hostname=parts.hostname,
                    port=parts.port or (465 if secure else 587),
                    username=unquote(parts.username) if parts.username else None,
                    password=unquote(parts.password) if parts.password else None,
                    use_tls=secure,
                    timeout=within,
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


def render(notice: Notice, sender: str, reply_to: str = "") -> EmailMessage:
    """The e-mail. Everything from outside is text in it: escaped, never a header.

    The Message-ID comes from the notice's key, so that a repeated delivery is
    recognised as the same e-mail. All about one conversation refer to one and the
    same e-mail, which was never sent, so that they stand together.

    Source: RFC 5322, section 3.6.4; RFC 3834, section 5.
    """
    domain = sender.rpartition("@")[2].rstrip(">") or "localhost"
    message = EmailMessage()
    message["From"] = sender
    message["To"] = formataddr((one_line(notice.to_name), notice.to_address))
    message["Subject"] = one_line(notice.title)
    message["Message-ID"] = _message_id(notice.key, domain)
    if notice.thread:
        message["In-Reply-To"] = message["References"] = _message_id(
            notice.thread, domain
        )
    if reply_to:
        message["Reply-To"] = reply_to
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_text(notice))
    message.add_alternative(_html(notice), subtype="html")
    return message


def _message_id(key: str, domain: str) -> str:
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def _text(notice: Notice) -> str:
    say = notice.reader.say
    parts = [notice.title, notice.body]
    parts += [f"{who}: {said}" for who, said in notice.lines]
    if notice.claim_link:
        parts.append(f"{say('Claim it')}: {notice.claim_link}")
    if notice.link:
        parts.append(f"{say('Open in the desk')}: {notice.link}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(notice: Notice) -> str:
    say = notice.reader.say
    links = ""
    if notice.claim_link:
        links += _button(say("Claim it"), notice.claim_link, "#1f5fc9", "#ffffff")
    if notice.link:
        filled = ("#eceef1", "#1a1e22") if links else ("#1f5fc9", "#ffffff")
        links += _button(say("Open in the desk"), notice.link, *filled)
    body = escape(notice.body).replace("\n", "<br>")
    return _PAGE.format(
        language=notice.reader.language,
        title=escape(notice.title),
        body=f'<p style="margin:0 0 20px">{body}</p>' if body else "",
        lines="".join(_line(who, said) for who, said in notice.lines),
        links=f'<p style="margin:24px 0 0">{links}</p>' if links else "",
    )


# Mail programs know neither style sheets nor custom properties; these are the desk's
# colours, in the light, in the old words that all of them understand.
_PAGE: Final = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light"></head>
<body style="margin:0;padding:24px 12px;background:#f6f7f8;color:#1a1e22;\
font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<table role="presentation" cellpadding="0" cellspacing="0" align="center" width="100%" \
style="max-width:560px;background:#ffffff;border:1px solid #e3e5e8;border-radius:12px">
<tr><td style="padding:28px 32px">
<p style="margin:0 0 16px;color:#1f5fc9;font-size:14px;font-weight:600">Stepaside</p>
<h1 style="margin:0 0 12px;font-size:20px;line-height:1.3">{title}</h1>
{body}{lines}{links}
</td></tr></table></body></html>
"""


def _line(who: str, said: str) -> str:
    return (
        '<div style="margin:0 0 8px;padding:10px 14px;background:#f6f7f8;'
        'border-radius:8px"><span style="color:#5a6168;font-size:13px">'
        f"{escape(who)}</span><br>{escape(said).replace(chr(10), '<br>')}</div>"
    )


def _button(words: str, link: str, ground: str, ink: str) -> str:
    return (
        f'<a href="{escape(link)}" style="display:inline-block;margin:0 8px 8px 0;'
        f"padding:10px 18px;background:{ground};color:{ink};border-radius:8px;"
        f'font-weight:600;text-decoration:none">{escape(words)}</a>'
    )
