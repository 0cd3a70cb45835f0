"""URL patterns, as a technician writes them: `www.youtube.com/@HillsideMaths/*`, `example.org/watch?v=abc`.

The host covers its subdomains, as every listed name does. `*` in the path stands for anything; without one the
pattern means that path and everything below it. Parameters after `?` must be present with that value.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl

import re2

from addons.policy.address import AddressError, Url, canonical_url, path_to_compare

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
    def _expression(self) -> "re2._Regexp[str]":
        # "/shorts", "/shorts/" and "/shorts/*" all mean that path and everything below it
        stem = self.path.removesuffix("*") if self.path.endswith("/*") else self.path
        below = "" if stem.endswith("*") else "(?:/.*)?"
        body = ".*".join(re2.escape(piece) for piece in stem.rstrip("/").split("*"))
        return re2.compile(f"(?s)^{body}{below}$")

    def prepare(self) -> None:
        """Compile the expression now rather than at the first path."""
        _ = self._expression

    def covers_path(self, path: str, query: str) -> bool:
        """Whether path (as `path_to_compare` gives it) and query are meant; the host is for the caller's index."""
        if self._expression.search(path) is None:
            return False
        if not self.parameters:
            return True
        given = parse_qsl(query, keep_blank_values=True)
        return all(parameter in given for parameter in self.parameters)

    def covers(self, url: Url) -> bool:
        """Whether the whole URL is meant, host included."""
        at_host = url.host == self.host or url.host.endswith(f".{self.host}")
        return at_host and self.covers_path(path_to_compare(url.path), url.query)


def parse_pattern(text: str) -> UrlPattern:
    """Read a pattern. Raises AddressError with what to write instead."""
    if "://" in text and not text.startswith(("http://", "https://")):
        raise AddressError(f"{text!r} is not a URL pattern; write it like www.example.org/path/*")
    host_part = re.split(r"[/?#\\]", text.split("://", 1)[-1], maxsplit=1)[0]
    if "*" in host_part:
        raise AddressError(f"{text!r} has a * in its host; leave it out, a name covers its subdomains")
    if "@" in host_part:
        raise AddressError(f"{text!r} has an @ in its host; write the host alone, like www.example.org/path")
    if "#" in text:
        raise AddressError(f"{text!r} has a # in it; leave out the # and what follows, it never reaches a filter")
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
