"""The head of a CONNECT request: the first thing that most connections bring (RFC 9110 section 9.3.6).

Its grammar is that of every request (`http/heads`); here is what is more: it names a host and a port, and carries no body.
"""

import re
from dataclasses import dataclass
from typing import Final

from saywhy.policy.address import AddressError, canonical_host
from saywhy.proxy.http.heads import MOST_REQUEST_HEAD, HeadError, check_request_head

LONGEST: Final = MOST_REQUEST_HEAD  # bytes; a longer one is answered with 431 (RFC 6585 section 5)
END: Final = b"\r\n\r\n"
_NO_BODY: Final = re.compile(rb"0+")


class BadHeadError(ValueError):
    """The head is none that has one meaning; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Where a tunnel is asked for. `fields` are the header's names in lower case and their values."""

    host: str  # canonical
    port: int
    fields: dict[bytes, bytes]


def read_connect(head: bytes) -> Connect:
    """Read a head, from its first byte up to the empty line and without it. Raises BadHeadError."""
    try:
        check_request_head(head + END)
    except HeadError as error:
        raise BadHeadError(str(error)) from None
    first, *lines = head.split(b"\r\n")
    method, authority, _ = first.split(b" ")
    if method != b"CONNECT":
        raise BadHeadError("the request line is not one of CONNECT")
    host, port = read_connect_target(authority)
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name == b"host":
            if value != authority:
                _refuse_no_host(value)
        elif name == b"transfer-encoding" or (name == b"content-length" and not _NO_BODY.fullmatch(value)):
            raise BadHeadError("a CONNECT carries no body")
        fields[name] = value
    return Connect(host, port, fields)


def read_connect_target(authority: bytes) -> tuple[str, int]:
    """Host, in canonical form, and port of `host:port`. Raises BadHeadError."""
    host, colon, port = authority.rpartition(b":")
    if not colon or not host or not (port.isdigit() and len(port) <= 5 and 0 < int(port) < 65_536):
        raise BadHeadError("the address is not a host and a port")
    if b":" in host and not host.startswith(b"["):
        raise BadHeadError("an IPv6 address stands in brackets")
    try:
        return canonical_host(host.decode("utf-8")), int(port)
    except (AddressError, UnicodeDecodeError):
        raise BadHeadError("the address holds no proper host") from None


def _refuse_no_host(value: bytes) -> None:
    """A Host beside a whole address counts for nothing (RFC 9112 section 3.2.2), but it has to be one (section 3.2)."""
    try:
        canonical_host(value.decode("utf-8"))  # without a port
    except (AddressError, UnicodeDecodeError):
        read_connect_target(value)
