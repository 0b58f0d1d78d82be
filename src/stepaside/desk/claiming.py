"""The page behind a link that claims a conversation, and the worker that shows pushes.

Both are for people who are not signed in, or not yet.
"""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.desk.pages import STATIC, page
from stepaside.desk.visit import TheDesk
from stepaside.pipeline.claim_links import ClaimOffer, ClaimState, claim_by_link, look

_WORKER: Final = (STATIC / "push" / "worker.js").read_text()
_GONE: Final = (ClaimState.UNKNOWN, ClaimState.USED, ClaimState.EXPIRED)


@get("/claim/{token:str}")
async def show_claim(desk: TheDesk, token: FromPath[str]) -> Response[str]:
    """A button. Only pressing it claims: mail scanners open what they find."""
    return _page(await look(desk.rt, token), token)


@post("/claim/{token:str}", status_code=HTTP_200_OK)
async def use_claim(desk: TheDesk, token: FromPath[str]) -> Response[str]:
    """Claim, once."""
    return _page(await claim_by_link(desk.rt, token), token)


@get("/push.js")
async def push_worker() -> Response[str]:
    """What a browser runs when a notification comes, also while no page is open.

    From its own address, since its reach is the folder it comes from.
    """
    return Response(
        _WORKER,
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache"},
    )


def _page(offer: ClaimOffer, token: str) -> Response[Any]:
    status = 410 if offer.state in _GONE else 200
    return page("claim.html", status=status, offer=offer, token=token)


CLAIM_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_claim,
    use_claim,
    push_worker,
)
