"""What a page asked other hosts for and did not get: why a page loads badly."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from saywhy.observe.decision_log import DecisionRecord


@dataclass(slots=True)
class Part:
    """A host that was refused to a page, by what; how often, on which devices, when last, and for whom."""

    host: str
    rule: str | None
    reason: str
    times: int = 0
    last: datetime | None = None
    devices: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    apps: frozenset[str] = frozenset()


@dataclass(slots=True)
class Parts:
    """The refused parts, those met most often first; and how often others were let through."""

    refused: tuple[Part, ...] = ()
    allowed: int = 0


def parts_of(records: Iterable[DecisionRecord]) -> Parts:
    """What these decisions, all of one page, come to."""
    found: dict[tuple[str, str | None, str], Part] = {}
    allowed = 0
    for one in records:
        if one.effect == "allow":
            allowed += 1
            continue
        part = found.setdefault((one.host, one.rule, one.reason), Part(one.host, one.rule, one.reason))
        part.times += 1
        part.last = one.at if part.last is None else max(part.last, one.at)
        part.apps |= set(one.apps)
        part.groups.update(one.groups[:1])
        if one.device is not None:
            part.devices.add(one.device)
    return Parts(tuple(sorted(found.values(), key=lambda one: (-one.times, one.host, one.reason))), allowed)
