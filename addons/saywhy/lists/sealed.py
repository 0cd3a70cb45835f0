"""Sealed lists: addresses that members alone may hold, kept so that nobody can read them, and locked by nature.

What is stored of an address is HMAC-SHA-256 under the school's own key and a salt: whoever copies the file cannot try
addresses against it. The addresses themselves are read once, when a list is sealed, and written nowhere.
"""

import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from saywhy.lists.names import is_network, reads_as_address
from saywhy.policy.address import DEFAULT_PORTS, AddressError, Url, bracketed, canonical_url

KINDS: Final = ("urls", "sha256")
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")
_UNRESERVED: Final = re.compile(r"%(?:2[dD]|2[eE]|5[fF]|7[eE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA])")
_NESTED: Final = re.compile(r"%(?:25)+(?=[0-9a-fA-F]{2})")  # an escaped escape: some servers undo both
_DOUBLED: Final = re.compile(r"/{2,}")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What all sealed lists hold together. `anywhere`: digests are among them, whose hosts nobody here knows."""

    key: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    marks: frozenset[bytes] = field(default=frozenset(), repr=False)  # of addresses and of their hosts
    anywhere: bool = False

    def holds(self, url: Url) -> bool:
        """Whether this very address is on a list, by http or https, with or without a slash at its end."""
        if self._names(url.host) and self._has(_one_form(url)):
            return True
        return self.anywhere and any(self._has(text) for text in _forms(url))

    def may_hold(self, host: str) -> bool:
        """Whether an address at this canonical host could be on a list."""
        return self.anywhere or self._names(host)

    def _names(self, host: str) -> bool:
        return host_mark(self.key, self.salt, host) in self.marks

    def _has(self, text: str) -> bool:
        return mark_of(self.key, self.salt, sha256(text.encode()).digest()) in self.marks


def mark_of(key: bytes, salt: bytes, digest: bytes) -> bytes:
    """What is stored of an address, from the SHA-256 of its canonical form."""
    return hmac.digest(key, salt + b"address" + digest, "sha256")


def host_mark(key: bytes, salt: bytes, host: str) -> bytes:
    """What is stored of a host that has a listed address."""
    return hmac.digest(key, salt + b"host" + host.encode(), "sha256")


def marks_of(kind: str, lines: Iterable[str], key: bytes, salt: bytes) -> tuple[set[bytes], int, list[int]]:
    """The marks of a list's lines, how many entries there are, and the numbers (from 1) of lines that are none."""
    marks: set[bytes] = set()
    entries, bad = 0, []
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("\ufeff")
        if not text or text.startswith("#"):
            continue
        if kind == "sha256":
            if _DIGEST.fullmatch(text) is None:
                bad.append(number)
                continue
            marks.add(mark_of(key, salt, bytes.fromhex(text)))
        else:
            try:
                url = canonical_url(text if "://" in text else f"http://{text}")
            except AddressError:
                bad.append(number)
                continue
            if is_network(text) or ("://" not in text and reads_as_address(re.split("[/:?]", text)[0], url.host)):
                bad.append(number)
                continue
            marks.add(mark_of(key, salt, sha256(_one_form(url).encode()).digest()))
            marks.add(host_mark(key, salt, url.host))
        entries += 1
    return marks, entries, bad


def _forms(url: Url) -> Iterator[str]:
    """The texts whose digest a list could hold for this address, each once."""
    port = "" if url.port in DEFAULT_PORTS.values() else f":{url.port}"
    query = f"?{url.query}" if url.query else ""
    place = f"{bracketed(url.host)}{port}"
    for path in dict.fromkeys((url.path, _plain(url.path))):
        for end in dict.fromkeys((path, path.rstrip("/"), f"{path.rstrip('/')}/")):
            for scheme in ("https://", "http://", ""):
                yield f"{scheme}{place}{end}{query}"


def _one_form(url: Url) -> str:
    """One text for all spellings of an address: without scheme, escapes that mean themselves undone."""
    port = "" if url.port in DEFAULT_PORTS.values() else f":{url.port}"
    query = f"?{_plain(url.query)}" if url.query else ""
    return f"//{bracketed(url.host)}{port}{_DOUBLED.sub('/', _plain(url.path)).rstrip('/')}{query}"


def _plain(text: str) -> str:
    """RFC 3986 section 6.2.2: escapes of letters, digits and `-._~` undone, those that stay in capitals."""
    while (plain := _UNRESERVED.sub(lambda found: chr(int(found[0][1:], 16)), _NESTED.sub("%", text))) != text:
        text = plain
    return re.sub("%[0-9a-fA-F]{2}", lambda found: found[0].upper(), text)
