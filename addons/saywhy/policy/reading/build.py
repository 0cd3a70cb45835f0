"""From files that the schema accepted, all names known, to the domain's types. Nothing can be wrong any more here."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from zoneinfo import ZoneInfo

from saywhy.policy import criteria, obligations
from saywhy.policy.ages import EVERY_AGE
from saywhy.policy.care import Care, Help
from saywhy.policy.catalogue import (
    Alternative,
    App,
    Belonging,
    Carrier,
    Catalogue,
    Category,
    Correction,
    Purpose,
    Source,
)
from saywhy.policy.control import ONLY_LEVEL, Control, Means
from saywhy.policy.criterion import Criteria
from saywhy.policy.inspection import Inspection, Sites
from saywhy.policy.keep import Keep
from saywhy.policy.look import NO_LOOK, Look
from saywhy.policy.needs import NEEDED, NO_NEEDS, Needs
from saywhy.policy.obligation import Obligation
from saywhy.policy.patience import Patience
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.period import ALWAYS, Period
from saywhy.policy.policy import Policy
from saywhy.policy.reading.build_care import build_care, build_searches, with_care
from saywhy.policy.reading.build_roles import ask_of, role_of
from saywhy.policy.reading.build_times import build_calendars, build_times, readable
from saywhy.policy.reading.build_why import why_of
from saywhy.policy.reading.calendars import Expanded
from saywhy.policy.reading.checked_file import CheckedFile
from saywhy.policy.reading.gather import closure
from saywhy.policy.reading.lists import Entry
from saywhy.policy.reading.schema import AppPart, CategoryPart, ListingPart, NeedsPart
from saywhy.policy.reading.schema_controls import ControlsPart, MeansPart
from saywhy.policy.reading.schema_inspection import EverySitePart, InspectionPart, SitesPart
from saywhy.policy.reading.schema_reach import ReachPart
from saywhy.policy.reading.schema_rules import CriteriaPart, EverythingPart, RulePart
from saywhy.policy.reading.yaml12 import Loc
from saywhy.policy.rule import Decided, Effect, Rule
from saywhy.policy.school import Group, Place, Reach, School
from saywhy.policy.uses import uses_of


def build(
    files: Sequence[CheckedFile],
    lists: Mapping[str, Sequence[Entry]],
    revision: str,
    builtin: Sequence[CheckedFile] = (),
    expanded: Mapping[str, Expanded] = MappingProxyType({}),
    look: Look = NO_LOOK,
) -> Policy:
    """Put the policy together. Of the `builtin` catalogue's files it takes what its own do not define.

    `expanded` are its calendars, by their names.
    """
    parts = [file.part for file in files]
    calendars = build_calendars(parts, expanded)
    school = next(part.school for part in parts if part.school is not None)
    reach = next((part.reach for part in parts if part.reach is not None), None)
    keep = next((part.keep for part in parts if part.keep is not None), None)
    within = {name: group.within for part in parts for name, group in part.groups.items()}
    closed = closure(within)
    care = build_care((*files, *builtin), school.timezone.key)
    return Policy(
        school=School(school.name, school.timezone, school.offered, school.answer_within, look),
        rules=tuple(
            _rule(file, index, rule, school.timezone, care)
            for file in files
            for index, rule in enumerate(file.part.rules)
        ),
        default=next(one for file in files for one in _default(file)),
        groups={
            name: Group(
                name,
                group.label or readable(name),
                group.reader,
                closed[name],
                public=group.public,
                language=group.language or "",
            )
            for part in parts
            for name, group in part.groups.items()
        },
        places=tuple(
            Place(place.name or str(place.network), place.network, tuple(place.groups), place.shared)
            for part in parts
            for place in part.places
        ),
        roles={name: role_of(name, role) for part in parts for name, role in part.roles.items()},
        times=build_times(parts, calendars),
        calendars=calendars,
        reach=Reach() if reach is None else _reach(reach),
        keep=Keep() if keep is None else Keep(keep.blocks, keep.requests, keep.log),
        care=care,
        catalogue=build_catalogue((*files, *builtin), lists),
        inspection=next((_inspection(part.inspection) for part in parts if part.inspection is not None), Inspection()),
        revision=revision,
    )


def _reach(part: ReachPart) -> Reach:
    patience = Patience()
    if part.patience is not None:
        longer = {host: one.seconds for one in part.patience.longer for host in one.domains}
        patience = Patience(part.patience.seconds, longer)
    return Reach(frozenset(part.ports), tuple(part.addresses), patience)


def _inspection(part: InspectionPart) -> Inspection:
    return Inspection(_sites(part.never), _sites(part.always))


def _sites(part: SitesPart | None) -> Sites:
    if part is None:
        return Sites()
    everything = isinstance(part, EverySitePart)
    return Sites(everything, frozenset(part.categories), frozenset(part.apps), frozenset(part.domains))


def _rule(file: CheckedFile, index: int, part: RulePart, zone: ZoneInfo, care: Care) -> Rule:
    own = tuple(Help(one.name, one.contact, one.url) for one in part.help or ())
    about = part.block or part.allow or part.caution
    assert about is not None
    return Rule(
        id=part.id,
        number=index + 1,
        effect=_effect(part),
        criteria=_criteria(about),
        source=file.source(("rules", index)),
        groups=frozenset(part.groups or ()),
        places=frozenset(part.places or ()),
        times=tuple(part.times or ()),
        why=why_of(part),
        instead=tuple(part.instead),
        decided=None if part.decided is None else Decided(part.decided.by, part.decided.on),
        review_by=part.review_by,
        owner=part.owner or "",
        ask=ask_of(part.ask, part.owner or "") if part.allow is None and not part.locked else None,
        locked=part.locked,
        high_risk=part.high_risk,
        keep_open=part.keep_open,
        help=with_care(own, care) if part.care else own,
        obligations=_obligations(part),
        period=Period(part.begins, part.ends, zone) if part.begins or part.ends else ALWAYS,
        caution=None if part.caution is None else part.caution_settings,
        uses=uses_of(files=tuple(part.files or ()), posting=part.posting, uploads=part.uploads),
    )


def _effect(part: RulePart) -> Effect:
    if part.block is not None:
        return Effect.BLOCK
    return Effect.ALLOW if part.caution is None else Effect.CAUTION


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
        why=why_of(part),
        instead=tuple(part.instead),
        decided=None if part.decided is None else Decided(part.decided.by, part.decided.on),
        review_by=part.review_by,
        owner=part.owner or "",
        ask=ask_of(part.ask, part.owner or "") if effect is Effect.BLOCK else None,
    )


def _criteria(part: CriteriaPart) -> Criteria:
    if isinstance(part, EverythingPart):
        return Criteria(everything=True)
    return Criteria(**{key: getattr(part, key) for key in criteria.kinds()})


def _obligations(part: RulePart) -> frozenset[Obligation]:
    read = (kind.read(getattr(part, key)) for key, kind in obligations.kinds().items())
    return frozenset(one for one in read if one is not None)


def build_catalogue(files: Sequence[CheckedFile], lists: Mapping[str, Sequence[Entry]]) -> Catalogue:
    """Put the catalogue together. Of two files that define the same id the first wins, entirely."""
    categories: dict[str, Category] = {}
    apps: dict[str, App] = {}
    controls: dict[
        str, tuple[Control, ...]
    ] = {}  # what a service offers stays true of an app that a school defines itself
    purposes: dict[str, Purpose] = {}
    listing = _Listing(lists)
    corrections: dict[str, Correction] = {}
    for file in files:
        for name, category in file.part.categories.items():
            if name not in categories:
                categories[name] = _category(file, name, category)
                listing.take(file, ("categories", name), category, [("category", name)])
        for name, purpose in file.part.purposes.items():
            places = tuple(
                Alternative(one.name, one.url, one.trusted, one.ages or EVERY_AGE, one.readers)
                for one in purpose.alternatives
            )
            source = file.key_source("purposes", name)
            purposes.setdefault(name, Purpose(name, purpose.label, places, purpose.in_breaks, source))
        for index, one in enumerate(file.part.corrections):
            source = file.source(("corrections", index))
            never, also = frozenset(one.never), frozenset(one.also)
            corrections[one.name] = Correction(one.name, never, also, one.because, one.on, source)
    the_schools = {name for file in files if not file.builtin for name in file.part.categories}
    for file in files:
        for name, app in file.part.apps.items():
            if name not in controls and app.controls is not None:
                controls[name] = tuple(_controls(name, app))
            if name not in apps:
                apps[name] = _app(file, name, app)
                # a category that the school defined itself has only what the school says
                besides = [one for one in app.categories if not (file.builtin and one in the_schools)]
                listing.take(file, ("apps", name), app, [("app", name), *(("category", one) for one in besides)])
                listing.need(file, name, app.needs)
    return Catalogue(
        categories,
        apps,
        purposes,
        {host: tuple(found.values()) for host, found in listing.names.items()},
        {host: tuple(found) for host, found in listing.patterns.items()},
        corrections,
        _carriers(files),
        tuple(one for found in controls.values() for one in found),
        build_searches(files),
    )


def _carriers(files: Sequence[CheckedFile]) -> dict[str, Carrier]:
    found: dict[str, Carrier] = {}
    for file in files:
        for name, one in file.part.carriers.items():
            source = file.key_source("carriers", name)
            carrier = Carrier(
                name, one.label or readable(name), one.about, tuple(one.domains), tuple(one.addresses), source
            )
            found.setdefault(name, carrier)
    return found


def _category(file: CheckedFile, name: str, part: CategoryPart) -> Category:
    source = file.key_source("categories", name)
    return Category(
        name,
        part.label or readable(name),
        part.about,
        part.readers,
        part.risk,
        tuple(part.purposes),
        source,
        part.high_risk,
    )


def _app(file: CheckedFile, name: str, part: AppPart) -> App:
    return App(
        id=name,
        label=part.label or readable(name),
        about=part.about,
        purposes=tuple(part.purposes),
        categories=tuple(part.categories),
        ports=tuple(part.ports),
        pins=part.pins,
        know=part.know,
        protocols=tuple(part.protocols),
        needs=NO_NEEDS if part.needs is None else Needs(tuple(part.needs.domains), tuple(part.needs.apps)),
        source=file.key_source("apps", name),
    )


def _controls(name: str, app: AppPart) -> Iterator[Control]:
    """The controls of an app, those without hosts for all its domains."""
    for key in ControlsPart.keys() if app.controls is not None else ():
        for part in getattr(app.controls, key) or ():
            ways = part.levels or {ONLY_LEVEL: part}
            yield Control(
                name,
                key,
                frozenset(part.hosts),
                frozenset(part.domains or (() if part.hosts else app.domains)),
                frozenset(part.closed),
                {level: _means(way) for level, way in ways.items()},
                tuple(part.refused_at),
                frozenset(part.refused_with),
                part.source,
                part.takes,
            )


def _means(part: MeansPart) -> Means:
    return Means(part.address or "", tuple(part.headers.items()), tuple(part.parameters.items()))


class _Listing:
    """The names and patterns of a catalogue while they are gathered, and the lists that they come from."""

    def __init__(self, lists: Mapping[str, Sequence[Entry]]) -> None:
        self.lists = lists
        self.names: dict[str, dict[tuple[str, str], Belonging]] = {}
        self.patterns: dict[str, list[tuple[UrlPattern, Belonging]]] = {}

    def take(self, file: CheckedFile, loc: Loc, part: ListingPart, to: Sequence[tuple[str, str]]) -> None:
        """File all that a part lists under each kind and id it belongs to."""
        for index, host in enumerate(part.domains):
            self._name(host, file.source((*loc, "domains", index)), to)
        for index, pattern in enumerate(part.urls):
            source = file.source((*loc, "urls", index))
            self.patterns.setdefault(pattern.host, []).extend(
                (pattern, Belonging(kind, identity, pattern.text, source)) for kind, identity in to
            )
        for listed in part.lists:
            for entry in self.lists[listed]:
                self._name(entry.host, Source(listed, entry.line), to)

    def need(self, file: CheckedFile, app: str, part: NeedsPart | None) -> None:
        """File the hosts that an app needs."""
        for index, host in enumerate(() if part is None else part.domains):
            self._name(host, file.source(("apps", app, "needs", "domains", index)), [(NEEDED, app)])

    def _name(self, host: str, source: Source, to: Sequence[tuple[str, str]]) -> None:
        found = self.names.setdefault(host, {})
        for kind, identity in to:
            if (kind, identity) not in found:
                found[kind, identity] = Belonging(kind, identity, host, source)
