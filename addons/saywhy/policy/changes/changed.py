"""What changed from one policy to the next, in one sentence: "2 rules added: chat, games; list gambling.txt: …"."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.policy import uses
from saywhy.policy.calendar import Calendar
from saywhy.policy.caution import settings_changed
from saywhy.policy.changes.calendar_days import days_changed
from saywhy.policy.changes.summary import KINDS, Summary, is_list
from saywhy.policy.rule import Rule
from saywhy.policy.school import School

_MOST_NAMED: Final = 5
_PLURALS: Final = {"category": "categories"}
# The keys of a rule in YAML, where the model names them otherwise.
_KEYS: Final = {
    "criteria": "what it is about",
    "groups": "for",
    "places": "at",
    "times": "when",
}
# These stand for several keys.
_SEVERAL: Final = frozenset({"caution", "obligations", "period", "uses"})
_NOT_COMPARED: Final = frozenset({"id", "number", "source"}) | _SEVERAL

type Changes = Mapping[str, tuple[int, int]]  # by list file: names added, names removed


def what_changed(old: Summary | None, new: Summary, lists: Changes | None = None) -> str:
    """The change in a sentence without a full stop. `lists` has the lists in both of which the names differ."""
    if old is None:
        return f"the first policy: {_count(len(new.rules), 'rule')}, {_count(len(new.files), 'file')}"
    parts = [*_rules(old, new)]
    if _differ(old.default, new.default):
        parts.append(f"the default changed: {', '.join(_differ(old.default, new.default))} ({new.default.effect} now)")
    if old.school != new.school:
        parts.append("school, reach or keep changed")
    if old.inspection != new.inspection:
        parts.append("what is inspected changed")
    for kind in KINDS:
        if kind == "calendar":
            continue  # told by its days
        parts += _named(kind, old.parts.get(kind, {}), new.parts.get(kind, {}))
    parts += _calendars(old, new)
    parts += _lists(old, new, lists or {})
    if not parts:
        return "only comments or layout" if old.revision != new.revision else "nothing"
    return "; ".join(parts)


def _rules(old: Summary, new: Summary) -> Iterator[str]:
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    yield from _named("rule", dict.fromkeys(before), dict.fromkeys(after))
    changed = [
        f"{name} ({', '.join(different)})"
        for name in after
        if name in before and (different := _differ(before[name], after[name]))
    ]
    if changed:
        yield f"{_count(len(changed), 'rule')} changed: {_some(changed)}"
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield "the order of the rules changed"


def _differ(old: Rule, new: Rule) -> list[str]:
    keys = [
        _KEYS.get(one.name, one.name)
        for one in fields(Rule)
        if one.name not in _NOT_COMPARED and getattr(old, one.name) != getattr(new, one.name)
    ]
    keys += [key for key in uses.KEYS if uses.written(key, old.uses) != uses.written(key, new.uses)]
    keys += [key for key, _was, _is in settings_changed(old.caution, new.caution)]
    keys += ["from"] if old.period.begins != new.period.begins else []
    keys += ["until"] if old.period.ends != new.period.ends else []
    return keys + sorted({one.kind for one in old.obligations ^ new.obligations})


def _named(kind: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    added = [name for name in new if name not in old]
    removed = [name for name in old if name not in new]
    changed = [name for name in new if name in old and new[name] != old[name]]
    for names, what in ((added, "added"), (removed, "removed"), (changed, "changed")):
        if names:
            yield f"{_count(len(names), kind)} {what}: {_some(names)}"


def _calendars(old: Summary, new: Summary) -> Iterator[str]:
    before, after = old.parts.get("calendar", {}), new.parts.get("calendar", {})
    yield from _named("calendar", dict.fromkeys(before), dict.fromkeys(after))
    (zone,) = {one.timezone for one in new.school if isinstance(one, School)} or {ZoneInfo("UTC")}
    for name, calendar in after.items():
        was = before.get(name)
        if isinstance(was, Calendar) and isinstance(calendar, Calendar) and was != calendar:
            yield f"calendar {name} changed: {days_changed(was, calendar, zone) or 'its label or its file'}"


def _lists(old: Summary, new: Summary, changes: Changes) -> Iterator[str]:
    for name, digest in sorted(new.files.items()):
        if not is_list(name):
            continue
        if name not in old.files:
            yield f"list {name} added with {_count(new.lists.get(name, 0), 'name')}"
        elif old.files[name] != digest:
            added, removed = changes.get(name, (0, 0))
            moved = [
                f"{_count(count, 'name')} {what}" for count, what in ((added, "added"), (removed, "removed")) if count
            ]
            if moved:
                yield f"list {name}: {', '.join(moved)}"
    for name in sorted(old.files.keys() - new.files.keys()):
        if is_list(name):
            yield f"list {name} is no longer used"


def _some(names: list[str]) -> str:
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 else _PLURALS.get(what, f'{what}s')}"
