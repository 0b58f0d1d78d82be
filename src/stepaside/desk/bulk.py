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
    deed: Literal["assign", "resolve", "reopen", "snooze", "hand-back", "tag"]
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
    for conversation_id in data.chosen:
        try:
            await _do_one(visit, conversation_id, data)
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
        visit, watching, data.chosen, toasts=_told(data, done, refused)
    )
    return Response(updates.html, media_type="text/html")


async def _do_one(visit: Visit, conversation_id: str, form: BulkForm) -> None:
    if form.deed != "tag":
        await DEEDS[form.deed](visit, conversation_id, form)
        return
    async with visit.transaction() as tx:
        contact_id = (await find_conversation(tx, conversation_id)).contact_id
    tag = form.tag.strip()
    if not tag:
        raise InvalidField("tag", _("Write a tag first."))
    here = visit.desk.rt, visit.account_id, contact_id
    await contacts.tag(*here, tag, actor=visit.actor)


def _told(form: BulkForm, done: int, refused: Sequence[str]) -> list[Toast]:
    toasts = []
    if done:
        one, many = _DONE[form.deed]
        undo = ""
        if form.deed in _UNDO and len(form.chosen) == done:
            undo = _UNDO[form.deed]
        toasts.append(
            Toast(
                text=plural(one, many, done),
                undo="bulk" if undo else "",
                undo_word=_("Undo") if undo else "",
                undo_fields=_undo_fields(form, undo) if undo else (),
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


def _undo_fields(form: BulkForm, deed: str) -> tuple[tuple[str, str], ...]:
    return (("deed", deed), *(("ids", one) for one in form.chosen))


_UNDO: Final = {"resolve": "reopen"}
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
    "tag": mark_plural("%(n)s contact tagged.", "%(n)s contacts tagged."),
}

BULK_ROUTES: Final[Sequence[ControllerRouterHandler]] = (do_many,)
