"""Who asks, for what, and when."""

from dataclasses import dataclass, replace
from datetime import datetime

from saywhy.decide.engine import Engine
from saywhy.decide.file_signs import kinds_of_name, name_in
from saywhy.decide.signs import NO_SIGNS, signs_of
from saywhy.decide.use import READING, Use, use_of_request
from saywhy.policy.address import Url, canonical_host, canonical_url
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.school import Address
from saywhy.policy.uses import file_use


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

    @property
    def group(self) -> str:
        """The most telling group; empty where there is none."""
        return self.named_groups[0] if self.named_groups else ""

    @property
    def device_address(self) -> str | None:
        """The device's address as it is written down."""
        return None if self.device is None else str(self.device)


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

    `signs` are categories that the request itself belongs to, whatever its address (`saywhy.decide.signs`). `use` is
    what is known of what is done there.
    """

    host: str  # canonical
    port: int
    url: Url | None = None
    signs: frozenset[str] = NO_SIGNS
    use: Use = READING  # says nothing while only the host is known

    @property
    def by_name(self) -> "Target":
        """What is known of it before anything is decrypted: its host and its port."""
        return Target(self.host, self.port)

    def used_for(self, use: Use) -> "Target":
        """The same target, another use."""
        return replace(self, use=use)


def target_of_url(text: str) -> Target:
    """A target for a whole URL as somebody writes it. Raises AddressError."""
    return target_at(canonical_url(text))


def target_at(url: Url) -> Target:
    """A target for a whole URL that somebody opens: read, and what its answer will be is what its name says."""
    use = use_of_request("GET", carries=True) if url.scheme in ("ws", "wss") else READING
    if ("." in url.path or "%" in url.path) and (kinds := kinds_of_name(name_in(url))):  # most paths have neither
        use = Use(use.certain | frozenset(map(file_use, kinds)))
    return Target(url.host, url.port, url, signs_of(url), use)


def carried_in(target: Target, url: Url) -> Target:
    """The target that a carrier's holds: what is done with the carrier's is done with it."""
    inner = target_at(url)
    return replace(inner, use=Use(target.use.certain | inner.use.certain, target.use.settled))


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

    @property
    def by_name(self) -> "Access":
        """The same before anything is decrypted."""
        return Access(self.subject, self.target.by_name, self.at)
