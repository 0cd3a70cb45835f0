"""Names and URL prefixes of lists, in the form in which Saywhy compares addresses."""

import re
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final
from urllib.parse import quote, unquote

from saywhy.lists.entry import Found, Kind, Refusal
from saywhy.policy.address import AddressError, Url, address_literal, canonical_host, canonical_url, path_to_compare

# What the WHATWG host parser gives back unchanged: nothing to fold, no punycode to check, no number at the end.
_CANONICAL_ALREADY: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z](?:[a-z-]{0,61}[a-z])?")
_LONGEST_NAME: Final = 253
_LONG_LABEL: Final = re.compile(r"[^.]{64}")  # RFC 1035 section 2.3.4: no label is longer than 63
# The standard lets a host hold more (`example.org;why`, `example.org,`), which no name has and a list never means.
_SIGNS: Final = re.compile(r"[a-z0-9._:-]+")
_PLAIN_IN_PATHS: Final = "/:@!$&'()*+,;=~"
_NETWORK: Final = re.compile(r"([0-9a-fA-F.:]+)\s*([/-])\s*([0-9a-fA-F.:]+)")
NETWORK: Final = "a network of addresses, not a name"
_NUMBER: Final = "a number, not a name; browsers would read it as an IP address"
_LABEL_TOO_LONG: Final = "a label longer than 63 characters"


def read_name(text: str) -> str | Refusal:
    """The name in canonical form, or why it is none. An IP address is a name as well, with nothing below it."""
    if _CANONICAL_ALREADY.fullmatch(text) and "xn--" not in text and len(text) <= _LONGEST_NAME:
        return text
    if "*" in text:  # the standard takes it as a sign like others; in a list it never means itself
        return Refusal("a * within a name")
    try:
        name = canonical_host(text)
    except AddressError:
        return Refusal(_what_is_wrong(text))
    if reads_as_address(text, name):
        return Refusal(_NUMBER)
    if _LONG_LABEL.search(name):
        return Refusal(_LABEL_TOO_LONG)
    return name if _SIGNS.fullmatch(name) else Refusal(_what_is_wrong(text))


def is_network(text: str) -> bool:
    """Whether this stands for many addresses: `1.10.16.0/20`, `10.0.0.0/255.0.0.0`, `2001:db8::/32`, `192.0.2.1-192.0.2.9`."""
    parts = _NETWORK.fullmatch(text)
    if parts is None or not ("." in parts[1] or ":" in parts[1]):
        return False
    try:
        if parts[2] == "-":
            return ip_address(parts[1]).version == ip_address(parts[3]).version
        ip_network(f"{parts[1]}/{parts[3]}", strict=False)
    except ValueError:
        return False
    return True


def reads_as_address(text: str, host: str) -> bool:
    """Whether a text that is no IP address as people write it becomes one (WHATWG URL, 3.5): `168.2`, `888`, `0x7f.1`."""
    if not host[-1:].isdigit() or ":" in text or not isinstance(address_literal(host), IPv4Address):
        return False
    return host != text.strip().removesuffix(".")


def read_listed(text: str, kind: Kind, *, exception: bool = False) -> Found | Refusal:
    """A name as an entry of that kind; `*.name` and `.name` are read by the format, not here."""
    name = read_name(text)
    return name if isinstance(name, Refusal) else Found(kind, name, exception)


def read_prefix(text: str) -> Found | Refusal:  # noqa: PLR0911 — one return for each reason
    """`host/path` or `host/path?parameters`, with or without http(s)://, as an entry. Without a path it is a name."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme.lower() not in ("http", "https"):
        return Refusal("an address of another kind than http and https")
    whole = rest if separator else text
    if not separator and is_network(whole):
        return Refusal(NETWORK)
    host_part = re.split(r"[/?\\]", whole, maxsplit=1)[0]
    if wrong := _wrong_signs(whole, host_part):
        return Refusal(wrong)
    try:
        url = canonical_url(f"http://{whole}")
    except AddressError:
        return Refusal("not a web address")
    if wrong := _wrong_host(host_part, url):
        return Refusal(wrong)
    path = path_to_compare(url.path).rstrip("/")
    if not path and not url.query:
        return Found(Kind.COVERS, url.host)
    return Found(
        Kind.PREFIX, f"{url.host}{quote(path, safe=_PLAIN_IN_PATHS)}/" + (f"?{url.query}" if url.query else "")
    )


def _wrong_signs(whole: str, host_part: str) -> str:
    if "#" in whole:
        return "a # in a web address: what follows it never reaches a filter"
    if "@" in host_part:
        return "an @ in the host of a web address"
    if any(mark.isspace() for mark in whole):
        return "a space within"
    return "" if host_part and "*" not in host_part else "not a web address"


def _wrong_host(written: str, url: Url) -> str:
    if not _SIGNS.fullmatch(url.host):
        return "not a web address"
    if reads_as_address(re.sub(":[0-9]*$", "", written), url.host):
        return _NUMBER
    if _LONG_LABEL.search(url.host):
        return _LABEL_TOO_LONG
    return "" if url.port in (80, 443) else "a web address with a port"


def parts_of(prefix: str) -> tuple[str, str, frozenset[str]]:
    """Host, path (as `path_to_compare` gives it, `/` at its end) and parameters of a prefix that was read before."""
    address, _, query = prefix.partition("?")
    host, _, path = address.partition("/")
    return host, "/" + unquote(path), parameters_of(query)


def parameters_of(query: str) -> frozenset[str]:
    """The parameters as they stand in a query: `a=1&b;c` has three."""
    return frozenset(re.split("[&;]", query)) if query else frozenset()


def prefix_entry(host: str, path: str, parameters: frozenset[str]) -> str:
    """A prefix as a belonging names it: `example.org/path?a=1`."""
    return host + path.removesuffix("/") + (f"?{'&'.join(sorted(parameters))}" if parameters else "")


def key_of(host: str) -> str:
    """The labels from the end, each with a dot after it: the keys of all names above begin this one.

    An IP address stands for itself, behind a mark that no host can hold.
    """
    if (host[-1:].isdigit() or ":" in host) and address_literal(host) is not None:  # the first half saves a call
        return f"#{host}."
    labels = host.split(".")
    labels.reverse()
    return ".".join(labels) + "."


def name_of(key: str) -> str:
    """The host that `key_of` made this key from."""
    if key.startswith("#"):
        return key[1:-1]
    return ".".join(reversed(key[:-1].split(".")))


def _what_is_wrong(text: str) -> str:  # noqa: PLR0911 — one return for each reason
    if is_network(text):
        return NETWORK
    if "://" in text or "/" in text:
        return "a web address, not a name"
    if any(mark.isspace() for mark in text):
        return "a space within"
    if ".." in text or text.startswith(".") or text == "":
        return "an empty label"
    if len(text) > _LONGEST_NAME:
        return f"longer than {_LONGEST_NAME} characters"
    if re.search(r":[0-9]+$", text):
        return "a name with a port"
    return "not a host name"
