"""What may be opened at all, whatever the rules say: ports, addresses written as numbers, private addresses."""

from ipaddress import IPv4Address, IPv6Network
from typing import Final

from saywhy.decide.access import Target
from saywhy.decide.decision import Reason
from saywhy.policy.address import address_literal
from saywhy.policy.own_hosts import BLOCKED_NAME
from saywhy.policy.school import Address, Reach

_NAT64: Final = IPv6Network("64:ff9b::/96")


def refused_by_reach(reach: Reach, target: Target) -> Reason | None:
    """Why a port or an address that is written as numbers may not be opened at all; None where it may.

    Nor may the name by which devices are checked.
    """
    if target.host == BLOCKED_NAME:
        return Reason.TEST
    if target.port not in reach.ports:
        return Reason.PORT
    literal = address_literal(target.host)
    if literal is None or reach.names(literal):
        return None
    return Reason.ADDRESS_LITERAL if address_allowed(reach, literal) else Reason.PRIVATE_ADDRESS


def address_allowed(reach: Reach, address: Address) -> bool:
    """Whether an address that a name stands for may be opened: a public one, or one that policy names.

    Private is what `ipaddress` calls not global (the IANA special-purpose registries, RFC 6890) and multicast.
    """
    embedded = _embedded(address)
    if embedded is not None and not address_allowed(reach, embedded):
        return reach.names(address)
    return (address.is_global and not address.is_multicast) or reach.names(address)


def _embedded(address: Address) -> Address | None:
    if address.version == 4:
        return None
    # IPv4 inside IPv6: mapped (RFC 4291 2.5.5.2), 6to4 (RFC 3056), Teredo (RFC 4380), NAT64 (RFC 6052 2.1)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
