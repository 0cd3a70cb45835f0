"""The addresses that stand inside a URL of a carrier, in every way in which the carrier could read them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote

from saywhy.policy.address import AddressError, Url, canonical_host, canonical_url
from saywhy.policy.address_place import AddressPlace
from saywhy.policy.catalogue import Carrier

# An address that is encoded more often than this is not read any more. Once is usual, twice happens.
_MOST_ENCODINGS: Final = 5
_MOST_ADDRESSES: Final = 12  # that one URL may carry, all readings counted: each is decided on
_PATH: Final = "path"
# The WHATWG URL standard takes any number of slashes, or backslashes, after these schemes.
_SCHEME: Final = re.compile(r"(https?|wss?):[/\\]*", re.IGNORECASE)
_HOST_AND_PORT: Final = re.compile(r"[^/?#\\:@]+:\d{1,5}(?=[/?#\\]|$)", re.ASCII)
_ANY_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SEGMENT_END: Final = re.compile(r"[/\\]")
_SPACES: Final = "".join(map(chr, range(33)))
_BREAKS: Final = str.maketrans("", "", "\t\n\r")


type _Text = str | tuple[str, str]  # a text that may be an address: the host, the path, or one value of a parameter


class UnreadableAddressError(ValueError):
    """Where a carrier's URL has to hold an address stands something that is none, or too much."""


def carried_by(carriers: Sequence[Carrier], url: Url) -> tuple[Url, ...]:
    """Every address that the URL could carry, each once; none where it carries none.

    Several readings of one text are all given: what counts is the strictest. Raises UnreadableAddressError.
    """
    found: dict[Url, None] = {}
    readable: dict[_Text, bool] = {}
    for carrier in carriers:
        for place in carrier.places:
            for text, readings in _at(carrier, place, url):
                found |= dict.fromkeys(readings)
                readable[text] = readable.get(text, False) or bool(readings)
    if found:  # then a path is only where it stands: /proxy?q=https://example.com
        readable.pop(_PATH, None)
    if not all(readable.values()) or len(found) > _MOST_ADDRESSES:
        raise UnreadableAddressError
    return tuple(found)


def _at(carrier: Carrier, place: AddressPlace, url: Url) -> Iterator[tuple[_Text, list[Url]]]:
    """For each text that stands at the place, the addresses that it could mean."""
    if place.in_host:
        yield from (("host", readings) for readings in _in_host(carrier, place, url))
    elif place.parameter:
        if _below(place.folders, unquoted(url.path)[-1]) is not None:
            for value in _values(url.query, place.parameter):
                if value.casefold().startswith(place.prefix):
                    yield (place.parameter, value), read_address(value[len(place.prefix) :])
    else:
        rests = (_below(place.folders, path) for path in unquoted(url.path))
        texts = dict.fromkeys(f"{rest}?{url.query}" if url.query else rest for rest in rests if rest)
        if texts:
            yield _PATH, [reading for text in texts for reading in read_address(text)]


def read_address(text: str) -> list[Url]:
    """The addresses that a text could mean, however often it is encoded; none where it is no address."""
    texts = unquoted(text)
    if len(texts) > _MOST_ENCODINGS:
        return []
    return list(dict.fromkeys(url for one in texts if (url := _read(one)) is not None))


def unquoted(text: str) -> list[str]:
    """The text as it stands, and percent-decoded again and again until nothing changes or it is too much."""
    texts = [text]
    while len(texts) <= _MOST_ENCODINGS and (plain := unquote(texts[-1])) != texts[-1]:
        texts.append(plain)
    return texts


def _read(text: str) -> Url | None:
    """An address as a browser's address bar takes it: with a scheme, or a name with a dot in it."""
    plain = text.strip(_SPACES).translate(_BREAKS)
    scheme = _SCHEME.match(plain)
    if scheme is not None:
        plain = f"{scheme[1]}://{plain[scheme.end() :]}"
    elif _ANY_SCHEME.match(plain) and not _HOST_AND_PORT.match(plain):
        return None
    try:
        url = canonical_url(plain if scheme is not None else f"https://{plain.lstrip('/\\')}")
    except AddressError:
        return None
    return url if scheme is not None or _is_name(url.host) else None


def _is_name(host: str) -> bool:
    """Whether a host is a name below a top-level domain, and so what people mean without writing a scheme."""
    _, dot, last = host.rpartition(".")
    return bool(dot) and (last.isalpha() or last.startswith("xn--"))


def _below(folders: Sequence[str], path: str) -> str | None:
    """What follows these folders in a path, however loosely it is written; None where they are not its beginning."""
    rest = path.lstrip("/\\")
    for folder in folders:
        segment = _SEGMENT_END.split(rest, maxsplit=1)[0]
        rest = rest[len(segment) :]
        name = segment.partition(";")[0].casefold()
        if not name or folder not in ("*", name):
            return None
        rest = rest.lstrip("/\\")
    return rest


def _values(query: str, parameter: str) -> Iterator[str]:
    yield from (value for name, value in parse_qsl(query) if name.casefold() == parameter)


def _in_host(carrier: Carrier, place: AddressPlace, url: Url) -> Iterator[list[Url]]:
    """Names whose dots are dashes and whose dashes are doubled, before the carrier's own name.

    A name with dashes at its third and fourth place stands between "0-" and "-0" in AMP caches; Google Translate puts
    "0-" or "1-" before one, leaves "xn--" out of it, and moves the beginning of a long one to a parameter.
    """
    for domain in carrier.domains:
        label = url.host.removesuffix(f".{domain}")
        if label == url.host:
            continue
        befores = [*_values(url.query, place.parameter)] if place.parameter else []
        names: dict[str, None] = {}
        for coded in dict.fromkeys((label, *(f"{before}{label}" for before in befores))):
            shorter = coded[2:] if coded[:2] in ("0-", "1-") else None
            for one in filter(None, (coded, shorter, shorter and shorter.removesuffix("-0"))):
                name = "-".join(part.replace("-", ".") for part in one.split("--"))
                names |= dict.fromkeys((name, f"xn--{name}") if one is not coded else (name,))
        yield [Url(url.scheme, host, url.port, url.path, url.query) for host in _hosts(names)]


def _hosts(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        try:
            host = canonical_host(name)
        except AddressError:
            continue
        if _is_name(host):
            yield host
