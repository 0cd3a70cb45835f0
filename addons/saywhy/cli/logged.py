"""The decision log as `saywhy log` shows it: what was asked for is read and told, then its lines."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import typer

from saywhy.cli.basis import settings_for
from saywhy.cli.log_as_text import line_of, page_lines
from saywhy.cli.log_period import parse_period
from saywhy.decide.engine import Engine
from saywhy.decide.inspection import Way
from saywhy.explain.reference import BadReferenceError, read_code
from saywhy.observe.decision_log import PLAIN, DecisionRecord
from saywhy.observe.log_filter import Network, Sieve, Wanted
from saywhy.observe.log_reading import Following, Reading, lines_between
from saywhy.observe.page_parts import parts_of
from saywhy.policy.address import AddressError, canonical_host
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Effect
from saywhy.policy.suggest import did_you_mean, quoted
from saywhy.policy.visible import visible
from saywhy.rehearse.decided_again import IN_WORDS, Again, Outcome
from saywhy.serve.basis import Basis, BasisError, in_force
from saywhy.serve.revisions import RevisionError, Revisions

_LOOK: Final = 0.25  # seconds
_MOST_DIFFERING: Final = 20  # that are shown


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters as they were typed."""

    hosts: list[str]
    pages: list[str]
    rules: list[str]
    groups: list[str]
    devices: list[str]
    references: list[str]
    effects: list[str]
    ways: list[str]
    categories: list[str]
    apps: list[str]
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """A log, which of its lines are wanted, and what is in force (None where that cannot be read)."""

    path: Path
    wanted: Wanted
    zone: ZoneInfo
    basis: Basis | None
    revisions: Revisions


def opened_log(filters: Filters, state: Path | None, now: datetime, *, follow: bool) -> Log:
    """The log that is meant. Raises typer.BadParameter; names that policy does not know are told, and looked for."""
    settings, running = settings_for(state, None)
    try:
        basis = in_force(settings, running=running)
    except BasisError as error:
        typer.echo(f"saywhy: {visible(str(error))}", err=True)
        basis = None
    zone = ZoneInfo("UTC") if basis is None else basis.engine.policy.school.timezone
    wanted = _wanted(filters, now, zone, follow=follow)
    if basis is not None:
        for said in _unknown(filters, basis.engine.policy):
            typer.echo(said, err=True)
    return Log(settings.decision_log, wanted, zone, basis, Revisions(settings.revisions))


def shown(log: Log, *, as_json: bool) -> None:
    """Print what is wanted."""
    with _Told(log) as told:
        for line, record in told.found():
            _print(line, record, log.zone, as_json=as_json)


def shown_of_page(log: Log) -> None:
    """Print what pages did not get."""
    with _Told(log) as told:
        parts = parts_of(record for _, record in told.found())
        engine = None if log.basis is None else log.basis.engine
        for line in page_lines(log.wanted.pages, parts, engine, log.zone):
            typer.echo(line)


def shown_again(log: Log, *, as_json: bool) -> int:
    """Decide again what is wanted, and print what differs; gives how many."""
    counts: Counter[str] = Counter()
    engines: dict[str, Again | None] = {}
    with _Told(log) as told:
        for line, record in told.found():
            if record.revision not in engines:
                engines[record.revision] = _again(log, record)
            again = engines[record.revision]
            if again is None:
                counts["unkept"] += 1
                continue
            try:
                outcome, decision = again.outcome(line, record)
            except (ValueError, KeyError):
                counts["unreadable"] += 1
                continue
            counts[outcome] += 1
            if outcome is Outcome.OTHER and decision is not None and counts[outcome] <= _MOST_DIFFERING and not as_json:
                rule = "" if decision.rule is None else f" by {decision.rule.id}"
                typer.echo(line_of(record, log.zone))
                typer.echo(f"    decided again: {decision.effect}{rule} [{decision.reason}]")
    if as_json:
        typer.echo(json.dumps({str(name): count for name, count in sorted(counts.items())}))
    else:
        for text in _counted(counts):
            typer.echo(text)
    return counts[Outcome.OTHER]


