"""One deed for many conversations: what worked is done, what did not is told."""

from collections.abc import Sequence
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


class BulkForm(DeedForm, kw_only=True):
    """The conversations that were chosen, and what to do to them."""

    ids: Chosen
    deed: Literal[
        "assign",
        "resolve",
        "reopen",
        "snooze",
        "unsnooze",
        "hand-back",
        "tag",
        "untag",
    ]
    tag: Annotated[str, Meta(max_length=100)] = ""

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
            if await _do_one(visit, conversation_id, data):
                changed.append(conversation_id)
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


async def _do_one(visit: Visit, conversation_id: str, form: BulkForm) -> bool:
    """Whether something changed that undo takes back."""
    if form.deed not in ("tag", "untag"):
        await DEEDS[form.deed](visit, conversation_id, form)
        return True
    async with visit.transaction() as tx:
        contact_id = (await find_conversation(tx, conversation_id)).contact_id
        had = (await get_contact(tx, contact_id)).tags
    tag = form.tag.strip()
    if not tag:
        raise InvalidField("tag", _("Write a tag first."))
    here = visit.desk.rt, visit.account_id, contact_id
    change = contacts.tag if form.deed == "tag" else contacts.untag
    await change(*here, tag, actor=visit.actor)
    return (tag in had) is (form.deed == "untag")


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
    more = {"tag": form.tag.strip(), "staff_id": str(visit.me.staff_id)}
    given = ((name, more[name]) for name in _UNDO_NEEDS.get(deed, ()))
    return (("deed", deed), *given, *(("ids", one) for one in changed))


_UNDO: Final = {
    "resolve": "reopen",
    "snooze": "unsnooze",
    "hand-back": "assign",
    "tag": "untag",
}
"""By what a deed is taken back; where it depends on who had each, by nothing."""
_UNDO_NEEDS: Final = {"assign": ("staff_id",), "untag": ("tag",)}
_DONE: Final = {
    "assign": mark_plural(
        "%(n)s conversation assigned.", "%(n)s conversations assigned."
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
