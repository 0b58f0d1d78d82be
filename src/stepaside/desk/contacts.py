"""The pages of contacts: finding them, one of them, and making two of them one."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from stepaside.core.errors import InvalidField
from stepaside.core.ids import ContactId
from stepaside.core.roster import Contact
from stepaside.desk import contact_shown
from stepaside.desk.contact_forms import DETAILS, Details, parse_details
from stepaside.desk.contact_shown import (
    ContactShown,
    name_of_contact,
    read_contact,
    read_contacts,
    staff_options,
)
from stepaside.desk.frame import go_on, open_frame
from stepaside.desk.pages import ROOT, page
from stepaside.desk.report_words import channel
from stepaside.desk.task_forms import blank_task
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, again
from stepaside.pipeline import contacts
from stepaside.store.contact_list import (
    BotStatus,
    WantedContacts,
    list_contacts,
    tags_in_use,
)
from stepaside.store.contact_merge import find_twins, plan_merge
from stepaside.store.contacts import StoredContact
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.staff import load_roster

Search = Annotated[str, Meta(max_length=100)]
Answer = Response[Any]


@get("/contacts")
async def show_contacts(
    visit: Visited,
    *,
    q: FromQuery[Search] = "",
    owner: FromQuery[str] = "",
    tag: FromQuery[str] = "",
    status: FromQuery[str] = "",
    twins: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[str]:
    """Contacts, who came last on top; all of them, or those that match."""
    query = {"q": q.strip(), "owner": owner, "tag": tag, "status": status}
    wanted = WantedContacts(
        words=q.strip() or None,
        owner=owner or None,
        tag=tag or None,
        bot_status=BotStatus(status) if status in list(BotStatus) else None,
        twins=bool(twins),
    )
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "contacts")
        seen = await read_contacts(tx, wanted, query | {"twins": twins}, after)
    return page("contacts.html", **frame, seen=seen, say=contact_shown)


@get("/contacts/new")
async def show_new_contact(visit: Visited) -> Response[str]:
    """A form for a new contact."""
    return await _new_page(visit, parse_details(FormMultiDict()))


@post("/contacts", status_code=HTTP_200_OK)
async def add_contact(visit: Visited) -> Answer:
    """Add a contact."""
    sent = parse_details(await visit.request.form())
    if not any(sent.typed[name] for name in ("name", "email", "phone")):
        sent.errors.setdefault("name", _("Write a name, an address or a phone."))
    if sent.errors:
        return await _new_page(visit, sent)
    now = visit.now()
    details = {k: sent.changed[k] for k in sent.changed if k != "external_id"}
    contact = Contact(id=ContactId(new_id("contact")), **details)
    new = StoredContact(
        contact=contact,
        external_id=sent.changed.get("external_id"),
        tags=tuple(sent.tags),
        created_at=now,
        updated_at=now,
    )
    rt = visit.desk.rt
    try:
        await contacts.create(rt, visit.account_id, new, actor=visit.actor)
    except InvalidField as wrong:
        sent.errors[wrong.field] = again(wrong.rule)
        return await _new_page(visit, sent)
    return go_on(f"/contacts/{contact.id}", _("Contact added."))


@get("/contacts/{contact_id:str}")
async def show_contact(visit: Visited, contact_id: FromPath[str]) -> Answer:
    """One contact; the id of a merged one leads to the kept one."""
    return await _contact_page(visit, contact_id, None)


@post("/contacts/{contact_id:str}", status_code=HTTP_200_OK)
async def change_contact(visit: Visited, contact_id: FromPath[str]) -> Answer:
    """Change details, owner and tags: what the writer changed, and nothing else."""
    sent = parse_details(await visit.request.form())
    if sent.errors:
        return await _contact_page(visit, contact_id, sent)
    here = visit.desk.rt, visit.account_id, contact_id
    try:
        await contacts.change(*here, fields=sent.changed, actor=visit.actor)
    except InvalidField as wrong:
        sent.errors[wrong.field] = again(wrong.rule)
        return await _contact_page(visit, contact_id, sent)
    for tag in sent.new_tags:
        await contacts.tag(*here, tag, actor=visit.actor)
    for tag in sent.gone_tags:
        await contacts.untag(*here, tag, actor=visit.actor)
    return go_on(f"/contacts/{contact_id}", _("Saved."))


@get("/contacts/{contact_id:str}/merge")
async def show_merge(
    visit: Visited,
    contact_id: FromPath[str],
    other: FromQuery[str] = "",
    q: FromQuery[Search] = "",
) -> Response[str]:
    """Choose whom to merge in; with `other`, what that would do."""
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "contacts")
        if other:
            merge = await plan_merge(tx, contact_id, other)
            roster = await load_roster(tx)
            return page(
                "contact_merge.html",
                **frame,
                merge=merge,
                roster=roster,
                say=contact_shown,
            )
        return page(
            "contact_choose.html",
            **frame,
            **await _choice(tx, visit, contact_id, q.strip()),
        )


@post("/contacts/{contact_id:str}/merge", status_code=HTTP_200_OK)
async def merge_contact(visit: Visited, contact_id: FromPath[str]) -> Redirect:
    """Make the two one."""
    form = await visit.request.form()
    other = str(form.get("other", ""))
    rt = visit.desk.rt
    done = await contacts.merge(
        rt, visit.account_id, contact_id, other, actor=visit.actor
    )
    said = _(
        "%(name)s is part of this contact now.", name=name_of_contact(done.gone.contact)
    )
    return go_on(f"/contacts/{done.kept.contact.id}", said)


CONTACT_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_contacts,
    show_new_contact,
    add_contact,
    show_contact,
    change_contact,
    show_merge,
    merge_contact,
)


async def _new_page(visit: Visit, sent: Details) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "contacts")
        owners = staff_options(await load_roster(tx))
        known = await tags_in_use(tx)
    return page(
        "contact_new.html",
        status=422 if sent.errors else 200,
        **frame,
        sent=sent,
        was={},
        owners=owners,
        known_tags=known,
    )


async def _contact_page(visit: Visit, contact_id: str, sent: Details | None) -> Answer:
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "contacts")
        seen = await read_contact(tx, visit.me, contact_id)
        if seen.contact.id != contact_id:
            return Redirect(f"{ROOT}/contacts/{seen.contact.id}", status_code=303)
        return page(
            "contact.html",
            status=422 if sent else 200,
            **frame,
            seen=seen,
            sent=sent or _as_it_is(seen),
            was=_as_it_is(seen).typed,
            owners=staff_options(seen.roster, seen.contact.owner_id),
            known_tags=seen.tags,
            new_task=blank_task(frame["times"], visit.me.staff_id),
            say=contact_shown,
            channel=channel,
        )


def _as_it_is(seen: ContactShown) -> Details:
    stored = seen.row.stored
    values = {
        **{n: getattr(stored.contact, n) for n in DETAILS if n != "external_id"},
        "external_id": stored.external_id,
    }
    typed = {name: str(value or "") for name, value in values.items()}
    return Details(typed=typed, tags=stored.tags, changed={})


async def _choice(tx: Tx, visit: Visit, contact_id: str, q: str) -> dict[str, Any]:
    """Whom to merge in: those that look alike, and what a search finds."""
    seen = await read_contact(tx, visit.me, contact_id)
    rows = []
    if q:
        wanted = WantedContacts(words=q)
        found = await list_contacts(tx, wanted, limit=21, newest_first=True)
        rows = [row for row in found if row.id != seen.contact.id][:20]
    return {
        "seen": seen,
        "twins": await find_twins(tx, seen.contact.id),
        "rows": rows,
        "q": q,
        "say": contact_shown,
    }
