"""What `saywhy diff` found, in sentences and as JSON."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import typer

from saywhy.decide.decision import Reason
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Effect
from saywhy.policy.suggest import all_of
from saywhy.policy.visible import visible
from saywhy.rehearse.diff import Comparer, Kind, Ruling
from saywhy.rehearse.diff_rules import Edit, edits
from saywhy.rehearse.diff_tally import Count, Counted, Tally, people
from saywhy.rehearse.replay import Reading

_VERBS: Final = {
    Kind.BLOCKED: ("newly blocks", typer.colors.RED),
    Kind.OPENED: ("newly opens", typer.colors.GREEN),
    Kind.OBLIGED: ("changes how it allows", typer.colors.YELLOW),
    Kind.DECIDED: ("lets another rule or reason decide about", typer.colors.CYAN),
    Kind.TOLD: ("tells other words or alternatives about", typer.colors.CYAN),
}
_EFFECTS: Final = {Effect.ALLOW: "allowed", Effect.BLOCK: "blocked", Effect.CAUTION: "closed with caution"}
_MOST_LINES: Final = 12


@dataclass(slots=True)
class Result:
    """Both sides as they were named, what compares them, and what came out."""

    old: str
    new: str
    comparer: Comparer
    tally: Tally = field(default_factory=Tally)
    reading: Reading = field(default_factory=Reading)
    replayed: bool = False


def lines(result: Result, examples: int) -> Iterator[str]:
    """The lines to print. Styled; `typer.echo` plains them in a pipe."""
    tally = result.tally
    was, now = result.comparer.was, result.comparer.now
    changes = list(edits(was.written, now.written))
    yield typer.style(f"What is changed from {visible(result.old)} to {visible(result.new)}", bold=True)
    if not changes:
        yield (
            "  Nothing that decides: comments, spaces, the order of keys."
            if was.revision != now.revision
            else "  Nothing: the files are equal."
        )
    for edit in changes:
        yield f"  {visible(edit.sentence)}{_place(edit)}"
    yield ""
    yield typer.style("Which decisions change", bold=True)
    yield f"  {_considered(result)}"
    for kind, counted in tally.found():
        yield ""
        yield from _kind(result, kind, counted, examples)
    notes = list(_notes(result))
    if notes:
        yield ""
        yield from notes


def _considered(result: Result) -> str:
    tally = result.tally
    changed = "none of them" if not tally.changed else f"{tally.changed:,} of them"
    if result.replayed:
        days = _days(result)
        return (
            f"{_counted(tally.considered, 'logged decision')}{days} made again: {changed} would come out differently."
        )
    return (
        f"Every listed name and pattern{', and one name for each imported list' if result.comparer.now.lists else ''}, for everybody who has a place, through the week and from each later day on which something begins or ends "
        f"({_counted(tally.considered, 'decision')}): {changed} would come out differently."
    )


def _days(result: Result) -> str:
    first, last = result.reading.first, result.reading.last
    if first is None or last is None:
        return ""
    zone = result.comparer.now.policy.school.timezone
    begin, end = (f"{one.astimezone(zone):%d %B %Y}".lstrip("0") for one in (first, last))
    return f" on {begin}" if begin == end else f" from {begin} to {end}"


def _kind(result: Result, kind: Kind, counted: Counted, examples: int) -> Iterator[str]:
    verb, colour = _VERBS[kind]
    every = counted.every
    used = _people(every)
    used = f" that {used} used{_days(result)}" if used else ""
    headline = f"This change {verb} {_counted(len(every.sites), 'site')}{used}"
    yield "  " + typer.style(headline, fg=colour, bold=True) + f" ({_counted(every.decisions, 'decision')})."
    for (was, now), count in _most(counted.by_rules.items()):
        yield f"    {_sentence(kind, was, now)}: {_size(count)}"
    if len(counted.by_rules) > _MOST_LINES:
        yield f"    … and {len(counted.by_rules) - _MOST_LINES:,} more pairs of rules"
    for group, count in _most(counted.by_group.items()):
        yield f"    {_label(result, group)}: {_size(count)}"
    if len(counted.by_group) > _MOST_LINES:
        yield f"    … and {len(counted.by_group) - _MOST_LINES:,} more groups"
    for one in counted.examples(examples):
        times = "once" if one.decisions == 1 else f"{one.decisions:,} times"
        how = f" ({times})" if result.replayed else ""
        yield f"    for example {visible(one.site)}, {_label(result, one.group)}{how}: {_sentence(kind, one.was, one.now)}"


def _sentence(kind: Kind, was: Ruling, now: Ruling) -> str:
    if kind is Kind.TOLD:
        return f"{_EFFECTS[now.effect]} by {_by(now)} as before, told otherwise"
    return f"was {_EFFECTS[was.effect]} by {_by(was)}{_with(was)}, would be {_EFFECTS[now.effect]} by {_by(now)}{_with(now)}"


def _with(ruling: Ruling) -> str:
    return f" with {all_of(ruling.obligations)}" if ruling.obligations else ""


def _by(ruling: Ruling) -> str:
    if ruling.rule is None:
        return f"reach ({ruling.reason})"
    if ruling.reason is Reason.DEFAULT:
        return "the default"
    return f"{'locked rule' if ruling.reason is Reason.LOCKED else 'rule'} {ruling.rule}"


def _notes(result: Result) -> Iterator[str]:
    tally, reading = result.tally, result.reading
    if reading.unreadable:
        yield f"{_counted(reading.unreadable, 'line')} of the log could not be read and {'is' if reading.unreadable == 1 else 'are'} left out:"
        yield from (f"  {visible(one)}" for one in reading.told)
        if reading.unreadable > len(reading.told):
            yield f"  … and {reading.unreadable - len(reading.told):,} more"
    if tally.granted:
        yield f"{_counted(tally.granted, 'decision')} had been opened by a grant or by going on; both are left aside here, on both sides."
    if tally.by_name:
        yield f"{_counted(tally.by_name, 'connection was', 'connections were')} relayed or refused unseen. The log has their names alone, so they are decided by those."
    if reading.withheld:
        yield f"{_counted(reading.withheld, 'address is', 'addresses are')} on a sealed list. No log holds which, so {'it is' if reading.withheld == 1 else 'they are'} left out."
    if tally.without_query:
        yield f"{_counted(tally.without_query, 'decision was', 'decisions were')} at sites where a rule asks for what follows a '?'. The log keeps none of that, so such a rule may decide otherwise."
    if reading.shortened:
        yield f"{_counted(reading.shortened, 'address was', 'addresses were')} cut short in the log; rules about paths may decide otherwise."
    for group, count in sorted(tally.unknown.items()):
        yield f"Group {visible(group)} ({_counted(count, 'decision')}) is not in both policies; without it people count as outside of it."


def _place(edit: Edit) -> str:
    return "" if edit.source is None else f" ({visible(edit.source.file)}:{edit.source.line})"


def _most[K](counts: Iterable[tuple[K, Count]]) -> list[tuple[K, Count]]:
    return sorted(counts, key=lambda one: (-one[1].decisions, str(one[0])))[:_MOST_LINES]


def _size(count: Count) -> str:
    parts = [_counted(len(count.sites), "site"), _people(count), _counted(count.decisions, "decision")]
    return ", ".join(filter(None, parts))


def _people(count: Count) -> str:
    number = people(count)
    if number is None:
        return ""
    return f"{number:,} people" if isinstance(number, int) else f"{number} people"


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _label(result: Result, group: str) -> str:
    if not group:
        return "people of no group"
    known = result.comparer.now.policy.groups.get(group) or result.comparer.was.policy.groups.get(group)
    return visible(group if known is None else known.label)


def as_json_text(result: Result, examples: int) -> str:
    """The result as indented JSON; its keys stand in docs/command-line.md."""
    return json.dumps(as_dict(result, examples), indent=2, ensure_ascii=False)


def as_dict(result: Result, examples: int) -> dict[str, Any]:
    """The result as plain values."""
    tally, reading, comparer = result.tally, result.reading, result.comparer
    return {
        "old": _policy(result.old, comparer.was.written),
        "new": _policy(result.new, comparer.now.written),
        "edits": [
            {
                "what": one.what.value,
                "kind": one.kind,
                "id": one.id,
                "sentence": one.sentence,
                "file": None if one.source is None else one.source.file,
                "line": None if one.source is None else one.source.line,
            }
            for one in edits(comparer.was.written, comparer.now.written)
        ],
        "source": "log" if result.replayed else "lists",
        "from": None if reading.first is None else reading.first.isoformat(),
        "to": None if reading.last is None else reading.last.isoformat(),
        "considered": tally.considered,
        "changed": tally.changed,
        "changes": [{"kind": kind.value, **_counted_as_dict(one, examples)} for kind, one in tally.found()],
        "unreadable": {"lines": reading.unreadable, "first": reading.told},
        "granted": tally.granted,
        "without_query": tally.without_query,
        "by_name": tally.by_name,
        "withheld": reading.withheld,
        "shortened": reading.shortened,
        "unknown_groups": tally.unknown,
    }


def _policy(named: str, policy: Policy) -> dict[str, Any]:
    return {"policy": named, "revision": policy.revision, "rules": len(policy.rules)}


def _counted_as_dict(counted: Counted, examples: int) -> dict[str, Any]:
    return {
        **_count(counted.every),
        "by_group": [{"group": group or None, **_count(one)} for group, one in sorted(counted.by_group.items())],
        "by_rule": [
            {"was": _ruling(was), "now": _ruling(now), **_count(one)}
            for (was, now), one in sorted(counted.by_rules.items(), key=lambda one: -one[1].decisions)
        ],
        "examples": [
            {
                "site": one.site,
                "group": one.group or None,
                "was": _ruling(one.was),
                "now": _ruling(one.now),
                "decisions": one.decisions,
            }
            for one in counted.examples(examples)
        ],
    }


def _count(count: Count) -> dict[str, Any]:
    return {"decisions": count.decisions, "sites": len(count.sites), "people": people(count)}


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {
        "effect": ruling.effect.value,
        "reason": ruling.reason.value,
        "rule": ruling.rule,
        "obligations": ruling.obligations,
    }
