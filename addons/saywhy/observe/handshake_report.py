"""What handshakes that came to nothing tell: of devices that do not trust the school's certificate, and of programs that take their own alone."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from saywhy.observe.handshake_log import NONE, OF_CERTIFICATES, HandshakeRecord

_OFTEN: Final = (
    3  # times that one trusting device refuses a host, or goes there without a word, before that says anything
)
_SEVERAL: Final = 3  # hosts that a device refuses and is looked into at as well; devices that refuse what others take
_MOST_HOSTS: Final = 5


@dataclass(frozen=True, slots=True)
class Distrusting:
    """A device that refuses. `hosts` are the first few of `count`; moments are aware."""

    device: str
    place: str | None
    first: datetime
    last: datetime
    count: int
    hosts: tuple[str, ...]
    alerts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pinned:
    """A host whose connections devices end that let others be looked into: its program takes its own certificate alone."""

    host: str
    devices: int
    times: int
    last: datetime
    alerts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What is told, each with those first that are met most. `partly` are devices that trust it, but for some program."""

    distrusting: tuple[Distrusting, ...]
    partly: tuple[Distrusting, ...]
    pinned: tuple[Pinned, ...]


@dataclass(frozen=True, slots=True)
class Inspected:
    """The devices of which some request was looked into, and those of which one was, by host."""

    devices: Collection[str] = frozenset()
    at: Mapping[str, Collection[str]] = field(default_factory=dict)


def report(records: Iterable[HandshakeRecord], inspected: Inspected) -> Report:
    """What these handshakes tell.

    Of a device that nothing was looked into of, more hosts have to have been refused than a handshake came to its end at: some
    programs look at a certificate only after that, so one that came to its end shows little.
    """
    refused: defaultdict[str, list[HandshakeRecord]] = defaultdict(list)
    completed: defaultdict[str, set[str]] = defaultdict(set)
    for one in records:
        if one.device is not None and one.alert == NONE:
            completed[one.device].add(one.host)
        elif one.device is not None:
            refused[one.device].append(one)
    distrusting, partly = [], []
    of_programs: defaultdict[str, list[HandshakeRecord]] = defaultdict(list)
    for device, found in refused.items():
        hosts = {one.host for one in found if one.alert in OF_CERTIFICATES}
        passed = {one for one in hosts if device in inspected.at.get(one, ())}
        if device not in inspected.devices:
            if len(hosts) > len(completed[device]):
                distrusting.append(_distrusting(device, found))
        elif len(passed) >= _SEVERAL:
            partly.append(_distrusting(device, [one for one in found if one.host in hosts]))
        else:
            for one in found:
                if device not in inspected.at.get(one.host, ()):
                    of_programs[one.host].append(one)
    pinned = [
        _pinned(host, found) for host, found in of_programs.items() if _is_pinned(found, inspected.at.get(host, ()))
    ]
    return Report(
        tuple(sorted(distrusting, key=_by_count)),
        tuple(sorted(partly, key=_by_count)),
        tuple(sorted(pinned, key=lambda one: (-one.devices, -one.times, one.host))),
    )


def _is_pinned(found: list[HandshakeRecord], inspected_there: Collection[str]) -> bool:
    """Whether what trusting devices, none of which was looked into there, have refused at a host is the host's own doing."""
    saying = {one.device for one in found if one.alert in OF_CERTIFICATES}
    if inspected_there and len(saying) < _SEVERAL:  # elsewhere programs take it: it may be a program of these few
        return False
    return len(saying) > 1 or max(Counter(one.device for one in found).values()) >= _OFTEN


def _by_count(one: Distrusting) -> tuple[int, str]:
    return -one.count, one.device


def _distrusting(device: str, found: list[HandshakeRecord]) -> Distrusting:
    found = sorted(found, key=lambda one: one.at)
    hosts = tuple(dict.fromkeys(one.host for one in found))
    return Distrusting(
        device, found[-1].place, found[0].at, found[-1].at, len(hosts), hosts[:_MOST_HOSTS], _alerts(found)
    )


def _pinned(host: str, found: list[HandshakeRecord]) -> Pinned:
    return Pinned(host, len({one.device for one in found}), len(found), max(one.at for one in found), _alerts(found))


def _alerts(found: Iterable[HandshakeRecord]) -> tuple[str, ...]:
    return tuple(sorted({one.alert for one in found}))
