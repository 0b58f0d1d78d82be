"""Signs of life from the page of a conversation: somebody looks, somebody writes."""

from collections.abc import Sequence
from typing import Final

from litestar import post
from litestar.params import FromPath, URLEncodedBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from stepaside.desk.visit import Visited
from stepaside.live.presence import Sign, What
from stepaside.store.conversations import find_conversation


class SignForm(Struct, kw_only=True):
    """What the page says."""

    csrf: str = ""
    what: What = What.HERE


@post("/conversations/{conversation_id:str}/sign", status_code=HTTP_204_NO_CONTENT)
async def give_sign(
    visit: Visited, conversation_id: FromPath[str], data: URLEncodedBody[SignForm]
) -> None:
    """Tell colleagues who look at the conversation as well."""
    async with visit.transaction() as tx:
        await find_conversation(tx, conversation_id)
        place = (visit.account_id, conversation_id)
        sign = Sign(place=place, who=visit.me.staff_id, what=data.what)
        await visit.desk.hub.presence.give(tx, sign)


WRITING_ROUTES: Final[Sequence[ControllerRouterHandler]] = (give_sign,)
