"""What a staff member does to a conversation: one POST, one deed."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.errors import InvalidField, Refusal
from stepaside.desk.doing import DEEDS
from stepaside.desk.forms import DeedForm, Form, MessageForm
from stepaside.desk.listing import link
from stepaside.desk.pages import page
from stepaside.desk.updates import Toast, Watching
from stepaside.desk.visit import Visit, Visited, is_partial
from stepaside.desk.watching import draw
from stepaside.desk.words import _, why_refused
from stepaside.pipeline import staff
from stepaside.store.errors import NotFound

LONGEST_MESSAGE: Final = 10_000


@post("/conversations/{conversation_id:str}/messages", status_code=HTTP_200_OK)
async def send_message(
    visit: Visited, conversation_id: FromPath[str], data: URLEncodedBody[MessageForm]
) -> Response[Any]:
    """Reply, or write a note."""
    write = staff.note if data.kind == "note" else staff.reply
    try:
        await write(
            visit.desk.rt,
            visit.account_id,
            conversation_id,
            actor=visit.actor,
            text=_checked(data.text),
            external_id=_sender_id(visit, data.sender_id),
        )
    except Refusal as refusal:
        return await _refused(visit, conversation_id, data, refusal)
    return await _done(visit, conversation_id, data, None)


@post("/conversations/{conversation_id:str}/{deed:str}", status_code=HTTP_200_OK)
async def do_deed(
    visit: Visited,
    conversation_id: FromPath[str],
    deed: FromPath[str],
    data: URLEncodedBody[DeedForm],
) -> Response[Any]:
    """Claim, assign, release, hand back, pause, snooze, resolve, or take it back."""
    do = DEEDS.get(deed)
    if do is None:
        raise NotFound("deed", deed)
    try:
        done = await do(visit, conversation_id, data)
    except Refusal as refusal:
        return await _refused(visit, conversation_id, data, refusal)
    return await _done(visit, conversation_id, data, done.toast(conversation_id))


async def _done(
    visit: Visit, conversation_id: str, form: Form, toast: Toast | None
) -> Response[Any]:
    if not is_partial(visit.request):
        return Redirect(link(form.view, form.q, conversation_id), status_code=303)
    watching = _watching(visit, conversation_id, form)
    toasts = [toast] if toast else []
    updates = await draw(visit, watching, [conversation_id], toasts=toasts)
    return Response(updates.html, media_type="text/html")


async def _refused(
    visit: Visit, conversation_id: str, form: Form, refusal: Refusal
) -> Response[Any]:
    """Say why not, beside the state as it really is: somebody else was faster."""
    status = 422 if isinstance(refusal, InvalidField) else 409
    text = why_refused(refusal)
    if not is_partial(visit.request):
        back = link(form.view, form.q, conversation_id)
        title = _("That was not possible")
        return page("problem.html", status=status, title=title, text=text, back=back)
    toast = Toast(text=text, is_problem=True)
    watching = _watching(visit, conversation_id, form)
    updates = await draw(visit, watching, [conversation_id], toasts=[toast])
    return Response(updates.html, status_code=status, media_type="text/html")


def _watching(visit: Visit, conversation_id: str, form: Form) -> Watching:
    return Watching(
        listing=form.listing(visit.me.staff_id),
        conversation_id=conversation_id,
        since=form.since,
    )


def _checked(text: str) -> str:
    """The text without blank edges. Raises: InvalidField: too short or too long."""
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise InvalidField("text", _("Write something first."))
    if len(text) > LONGEST_MESSAGE:
        most = _("Write at most %(n)s characters.", n=f"{LONGEST_MESSAGE:,}")
        raise InvalidField("text", most)
    return text


def _sender_id(visit: Visit, sender_id: str) -> str | None:
    # Under one's own name: nobody can take the id of a colleague's next message.
    return f"{visit.me.staff_id}:{sender_id}" if sender_id else None


DEED_ROUTES: Final[Sequence[ControllerRouterHandler]] = (send_message, do_deed)
