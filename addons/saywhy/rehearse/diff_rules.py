"""What somebody changed in a policy, in sentences: rules added, taken out, moved and changed, and all that they rest on."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Final

from saywhy.policy import criteria, obligations, uses
from saywhy.policy.catalogue import Catalogue, Source
from saywhy.policy.caution import settings_changed
from saywhy.policy.changes.calendar_days import days_changed
from saywhy.policy.control import Control
from saywhy.policy.criterion import Criteria
from saywhy.policy.inspection import Sites
from saywhy.policy.needs import NEEDED
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Ask, Effect, Offer, Rule, hours_in_words
from saywhy.policy.suggest import all_of

_VERBS: Final = {Effect.ALLOW: "allows", Effect.BLOCK: "blocks", Effect.CAUTION: "has caution for"}
_NOWHERE: Final = Source("", 0)
# The keys of parts in YAML, where the model names them otherwise.
_KEYS: Final = {("time", "without"): "except", ("carrier", "places"): "addresses"}


class What(StrEnum):
    """What happened to something in the policy."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    RENAMED = "renamed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: of a rule (kind "rule") or of something that rules rest on, told in a sentence."""

    what: What
    kind: str
    id: str
    sentence: str
    source: Source | None = None  # in the new policy; where it is gone, in the old


def edits(was: Policy, now: Policy) -> Iterator[Edit]:
    """Every change between two policies, rules first, in the order of the new policy."""
    yield from _rules(was, now)
    for key, said in _keys(was.default, now.default, named=False):
        yield Edit(What.CHANGED, "default", "default", f"The default: `{key}` {said}.", now.default.source)
    yield from _section("group", was.groups, now.groups)
    yield from _section("role", was.roles, now.roles)
    times = ({name: one for name, one in each.times.items() if name not in each.calendars} for each in (was, now))
    yield from _section("time", *times)
    yield from _calendars(was, now)
    places = ({str(one.network): one for one in policy.places} for policy in (was, now))
    yield from _section("place", *places)
    yield from _section("category", was.catalogue.categories, now.catalogue.categories)
    yield from _section("app", was.catalogue.apps, now.catalogue.apps)
    yield from _controls(was.catalogue, now.catalogue)
    yield from _section("purpose", was.catalogue.purposes, now.catalogue.purposes)
    yield from _section("correction", was.catalogue.corrections, now.catalogue.corrections)
    yield from _section("carrier", was.catalogue.carriers, now.catalogue.carriers)
    yield from _listed(was.catalogue, now.catalogue)
    yield from _inspected("never", was.inspection.never, now.inspection.never)
    yield from _inspected("always", was.inspection.always, now.inspection.always)
    for kind, before, after in (
        ("name", was.school.name, now.school.name),
        ("timezone", was.school.timezone.key, now.school.timezone.key),
        ("languages", was.school.languages, now.school.languages),
        ("ports", sorted(was.reach.ports), sorted(now.reach.ports)),
        ("addresses", was.reach.addresses, now.reach.addresses),
        ("patience", was.reach.patience, now.reach.patience),
        ("blocks", f"{was.keep.blocks.days} days", f"{now.keep.blocks.days} days"),
        ("requests", f"{was.keep.requests.days} days", f"{now.keep.requests.days} days"),
        ("log", f"{was.keep.log.days} days", f"{now.keep.log.days} days"),
    ):
        if before != after:
            section = "reach" if kind in ("ports", "addresses", "patience") else "school"
            section = "keep" if kind in ("blocks", "requests") else section
            yield Edit(What.CHANGED, section, kind, f"`{kind}` of {section} {_was_is(before, after)}.")


def _rules(was: Policy, now: Policy) -> Iterator[Edit]:
    before = {rule.id: rule for rule in was.rules}
    after = {rule.id: rule for rule in now.rules}
    renamed = _renamed(
        [one for one in was.rules if one.id not in after], [one for one in now.rules if one.id not in before]
    )
    old_id = {new: old for old, new in renamed.items()}
    kept = [before[old_id.get(rule.id, rule.id)].number for rule in now.rules if old_id.get(rule.id, rule.id) in before]
    in_place = _longest_rising(kept)
    for rule in now.rules:
        old = before.get(old_id.get(rule.id, rule.id))
        if old is None:
            yield Edit(
                What.ADDED,
                "rule",
                rule.id,
                f"Rule {rule.id} is new, number {rule.number}: it {said(rule)}.",
                rule.source,
            )
            continue
        if old.id != rule.id:
            yield Edit(What.RENAMED, "rule", rule.id, f"Rule {old.id} is now called {rule.id}.", rule.source)
        if old.number not in in_place:
            where = f"from number {old.number} to number {rule.number}"
            yield Edit(What.MOVED, "rule", rule.id, f"Rule {rule.id} moved {where}.", rule.source)
        told = [f"`{key}` {changed}" for key, changed in _keys(old, rule)]
        if told:
            yield Edit(What.CHANGED, "rule", rule.id, f"Rule {rule.id}: {'; '.join(told)}.", rule.source)
    for rule in was.rules:
        if rule.id not in after and rule.id not in renamed:
            number = f"number {rule.number}, which {said(rule)}"
            yield Edit(What.REMOVED, "rule", rule.id, f"Rule {rule.id} is gone ({number}).", rule.source)


def said(rule: Rule) -> str:
    """What a rule does, in a few words: "blocks category games for students, in lessons"."""
    about = all_of(criteria.told(rule.criteria))
    parts = [f"{_VERBS[rule.effect]} {about}"]
    if rule.uses:
        where = "everywhere" if rule.criteria.everything else f"at {about}"
        parts = [f"{_VERBS[rule.effect]} {uses.told(rule.uses)} {where}"]
    parts += [f"for {all_of(sorted(rule.groups))}"] if rule.groups else []
    parts += [f"at {all_of(sorted(rule.places))}"] if rule.places else []
    parts += [f"during {all_of(rule.times)}"] if rule.times else []
    parts += [f"from {rule.period.begins.told}"] if rule.period.begins else []
    parts += [f"until {rule.period.ends.told}"] if rule.period.ends else []
    return " ".join(parts) + (", locked" if rule.locked else ", kept open" if rule.keep_open else "")


def _keys(old: Rule, new: Rule, *, named: bool = True) -> Iterator[tuple[str, str]]:
    """The keys of a rule that differ, as a technician writes them, and how. `named`: it is not the default."""
    if named:
        yield from _matching_keys(old.criteria, new.criteria)
    pairs: tuple[tuple[str, object, object], ...] = (
        ("effect", old.effect, new.effect),
        ("for", sorted(old.groups) or "everyone", sorted(new.groups) or "everyone"),
        ("at", sorted(old.places) or "everywhere", sorted(new.places) or "everywhere"),
        *settings_changed(old.caution, new.caution),
        *((key, uses.written(key, old.uses), uses.written(key, new.uses)) for key in uses.KEYS),
        ("when", sorted(old.times) or "always", sorted(new.times) or "always"),
        ("from", old.period.begins or "the beginning", new.period.begins or "the beginning"),
        ("until", old.period.ends or "no day", new.period.ends or "no day"),
        *(
            (key, obligations.told(key, old.obligations), obligations.told(key, new.obligations))
            for key in obligations.kinds()
        ),
        ("keep_open", str(old.keep_open).lower(), str(new.keep_open).lower()),
        ("locked", str(old.locked).lower(), str(new.locked).lower()),
        ("high_risk", str(old.high_risk).lower(), str(new.high_risk).lower()),
        ("instead", old.instead or "nothing", new.instead or "nothing"),
        ("owner", old.owner or "nobody", new.owner or "nobody"),
        ("review_by", old.review_by or "no day", new.review_by or "no day"),
        ("ask", _asking(old.ask), _asking(new.ask)),
    )
    yield from ((key, _was_is(before, after)) for key, before, after in pairs if before != after)
    for key in ("why", "decided", "help"):
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            yield key, "says something else" if before and after else "is new" if after else "is gone"


def _asking(ask: Ask | None) -> str:
    """As it is written; left out, it is its owner on everything, so that there is no asking only where nobody decides."""
    if ask is None:
        return "nobody"
    offer = () if set(ask.offer) == set(Offer) else ask.offer
    said = (("decides", ask.decides), ("signs_off", ask.signs_off), ("offer", offer))
    told = [f"{key}: [{', '.join(found)}]" for key, found in said if found]
    if ask.together:
        groups = (f"{{of: [{', '.join(group.of)}], number: {group.number}}}" for group in ask.together)
        told.append(f"together: [{', '.join(groups)}]")
    if ask.answer_within is not None:
        told.append(f"answer_within: {hours_in_words(ask.answer_within)}")
    return f"{{{', '.join(told)}}}"


def _matching_keys(old: Criteria, new: Criteria) -> Iterator[tuple[str, str]]:
    for key, kind in criteria.kinds().items():
        yield from _sets(key, (kind.named(one) for one in old.of(key)), (kind.named(one) for one in new.of(key)))
    if old.everything is not new.everything:
        yield "everything", "is what it is about now" if new.everything else "is not what it is about any more"


def _inspected(key: str, old: Sites, new: Sites) -> Iterator[Edit]:
    told = [
        f"`{kind}` {said}"
        for kind in ("categories", "apps", "domains")
        for _, said in _sets(kind, sorted(getattr(old, kind)), sorted(getattr(new, kind)))
    ]
    if old.everything is not new.everything:
        told.append("it is everything now" if new.everything else "it is not everything any more")
    if told:
        yield Edit(What.CHANGED, "inspection", key, f"`{key}` of inspection: {'; '.join(told)}.")


def _sets(key: str, before: Iterable[str], after: Iterable[str]) -> Iterator[tuple[str, str]]:
    old, new = list(before), list(after)
    more, fewer = [one for one in new if one not in set(old)], [one for one in old if one not in set(new)]
    told = ([f"also names {all_of(more)}"] if more else []) + ([f"no longer names {all_of(fewer)}"] if fewer else [])
    if told:
        yield key, " and ".join(told)


def _section(kind: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Edit]:
    for name, thing in after.items():
        if name not in before:
            yield Edit(What.ADDED, kind, name, f"{kind.capitalize()} {name} is new.")
        elif before[name] != thing:
            was = before[name]
            keys = (key for one, key in keys_of(kind, thing) if getattr(thing, one) != getattr(was, one))
            changed = all_of([f"`{key}`" for key in keys])
            yield Edit(What.CHANGED, kind, name, f"{kind.capitalize()} {name}: {changed} changed.")
    for name in before:
        if name not in after:
            yield Edit(What.REMOVED, kind, name, f"{kind.capitalize()} {name} is gone.")


def keys_of(kind: str, thing: object) -> Iterator[tuple[str, str]]:
    """The fields by which two parts of a kind are compared, each with its key as a technician writes it."""
    for one in fields(thing) if is_dataclass(thing) else ():
        if one.compare:
            yield one.name, _KEYS.get((kind, one.name), one.name)


def _controls(was: Catalogue, now: Catalogue) -> Iterator[Edit]:
    """What apps offer for obligations; of apps that are new or gone that is said already."""
    before, after = _controls_of(was), _controls_of(now)
    for app, key in sorted(before.keys() | after.keys()):
        old, new = before[app, key], after[app, key]
        if app in was.apps and app in now.apps and old != new:
            how = "changed" if old and new else "is new" if new else "is gone"
            yield Edit(What.CHANGED, "app", app, f"App {app}: what it offers for `{key}` {how}.")


def _controls_of(catalogue: Catalogue) -> defaultdict[tuple[str, str], list[Control]]:
    found: defaultdict[tuple[str, str], list[Control]] = defaultdict(list)
    for one in catalogue.controls:
        found[one.app, one.obligation].append(one)
    return found


def _calendars(was: Policy, now: Policy) -> Iterator[Edit]:
    """Calendars by their days; one that is new or gone as any other part."""
    before, after = was.calendars, now.calendars
    yield from _section("calendar", dict.fromkeys(before), dict.fromkeys(after))
    for name, calendar in after.items():
        if name in before and before[name] != calendar:
            days = days_changed(before[name], calendar, now.school.timezone)
            said = f"Calendar {name}: {days or 'its label or its file changed'}."
            yield Edit(What.CHANGED, "calendar", name, said)


def _listed(was: Catalogue, now: Catalogue) -> Iterator[Edit]:
    """How many names and patterns each category and app has gained and lost."""
    more, fewer = _entries_beside(now, was), _entries_beside(was, now)
    for kind, name in sorted(more.keys() | fewer.keys()):
        if kind == NEEDED:  # said of the app
            continue
        told = [
            f"{count[kind, name]:,} {word}" for count, word in ((more, "more"), (fewer, "fewer")) if count[kind, name]
        ]
        yield Edit(
            What.CHANGED, kind, name, f"{kind.capitalize()} {name} lists {' and '.join(told)} of names and addresses."
        )


def _entries_beside(one: Catalogue, other: Catalogue) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for host, found in one.names.items():
        beside = other.names.get(host, ())
        if beside != found:
            there = {(belonging.kind, belonging.id) for belonging in beside}
            counted.update({(here.kind, here.id) for here in found} - there)
    for host, patterns in one.patterns.items():
        known = {(pattern, here.kind, here.id) for pattern, here in other.patterns.get(host, ())}
        counted.update((here.kind, here.id) for pattern, here in patterns if (pattern, here.kind, here.id) not in known)
    return counted


def _renamed(gone: list[Rule], new: list[Rule]) -> dict[str, str]:
    """Rules that are the same but for their id (and place): the old id to the new."""
    waiting = list(new)
    found: dict[str, str] = {}
    for rule in gone:
        same = next((one for one in waiting if _bare(one) == _bare(rule)), None)
        if same is not None:
            waiting.remove(same)
            found[rule.id] = same.id
    return found


def _bare(rule: Rule) -> Rule:
    return replace(rule, id="", number=0, source=_NOWHERE)


def _longest_rising(numbers: list[int]) -> set[int]:
    """The largest part of these different numbers that is in rising order: what did not move (patience sorting)."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        before[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    rising: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        rising.add(last)
        last = before[last]
    return rising


def _was_is(before: object, after: object) -> str:
    return f"was {_shown(before)}, is {_shown(after)}"


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return all_of([str(one) for one in value]) or "none"
    return str(value)
