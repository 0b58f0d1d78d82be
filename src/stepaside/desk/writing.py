"""Signs of life from the page of a conversation: somebody looks, somebody writes."""

from collections.abc import Sequence
from typing import Final

from litestar import post
from litestar.params import FromPath, URLEncodedBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from stepaside.desk.visit import Visited
from stepaside.store.conversations import find_conversation


class Sign(Struct, kw_only=True):
    """What the page says: `here`, `writing`, or `gone`."""

    csrf: str = ""
    what: str = "here"


@post("/conversations/{conversation_id:str}/sign", status_code=HTTP_204_NO_CONTENT)
async def give_sign(
    visit: Visited, conversation_id: FromPath[str], data: URLEncodedBody[Sign]
) -> None:
    """Tell colleagues who look at the conversation as well."""
    async with visit.transaction() as tx:
        await find_conversation(tx, conversation_id)
    place, presence = (visit.account_id, conversation_id), visit.desk.presence
    if data.what == "gone":
        presence.leave(place, visit.me.staff_id)
    else:
        presence.note(place, visit.me.staff_id, writes=data.what == "writing")


WRITING_ROUTES: Final[Sequence[ControllerRouterHandler]] = (give_sign,)
