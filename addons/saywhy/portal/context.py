"""What the portal is given: all that it knows of the world outside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from saywhy.decide.engine import Engine
from saywhy.exceptions.store import Store
from saywhy.explain.reference import References
from saywhy.policy.policy import Policy
from saywhy.portal.devices.place import DeviceSources
from saywhy.portal.dossier.sources import NO_SOURCES, DossierSources
from saywhy.portal.outside import Outside


class Noticed(StrEnum):
    """What the portal tells those who count: a closed set."""

    SUBMITTED = "submitted"
    JOINED = "joined"
    HELPED = "helped"  # somebody took an alternative instead of asking
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    SIGNED_OFF = "signed-off"
    REFUSED = "refused"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    CHANGED = "changed"
    ASKED_BACK = "asked-back"
    ANSWERED = "answered"
    APPEALED = "appealed"
    SIGN_IN_FAILED = "sign-in-failed"
    RATE_LIMITED = "rate-limited"
    STORE_UNAVAILABLE = "store-unavailable"
    WENT_ON = "went-on"
    DONE_EARLY = "done-early"


class Observe(Protocol):
    """Somebody who counts what happens."""

    def __call__(self, what: Noticed, /) -> None:
        """Count this once."""


class NoPolicy(Exception):  # noqa: N818 — reads as what it says
    """There is no policy that could be used, so nothing can be asked or answered."""


@dataclass(frozen=True, slots=True)
class PolicyNotice:
    """What staff are told about the filter: about the policy's files, and alarms.

    `since` is when the files got problems (aware), None where they have none; `rolled_back_to` is the revision that is in
    force by a rollback, or empty. `alarms` say, each in sentences, what is wrong with the filter now.
    """

    since: datetime | None
    problems: tuple[str, ...] = ()
    rolled_back_to: str = ""
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overblocked:
    """What staff are told of sites that should stay open: how many were tried, how many of them are closed to somebody.

    `kinds` are the kinds of these and how many of each, the most first; `share` is the closed part of all decisions tried.
    """

    sites: int
    closed: int
    share: float
    kinds: tuple[tuple[str, int], ...] = ()


def _no_notice() -> PolicyNotice | None:
    return None


def _uncounted(_rule: str) -> None:
    pass


def _not_tried() -> Overblocked | None:
    return None


@dataclass(frozen=True)
class PortalContext:
    """`engine` gives what is in force at this moment, or None where nothing is; `now` gives an aware moment.

    `relay_proof` is known to our own proxy alone: a request that carries it comes from there, and may say whom it
    speaks for. Empty: no request is relayed. `own_names` are what the portal is called beside the addresses of this machine;
    `safe_address` is where it is reached inside TLS, as the beginning of an address. `limits` is the file in which what
    was tried is remembered over a restart. `went_on` counts a going on by the id of the rule that has caution.
    `asker_domains` are those of the mail addresses that can be told although somebody merely wrote them; none where no
    mail is sent.
    """

    engine: Callable[[], Engine | None]
    store: Store
    references: References
    secret: bytes
    now: Callable[[], datetime]
    relay_proof: str
    observe: Observe
    policy_notice: Callable[[], PolicyNotice | None] = _no_notice
    overblocked: Callable[[], Overblocked | None] = _not_tried
    own_names: frozenset[str] = frozenset()
    safe_address: str = ""
    limits: Path | None = None
    went_on: Callable[[str], None] = _uncounted
    dossier: DossierSources = NO_SOURCES
    outside: Outside = field(default_factory=Outside)
    asker_domains: Callable[[], frozenset[str]] = frozenset
    devices: DeviceSources = field(default_factory=DeviceSources)

    def policy(self) -> Policy | None:
        """The policy in force, or None where there is none."""
        engine = self.engine()
        return None if engine is None else engine.policy

    def in_force(self) -> Engine:
        """What is in force at this moment. Raises NoPolicy."""
        engine = self.engine()
        if engine is None:
            raise NoPolicy
        return engine
