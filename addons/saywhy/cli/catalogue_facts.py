"""What `saywhy apps` and `saywhy categories` find out: plain values, the keys that docs/command-line.md promises."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from saywhy.lists.store import ListError, ListStore
from saywhy.policy.catalogue import App, Belonging, Catalogue, Category, Source
from saywhy.policy.control import Control
from saywhy.policy.needs import needing
from saywhy.policy.policy import Policy
from saywhy.policy.reading.builtin import builtin_catalogue
from saywhy.serve.basis import Basis

_PLURALS: Final = {"app": "apps", "category": "categories"}
MOST_LISTED: Final = 200  # names of a category; its lists have the others


def plural(kind: str) -> str:
    """The kind as a key of the JSON: apps, categories."""
    return _PLURALS[kind]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A catalogue to look into and, where it is a policy's, what it is of and the imported lists beside it."""

    catalogue: Catalogue
    basis: Basis | None = None

    def known(self, kind: str) -> list[str]:
        """Every id of a kind, sorted."""
        return sorted(self.catalogue.apps if kind == "app" else self.catalogue.categories)

    def place(self, source: Source | None) -> dict[str, Any]:
        """A place as it can be opened from here; a builtin file by its own name."""
        if source is None:
            return {"file": None, "line": None}
        own = self.basis is not None and not source.builtin
        return {
            "file": str(self.basis.folder / source.file) if own and self.basis else source.file,
            "line": source.line,
        }

    def lists(self, kind: str, identity: str) -> list[dict[str, Any]]:
        """The imported lists that are about it: name, entries, and when it was last taken."""
        lists = None if self.basis is None else self.basis.engine.lists
        found = [] if lists is None else [one for one in lists.lists if (one.kind, one.id) == (kind, identity)]
        return [{"list": one.name, "entries": self._entries(one.name), "updated": one.updated} for one in found]

    def _entries(self, name: str) -> int | None:
        if self.basis is None or self.basis.lists is None:
            return None
        try:
            return ListStore(self.basis.lists).manifest(name).entries
        except ListError:
            return None


def facts(shelf: Shelf, kind: str, identity: str) -> dict[str, Any]:
    """All that is known of an app or a category, and what Saywhy says of it where the policy has its own."""
    found = _facts(shelf, kind, identity)
    theirs = Shelf(builtin_catalogue())
    overridden = found["from"] == "policy" and identity in theirs.known(kind)
    found["shipped"] = _facts(theirs, kind, identity) if overridden else None
    return found


def _facts(shelf: Shelf, kind: str, identity: str) -> dict[str, Any]:
    catalogue = shelf.catalogue
    one: App | Category = catalogue.apps[identity] if kind == "app" else catalogue.categories[identity]
    domains = sorted(_entries(catalogue, kind, identity))
    return {
        "kind": kind,
        "id": one.id,
        "label": one.label,
        "from": "catalogue" if _is_builtin(one) else "policy" if one.source is not None else "list",
        **shelf.place(one.source),
        "about": one.about,
        **(_of_app(catalogue, one) if isinstance(one, App) else _of_category(catalogue, one)),
        "domains": domains[:MOST_LISTED],
        "domains_total": len(domains),
        "lists": shelf.lists(kind, identity),
        "urls": sorted(
            belonging.entry
            for found in catalogue.patterns.values()
            for _, belonging in found
            if (belonging.kind, belonging.id) == (kind, identity)
        ),
        "purposes": [_purpose(catalogue, name) for name in one.purposes],
        "rules": [] if shelf.basis is None else list(_rules(shelf, shelf.basis.engine.policy, kind, identity)),
    }


def _of_app(catalogue: Catalogue, app: App) -> dict[str, Any]:
    return {
        "needs": {"domains": sorted(app.needs.domains), "apps": sorted(app.needs.apps)},
        "needed_by": list(needing(catalogue.apps).get(app.id, ())),
        "know": app.know,
        "pins": app.pins,
        "ports": list(app.ports),
        "protocols": list(app.protocols),
        "categories": list(app.categories),
        "controls": [_control(one) for one in catalogue.controls if one.app == app.id],
    }


def _control(one: Control) -> dict[str, Any]:
    return {
        "for": one.obligation,
        "hosts": sorted((one.hosts | one.domains) - one.closed),
        "closed": sorted(one.closed),
        "how": {
            level: sorted({means.told(inside=False), means.told(inside=True)}) for level, means in one.levels.items()
        },
        "takes": None if one.takes is None else one.takes.told,
        "source": one.documented,
    }


def _of_category(catalogue: Catalogue, category: Category) -> dict[str, Any]:
    return {
        "risk": category.risk,
        "readers": {reader.value: text for reader, text in category.readers.items()},
        "apps": sorted(one.id for one in catalogue.apps.values() if _counts_in(one, category)),
    }


def _counts_in(app: App, category: Category) -> bool:
    """Whether an app's names are the category's too; a category of the policy's own takes none of Saywhy's apps."""
    return category.id in app.categories and (_is_builtin(category) or not _is_builtin(app))


def _is_builtin(one: App | Category) -> bool:
    return one.source is not None and one.source.builtin


def _entries(catalogue: Catalogue, kind: str, identity: str) -> Iterator[str]:
    def meant(one: Belonging) -> bool:
        return one.kind == kind and one.id == identity

    return (host for host, found in catalogue.names.items() if any(map(meant, found)))


def _purpose(catalogue: Catalogue, name: str) -> dict[str, Any]:
    purpose = catalogue.purposes[name]
    places = [
        {
            "name": one.name,
            "url": one.url.without_query + (f"?{one.url.query}" if one.url.query else ""),
            "trusted": one.trusted,
        }
        for one in purpose.alternatives
    ]
    return {"id": name, "label": purpose.label, "alternatives": places}


def _rules(shelf: Shelf, policy: Policy, kind: str, identity: str) -> Iterator[dict[str, Any]]:
    for rule in policy.rules:
        criteria = rule.criteria
        if identity in (criteria.apps if kind == "app" else criteria.categories):
            place = shelf.place(rule.source)
            yield {"rule": rule.id, "number": rule.number, "effect": rule.effect.value, **place}
