"""Who asks, for what, and when."""

from dataclasses import dataclass
from datetime import datetime

from saywhy.decide.engine import Engine
from saywhy.decide.signs import NO_SIGNS, signs_of
from saywhy.policy.address import Url, canonical_host, canonical_url
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.school import Address


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is asking.

    `named_groups` are as the place or the caller names them, the most telling first; `groups` holds these and all
    that they lie within.
    """

    named_groups: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    place: str | None = None
    device: Address | None = None
    user: str | None = None
    reader: Reader = Reader.ADULT


def subject_at(engine: Engine, device: Address) -> Subject:
    """The subject that a device's address stands for; outside every place it belongs to no group."""
    place = engine.place_of(device)
    if place is None:
        return Subject(device=device)
    return subject_in(engine.policy, place.groups, place=place.name, device=device)


def subject_in(
    policy: Policy, groups: tuple[str, ...], *, place: str | None = None, device: Address | None = None
) -> Subject:
    """A subject of these groups. Raises KeyError with the first group that the policy does not know."""
    for name in groups:
        if name not in policy.groups:
            raise KeyError(name)
    return Subject(groups, policy.closed_groups(groups), place, device, None, policy.reader_of(groups))


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for: a host and a port and, where it is known, the whole URL.

    `signs` are categories that the request itself belongs to, whatever its address (`saywhy.decide.signs`).
    """

    host: str  # canonical
    port: int
    url: Url | None = None
    signs: frozenset[str] = NO_SIGNS


def target_of_url(text: str) -> Target:
    """A target for a whole URL as somebody writes it. Raises AddressError."""
    return target_at(canonical_url(text))


def target_at(url: Url) -> Target:
    """A target for a whole URL."""
    return Target(url.host, url.port, url, signs_of(url))


def target_of_host(host: str, port: int = 443) -> Target:
    """A target of which only the name is known (CONNECT, SNI). Raises AddressError."""
    return Target(canonical_host(host), port)


@dataclass(frozen=True, slots=True)
class Access:
    """A subject, a target and a moment (aware)."""

    subject: Subject
    target: Target
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the moment of an access carries a time zone")
