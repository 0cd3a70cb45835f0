"""Decisions of the log as lines to read, and what a page did not get, with what would mend it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import typer

from saywhy.decide.engine import Engine
from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.page_parts import Part, Parts
from saywhy.policy.address import bracketed, suffixes
from saywhy.policy.suggest import all_of
from saywhy.policy.visible import visible

_COLOURS = {"block": typer.colors.RED, "caution": typer.colors.YELLOW}


def line_of(record: DecisionRecord, zone: ZoneInfo) -> str:
    """One decision in columns: when, what, which way, device, group, what was asked for, what decided, reference."""
    port = "" if (record.scheme, record.port) in (("http", 80), ("https", 443)) else f":{record.port}"
    asked = f"{record.method} {record.scheme}://{bracketed(record.host)}{port}{record.path}"
    by = f"rule {record.rule}" if record.rule else record.reason
    for_page = f"  for {record.page}" if record.page else ""
    reference = f"  {record.reference}" if record.reference else ""
    effect = typer.style(f"{record.effect:<7}", fg=_COLOURS.get(record.effect))
    who = f"{record.device or '-':<15}  {record.groups[0] if record.groups else '-':<10}"
    rest = visible(f"{record.way or '-':<7}  {who}  {asked}  [{by}]{for_page}{reference}")
    return f"{record.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {effect}  {rest}"


def page_lines(pages: tuple[str, ...], parts: Parts, engine: Engine | None, zone: ZoneInfo) -> Iterator[str]:
    """The parts that a page did not get, each with what would mend it."""
    named = visible(all_of(pages))
    if not parts.refused:
        yield f"Nothing that {named} asked other hosts for was refused ({parts.allowed:,} times it was let through)."
        return
    total = sum(one.times for one in parts.refused)
    yield typer.style(
        f"What {named} did not get: {total:,} of {total + parts.allowed:,} requests to other hosts", bold=True
    )
    for one in parts.refused:
        by = f"rule {one.rule} [{one.reason}]" if one.rule else f"[{one.reason}]"
        times = "once" if one.times == 1 else f"{one.times:,} times"
        devices = f"{len(one.devices):,} device{'' if len(one.devices) == 1 else 's'}"
        last = "" if one.last is None else f", last on {one.last.astimezone(zone):%d %B at %H:%M}"
        yield visible(f"  {one.host}: {times} on {devices}{last}, by {by}")
        yield visible(f"      {mended(pages, one, engine)}")


def mended(pages: tuple[str, ...], part: Part, engine: Engine | None) -> str:  # noqa: PLR0911 — one for each case
    """What would mend it, in a sentence."""
    who = ",".join(sorted(part.groups)[:1])
    explain = f"`saywhy explain https://{bracketed(part.host)}/{f' --as {who}' if who else ''}`"
    if engine is None:
        return f"{explain} says why, and what would open it."
    if part.rule is None:
        return f"No rule closes it: docs/problem-type.md says what [{part.reason}] means."
    rule = next((one for one in (*engine.policy.rules, engine.policy.default) if one.id == part.rule), None)
    if rule is None:
        return f"The rule is not in force any more; {explain} says what holds now."
    if rule.locked:
        return "The rule is locked: nothing opens it but a change of the rule itself."
    apps = engine.policy.catalogue.apps
    for app in _needing(pages, part.host, engine):
        return f"{apps[app].label} needs it: a rule that allows {{apps: [{app}]}} above {rule.id} opens it as well."
    known = [app for app in sorted(part.apps) if app in apps]
    if known:
        return f"It belongs to {apps[known[0]].label}: a permit for that, or a rule above {rule.id} that allows {{apps: [{known[0]}]}}; {explain} shows both."
    return f"A permit for {part.host}, or a rule above {rule.id} that allows {{domains: [{part.host}]}}; {explain} shows more."


def _needing(pages: tuple[str, ...], host: str, engine: Engine) -> Iterator[str]:
    """The apps at a page that need a host."""
    apps = engine.policy.catalogue.apps
    needed = engine.membership(host, None)
    for page in pages:
        for app in sorted(engine.membership(page, None).apps):
            needs = apps[app].needs
            if not set(needs.domains).isdisjoint(suffixes(host)) or not needed.apps.isdisjoint(needs.apps):
                yield app
