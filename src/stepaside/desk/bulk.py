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
from stepaside.desk.doing import DEEDS, ChangedSince
from stepaside.desk.forms import DeedForm
from stepaside.desk.listing import link
from stepaside.desk.updates import Toast, Watching
from stepaside.desk.visit import Visit, Visited, is_partial
from stepaside.desk.watching import draw
from stepaside.desk.words import _, mark_plural, plural, why_refused
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """How one conversation goes back to how it was before the deed.

    lease: as the deed left it; it has moved on where that one moved.
    deed: what takes it back; about: whom or what it has to be told besides.
    """

    conversation_id: str
    lease: int
    deed: str
    about: str = ""

    @classmethod
    def parse(cls, text: str) -> "_Before | None":
        """Read what `str()` wrote; None for anything else."""
        deeds = "|".join(_BACK)
        found = re.fullmatch(rf"(\w+) (\d{{1,18}}) ({deeds}) ([\w-]*)", text)
        if found is None:
            return None
        of, lease, deed, about = found.groups()
        return cls(conversation_id=of, lease=int(lease), deed=deed, about=about)

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.lease} {self.deed} {self.about}"

    @property
    def form(self) -> DeedForm:
        """The form of the deed that takes it back."""
        if self.deed == "take-back":
            return DeedForm(deed_done=self.about)
        return DeedForm(staff_id=self.about)


_BACK: Final = ("assign", "release", "hand-back", "take-back")
"""The deeds that have it as it was."""


class BulkForm(DeedForm, kw_only=True):
    """The conversations that were chosen, and what to do to them."""

    ids: Chosen
    deed: Literal[
        "assign",
        "give",
        "take-back",
        "undo",
        "resolve",
        "snooze",
        "hand-back",
        "tag",
        "untag",
    ]
    tag: Annotated[str, Meta(max_length=100)] = ""
    back: Annotated[list[Back], Meta(max_length=MOST)] | Back = ""

    @property
    def before(self) -> dict[str, "_Before"]:
        """By conversation, what takes the deed back."""
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
            refused.append(why_refused(error))
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
        visit, watching, data.chosen, toasts=_told(data, changed, done, refused)
    )
    return Response(updates.html, media_type="text/html")


async def _do_one(visit: Visit, conversation_id: str, form: BulkForm) -> str:
    """What undo has to know of it: its id or more; empty where nothing undoes it."""
    if form.deed in ("take-back", "undo"):
        return await _take_back(visit, conversation_id, form)
    if form.deed not in ("tag", "untag"):
        return await _do(visit, conversation_id, form)
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


async def _do(visit: Visit, conversation_id: str, form: BulkForm) -> str:
    """Do it; how it goes back to how it was, empty where it cannot or need not."""
    done = await DEEDS[form.deed](visit, conversation_id, form)
    if done.undo not in _BACK:
        return ""
    back = _Before(
        conversation_id=conversation_id,
        lease=await _lease(visit, conversation_id),
        deed=done.undo,
        about="".join(value for _name, value in done.undo_fields),
    )
    return str(back)


async def _take_back(visit: Visit, conversation_id: str, form: BulkForm) -> str:
    """Have it as it was; what somebody moved on since stays so."""
    back = form.before.get(conversation_id)
    if back is None or back.lease != await _lease(visit, conversation_id):
        raise ChangedSince
    await DEEDS[back.deed](visit, conversation_id, back.form)
    return ""


async def _lease(visit: Visit, conversation_id: str) -> int:
    async with visit.transaction() as tx:
        return (await find_conversation(tx, conversation_id)).state.lease


def _told(
    form: BulkForm,
    changed: Sequence[str],
    done: int,
    refused: Sequence[str],
) -> list[Toast]:
    toasts = []
    if done:
        one, many = _DONE[form.deed]
        fields = _undo_fields(form, changed)
        toasts.append(
            Toast(
                text=plural(one, many, done),
                undo="bulk" if fields else "",
                undo_word=_("Undo") if fields else "",
                undo_fields=fields,
            )
        )
    if refused:
        toasts.append(Toast(text=say_refused(refused), is_problem=True))
    return toasts


def say_refused(refused: Sequence[str]) -> str:
    """How many of those chosen could not be changed, and why the first could not."""
    return plural(
        "%(n)s could not be changed: %(why)s",
        "%(n)s could not be changed: %(why)s",
        len(refused),
        why=" ".join(dict.fromkeys(refused[:_TOLD])),
    )


def _undo_fields(form: BulkForm, changed: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The form that takes it back where something changed; empty where none does."""
    deed = _UNDO.get(form.deed)
    if deed is None or not changed:
        return ()
    if deed != "untag":
        ids = (each.partition(" ")[0] for each in changed)
        backs = (("back", each) for each in changed)
        return (("deed", deed), *(("ids", one) for one in ids), *backs)
    tag = ("tag", form.tag.strip())
    return (("deed", deed), tag, *(("ids", one) for one in changed))


_UNDO: Final = {
    "assign": "take-back",
    "resolve": "undo",
    "snooze": "undo",
    "hand-back": "undo",
    "tag": "untag",
}
"""By what a deed is taken back. What a team got it has given on at once."""
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
    "undo": mark_plural(
        "%(n)s conversation is as it was before.",
        "%(n)s conversations are as they were before.",
    ),
    "resolve": mark_plural(
        "%(n)s conversation resolved.", "%(n)s conversations resolved."
    ),
    "snooze": mark_plural(
        "%(n)s conversation snoozed.", "%(n)s conversations snoozed."
    ),
    "hand-back": mark_plural(
        "%(n)s conversation handed back to the bot.",
        "%(n)s conversations handed back to the bot.",
    ),
    "tag": mark_plural("%(n)s contact tagged.", "%(n)s contacts tagged."),
    "untag": mark_plural(
        "The tag is gone from %(n)s contact.", "The tag is gone from %(n)s contacts."
    ),
}

BULK_ROUTES: Final[Sequence[ControllerRouterHandler]] = (do_many,)
