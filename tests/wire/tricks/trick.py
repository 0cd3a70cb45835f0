"""What a trick is: bytes that try to get past a filter, what must come of them, and the honest twin that is served."""

from dataclasses import dataclass, replace
from enum import Enum

# What comes of a talk, beside the status of an answer.
CLOSED = 0  # the connection ended without a word
RESET = 1  # HTTP/2: the stream or the connection was reset, with an error
ALERT = 2  # TLS: the handshake was refused
SHOOK = 3  # TLS: a ServerHello came, from the filter itself or from an origin
SILENT = 4  # nothing came while the client waited

SERVED = frozenset({200})
BAD = frozenset({400})
PAGE = frozenset({403})
REFUSED = BAD | PAGE
TOO_LARGE = frozenset({431})
NOT_SPOKEN = frozenset({CLOSED, ALERT, 400, 403})  # a protocol that is not HTTP over TLS
ENDED = frozenset({RESET, CLOSED, 400})  # HTTP/2 says less often with a status than with a reset


class Way(Enum):
    """How far the filter is let do its part before the bytes are sent."""

    PROXY = "to the proxy's own port"
    TUNNEL = "inside CONNECT, without TLS"
    TLS = "inside CONNECT and TLS"
    H2 = "inside CONNECT and TLS, HTTP/2 agreed on"


@dataclass(frozen=True, slots=True)
class Talk:
    """Bytes and where to send them. `{port}` in them is the origins' port."""

    data: bytes
    way: Way = Way.PROXY
    host: str = "good.test"
    sni: str | None = None  # None: as the host; "": none
    connect: bytes | None = None  # another CONNECT head than the plain one
    together: bool = False  # CONNECT and what follows in one segment
    pieces: int = 0  # send so many bytes at a time
    says: bytes = b"hello"  # what the answer must hold, where it is served
    patience: float = 3.0
    lingers: bool = False  # look for a second answer, too
    served: frozenset[int] = SERVED


@dataclass(frozen=True, slots=True)
class Trick:
    """One way past a filter.

    `refused` are the outcomes of which one must come. No origin may see a byte, except the allowed one where
    `reaches` says so; and none may ever see, nor the client get, the word `smuggled`.
    """

    name: str
    talk: Talk
    refused: frozenset[int]
    twin: Talk
    reaches: bool = False
    waits_for: str = ""
    family: str = ""


def get(target: bytes, host: bytes | None = None, *, version: bytes = b"HTTP/1.1", more: bytes = b"") -> bytes:
    """The head of a GET. `more` are header lines, each with its end."""
    named = b"" if host is None else b"Host: " + host + b"\r\n"
    return b"GET " + target + b" " + version + b"\r\n" + named + more + b"\r\n"


def connect(authority: bytes, host: bytes | None = None, *, more: bytes = b"") -> bytes:
    """The head of a CONNECT."""
    return (
        b"CONNECT "
        + authority
        + b" HTTP/1.1\r\nHost: "
        + (authority if host is None else host)
        + b"\r\n"
        + more
        + b"\r\n"
    )


HONEST = Talk(get(b"http://good.test:{port}/hello", b"good.test:{port}"))
NO_REQUEST = BAD | {CLOSED}  # it does not begin as a request does, so it may be ended without a word
HONEST_INSIDE = Talk(get(b"/hello", b"good.test:{port}"), Way.TLS)


def table(family: str, *tricks: Trick | list[Trick]) -> list[Trick]:
    """The tricks of one family."""
    flat: list[Trick] = []
    for one in tricks:
        flat += one if isinstance(one, list) else [one]
    return [replace(one, family=family) for one in flat]
