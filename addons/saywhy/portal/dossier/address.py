"""Section 4: what the address is, and what of it is a risk (section 7)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import ExceptionRequest, Refusal
from saywhy.policy.address import AddressError, Url, canonical_url
from saywhy.policy.catalogue import Belonging, Membership
from saywhy.portal.dossier.sources import DossierSources, NeededHost

# Kinds of the catalogue that come with Saywhy, and those of the example school, where people write to others.
_PEOPLE_POST: Final = frozenset(
    {
        "social-networks",
        "chat",
        "forums",
        "blogs",
        "dating",
        "video-meetings",
        "ai-companions",
        "web-hosting",
        "webmail",
    }
)
_PEOPLE_SEND: Final = frozenset({"file-sharing"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A category or an app: its label, what it is, and who says that the address is one ("list games, of 2026-11-20")."""

    label: str
    about: str
    said_by: tuple[str, ...]
    risk: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What an address is. `posts` and `sends`: people can write to others there, or send files.

    `perhaps` are labels of what only some of its pages are. `needs` is None where nobody has looked.
    """

    host: str
    url: str
    kinds: tuple[Kind, ...]
    apps: tuple[Kind, ...]
    perhaps: tuple[str, ...]
    corrections: tuple[str, ...]
    posts: bool
    sends: bool
    needs: tuple[NeededHost, ...] | None

    @property
    def risks(self) -> tuple[Kind, ...]:
        """What it is that has a risk to be told."""
        return tuple(one for one in (*self.kinds, *self.apps) if one.risk)


def what_it_is(engine: Engine, asked: ExceptionRequest, sources: DossierSources) -> Place:
    """What is known of the refused address today."""
    refusal = asked.refusal
    found = membership_of(engine, refusal)
    catalogue = engine.policy.catalogue
    categories, apps = catalogue.categories, catalogue.apps

    def said_by(kind: str, name: str) -> tuple[str, ...]:
        because = (one for one in found.because if (one.kind, one.id) == (kind, name))
        return tuple(dict.fromkeys(_said_by(one, sources) for one in because))

    of_apps = {one for name in found.apps if name in apps for one in apps[name].categories}
    kinds = [categories[name] for name in sorted(found.categories) if name in categories]
    services = [apps[name] for name in sorted(found.apps) if name in apps]
    perhaps = [categories[name].label for name in sorted(found.undecided_categories) if name in categories]
    perhaps += [apps[name].label for name in sorted(found.undecided_apps) if name in apps]
    every = found.categories | of_apps | found.undecided_categories
    return Place(
        host=refusal.host,
        url=refusal.url or "",
        kinds=tuple(Kind(one.label, one.about, said_by("category", one.id), one.risk) for one in kinds),
        apps=tuple(Kind(one.label, one.about, said_by("app", one.id), one.know) for one in services),
        perhaps=tuple(perhaps),
        corrections=tuple(one.because for one in found.corrections if one.because),
        posts=not every.isdisjoint(_PEOPLE_POST),
        sends=not every.isdisjoint(_PEOPLE_SEND),
        needs=sources.needed(asked),
    )


def membership_of(engine: Engine, refusal: Refusal) -> Membership:
    """What the refused address belongs to, as far as what is kept of it tells."""
    url: Url | None
    try:
        url = None if refusal.url is None else canonical_url(refusal.url)
    except AddressError:
        url = None
    return engine.membership(refusal.host, url)


def _said_by(one: Belonging, sources: DossierSources) -> str:
    if one.source.line:
        return "the catalogue that comes with the filter" if one.source.builtin else f"the school, {one.source.place}"
    day: date | None = sources.list_date(one.source.file)
    return f"the list {one.source.file}" + (f", of {day.isoformat()}" if day is not None else "")
