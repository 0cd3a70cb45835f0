"""Which lines of a decision log are wanted. Most lines are told apart by a few bytes, before they are read as JSON."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.log_line import moment_written
from saywhy.observe.log_search import record_of
from saywhy.policy.address import suffixes

_TIME: Final = b'{"time":"'
_TIME_END: Final = len(_TIME) + len("2026-11-23T09:30:00.123Z")

type Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Wanted:
    """Lines from `since` on and before `until` (aware) that have one of each of these; left empty, any will do.

    `hosts` and `pages` mean what lies below them as well (canonical), `devices` are networks or single addresses.
    """

    since: datetime | None = None
    until: datetime | None = None
    hosts: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    devices: tuple[Network, ...] = ()
    references: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()

    def has(self, record: DecisionRecord) -> bool:
        """Whether a decision is wanted."""
        return (
            (self.since is None or self.since <= record.at)
            and (self.until is None or record.at < self.until)
            and _one_of(self.rules, (record.rule,))
            and _one_of(self.effects, (record.effect,))
            and _one_of(self.ways, (record.way,))
            and _one_of(self.references, (record.reference,))
            and _one_of(self.groups, record.groups)
            and _one_of(self.categories, record.categories)
            and _one_of(self.apps, record.apps)
            and _one_of(self.hosts, tuple(suffixes(record.host)))
            and _one_of(self.pages, tuple(suffixes(record.page)) if record.page else ())
            and self._is_device(record.device)
        )

    def _is_device(self, device: str | None) -> bool:
        if not self.devices:
            return True
        try:
            address = ip_address(device or "")
        except ValueError:
            return False
        return any(address in one for one in self.devices)


class Sieve:
    """Lets through the lines that may be wanted, and reads them. `unreadable` counts those that are no line of a log."""

    def __init__(self, wanted: Wanted) -> None:
        self.unreadable = 0
        self._wanted = wanted
        self._since = b"" if wanted.since is None else _written(wanted.since)
        self._until = b"\xff" if wanted.until is None else _written(wanted.until)
        self._needles = tuple(_needles(wanted))

    def record(self, line: bytes) -> DecisionRecord | None:
        """The decision of a line, where it is wanted."""
        for alternatives in self._needles:
            if not any(one in line for one in alternatives):
                # a line that was cut short is told as that, where it can be seen without reading it
                self.unreadable += not line.endswith(b"}\n") and not line.isspace()
                return None
        if line.startswith(_TIME):
            time = line[len(_TIME) : _TIME_END]
            if time.endswith(b"Z") and not self._since <= time <= self._until:
                return None
        try:
            record = record_of(json.loads(line))
            return record if self._wanted.has(record) else None
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            self.unreadable += not line.isspace()
            return None


def _written(at: datetime) -> bytes:
    """A moment as lines have it, no later than it is: they are cut to the millisecond, and so is this."""
    return moment_written(at.astimezone(UTC)).encode("ascii")


def _needles(wanted: Wanted) -> list[tuple[bytes, ...]]:
    """For each filter, bytes of which a line has one where the filter lets it through."""
    named = {
        "rule": wanted.rules,
        "reference": wanted.references,
        "effect": wanted.effects,
        "way": wanted.ways,
    }
    found = [tuple(f'"{field}":{json.dumps(one)}'.encode() for one in names) for field, names in named.items() if names]
    listed = filter(None, (wanted.groups, wanted.categories, wanted.apps))
    found += [tuple(json.dumps(one).encode() for one in names) for names in listed]
    found += [tuple(f'{one}"'.encode() for one in names) for names in (wanted.hosts, wanted.pages) if names]
    single = [one for one in wanted.devices if one.num_addresses == 1]
    if single and len(single) == len(wanted.devices):
        found.append(tuple(f'"device":"{one.network_address}"'.encode() for one in single))
    return found


def _one_of(wanted: tuple[str, ...], has: tuple[str | None, ...]) -> bool:
    return not wanted or any(one in wanted for one in has)
