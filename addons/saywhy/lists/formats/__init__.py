"""One module for each format that lists come in: a line in, entries and refusals out.

The law of this package: a reader is a function of one line (without its end); those with a memory are made anew for
each file. Nothing is an empty answer but a blank line, a comment, what only frames a file, and what an include does not
choose.
"""

from collections.abc import Callable, Sequence
from typing import Final

from saywhy.lists.entry import Found, Include, Refusal
from saywhy.lists.formats.adblock import read_adblock
from saywhy.lists.formats.dnsmasq import read_dnsmasq
from saywhy.lists.formats.expressions import read_expression
from saywhy.lists.formats.hosts import read_hosts
from saywhy.lists.formats.plain import read_plain
from saywhy.lists.formats.rpz import Zone
from saywhy.lists.formats.unbound import read_unbound
from saywhy.lists.formats.urls import read_url
from saywhy.lists.formats.v2fly import read_v2fly

type Read = Sequence[Found | Refusal | Include]
type LineReader = Callable[[str], Read]

FORMATS: Final[dict[str, Callable[[], LineReader]]] = {
    "domains": lambda: read_plain,
    "hosts": lambda: read_hosts,
    "urls": lambda: read_url,
    "expressions": lambda: read_expression,
    "dnsmasq": lambda: read_dnsmasq,
    "unbound": lambda: read_unbound,
    "adblock": lambda: read_adblock,
    "rpz": lambda: Zone().read,
    "v2fly": lambda: read_v2fly,
}
