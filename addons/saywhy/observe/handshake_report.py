"""What ended handshakes tell: devices that do not trust the school's certificate, and programs that take their own alone."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from saywhy.observe.handshake_log import OF_CERTIFICATES, HandshakeRecord

_OFTEN: Final = 3  # times that one trusting device goes without an alert before that says anything
_MOST_HOSTS: Final = 5


@dataclass(frozen=True, slots=True)
class Distrusting:
    """A device of which no connection could be looked into. `hosts` are the first few of `count`; moments are aware."""

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
    """Both, those first that are met most."""

    distrusting: tuple[Distrusting, ...]
    pinned: tuple[Pinned, ...]


def report(ended: Iterable[HandshakeRecord], trusting: Collection[str]) -> Report:
    """What these handshakes tell. `trusting` are the devices of which some connection was looked into meanwhile."""
    by_device: defaultdict[str, list[HandshakeRecord]] = defaultdict(list)
    by_host: defaultdict[str, list[HandshakeRecord]] = defaultdict(list)
    for one in ended:
        if one.device is None:
            continue
        (by_host[one.host] if one.device in trusting else by_device[one.device]).append(one)
    distrusting = [
        _distrusting(device, found)
        for device, found in by_device.items()
        if any(one.alert in OF_CERTIFICATES for one in found)
    ]
    pinned = [
        _pinned(host, found)
        for host, found in by_host.items()
        if any(one.alert in OF_CERTIFICATES for one in found)
        or max(Counter(one.device for one in found).values()) >= _OFTEN
    ]
    return Report(
        tuple(sorted(distrusting, key=lambda one: (-one.count, one.device))),
        tuple(sorted(pinned, key=lambda one: (-one.devices, -one.times, one.host))),
    )


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
