"""Inviting somebody: a link that lets them in once, and the e-mail that brings it."""

from datetime import timedelta
from typing import Final

from stepaside.core.roster import StaffMember
from stepaside.desk.pages import ROOT
from stepaside.desk.visit import Visit
from stepaside.desk.words import _
from stepaside.notify.base import Notice, NoticeError
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.sessions import create_login_link

INVITED_FOR: Final = timedelta(days=7)
"""How long an invitation is good."""


async def invitation_link(tx: Tx, visit: Visit, member: StaffMember) -> str:
    """A fresh link for a staff member; it voids the ones before."""
    expires = visit.now() + INVITED_FOR
    token = await create_login_link(tx, member.id, expires, invites=True)
    return f"{visit.desk.base_url}{ROOT}/login/{token}"


async def mail_invitation(
    visit: Visit, member: StaffMember, inviter: str, link: str
) -> str:
    """How mailing it went: `sent`, `failed`, or `none` where no e-mail is set up.

    Call it outside a transaction: it talks to a mail server.
    """
    mail = visit.desk.rt.notifiers.get("email")
    if mail is None:
        return "none"
    notice = Notice(
        key=new_id("notification"),
        to_name=member.name,
        to_address=member.email,
        title=_("%(name)s invites you to the desk", name=inviter),
        body=_(
            "Open the link to sign in and choose a password. It works once, within "
            "%(n)s days.",
            n=INVITED_FOR.days,
        ),
        link=link,
    )
    try:
        await mail(notice)
    except NoticeError:
        return "failed"
    return "sent"
