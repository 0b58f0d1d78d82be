"""Which addresses this machine may be asked to call."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from stepaside.core.errors import Refusal


class PrivateAddress(Refusal):
    """The address is not one on the public internet."""


async def check_public(url: str, *, allow_private: bool = False) -> None:
    """Refuse an address that is not http(s), does not resolve, or is inside a network.

    allow_private: skip the last of the three, for installations that call their own.
    Raises:
        PrivateAddress: says which.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PrivateAddress("The url must start with https:// and name a host.")
    if allow_private:
        return
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
    except OSError:
        raise PrivateAddress(f"The host {parts.hostname} is not known.") from None
    for *_, address in found:
        if not ipaddress.ip_address(address[0]).is_global:
            raise PrivateAddress(
                f"The host {parts.hostname} is inside a private network. An operator "
                "may allow that with STEPASIDE_ALLOW_PRIVATE_ADDRESSES=true."
            )
