"""Which addresses an inbox may name."""

from ipaddress import ip_address

import pytest

from stepaside.channels.addresses import PrivateAddress, check_public, is_public


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888"])
def test_machines_on_the_internet_may_be_called(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - where to call, not where to listen
        "224.0.0.1",
        "::1",
        "fd00::1",
        "fe80::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::1",
    ],
)
def test_what_is_inside_or_leads_inside_may_not(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("host", ["a" * 300, "..", "127.1", "0x7f000001", "[::1]"])
async def test_odd_ways_to_write_a_host_are_refused_in_words(host: str) -> None:
    with pytest.raises(PrivateAddress):
        await check_public(f"http://{host}/hook")
