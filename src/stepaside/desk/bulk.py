"""One deed for many conversations: what worked is done, what did not is told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from litestar import Response, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from stepaside.core.errors import InvalidField, Refusal
from stepaside.desk.doing import DEEDS
from stepaside.desk.forms import DeedForm
from stepaside.desk.listing import link
from stepaside.desk.updates import Toast, Watching
from stepaside.desk.visit import Visit, Visited, is_partial
from stepaside.desk.watching import draw
from stepaside.desk.words import _, mark_plural, plural
from stepaside.pipeline import contacts
from stepaside.store.contacts import get_contact
from stepaside.store.conversations import find_conversation
from stepaside.store.errors import NotFound

MOST: Final = 100
_TOLD: Final = 3
"""Refusals that are told one by one."""

One = Annotated[str, Meta(max_length=100)]
Chosen = Annotated[list[One], Meta(min_length=1, max_length=MOST)] | One
"""A form with one value of a name does not say that there could be more."""


Back = Annotated[str, Meta(max_length=200)]


class ChangedSince(Refusal):
    """Somebody moved it on after the assignment that is to be taken back."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has changed it since."))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """How one conversation goes back to whoever had it before it was assigned.

    lease: as the assignment left it; it has moved on where that one moved.
    """

    conversation_id: str
    lease: int
    deed: str
    staff_id: str = ""

    @classmethod
    def parse(cls, text: str) -> "_Before | None":
        """Read what `str()` wrote; None for anything else."""
        found = re.fullmatch(r"(\w+) (\d{1,18}) (assign|release|hand-back) (\w*)", text)
        if found is None:
            return None
        of, lease, deed, staff_id = found.groups()
        return cls(conversation_id=of, lease=int(lease), deed=deed, staff_id=staff_id)

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.lease} {self.deed} {self.staff_id}"


class BulkForm(DeedForm, kw_only=True):
    """The conversations that were chosen, and what to do to them."""

    ids: Chosen
    deed: Literal[
        "assign",
        "give",
        "take-back",
        "resolve",
        "reopen",
        "snooze",
        "unsnooze",
        "hand-back",
        "tag",
        "untag",
    ]
    tag: Annotated[str, Meta(max_length=100)] = ""
    back: Annotated[list[Back], Meta(max_length=MOST)] | Back = ""

    @property
    def before(self) -> dict[str, "_Before"]:
        """By conversation, what takes its assignment back."""
        given = [self.back] if isinstance(self.back, str) else self.back
        return {b.conversation_id: b for each in given if (b := _Before.parse(each))}

    @property
    def chosen(self) -> list[str]:
        """The conversations, each once."""
        ids = [self.ids] if isinstance(self.ids, str) else self.ids
        return list(dict.fromkeys(ids))


@post("/bulk", status_code=HTTP_200_OK)
async def do_many(visit: Visited, data: URLEncodedBody[BulkForm]) -> Response[Any]:
    """Do it to each by itself; one that is refused keeps no other from it."""
    refused: list[str] = []
    changed: list[str] = []
    for conversation_id in data.chosen:
        try:
            if undo := await _do_one(visit, conversation_id, data):
                changed.append(undo)
        except (Refusal, NotFound) as error:
            refused.append(str(getattr(error, "rule", error)))
    done = len(data.chosen) - len(refused)
    if not is_partial(visit.request):
        back = link(data.view, data.q, only=data.listing(visit.me.staff_id).only)
        return Redirect(back, status_code=303)
    watching = Watching(
        listing=data.listing(visit.me.staff_id),
        conversation_id=data.open_id or None,
        since=data.since,
    )
    updates = await draw(
        visit, watching, data.chosen, toasts=_told(visit, data, changed, done, refused)
    )
    return Response(updates.html, media_type="text/html")


async def _do_one(visit: Visit, conversation_id: str, form: BulkForm) -> str:
    """What undo has to know of it: its id or more; empty where nothing changed."""
    if form.deed == "assign":
        return await _assign(visit, conversation_id, form)
    if form.deed == "take-back":
        return await _take_back(visit, conversation_id, form)
    if form.deed not in ("tag", "untag"):
        await DEEDS[form.deed](visit, conversation_id, form)
        return conversation_id
    async with visit.transaction() as tx:
        contact_id = (await find_conversation(tx, conversation_id)).contact_id
        had = (await get_contact(tx, contact_id)).tags
    tag = form.tag.strip()
    if not tag:
        raise InvalidField("tag", _("Write a tag first."))
    here = visit.desk.rt, visit.account_id, contact_id
    change = contacts.tag if form.deed == "tag" else contacts.untag
    await change(*here, tag, actor=visit.actor)
    return conversation_id if (tag in had) is (form.deed == "untag") else ""


