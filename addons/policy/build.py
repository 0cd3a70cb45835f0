"""From files that the schema accepted, all names known, to the domain's types. Nothing can be wrong any more here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from addons.policy.catalogue import Alternative, App, Belonging, Catalogue, Category, Purpose, Source
from addons.policy.gather import closure
from addons.policy.lists import Entry
from addons.policy.pattern import UrlPattern
from addons.policy.policy import Policy
from addons.policy.rule import Ask, Criteria, Decided, Effect, Help, Offer, Rule, Why
from addons.policy.schema import FilePart, ListingPart
from addons.policy.schema_rules import AskPart, CriteriaPart, EverythingPart, NobodyPart, ReasonedPart, RulePart
from addons.policy.school import Group, Place, Reach, Role, School, Span, Times
from addons.policy.yaml12 import Document, Loc


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file by its name within the folder, as it stands there and as the schema read it."""

    name: str
    document: Document
    part: FilePart

    def source(self, loc: Loc) -> Source:
        """Where something is written."""
        return Source(self.name, self.document.place(loc)[0])


def build(files: Sequence[CheckedFile], lists: Mapping[str, Sequence[Entry]], revision: str) -> Policy:
    """Put the policy together."""
    parts = [file.part for file in files]
    school = next(part.school for part in parts if part.school is not None)
    reach = next((part.reach for part in parts if part.reach is not None), None)
    within = {name: group.within for part in parts for name, group in part.groups.items()}
    closed = closure(within)
    return Policy(
        school=School(school.name, school.timezone, tuple(school.languages)),
        rules=tuple(_rule(file, index, rule) for file in files for index, rule in enumerate(file.part.rules)),
        default=next(one for file in files for one in _default(file)),
        groups={
            name: Group(name, group.label or readable(name), group.reader, closed[name])
            for part in parts
            for name, group in part.groups.items()
        },
        places=tuple(
            Place(place.name or str(place.network), place.network, tuple(place.groups))
            for part in parts
            for place in part.places
        ),
        roles={name: Role(name, role.title) for part in parts for name, role in part.roles.items()},
        times={
            name: Times(
                name,
                times.label or readable(name).lower(),
                tuple(Span(span.days, span.start, span.until) for span in times.spans),
            )
            for part in parts
            for name, times in part.times.items()
        },
        reach=Reach() if reach is None else Reach(frozenset(reach.ports), tuple(reach.addresses)),
        catalogue=_catalogue(files, lists),
        revision=revision,
    )


def readable(name: str) -> str:
    """An id as a label: "year7" is "Year 7", "sixth-form" is "Sixth form"."""
    spaced = re.sub(r"(?<=[^\W\d])(?=\d)", " ", re.sub(r"[-_.]+", " ", name)).strip()
    return spaced[:1].upper() + spaced[1:]


def _rule(file: CheckedFile, index: int, part: RulePart) -> Rule:
    criteria = part.block or part.allow
    assert criteria is not None
    return Rule(
        id=part.id,
        number=index + 1,
        effect=Effect.ALLOW if part.block is None else Effect.BLOCK,
        criteria=_criteria(criteria),
        source=file.source(("rules", index)),
        groups=frozenset(part.groups or ()),
        places=frozenset(part.places or ()),
        times=tuple(part.times or ()),
        why=_why(part),
        instead=tuple(part.instead),
        decided=None if part.decided is None else Decided(part.decided.by, part.decided.on),
        review_by=part.review_by,
        owner=part.owner or "",
        ask=_ask(part.ask, part.owner or "") if part.block is not None and not part.locked else None,
        locked=part.locked,
        help=tuple(Help(one.name, one.contact, one.url) for one in part.help or ()),
    )


def _default(file: CheckedFile) -> Iterator[Rule]:
    part = file.part.default
    if part is None:
        return
    effect = Effect(part.effect)
    yield Rule(
        id="default",
        number=0,
        effect=effect,
        criteria=Criteria(everything=True),
        source=file.source(("default",)),
        why=_why(part),
        instead=tuple(part.instead),
        decided=None if part.decided is None else Decided(part.decided.by, part.decided.on),
        review_by=part.review_by,
        owner=part.owner or "",
        ask=_ask(part.ask, part.owner or "") if effect is Effect.BLOCK else None,
    )


def _criteria(part: CriteriaPart) -> Criteria:
    if isinstance(part, EverythingPart):
        return Criteria(everything=True)
    return Criteria(False, tuple(part.categories), tuple(part.apps), tuple(part.domains), tuple(part.urls))


def _why(part: ReasonedPart) -> Why | None:
    return None if part.why is None else Why(part.why.risk, part.why.readers, part.why.would_change)


def _ask(part: AskPart | None, owner: str) -> Ask | None:
    if isinstance(part, NobodyPart):
        return None
    if part is None:
        return Ask((owner,), (), tuple(Offer))
    return Ask(tuple(part.decides or (owner,)), tuple(part.signs_off), tuple(part.offer or Offer))


def _catalogue(files: Sequence[CheckedFile], lists: Mapping[str, Sequence[Entry]]) -> Catalogue:
    categories: dict[str, Category] = {}
    apps: dict[str, App] = {}
    purposes: dict[str, Purpose] = {}
    names: dict[str, dict[tuple[str, str], Belonging]] = {}
    patterns: dict[str, list[tuple[UrlPattern, Belonging]]] = {}
    for file in files:
        for name, category in file.part.categories.items():
            categories[name] = Category(name, category.label or readable(name), category.about)
            _file_listing(file, "category", name, category, lists, names, patterns)
        for name, app in file.part.apps.items():
            apps[name] = App(name, app.label or readable(name), app.about, tuple(app.purposes))
            _file_listing(file, "app", name, app, lists, names, patterns)
        for name, purpose in file.part.purposes.items():
            places = tuple(Alternative(one.name, one.url, one.trusted) for one in purpose.alternatives)
            purposes[name] = Purpose(name, purpose.label, places)
    return Catalogue(
        categories,
        apps,
        purposes,
        {host: tuple(found.values()) for host, found in names.items()},
        {host: tuple(found) for host, found in patterns.items()},
    )


def _file_listing(
    file: CheckedFile,
    kind: str,
    identity: str,
    part: ListingPart,
    lists: Mapping[str, Sequence[Entry]],
    names: dict[str, dict[tuple[str, str], Belonging]],
    patterns: dict[str, list[tuple[UrlPattern, Belonging]]],
) -> None:
    section = "categories" if kind == "category" else "apps"
    for index, host in enumerate(part.domains):
        source = file.source((section, identity, "domains", index))
        names.setdefault(host, {}).setdefault((kind, identity), Belonging(kind, identity, host, source))
    for index, pattern in enumerate(part.urls):
        source = file.source((section, identity, "urls", index))
        patterns.setdefault(pattern.host, []).append((pattern, Belonging(kind, identity, pattern.text, source)))
    for listed in part.lists:
        for entry in lists[listed]:
            belonging = Belonging(kind, identity, entry.host, Source(listed, entry.line))
            names.setdefault(entry.host, {}).setdefault((kind, identity), belonging)