def followed(
    log: Log,
    *,
    as_json: bool,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Print what is wanted so far where a time says so, and then what comes, until Ctrl-C."""
    following = Following(log.path, now().date())
    sieve = Sieve(replace(log.wanted, since=None))
    try:
        if log.wanted.since is not None:
            shown(log, as_json=as_json)
        while log.wanted.until is None or now() < log.wanted.until:
            for line in following.poll(now().date()):
                record = sieve.record(line)
                if record is not None:
                    _print(line, record, log.zone, as_json=as_json)
            wait(_LOOK)
    except KeyboardInterrupt:
        return


class _Told:
    """Reads, and tells in the end what could not be read."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._reading = Reading()
        self._sieve = Sieve(log.wanted)

    def __enter__(self) -> Self:
        return self

    def found(self) -> Iterator[tuple[bytes, DecisionRecord]]:
        """What is wanted, with its line."""
        wanted = self._log.wanted
        if not self._log.path.parent.is_dir():
            return
        for line in lines_between(self._log.path, wanted.since, wanted.until, self._reading):
            record = self._sieve.record(line)
            if record is not None:
                yield line, record

    def __exit__(self, *_: object) -> None:
        if self._sieve.unreadable:
            typer.echo(f"{self._sieve.unreadable:,} lines of the log could not be read and are left out.", err=True)
        for file, why in self._reading.cut:
            typer.echo(f"saywhy: {file} cannot be read to its end: {why}", err=True)


def _print(line: bytes, record: DecisionRecord, zone: ZoneInfo, *, as_json: bool) -> None:
    typer.echo(line.decode("ascii", "replace").rstrip("\n") if as_json else line_of(record, zone))


def _again(log: Log, record: DecisionRecord) -> Again | None:
    basis = log.basis
    if basis is None:
        return None
    try:
        policy, _ = log.revisions.load(record.revision)
    except RevisionError:
        return None
    if policy.revision != record.revision:
        return None
    permits, _ = basis.permits(record.at)
    return Again(Engine(policy, basis.engine.lists, basis.engine.sealed), permits or ())


def _counted(counts: Counter[str]) -> Iterator[str]:
    yield f"{counts[Outcome.SAME]:,} decisions come out as they did, {counts[Outcome.OTHER]:,} otherwise."
    for outcome, words in IN_WORDS.items():
        if counts[outcome]:
            yield f"{counts[outcome]:,} cannot be told: {words}."
    if counts["unkept"]:
        yield f"{counts['unkept']:,} cannot be told: their revision of the policy is not kept any more."
    if counts[Outcome.OTHER]:
        yield "Lists may have been updated since; `saywhy explain --ref CODE` shows one of them in full."


def _wanted(filters: Filters, now: datetime, zone: ZoneInfo, *, follow: bool) -> Wanted:
    since = filters.since or ("" if filters.references or follow else "today")
    return Wanted(
        since=_period(since, "--from", now, zone)[0],
        until=_period(filters.until, "--to", now, zone)[1],
        hosts=_each(filters.hosts, "--host", canonical_host),
        pages=_each(filters.pages, "--page", canonical_host),
        rules=tuple(filters.rules),
        groups=tuple(filters.groups),
        devices=_each(filters.devices, "--device", _network),
        references=_each(filters.references, "--ref", read_code),
        effects=_among(filters.effects, "--effect", [str(one) for one in Effect]),
        ways=_among(filters.ways, "--way", [*map(str, Way), PLAIN]),
        categories=tuple(filters.categories),
        apps=tuple(filters.apps),
    )


def _period(text: str, option: str, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    try:
        return parse_period(text, now, zone) if text else (None, None)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _network(text: str) -> Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"{quoted(text)} is no address; write one like 10.30.7.21 or 10.30.7.0/24") from None


def _each[T](texts: Iterable[str], option: str, read: Callable[[str], T]) -> tuple[T, ...]:
    try:
        return tuple(read(one) for one in texts)
    except (ValueError, AddressError, BadReferenceError) as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _among(texts: list[str], option: str, known: list[str]) -> tuple[str, ...]:
    for one in texts:
        if one not in known:
            raise typer.BadParameter(f"there is no {quoted(one)}; {did_you_mean(one, known)}", param_hint=option)
    return tuple(texts)


def _unknown(filters: Filters, policy: Policy) -> Iterator[str]:
    kinds: dict[str, tuple[list[str], Iterable[Any]]] = {
        "rule": (filters.rules, [*(one.id for one in policy.rules), policy.default.id]),
        "group": (filters.groups, policy.groups),
        "category": (filters.categories, policy.catalogue.categories),
        "app": (filters.apps, policy.catalogue.apps),
    }
    for kind, (typed, known) in kinds.items():
        names = list(known)
        for one in typed:
            if one not in names:
                yield f"Note: the policy in force has no {kind} {quoted(one)}; {did_you_mean(one, names)}"
