"""One text message per notice, over Twilio's REST API.

Source: https://www.twilio.com/docs/messaging/api/message-resource and
https://www.twilio.com/docs/usage/twilios-response (errors).
"""

import asyncio
from typing import Any, Final

import httpx2
import phonenumbers

from stepaside.core.errors import InvalidField
from stepaside.notify.answers import may_try_again, retry_after
from stepaside.notify.base import Notice, NoticeError, Notifier, one_line

TIMEOUT: Final = 15.0
"""Seconds for all of it."""
LONGEST: Final = 320
"""Characters besides the links: every 153 are one more message to pay for."""


def twilio_notifier(
    client: httpx2.AsyncClient,
    *,
    account_sid: str,
    auth_token: str,
    sender: str,
    base_url: str = "https://api.twilio.com",
) -> Notifier:
    """A notifier over a Twilio account.

    sender: a number of the account in E.164, or the id of a messaging service (`MG…`).
    Twilio takes no idempotency key: what was sent by a process that died before it
    could note so is sent again.
    """
    url = f"{base_url}/2010-04-01/Accounts/{account_sid}/Messages.json"
    from_field = "MessagingServiceSid" if sender.startswith("MG") else "From"

    async def notify(notice: Notice) -> None:
        form = {
            "To": _number(notice),
            from_field: sender,
            "Body": render(notice),
        }
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await client.post(
                    url,
                    data=form,
                    auth=(account_sid, auth_token),
                    timeout=TIMEOUT,
                    follow_redirects=False,
                )
        except (httpx2.HTTPError, TimeoutError) as error:
            raise NoticeError(
                f"Twilio did not answer ({type(error).__name__}).", retry=True
            ) from error
        _check(answer)

    return notify


def check_number(number: str) -> str:
    """A number as telephone networks write it (E.164).

    Raises: InvalidField: it lacks its country's code, or cannot be a number.
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        rule = "must be a telephone number with its country code, such as +4930123456"
        raise InvalidField("phone", rule)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def render(notice: Notice) -> str:
    """The text: what happened, and the shortest way to act on it."""
    said = one_line(f"{notice.title}. {notice.body}", LONGEST)
    link = notice.claim_link or notice.link
    return f"{said}\n{link}" if link else said


def _number(notice: Notice) -> str:
    try:
        return check_number(notice.to_address)
    except InvalidField as error:
        detail = "The telephone number is none that can be written to: it"
        raise NoticeError(f"{detail} {error.rule}.", retry=False) from error


def _check(answer: httpx2.Response) -> None:
    if answer.is_success:
        return
    told = _told(answer)
    raise NoticeError(
        f"Twilio answered {answer.status_code}{told}.",
        retry=may_try_again(answer.status_code),
        retry_after=retry_after(answer),
    )


def _told(answer: httpx2.Response) -> str:
    """Twilio's own number and words for what is wrong."""
    try:
        said: Any = answer.json()
    except ValueError:
        return ""
    if not isinstance(said, dict) or not isinstance(said.get("code"), int):
        return ""
    return f" ({said['code']}: {one_line(str(said.get('message', '')))})"
