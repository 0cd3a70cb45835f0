"""Whether two addresses are one device: whoever asked from it answers nothing from it.

An address is no proof of a person; accounts are what counts, and this is a second line behind them. It says nothing where
many people share an address: in a place that policy calls `shared` (NAT, a proxy), and on this machine itself (loopback),
from where Saywhy is tried out.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from saywhy.policy.policy import Policy
from saywhy.policy.school import most_specific_first


def same_device(policy: Policy, one: str | None, other: str | None) -> bool:
    """Whether both are known, the same, and of one device alone."""
    first, second = _address(one), _address(other)
    if first is None or first != second or first.is_loopback:
        return False
    for place in most_specific_first(policy.places):
        if first.version == place.network.version and first in place.network:
            return not place.shared
    return True


def is_this_machine(text: str | None) -> bool:
    """Whether an address is of the machine that Saywhy runs on, so that it tells nobody apart."""
    address = _address(text)
    return address is not None and address.is_loopback


def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