async def _assign(visit: Visit, conversation_id: str, form: BulkForm) -> str:
    """Assign it; how it goes back to whoever had it, empty where they have it still."""
    before = await _lease(visit, conversation_id)
    done = await DEEDS["assign"](visit, conversation_id, form)
    lease = await _lease(visit, conversation_id)
    if lease == before:
        return ""
    to = dict(done.undo_fields).get("staff_id", "")
    back = _Before(
        conversation_id=conversation_id, lease=lease, deed=done.undo, staff_id=to
    )
    return str(back)


async def _take_back(visit: Visit, conversation_id: str, form: BulkForm) -> str:
    """Give it back to whoever had it; what somebody moved on since stays so."""
    back = form.before.get(conversation_id)
    if back is None or back.lease != await _lease(visit, conversation_id):
        raise ChangedSince
    to = DeedForm(staff_id=back.staff_id)
    await DEEDS[back.deed](visit, conversation_id, to)
    return ""


async def _lease(visit: Visit, conversation_id: str) -> int:
    async with visit.transaction() as tx:
        return (await find_conversation(tx, conversation_id)).state.lease


def _told(
    visit: Visit,
    form: BulkForm,
    changed: Sequence[str],
    done: int,
    refused: Sequence[str],
) -> list[Toast]:
    toasts = []
    if done:
        one, many = _DONE[form.deed]
        fields = _undo_fields(visit, form, changed)
        word = _("Take them again") if form.deed == "hand-back" else _("Undo")
        toasts.append(
            Toast(
                text=plural(one, many, done),
                undo="bulk" if fields else "",
                undo_word=word if fields else "",
                undo_fields=fields,
            )
        )
    if refused:
        why = " ".join(dict.fromkeys(refused[:_TOLD]))
        text = plural(
            "%(n)s could not be changed: %(why)s",
            "%(n)s could not be changed: %(why)s",
            len(refused),
            why=why,
        )
        toasts.append(Toast(text=text, is_problem=True))
    return toasts


def _undo_fields(
    visit: Visit, form: BulkForm, changed: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """The form that takes it back where something changed; empty where none does."""
    deed = _UNDO.get(form.deed)
    if deed is None or not changed:
        return ()
    if deed == "take-back":
        ids = (each.partition(" ")[0] for each in changed)
        backs = (("back", each) for each in changed)
        return (("deed", deed), *(("ids", one) for one in ids), *backs)
    more = {"tag": form.tag.strip(), "staff_id": str(visit.me.staff_id)}
    given = ((name, more[name]) for name in _UNDO_NEEDS.get(deed, ()))
    return (("deed", deed), *given, *(("ids", one) for one in changed))


_UNDO: Final = {
    "assign": "take-back",
    "resolve": "reopen",
    "snooze": "unsnooze",
    "hand-back": "assign",
    "tag": "untag",
}
"""By what a deed is taken back. What a team got it has given on at once."""
_UNDO_NEEDS: Final = {"assign": ("staff_id",), "untag": ("tag",)}
_DONE: Final = {
    "assign": mark_plural(
        "%(n)s conversation assigned.", "%(n)s conversations assigned."
    ),
    "give": mark_plural(
        "%(n)s conversation given to the team.",
        "%(n)s conversations given to the team.",
    ),
    "take-back": mark_plural(
        "%(n)s conversation is with whoever had it before.",
        "%(n)s conversations are with whoever had them before.",
    ),
    "resolve": mark_plural(
        "%(n)s conversation resolved.", "%(n)s conversations resolved."
    ),
    "reopen": mark_plural(
        "%(n)s conversation reopened.", "%(n)s conversations reopened."
    ),
    "snooze": mark_plural(
        "%(n)s conversation snoozed.", "%(n)s conversations snoozed."
    ),
    "hand-back": mark_plural(
        "%(n)s conversation handed back to the bot.",
        "%(n)s conversations handed back to the bot.",
    ),
    "unsnooze": mark_plural(
        "%(n)s conversation no longer snoozed.",
        "%(n)s conversations no longer snoozed.",
    ),
    "tag": mark_plural("%(n)s contact tagged.", "%(n)s contacts tagged."),
    "untag": mark_plural(
        "The tag is gone from %(n)s contact.", "The tag is gone from %(n)s contacts."
    ),
}

BULK_ROUTES: Final[Sequence[ControllerRouterHandler]] = (do_many,)
