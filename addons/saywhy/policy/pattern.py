"""URL patterns, as a technician writes them: `www.youtube.com/@HillsideMaths/*`, `example.org/watch?v=abc`.

The host covers its subdomains, as every listed name does. `*` in the path stands for anything; without one the
pattern means that path and everything below it. Parameters after `?` must be present with that value.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import parse_qsl

import re2

from saywhy.policy.address import AddressError, Url, canonical_url, path_to_compare

# Matching takes time in proportion to path times pattern, so a pattern stays small; nobody writes a longer one by hand.
_LONGEST: Final = 1_000
_MOST_STARS: Final = 16


class SlowPatternError(AddressError):
    """A pattern that would take long to look for; the message says what to write instead."""


@dataclass(frozen=True)
class UrlPattern:
    """A host, a path pattern and the parameters that must be there."""

    text: str
    host: str
    path: str
    parameters: tuple[tuple[str, str], ...]

    @cached_property
    def _stem(self) -> str:
        # "/shorts", "/shorts/" and "/shorts/*" all mean that path and everything below it
        return self.path.removesuffix("*") if self.path.endswith("/*") else self.path

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The literal text between the stars; a path has them all, in this order, the first at its beginning.

        After the last one comes a slash or the end, unless it is empty (the pattern ends in a star).
        """
        return tuple(self._stem.rstrip("/").split("*"))

    @cached_property
    def _expression(self) -> "re2._Regexp[str]":
        below = "" if self._stem.endswith("*") else "(?:/.*)?"
        body = ".*".join(re2.escape(piece) for piece in self.pieces)
        return re2.compile(f"(?s)^{body}{below}$")

    def prepare(self) -> None:
        """Compile the expression now rather than at the first path."""
        if len(self.pieces) > 1:
            _ = self._expression

    def covers_path(self, path: str, query: str) -> bool:
        """Whether path (as `path_to_compare` gives it) and query are meant; the host is for the caller's index."""
        pieces = self.pieces
        if len(pieces) == 1:  # what the expression would say of a pattern without a star in the middle, only faster
            stem = pieces[0]
            if not path.startswith(stem) or (len(path) > len(stem) and path[len(stem)] != "/"):
                return False
        elif self._expression.search(path) is None:
            return False
        return not self.parameters or parameters_of(query).issuperset(self.parameters)

    def covers(self, url: Url) -> bool:
        """Whether the whole URL is meant, host included."""
        at_host = url.host == self.host or url.host.endswith(f".{self.host}")
        return at_host and self.covers_path(path_to_compare(url.path), url.query)


@lru_cache(maxsize=8)  # one decision asks several times; queries are not to be kept
def parameters_of(query: str) -> frozenset[tuple[str, str]]:
    """The names and values in a query, decoded as forms are (WHATWG URL, application/x-www-form-urlencoded)."""
    return frozenset(parse_qsl(query, keep_blank_values=True))


def _check_host(text: str, host: str) -> None:
    if not host.strip():
        raise AddressError(f"{text!r} begins with no host; write it like www.example.org/path/*")
    if "*" in host:
        raise AddressError(f"{text!r} has a * in its host; leave it out, a name covers its subdomains")
    if "@" in host:
        raise AddressError(f"{text!r} has an @ in its host; write the host alone, like www.example.org/path")


def parse_pattern(text: str) -> UrlPattern:
    """Read a pattern. Raises AddressError with what to write instead."""
    if "://" in text and not text.startswith(("http://", "https://")):
        raise AddressError(f"{text!r} is not a URL pattern; write it like www.example.org/path/*")
    _check_host(text, re.split(r"[/?#\\]", text.split("://", 1)[-1], maxsplit=1)[0])
    if "#" in text:
        host = text.split("://", 1)[-1].partition("/")[0].partition("#")[0]
        where = f"list {host} under domains where all of it is meant, or write the path before the #"
        raise AddressError(f"{text!r} has a # in it, and what follows it never reaches a filter; {where}")
    if len(text) > _LONGEST:
        raise SlowPatternError(f"a pattern of {len(text):,} characters; write its beginning and a *")
    if text.count("*") > _MOST_STARS:
        raise SlowPatternError(f"a pattern with {text.count('*')} stars; {_MOST_STARS} are enough for any")
    url = canonical_url(text)
    if "*" in url.query:
        raise AddressError(f"{text!r} has a * after its ?; leave that parameter out, any value is meant then")
    if url.port not in (80, 443):
        raise AddressError(f"{text!r} carries a port; leave it out, ports are set under reach")
    if url.path == "/" and not url.query and "/" not in text.split("://", 1)[-1]:
        raise AddressError(f"{text!r} has no path; list it under domains, or write {text}/* for every page")
    return UrlPattern(
        text=text,
        host=url.host,
        path=path_to_compare(url.path),
        parameters=tuple(parse_qsl(url.query, keep_blank_values=True)),
    )
