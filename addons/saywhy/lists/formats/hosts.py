"""Hosts files (hosts(5)): an address, then names, each of them alone: what is below a name is not meant."""

from ipaddress import ip_address
from typing import Final

from saywhy.lists.entry import Found, Kind, Refusal
from saywhy.lists.names import read_name
from saywhy.policy.address import address_literal

_OWN: Final = frozenset(
    {
        "localhost",
        "localhost.localdomain",
        "localhost4",
        "localhost6",
        "local",
        "broadcasthost",
        "ip6-localhost",
        "ip6-loopback",
        "ip6-localnet",
        "ip6-mcastprefix",
        "ip6-allnodes",
        "ip6-allrouters",
        "ip6-allhosts",
    }
)


def read_hosts(line: str) -> tuple[Found | Refusal, ...]:
    """Read a line; each name of it becomes an entry or a refusal."""
    fields = line.partition("#")[0].split()
    if not fields:
        return ()
    if not is_address(fields[0]):
        return (Refusal("no address at the beginning of the line"),)
    if len(fields) == 1:
        return (Refusal("an address without a name"),)
    return tuple(_read(name) for name in fields[1:])


def is_address(text: str) -> bool:
    """Whether this can begin a line of a hosts file; an IPv6 address may carry a zone (fe80::1%lo0)."""
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _read(text: str) -> Found | Refusal:
    name = read_name(text)
    if isinstance(name, Refusal):
        return name
    if name in _OWN:
        return Refusal("a name of the machine itself")
    if address_literal(name) is not None:
        return Refusal("an address in place of a name")
    return Found(Kind.ONLY, name)
