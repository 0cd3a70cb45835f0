"""What an address belongs to: the policy's own names, then what lists say, then the school's corrections."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from saywhy.decide.path_index import PathIndex
from saywhy.decide.searching import Searching
from saywhy.policy.address import Url, path_to_compare, suffixes
from saywhy.policy.catalogue import NOTHING, SEALED, Belonging, Carrier, Catalogue, Correction, Membership
from saywhy.policy.needs import NEEDED, needing

type Belongings = tuple[Belonging, ...]

_NO_CARRIERS: Final[tuple[Carrier, ...]] = ()


class Listed(Protocol):
    """What imported lists say, beside what the policy's own files do."""

    def belongings(self, host: str, url: Url | None) -> tuple[Belongings, Belongings]:
        """What a canonical host, or a whole URL, belongs to; and, for a host alone, what only a path could tell."""


class Lookup:
    """A catalogue, and lists where there are any, filed so that a look-up meets few of their entries. Immutable."""

    __slots__ = ("_carriers", "_corrections", "_listed", "_names", "_needing", "_patterns", "paths", "searching")

    def __init__(self, catalogue: Catalogue, listed: Listed | None = None) -> None:
        self._names = catalogue.names
        self._patterns = catalogue.patterns
        self._corrections = catalogue.corrections
        self._listed = listed
        self._needing = needing(catalogue.apps)
        self.searching = Searching(catalogue.searches)
        self.paths: Mapping[str, PathIndex[Belonging]] = {
            host: PathIndex(found) for host, found in catalogue.patterns.items()
        }
        self._carriers: dict[str, tuple[Carrier, ...]] = {}
        for carrier in catalogue.carriers.values():
            for domain in carrier.domains:
                self._carriers[domain] = (*self._carriers.get(domain, ()), carrier)

    def prepare(self) -> None:
        """Compile every pattern now rather than at the first path that asks for it."""
        for listed in self.paths.values():
            listed.prepare()

    def carriers(self, names: Sequence[str]) -> tuple[Carrier, ...]:
        """The carriers at a host, by its name and those above it."""
        if self._carriers.keys().isdisjoint(names):
            return _NO_CARRIERS
        return tuple(one for name in names for one in self._carriers.get(name, _NO_CARRIERS))

    def lists_by_path(self, host: str) -> bool:
        """Whether imported lists name addresses at this canonical host."""
        return self._listed is not None and bool(self._listed.belongings(host, None)[1])

    def lists_path(self, names: Sequence[str], path: str, query: str) -> bool:
        """Whether the catalogue's patterns at a host and those above it cover a path, as `path_to_compare` gives it.

        A search for what is looked for is covered as well.
        """
        if any(name in self.paths and self.paths[name].matching(path, query) for name in names):
            return True
        return bool(self.searching.found(names, path, query))

    def membership(self, host: str, url: Url | None, names: Sequence[str] = ()) -> Membership:
        """What a canonical host, or a whole URL, belongs to. The cost grows with the labels of the name alone.

        `names` are the host and those above it (`suffixes`), where they are known already.
        """
        certain: list[Belonging] = []
        possible: list[Belonging] = []
        compared: str | None = None
        names = names or tuple(suffixes(host))
        for name in names:
            certain.extend(self._names.get(name, ()))
            if name not in self._patterns:
                continue
            if url is None:
                possible.extend(belonging for _, belonging in self._patterns[name])
                continue
            if compared is None:
                compared = path_to_compare(url.path)
            certain.extend(self.paths[name].matching(compared, url.query))
        if not self.searching.hosts.isdisjoint(names):
            if url is None:
                possible.extend(self.searching.belongings.values())
            else:
                certain.extend(self.searching.found(names, compared or path_to_compare(url.path), url.query))
        if self._listed is not None:
            said, perhaps = self._listed.belongings(host, url)
            certain.extend(said)
            possible.extend(perhaps)
        if self._needing:
            certain.extend(self._needed(certain))
            possible.extend(self._needed(possible))
        corrections, overruled = self._correct(names, certain, possible) if self._corrections else ((), ())
        if not certain and not possible and not corrections:
            return NOTHING
        categories = frozenset(one.id for one in certain if one.kind == "category")
        apps = frozenset(one.id for one in certain if one.kind == "app")
        needed = frozenset(one.id for one in certain if one.kind == NEEDED)
        return Membership(
            categories,
            apps,
            frozenset(one.id for one in possible if one.kind == "category") - categories,
            frozenset(one.id for one in possible if one.kind == "app") - apps,
            tuple(certain),
            corrections,
            overruled,
            needed,
            frozenset(one.id for one in possible if one.kind == NEEDED) - needed,
        )

    def _needed(self, belongings: Sequence[Belonging]) -> list[Belonging]:
        """The belongings that follow from these: a part of an app is needed by all that need that app as a whole."""
        return [
            Belonging(NEEDED, app, one.entry, one.source)
            for one in belongings
            if one.kind != "category"
            for app in self._needing.get(one.id, ())
        ]

    def _correct(
        self, names: Sequence[str], certain: list[Belonging], possible: list[Belonging]
    ) -> tuple[tuple[Correction, ...], tuple[Belonging, ...]]:
        """Change what lists said into what the school says; for each category the nearest name decides."""
        found = [self._corrections[name] for name in names if name in self._corrections]
        said: dict[str, Correction] = {}
        for correction in found:
            for category in correction.never | correction.also:
                said.setdefault(category, correction)
        never = {category for category, correction in said.items() if category in correction.never} - {SEALED}
        overruled = [one for one in certain if one.kind == "category" and one.id in never]
        for belongings in (certain, possible):
            belongings[:] = [one for one in belongings if one.kind != "category" or one.id not in never]
        certain.extend(
            Belonging("category", category, correction.name, correction.source)
            for category, correction in sorted(said.items())
            if category not in never
        )
        return tuple(one for one in found if one in said.values()), tuple(overruled)
