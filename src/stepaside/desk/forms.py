"""What the desk's forms send."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from msgspec import Meta, Struct

from stepaside.core.ids import StaffId
from stepaside.desk.listing import parse_only
from stepaside.store.desk_lists import Listing, View


class Form(Struct, kw_only=True):
    """What every form says about the page it stands on.

    only: what its list is narrowed to, as in its address.
    since: from when on the transcript is shown there.
    open_id: the conversation that is open there; empty where none is.
    """

    csrf: str = ""
    view: View = View.ALL
    q: Annotated[str, Meta(max_length=100)] = ""
    only: Annotated[str, Meta(max_length=1000)] = ""
    since: datetime | None = None
    open_id: str = ""

    def listing(self, me: StaffId) -> Listing:
        """The list the page shows."""
        only = parse_only(dict(parse_qsl(self.only)))
        return Listing(view=self.view, me=me, search=self.q.strip(), only=only)


class DeedForm(Form, kw_only=True):
    """A form that does something to a conversation.

    staff_id: whom to assign it to; team_id: whose queue to put it into.
    until: a key of `moments` or `pausing`, `custom` with `until_at`, or `never`.
    deed_done: with `take-back`, the last word of the address of what is taken back.
    verdict: on the handover with the id `handover_id`; empty to take it back.
    """

    staff_id: Annotated[str, Meta(max_length=100)] = ""
    team_id: Annotated[str, Meta(max_length=100)] = ""
    until: Annotated[str, Meta(max_length=20)] = ""
    until_at: Annotated[str, Meta(max_length=40)] = ""
    deed_done: Annotated[str, Meta(max_length=20)] = ""
    handover_id: Annotated[str, Meta(max_length=100)] = ""
    verdict: Literal["", "right", "too_early", "too_late"] = ""


class MessageForm(Form, kw_only=True):
    """A reply to the contact, or a note that only staff see.

    sender_id: made by the page for this one message, so that it exists once however
        often the form is sent.
    """

    kind: Literal["reply", "note"] = "reply"
    text: str = ""
    sender_id: Annotated[str, Meta(max_length=100)] = ""
