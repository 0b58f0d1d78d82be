"""Which addresses this machine may be asked to call."""

import asyncio
import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import urlsplit

from stepaside.core.errors import Refusal

_CARRIERS: Final = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"))


class PrivateAddress(Refusal):
    """The address is not one on the public internet."""


async def check_public(url: str, *, allow_private: bool = False) -> str | None:
    """Refuse an address that is not http(s), does not resolve, or is inside a network.

    Returns the IP address to call. Call that one and do not look the name up again:
    the next answer may be another. None where any may be called.

    allow_private: skip the last two of the three, for installations that call their
        own.
    Raises:
        PrivateAddress: says which.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PrivateAddress("The url must start with https:// and name a host.")
    if allow_private:
        return None
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # the second: a name that cannot be one
        raise PrivateAddress(f"The host {parts.hostname} is not known.") from None
    for *_, address in found:
        if not is_public(ipaddress.ip_address(address[0])):
            raise PrivateAddress(
                f"The host {parts.hostname} is inside a private network. An operator "
                "may allow that with STEPASIDE_ALLOW_PRIVATE_ADDRESSES=true."
            )
    return str(found[0][4][0])


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is one machine on the public internet.

    Gateways turn some IPv6 addresses into the IPv4 address they carry, which may be
    one inside: those count as what they carry.
    """
    carried = _carried(address) if isinstance(address, IPv6Address) else None
    if carried:
        return is_public(carried)
    return address.is_global and not address.is_multicast


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside. Source: RFC 4291 2.5.5, RFC 3056, RFC 6052."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    holds = any(address in network for network in _CARRIERS)
    return IPv4Address(int(address) & 0xFFFF_FFFF) if holds else None
