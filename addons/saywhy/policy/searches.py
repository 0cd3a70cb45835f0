"""Searches: where the words of a search stand in a service's URLs, and which phrases say what somebody is looking for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from saywhy.policy.address import AddressError, canonical_host

if TYPE_CHECKING:
    from saywhy.policy.catalogue import Source

USUAL_THRESHOLD: Final = 10
HEAVIEST: Final = 100
_PARAMETER: Final = re.compile(r"([^/{}?#\\%*\s]*)((?:/[^/{}?#\\%*]+)*)/?\?([^{}=&#\s]+)=\{words\}")
_PATH: Final = re.compile(r"([^/{}?#\\%*\s]*)((?:/[^/{}?#\\%*]+)*)/\{words\}")


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """Where the words stand at some hosts and their subdomains: in a parameter, or in the segment after these folders."""

    domains: tuple[str, ...]
    folders: tuple[str, ...]
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that count for a category by their weight, or reduce what others count for.

    A weight below nothing reduces; without a category it reduces for all. `place` is the file and line, as they are told.
    """

    text: str
    weight: int
    category: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Searches:
    """What is looked for; nothing is where `look_for` is empty. A search belongs to a category from `threshold` on.

    `source` is where the school says so.
    """

    look_for: frozenset[str] = frozenset()
    threshold: int = USUAL_THRESHOLD
    phrases: tuple[Phrase, ...] = ()
    source: "Source | None" = field(default=None, compare=False)
    places: Mapping[str, tuple[SearchPlace, ...]] = field(default_factory=dict)  # by app


def parse_search_place(text: str) -> SearchPlace:
    """Read "/search?q={words}", "/tagged/{words}" or "www.example.org/search?q={words}". Raises AddressError.

    Without a host it has no domains: those of the app are meant.
    """
    found = _PARAMETER.fullmatch(text) or _PATH.fullmatch(text)
    if found is None:
        instead = "write it like /search?q={words}, /tagged/{words} or www.example.org/search?q={words}"
        raise AddressError(f"{text!r} does not say where the words of a search stand; {instead}")
    domains = (canonical_host(found[1]),) if found[1] else ()
    return SearchPlace(domains, _folders(found[2]), found[3] if found.re is _PARAMETER else "")


def _folders(path: str) -> tuple[str, ...]:
    return tuple(one.casefold() for one in path.split("/") if one)
