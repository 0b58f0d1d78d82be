"""My staff: who works here, inviting somebody, changing them, and letting them go."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.errors import InvalidField, Refusal
from stepaside.core.ids import StaffId
from stepaside.core.roster import Availability, Role, StaffMember
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.settings.frame import Sent, open_settings, settings_page
from stepaside.desk.settings.invitation import (
    INVITED_FOR,
    invitation_link,
    mail_invitation,
)
from stepaside.desk.settings.names import ROLE
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import AVAILABILITY, _, mark, why_refused
from stepaside.pipeline import leaving
from stepaside.pipeline.dispatch import change_availability
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.staff import (
    LastOwner,
    StoredStaff,
    create_staff,
    delete_staff,
    get_staff,
    list_staff,
    save_staff,
    what_they_hold,
    who_is_invited,
)

MOST: Final = 1000


class NotAnOwner(Refusal):
    """Only owners may touch owners."""

    def __init__(self) -> None:
        super().__init__(mark("Only an owner can change another owner."))


@get("/settings/staff")
async def show_staff(visit: Visited) -> Response[str]:
    """Everybody on the staff."""
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "staff")
        people = await list_staff(tx, limit=MOST)
        invited = await who_is_invited(tx, visit.now())
    return settings_page("staff", frame, people=people, invited=invited, **_names())


@get("/settings/staff/new")
async def show_invitation(visit: Visited) -> Response[str]:
    """The form to invite somebody."""
    return await _invitation_page(visit, Sent.empty())


@post("/settings/staff/new", status_code=HTTP_200_OK)
async def invite(visit: Visited) -> Response[Any]:
    """Add somebody, and give them a link that lets them in once."""
    sent = await Sent.by(visit)
    now = visit.now()
    blank = StaffMember(id=StaffId(new_id("staff")), name="")
    new = _read(sent, StoredStaff(member=blank, created_at=now, updated_at=now))
    async with visit.transaction() as tx:
        await _check_owner(visit, tx, sent, Role.AGENT, new.member.role)
    if not sent.problems:
        try:
            async with visit.transaction() as tx:
                await create_staff(tx, new)
            return await _invited(visit, new.member)
        except InvalidField as error:
            sent.refuse(error)
    return await _invitation_page(visit, sent)


@get("/settings/staff/{staff_id:str}")
async def show_member(visit: Visited, staff_id: FromPath[str]) -> Response[str]:
    """One staff member, to be changed."""
    return await _member_page(visit, staff_id, None)


@post("/settings/staff/{staff_id:str}", status_code=HTTP_200_OK)
async def change_member(visit: Visited, staff_id: FromPath[str]) -> Response[Any]:
    """Store what was changed of somebody."""
    sent = await Sent.by(visit)
    at_work = None
    try:
        async with visit.transaction() as tx:
            me = await only_admins(tx, visit)
            stored = await get_staff(tx, StaffId(staff_id), lock=True)
            _protect_owner(me, stored.member)
            at_work = sent.choice(
                "availability", Availability, stored.member.availability
            )
            changed = _read(sent, stored)
            was, now = stored.member.role, changed.member.role
            await _check_owner(visit, tx, sent, was, now)
            if not sent.problems:
                await save_staff(tx, replace(changed, updated_at=visit.now()))
    except InvalidField as error:
        sent.refuse(error)
    except LastOwner as error:
        sent.problems["role"] = why_refused(error)
    if sent.problems or at_work is None:
        return await _member_page(visit, staff_id, sent)
    await _set_availability(visit, staff_id, at_work)
    return go_on("/settings/staff", _("Saved."))


async def _set_availability(visit: Visit, staff_id: str, to: Availability) -> None:
    """By itself, so that colleagues see it and what waits comes to them."""
    here = visit.desk.rt, visit.account_id
    await change_availability(*here, staff_id, to, actor=visit.actor)


@post("/settings/staff/{staff_id:str}/link", status_code=HTTP_200_OK)
async def send_link(visit: Visited, staff_id: FromPath[str]) -> Response[Any]:
    """Give somebody a fresh link that lets them in once."""
    async with visit.transaction() as tx:
        me = await only_admins(tx, visit)
        member = (await get_staff(tx, StaffId(staff_id))).member
        _protect_owner(me, member)
    return await _invited(visit, member)


@post("/settings/staff/{staff_id:str}/{deed:str}", status_code=HTTP_200_OK)
async def let_go(
    visit: Visited,
    staff_id: FromPath[str],
    deed: FromPath[Literal["disable", "enable", "delete"]],
) -> Response[Any]:
    """Disable, enable or delete somebody; what they hold returns to the queue."""
    who = StaffId(staff_id)
    async with visit.transaction() as tx:
        me = await only_admins(tx, visit)
        stored = await get_staff(tx, who, lock=True)
        _protect_owner(me, stored.member)
        if deed == "delete":
            await delete_staff(tx, who, visit.now())
        else:
            member = replace(stored.member, active=deed == "enable")
            changed = replace(stored, member=member, updated_at=visit.now())
            await save_staff(tx, changed)
    if deed != "enable":
        await leaving.release_everything(
            visit.desk.rt, visit.account_id, who, actor=visit.actor
        )
    said = {
        "disable": _("%(name)s is disabled.", name=stored.member.name),
        "enable": _("%(name)s can sign in again.", name=stored.member.name),
        "delete": _("%(name)s is deleted.", name=stored.member.name),
    }
    return go_on("/settings/staff", said[deed])


def _read(sent: Sent, stored: StoredStaff) -> StoredStaff:
    member = replace(
        stored.member,
        name=sent.text("name", most=100, required=True),
        email=sent.email("email"),
        role=sent.choice("role", Role, stored.member.role),
        capacity=sent.number("capacity", least=1, most=1000),
        languages=sent.languages("languages"),
    )
    return replace(stored, member=member, phone=sent.phone("phone"))


async def _check_owner(
    visit: Visit, tx: Tx, sent: Sent, before: Role, after: Role
) -> None:
    """Nobody makes owners, or others of them, but an owner."""
    me = await only_admins(tx, visit)
    touches = Role.OWNER in (before, after)
    if before is not after and touches and me.role is not Role.OWNER:
        sent.problems["role"] = _("Only an owner can change who is an owner.")


def _protect_owner(me: StaffMember, member: StaffMember) -> None:
    if member.role is Role.OWNER and me.role is not Role.OWNER:
        raise NotAnOwner


async def _invitation_page(visit: Visit, sent: Sent) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "staff")
    return settings_page(
        "staff_new", frame, sent.problems, sent=sent, days=INVITED_FOR.days, **_names()
    )


async def _member_page(visit: Visit, staff_id: str, sent: Sent | None) -> Response[str]:
    who = StaffId(staff_id)
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "staff")
        stored = await get_staff(tx, who)
        held, tasks = await what_they_hold(tx, who)
    member = stored.member
    kept = {
        "name": member.name,
        "email": member.email,
        "phone": stored.phone,
        "role": member.role,
        "availability": member.availability,
        "capacity": member.capacity or "",
        "languages": ", ".join(member.languages),
    }
    return settings_page(
        "staff_member",
        frame,
        sent.problems if sent else None,
        sent=sent or Sent.of(kept),
        person=stored,
        held=held,
        tasks_held=tasks,
        may_touch=member.role is not Role.OWNER or frame["myself"].role is Role.OWNER,
        **_names(),
    )


async def _invited(visit: Visit, member: StaffMember) -> Response[Any]:
    """The link, by e-mail where that is set up, and to be passed on by hand."""
    async with visit.transaction() as tx:
        link = await invitation_link(tx, visit, member)
        frame = await open_settings(tx, visit, "staff")
    mailed = await mail_invitation(visit, member, frame["myself"].name, link)
    return settings_page(
        "staff_invited",
        frame,
        person=member,
        link=link,
        mailed=mailed,
        days=INVITED_FOR.days,
    )


def _names() -> dict[str, Any]:
    return {"role_names": ROLE, "availability_names": AVAILABILITY}


PEOPLE_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_staff,
    show_invitation,
    invite,
    show_member,
    change_member,
    send_link,
    let_go,
)
