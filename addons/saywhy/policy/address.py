r"""Host names and URLs in the one form in which Saywhy compares them: the WHATWG URL standard, by ada-url.

Browsers read an address by that standard, so reading it in any other way would be deciding on another address
than the one that is opened (`https://example.com\\@evil.com/` is example.com).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

import ada_url

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")
_LONGEST_URL: Final = 65_536
_LONGEST_NAME: Final = 253  # RFC 1035 section 3.1, without the root's dot
_MARKED: Final = re.compile(r"[%\\;]|/[/.]")  # what no path has that is compared as it stands
# A path and a query that the WHATWG URL standard (4.4, states "path" and "query") leaves as they are, no segment being dots.
_AS_WRITTEN: Final = re.compile(r"(/[A-Za-z0-9_~!$&'()*+,=:@./-]*)(?:\?([A-Za-z0-9_~!$&()*+,=:@./;?%-]*))?")
_LONGEST_PLAIN: Final = 32_768
_DOTS: Final = frozenset((".", ".."))

# What a canonical path must have for two servers to read it differently: something that hides an ASCII letter or a
# segment back. Nearly no path has any of it, so it is looked for first.
_SUSPECT: Final = re.compile(r"%(?:00|2[5ef]|5c|c[01]|[ef]0|f8|fc)|\.;", re.IGNORECASE)
# NUL, %, ., / and \ in two to six bytes; other letters in too many bytes are what old character sets look like
_OVERLONG: Final = re.compile(
    rb"(?:\xc0|\xe0\x80|\xf0\x80{2}|\xf8\x80{3}|\xfc\x80{4})[\x80\xa5\xae\xaf]"
    rb"|(?:\xc1|\xe0\x81|\xf0\x80\x81|\xf8\x80{2}\x81|\xfc\x80{3}\x81)\x9c"
)


class AddressError(ValueError):
    """The text is no address that a browser could open; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Url:
    """A canonical URL: what is decided on and what is forwarded."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin_form(self) -> str:
        """Path and query as they stand in a request line (RFC 9112 section 3.2.1)."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def authority(self) -> str:
        """The host, and the port where it is not the scheme's own."""
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{bracketed(self.host)}{port}"

    @property
    def without_query(self) -> str:
        """The URL as far as it may be written down: no query, no fragment, no user."""
        return f"{self.scheme}://{self.authority}{self.path}"


def bracketed(host: str) -> str:
    """The host as it stands in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


@lru_cache(maxsize=65_536)
def canonical_host(text: str) -> str:
    """The host in canonical form: lower case, ASCII (UTS 46), no trailing dot, IP addresses in their usual notation.

    An IPv6 address comes without brackets, an IPv4-mapped one as IPv4. Raises AddressError.
    """
    bare = text.strip()
    if ":" in bare and not bare.startswith("["):
        bare = f"[{bare}]"
    if not bare or any(mark in bare for mark in "/\\?#@") or (bare.startswith("[") and not bare.endswith("]")):
        raise AddressError(f"{text!r} is not a host name")
    try:
        parsed = ada_url.URL(f"http://{bare}/")
    except ValueError:
        raise AddressError(f"{text!r} is not a host name") from None
    if parsed.port:
        raise AddressError(f"{text!r} is not a host name: it carries a port")
    return _trimmed(parsed.hostname, text)


def _trimmed(hostname: str, text: str) -> str:
    host = _host(hostname) if len(hostname) <= _LONGEST_NAME + 1 else None
    if host is None:
        raise AddressError(f"{text!r} is not a host name")
    return host


@lru_cache(maxsize=65_536)
def _host(hostname: str) -> str | None:
    host = hostname.removeprefix("[").removesuffix("]").removesuffix(".")
    if not host or len(host) > _LONGEST_NAME or ".." in host or host.startswith(".") or host.endswith("."):
        return None
    literal = address_literal(host)
    if isinstance(literal, IPv6Address) and literal.ipv4_mapped is not None:
        return str(literal.ipv4_mapped)
    return host


@lru_cache(maxsize=65_536)
def address_literal(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a canonical host stands for by itself, or None when it is a name."""
    if host[-1:].isdigit() or ":" in host:
        try:
            return ip_address(host)
        except ValueError:
            return None
    return None


def canonical_url(text: str) -> Url:
    """The URL in canonical form. A text without a scheme is taken as https. Raises AddressError."""
    shown = text if len(text) <= 200 else f"{text[:200]}…"
    if len(text) > _LONGEST_URL:
        raise AddressError(f"{shown!r} is longer than {_LONGEST_URL} characters")
    try:
        parsed = ada_url.URL(text if "://" in text else f"https://{text}")
    except ValueError:
        raise AddressError(f"{shown!r} is not a web address") from None
    # One text asked of the parser and taken apart here: five times as fast as asking for each part. In a serialised URL
    # (WHATWG URL, 4.5) the parts cannot hold the signs that end them, and the path of these schemes begins with a slash.
    scheme, _, rest = parsed.href.partition(":")
    if scheme not in DEFAULT_PORTS:
        raise AddressError(f"{shown!r} is not a web address: only http, https, ws and wss are")
    whole, _, query = rest.partition("#")[0].partition("?")
    authority, _, path = whole[2:].partition("/")
    host, port = authority.rpartition("@")[2], DEFAULT_PORTS[scheme]
    if host[-1:] != "]" and ":" in host:
        host, _, written = host.rpartition(":")
        port = int(written)
    return Url(scheme, _trimmed(host, shown), port, f"/{path}", query)


def url_at(scheme: str, host: str, port: int, written: str) -> Url:
    """The URL of a path and query, as they are written, at a canonical host. Raises AddressError.

    As `canonical_url` would read it; what needs no parser to be read, which is nearly everything, goes past it.
    """
    plain = _AS_WRITTEN.fullmatch(written)
    if plain is not None and "/." not in plain[1] and len(written) < _LONGEST_PLAIN:
        return Url(scheme, host, port, plain[1], plain[2] or "")
    url = canonical_url(f"{scheme}://{bracketed(host)}:{port}{written}")
    if (url.host, url.port) != (host, port):
        raise AddressError("the address changes when it is read as a browser would")
    return url


def two_readings(path: str) -> str:
    """Why servers could read a canonical path in two ways, in a few words; "" when they could not.

    An encoded slash is none: sites use it, and rules compare it as a slash. But a segment back that comes about by
    decoding only (`/a%2f..%2fb`, `/a/..;x/b`, `/%252e%252e/b`) leads to one place or another, NUL ends a path for
    some, and a slash, a dot or a percent sign in more bytes than it needs (RFC 3629 section 3) is one for some. Paths in
    old character sets (`/%C0%B4`) pass as they are.
    """
    if _SUSPECT.search(path) is None:
        return ""
    decoded = _decoded_bytes(path)
    if b"\0" in decoded:
        return "the path holds NUL"
    if _OVERLONG.search(decoded) is not None:
        return "the path holds a slash, a dot or a percent sign in more bytes than it needs"
    parts = decoded.replace(b"\\", b"/").split(b"/")
    return "the path goes back where it is decoded" if any(part.split(b";", 1)[0] == b".." for part in parts) else ""


def path_to_compare(path: str) -> str:
    """The path as rules compare it: decoded until nothing changes, without case, parameters, empty and dot segments.

    Servers read a path more loosely than the URL standard does, so rules must not be passed by `/%73horts`,
    `//shorts`, `/x/%2e%2e/shorts`, `/shorts;x=1` or `/SHORTS`.
    """
    if path.isascii() and _MARKED.search(path) is None:
        return path.lower()
    compared = _compared_once(path)
    while (again := _compared_once(compared)) != compared:  # folding case can complete an escape: %\ufb00 becomes %ff
        compared = again
    return compared


def _compared_once(path: str) -> str:
    segments: list[str] = []
    ends_in_folder = False
    # NFKC: some servers find the nearest letter in their own character set (full-width, long s)
    for part in unicodedata.normalize("NFKC", _decoded(path)).replace("\\", "/").casefold().split("/"):
        name = part.split(";", 1)[0]  # servers drop a segment's parameters, and do it before they resolve dots: /..;x/
        ends_in_folder = not name or name in _DOTS
        if name == "..":
            if segments:
                segments.pop()
        elif name and name != ".":
            segments.append(name)
    return "/" + "/".join(segments) + ("/" if ends_in_folder and segments else "")


def _decoded(path: str) -> str:
    return _decoded_bytes(path).decode("utf-8", "replace") if "%" in path else path


def _decoded_bytes(path: str) -> bytearray:
    """Percent-decoded until nothing changes, however deeply nested, in one pass over the text."""
    decoded = bytearray()
    for byte in path.encode("utf-8", "replace"):
        decoded.append(byte)
        while len(decoded) > 2 and decoded[-3] == 0x25 and decoded[-2] in _HEX and decoded[-1] in _HEX:
            decoded[-3:] = bytes((int(decoded[-2:], 16),))
    return decoded


def suffixes(host: str) -> list[str]:
    """The name and every name above it, nearest first: a.b.c, b.c, c. An IP address has only itself."""
    if address_literal(host) is not None:
        return [host]
    names = [host]
    start = host.find(".")
    while start >= 0:
        names.append(host[start + 1 :])
        start = host.find(".", start + 1)
    return names
